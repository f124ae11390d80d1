"""The project's own files, as the tests about the house read them."""

import functools
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("nlu", "records", "knowledge_base", "escalation", "bot")


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Every file under version control or about to be, sorted; in a source archive, every file."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        found = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = {"node_modules", "dist", ".venv", "__pycache__", ".git", ".stamps"}
        found = [path for path in ROOT.rglob("*") if not skipped & set(path.parts)]
    return tuple(sorted(path for path in found if path.is_file() and not path.is_symlink()))


def text_of(path: Path) -> str | None:
    """A file's text; None for what is no UTF-8 text (pictures, fonts, packed tables)."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None


def python_files(*folders: str) -> list[Path]:
    """The tracked Python files below the folders named."""
    return [path for path in tracked_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def module_name(path: Path) -> str:
    """``records/store.py`` → ``records.store``; a package's ``__init__.py`` → the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def promise_tests() -> dict[str, list[str]]:
    """Number of a promise (``S4``, ``D11``) → the test functions whose names bear it (``test_s4_…``, ``…_d11_…``).

    Tests about the house itself do not count: they look at documents, not at the product.
    """
    found: dict[str, set[str]] = {}
    for path in python_files("tests"):
        if "house" not in path.relative_to(ROOT).parts:
            for name in re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
                for number in re.findall(r"(?<=_)[sd]\d+(?=_)", name):
                    found.setdefault(number.upper(), set()).add(name)
    return {number: sorted(names) for number, names in found.items()}
