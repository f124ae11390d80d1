"""Code in small pieces: one function does one thing, one file is one room."""

import ast
from pathlib import Path

import pytest

from tests.support.house import ROOMS, ROOT, python_files

USUAL_LINES = 35
MOST_LINES = 80
FILE_LINES = 500


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end; a docstring is a contract, not code, and is not counted."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def files_of(room: str) -> list[Path]:
    """Without migrations: one writes every table in one go, and its length is the number of tables."""
    return [path for path in python_files(room) if "migrations" not in path.parts]


def functions_in(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (lines_of(node), f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_nine_of_ten_functions_are_short_and_none_is_long(room: str) -> None:
    files = files_of(room)
    functions = sorted((found for path in files for found in functions_in(path)), reverse=True)
    assert functions, f"{room} holds no function"
    long = [f"{lines} lines: {where}" for lines, where in functions if lines > MOST_LINES]
    assert not long, "too long:\n  " + "\n  ".join(long)
    over = [f"{lines} lines: {where}" for lines, where in functions if lines >= USUAL_LINES]
    assert len(over) * 10 <= len(functions), f"{len(over)} of {len(functions)} are not short:\n  " + "\n  ".join(over)


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_is_a_whole_house(room: str) -> None:
    files = files_of(room)
    assert files
    sizes = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = [f"{count} lines: {path}" for path, count in sizes.items() if count > FILE_LINES]
    assert not long, "\n".join(long)


def test_a_docstring_does_not_count() -> None:
    source = 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert lines_of(function) == 2
