"""Documents that keep their word: links lead somewhere, commands exist, every promise has a test."""

import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.house import ROOT, promise_tests, tracked_files

MARKDOWN = [path for path in tracked_files() if path.suffix == ".md" and path.parent.name != "articles"]
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAFETY = [f"S{number}" for number in range(1, 18)]
PROMISES = [f"D{number}" for number in range(1, 16)]
PAGES = [("safety.md", SAFETY), ("promises.md", PROMISES)]


def prose_of(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors_of(path: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+\s+(.*?)\s*#*$", prose_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    broken = []
    for link in LINK.findall(prose_of(path)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors_of(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_resolve(path: Path) -> None:
    assert not broken_links(path)


@functools.cache
def make_targets() -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands_in(path: Path, program: str) -> list[str]:
    """What follows ``program`` in fenced blocks and in `code` of a page."""
    text = path.read_text(encoding="utf-8")
    shell = "\n".join(body for _, body in FENCE.findall(text)) + "\n" + "\n".join(re.findall(r"`([^`\n]+)`", text))
    return re.findall(rf"(?:^|[;&(\s/]){program} ([a-z][a-z-]*(?: [a-z]+)?)(?![\w./])", shell, re.MULTILINE)


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_commands_in_documents_exist(path: Path) -> None:
    assert not {words.split()[0] for words in commands_in(path, "make")} - make_targets()


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_the_app_in_documents_exist(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in sorted(set(commands_in(path, "shudong"))):
        with pytest.raises(SystemExit) as ended:
            main([*words.split(), "--help"])
        assert ended.value.code == 0, f"shudong {words}: {capsys.readouterr().err}"


def test_the_readme_names_the_commands_that_ci_runs() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    called = re.findall(r"^make ([a-z]+)$", run, re.MULTILINE)
    assert "test" in called
    for readme in ("README.md", "README.zh-CN.md"):
        offered = {words.split()[0] for words in commands_in(ROOT / readme, "make")}
        assert set(called) | {"run"} <= offered, readme


def rows_of(page: str) -> dict[str, str]:
    """Number → the last cell ("Held by") of the tables in a page of promises."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\|\s*([SD]\d+)\s*\|.*\|\s*([^|]*?)\s*\|\s*$", text, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a number stands twice"
    return dict(rows)


@pytest.mark.parametrize("number", SAFETY)
def test_every_safety_promise_has_a_test_that_bears_its_number(number: str) -> None:
    assert promise_tests().get(number), f"no test function is named test_{number.lower()}_…"


@pytest.mark.parametrize(("page", "numbers"), PAGES)
def test_every_promise_stands_in_its_page(page: str, numbers: list[str]) -> None:
    assert list(rows_of(page)) == numbers


@pytest.mark.parametrize(("page", "numbers"), PAGES)
def test_each_row_names_exactly_the_tests_that_bear_its_number(page: str, numbers: list[str]) -> None:
    there, wrong = promise_tests(), []
    for number, cell in rows_of(page).items():
        named = set(re.findall(r"`(test_\w+)`", cell))
        if named != set(there.get(number, [])) or not (named or cell.startswith("not yet: ")):
            wrong.append(f"{number}: {cell or 'nothing'}")
    assert not wrong, "run `make docs`; these rows are not true:\n  " + "\n  ".join(wrong)


def test_the_page_of_settings_is_that_of_the_code() -> None:
    done = subprocess.run([sys.executable, "scripts/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
