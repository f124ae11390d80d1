"""What is installed is what is here: the wheel brings every file that the rooms read, and the built pages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.house import ROOMS, ROOT, tracked_files

FRONT_ENDS = ("bot/widget", "escalation/console")


def of_the_rooms() -> list[str]:
    """Tracked files of the rooms without the front ends' sources, which are built into ``dist``."""
    names = [path.relative_to(ROOT).as_posix() for path in tracked_files()]
    return [name for name in names if name.split("/")[0] in ROOMS and not name.startswith(FRONT_ENDS)]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a wheel built from a copy, so that nothing left behind by an earlier build is packed."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in [*of_the_rooms(), "pyproject.toml", "README.md", "LICENSE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    for folder in FRONT_ENDS:
        shutil.copytree(ROOT / folder / "dist", source / folder / "dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(out), "."]
    done = subprocess.run(build, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return frozenset(zipfile.ZipFile(next(Path(out).glob("*.whl"))).namelist())


def test_the_wheel_holds_every_file_of_the_rooms(packed: frozenset[str]) -> None:
    missing = sorted(set(of_the_rooms()) - packed)
    assert not missing, "name them in pyproject.toml [tool.setuptools.package-data]:\n  " + "\n  ".join(missing)


def test_the_wheel_holds_the_built_pages_and_none_of_their_sources(packed: frozenset[str]) -> None:
    assert {"bot/widget/dist/chat.html", "bot/widget/dist/widget.js", "escalation/console/dist/index.html"} <= packed
    foreign = [name for name in packed if name.startswith(FRONT_ENDS) and "/dist/" not in name]
    assert not foreign


def test_the_wheel_holds_no_tests(packed: frozenset[str]) -> None:
    assert not [name for name in packed if name.startswith(("tests/", "bench/", "scripts/"))]
