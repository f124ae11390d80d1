"""What must stand in no file of the project, and what the lock files promise."""

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.house import ROOT, text_of, tracked_files

# Written so that no pattern matches its own text.
FORBIDDEN = {
    "a package registry": re.compile(
        r"registry[.](npmjs|npmmirror|yarnpkg)|files[.]pythonhosted|pypi[.]org/simple|pypi[.]tuna", re.IGNORECASE
    ),
    "a path of one machine": re.compile(r"(?<![\w.~$}/-])/(?:root|work|workspace|home/\w+|Users/\w+)/[\w.-]+"),
    "unfinished work": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b"),
}
LOCKS = sorted(path for path in tracked_files() if path.name in {"package-lock.json", "requirements.lock"})


def findings(kind: str, text: str) -> list[str]:
    lines = enumerate(text.splitlines(), 1)
    return [f"{number}: {line.strip()[:120]}" for number, line in lines if FORBIDDEN[kind].search(line)]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_holds(kind: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{finding}"
        for path in tracked_files()
        for finding in findings(kind, text_of(path) or "")
    ]
    assert not found, f"{kind} in:\n  " + "\n  ".join(found)


def test_the_search_finds_what_it_looks_for() -> None:
    assert findings("a package registry", "https://registry." + "npmjs.org/vue")
    assert findings("a path of one machine", "cd /" + "root/shudong")
    assert findings("a path of one machine", "at /" + "home/somebody/shudong")
    assert not findings("a path of one machine", "/etc/shudong, https://example.org/home/page/x, ./work/x")
    assert findings("unfinished work", "# TO" + "DO later")


def test_all_lock_files_are_there() -> None:
    assert [str(path.relative_to(ROOT)) for path in LOCKS] == [
        "bot/widget/package-lock.json",
        "escalation/console/package-lock.json",
        "requirements.lock",
    ]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_file_holds_no_address(path: object) -> None:
    text = (ROOT / str(path)).read_text(encoding="utf-8")
    addresses = re.findall(r'.*"resolved".*|^-.*|.*@ \w+://.*', text, re.MULTILINE)
    assert not addresses, addresses[:3]


def test_npm_locks_pin_every_package_by_its_hash() -> None:
    for path in LOCKS:
        if path.name != "package-lock.json":
            continue
        packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
        open_ones = [name for name, entry in packages.items() if name and not entry.get("link")]
        unpinned = [name for name in open_ones if "integrity" not in packages[name]]
        assert not unpinned, f"{path.relative_to(ROOT)}: {unpinned[:5]}"


def test_the_python_lock_fits_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    versions = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in pinned}
    for text in [*project["dependencies"], *extras["postgres"], *extras["dev"]]:
        wanted = Requirement(text)
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not locked: make lock"
        assert wanted.specifier.contains(version), f"{wanted} is locked at {version}: make lock"
