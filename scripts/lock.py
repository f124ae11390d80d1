"""Write requirements.lock: the exact versions of everything that running, testing and checking need.

pip resolves the project with the extras ``postgres`` and ``dev`` as if nothing were installed; only names and versions
are written down, no address of the registry that answered, so the file is the same wherever it is made.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
HEAD = """\
# Exact versions for running, testing and checking. Made by `make lock` from pyproject.toml; do not edit by hand.
"""
# Platform conditions that pyproject.toml states must survive, or the lock could not be installed elsewhere.
CONDITION = re.compile(r"^\s*\"([A-Za-z0-9_.-]+)[^;\"]*;\s*(sys_platform[^\"]+)\"", re.MULTILINE)


def resolve() -> dict[str, str]:
    """Ask pip for the whole set without installing it; name in lower case → version."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    done = subprocess.run([*command, f"{ROOT}[postgres,dev]"], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found = json.loads(done.stdout)["install"]
    versions = {item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in found}
    del versions["shudong"]
    return versions


def main() -> None:
    conditions = dict(CONDITION.findall((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    lines = [
        f"{name}=={version}" + (f"; {conditions[name]}" if name in conditions else "")
        for name, version in sorted(resolve().items())
    ]
    LOCK.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
