"""Imports go one way: down. The table is that of docs/architecture.md."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.house import ROOMS, module_name, python_files

# room → the modules of ours that it may import, besides its own
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "nlu": (),
    "records": ("nlu.labels", "nlu.topics"),
    "knowledge_base": ("nlu.labels", "nlu.topics", "nlu.text", "nlu.redact", "nlu.encoder", "nlu.evaluation.metrics"),
    "escalation": ("records", "knowledge_base", "nlu"),
    "bot": ("nlu", "records", "knowledge_base", "escalation"),
}


class Import:
    """One name that one module imports."""

    def __init__(self, importer: str, target: str, line: int, *, at_start: bool) -> None:
        self.importer, self.target, self.line, self.at_start = importer, target, line, at_start

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def imports_of(source: str, module: str, *, is_package: bool, modules: frozenset[str]) -> Iterator[Import]:
    """Every import in a file, also those inside functions; ``from a import b`` means ``a.b`` where that is a module."""
    tree = ast.parse(source)
    late = {id(node) for part in ast.walk(tree) if _is_late(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        for target in _targets(node, module, is_package=is_package):
            parent, _, name = target.rpartition(".")
            known = target if target in modules else parent if parent in modules else target
            yield Import(module, known if name else target, getattr(node, "lineno", 0), at_start=id(node) not in late)


def _is_late(node: ast.AST) -> bool:
    """Whether what stands inside does not run while the module is being imported."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return True
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _targets(node: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = module.split(".") if is_package else module.split(".")[:-1]
            kept = parts[: len(parts) - (node.level - 1)]
            base = ".".join([*kept, *([base] if base else [])])
        yield from (base if alias.name == "*" else f"{base}.{alias.name}" for alias in node.names)


def all_imports() -> list[Import]:
    files = python_files(*ROOMS)
    modules = frozenset(module_name(path) for path in files)
    return [found for path in files for found in _imports_of_file(path, modules)]


def _imports_of_file(path: Path, modules: frozenset[str]) -> Iterator[Import]:
    source = path.read_text(encoding="utf-8")
    yield from imports_of(source, module_name(path), is_package=path.name == "__init__.py", modules=modules)


def is_allowed(found: Import) -> bool:
    room, target_room = found.importer.split(".")[0], found.target.split(".")[0]
    if target_room == "tests":
        return False
    if target_room not in ROOMS or target_room == room:
        return True
    return any(found.target == name or found.target.startswith(f"{name}.") for name in MAY_IMPORT[room])


def circles(imports: list[Import]) -> list[str]:
    """The circles among modules that import each other while they load, each once, as a readable path."""
    graph: dict[str, set[str]] = {}
    for found in imports:
        if found.at_start and found.target.split(".")[0] in ROOMS and found.target != found.importer:
            graph.setdefault(found.importer, set()).add(found.target)
    seen: set[str] = set()
    paths: list[str] = []
    for start in sorted(graph):
        _walk(start, graph, [], seen, paths)
    return paths


def _walk(module: str, graph: Mapping[str, set[str]], path: list[str], seen: set[str], found: list[str]) -> None:
    if module in path:
        found.append(" → ".join([*path[path.index(module) :], module]))
        return
    if module in seen:
        return
    seen.add(module)
    for target in sorted(graph.get(module, ())):
        _walk(target, graph, [*path, module], seen, found)


def test_imports_match_the_table_of_rooms() -> None:
    imports = all_imports()
    assert imports, "no imports found: this test looks in the wrong place"
    wrong = [str(found) for found in imports if not is_allowed(found)]
    assert not wrong, "these imports do not go down the house:\n  " + "\n  ".join(wrong)


def test_there_is_no_circle_of_imports() -> None:
    found = circles(all_imports())
    assert not found, "modules that need each other to load:\n  " + "\n  ".join(found)


@pytest.mark.parametrize(
    ("module", "line", "allowed"),
    [
        ("nlu.heads", "import records.store", False),
        ("nlu.heads", "import numpy", True),
        ("records.store", "from nlu import labels", True),
        ("records.store", "from nlu.labels import RiskLevel", True),
        ("records.store", "from nlu import assess", False),
        ("records.store", "from nlu.text import normalise", False),
        ("knowledge_base.index", "from nlu.text.normalise import normalise", True),
        ("knowledge_base.index", "def f():\n    import records", False),
        ("escalation.desk", "from bot import replies", False),
        ("escalation.desk", "from . import queue", True),
        ("bot.app", "from escalation.desk import routes", True),
        ("bot.app", "from tests.support import clock", False),
    ],
)
def test_the_check_knows_right_from_wrong(module: str, line: str, allowed: bool) -> None:
    modules = frozenset({"nlu", "nlu.labels", "nlu.text", "escalation.queue"})
    found = list(imports_of(line, module, is_package=False, modules=modules))
    assert [is_allowed(one) for one in found] == [allowed]


def test_the_check_sees_circles_but_not_late_imports() -> None:
    modules = frozenset({"bot.a", "bot.b"})

    def read(module: str, source: str) -> list[Import]:
        return list(imports_of(source, module, is_package=False, modules=modules))

    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.a import x\ndef f():\n    import bot.a\n"
    assert circles(read("bot.a", "from bot import b") + read("bot.b", "from .a import x")) == ["bot.a → bot.b → bot.a"]
    assert circles(read("bot.a", "from bot import b") + read("bot.b", late)) == []
