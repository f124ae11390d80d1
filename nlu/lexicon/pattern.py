"""The small language in which the lexicon's patterns are written.

``(a|b)`` alternatives, ``(…)?`` an optional part, ``<name>`` a word class, ``{6}`` a gap of up to six characters inside
one clause, ``{,10}`` a gap that may cross commas (never a full stop), ``{0}`` a new part without a gap, ``^`` and
``$`` the edge of a clause, ``,`` a comma.

At load time each pattern becomes a regular expression and a few *anchors*: strings of which one stands in every match.
The automaton looks for anchors in one pass; the expression is tried only around them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from nlu.errors import LexiconError

COMMA_MARK = ","
STOP_MARK = "。"
_MAX_ANCHORS = 600
_GAP = re.compile(r"\{(,?)(\d+)\}")
_CLAUSE, _SENTENCE = f"[^{COMMA_MARK}{STOP_MARK}]", f"[^{STOP_MARK}]"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: expression over marked text (group *n* is part *n*), anchors, longest possible match."""

    expression: re.Pattern[str]
    anchors: tuple[str, ...]
    reach: int
    parts: int
    at_start: bool
    at_end: bool


@dataclass(frozen=True, slots=True)
class _Node:
    """One element of a sequence: alternatives, each a sequence of its own or a plain string."""

    choices: tuple[tuple[_Node, ...] | str, ...]
    optional: bool = False


def branches(source: str) -> list[str]:
    """Cut a source at its outermost ``|``: gaps and clause edges belong to one branch only."""
    out, depth, start = [], 0, 0
    for index, char in enumerate(source):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            out.append(source[start:index])
            start = index + 1
    return [*out, source[start:]] if any(mark in source for mark in "{^$") else [source]


def compile_pattern(source: str, classes: Mapping[str, Sequence[str]]) -> Pattern:
    """Compile one pattern. Raises LexiconError when it is malformed or has no anchor."""
    text = source.strip().replace("，", COMMA_MARK)
    at_start = text.startswith("^")
    at_end = text.endswith("$") and not text.endswith("|$")
    text = text.removeprefix("^")
    text = text.removesuffix("$") if at_end else text
    pieces = _GAP.split(text)
    branches = [_parse(piece, classes, source) for piece in pieces[::3]]
    regex, reach = f"({_regex_of(branches[0])})", _longest(branches[0])
    for across, size, branch in zip(pieces[1::3], pieces[2::3], branches[1:], strict=True):
        allowed = _SENTENCE if across else _CLAUSE
        regex += f"{allowed}{{0,{size}}}?({_regex_of(branch)})"
        reach += int(size) + _longest(branch)
    anchors = max((_anchors(branch) for branch in branches), key=_worth)
    if not anchors or any(not anchor for anchor in anchors):
        raise LexiconError(f"the pattern {source!r} has no part that must stand in every match")
    return Pattern(re.compile(regex), tuple(sorted(anchors)), reach, len(branches), at_start, at_end)


def _parse(piece: str, classes: Mapping[str, Sequence[str]], source: str) -> _Node:
    node, rest = _alternatives(piece, classes, source)
    if rest:
        raise LexiconError(f"unbalanced brackets in the pattern {source!r}")
    return node


def _alternatives(text: str, classes: Mapping[str, Sequence[str]], source: str) -> tuple[_Node, str]:
    """Read up to a closing bracket or the end."""
    choices: list[tuple[_Node, ...] | str] = []
    while True:
        branch, text = _sequence(text, classes, source)
        choices.append(branch)
        if not text.startswith("|"):
            return _Node(tuple(choices)), text
        text = text[1:]


def _sequence(text: str, classes: Mapping[str, Sequence[str]], source: str) -> tuple[tuple[_Node, ...], str]:
    nodes: list[_Node] = []
    while text and text[0] not in "|)":
        if text[0] == "(":
            node, text = _alternatives(text[1:], classes, source)
            if not text.startswith(")"):
                raise LexiconError(f"unbalanced brackets in the pattern {source!r}")
            text = text[1:]
        elif text[0] == "<":
            name, _, text = text[1:].partition(">")
            if name not in classes:
                raise LexiconError(f"unknown word class <{name}> in the pattern {source!r}")
            node = _Node(tuple(classes[name]))
        else:
            node, text = _Node((text[0],)), text[1:]
        if text.startswith("?"):
            node, text = _Node(node.choices, optional=True), text[1:]
        nodes.append(node)
    return tuple(nodes), text


def _regex_of(node: _Node) -> str:
    # Longer strings first, so that a shorter one does not hide what a longer one would take in.
    options = [_literal(c) if isinstance(c, str) else "".join(map(_regex_of, c)) for c in node.choices]
    body = "|".join(sorted(dict.fromkeys(options), key=len, reverse=True))
    if not node.optional and len(options) == 1:
        return body
    return f"(?:{body}){'?' if node.optional else ''}"


def _literal(text: str) -> str:
    return f"(?=[{COMMA_MARK}{STOP_MARK}])" if text == "$" else re.escape(text)


def _longest(node: _Node) -> int:
    return max((len(c) if isinstance(c, str) else sum(map(_longest, c)) for c in node.choices), default=0)


def _expand(node: _Node) -> list[str] | None:
    """All strings of a node, or None when there are too many."""
    out: list[str] = [""] if node.optional else []
    for choice in node.choices:
        if isinstance(choice, str):
            out.append("" if choice == "$" else choice)
            continue
        parts = [_expand(child) for child in choice]
        if any(part is None for part in parts) or _product(parts) > _MAX_ANCHORS:
            return None
        out.extend("".join(words) for words in product(*(part for part in parts if part is not None)))
    return out if len(out) <= _MAX_ANCHORS else None


def _product(parts: Sequence[Sequence[str] | None]) -> int:
    size = 1
    for part in parts:
        size *= len(part or ())
    return size


def _anchors(node: _Node) -> set[str]:
    """Strings of which every match of the node holds at least one; empty when none can be named."""
    if node.optional:
        return set()
    found: set[str] = set()
    for choice in node.choices:
        best = {choice} if isinstance(choice, str) and choice != "$" else _best_run(choice)
        if not best or "" in best:
            return set()
        found |= best
    return found


def _best_run(sequence: tuple[_Node, ...] | str) -> set[str]:
    if isinstance(sequence, str):
        return set()
    best: set[str] = set()
    spelled = [_expand(node) for node in sequence]
    for start in range(len(sequence)):
        strings: list[str] = [""]
        for words in spelled[start:]:
            if words is None or len(strings) * len(words) > _MAX_ANCHORS:
                break
            strings = [head + tail for head in strings for tail in words]
            best = max(best, set(strings), key=_worth)
        best = max(best, _anchors(sequence[start]), key=_worth)
    return best


def _worth(anchors: set[str]) -> tuple[int, int]:
    shortest = min((len(anchor) for anchor in anchors), default=0)
    return min(shortest, 3), -len(anchors)


def expand_classes(raw: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Spell out word classes, in the order they are written; a class may use the ones above it."""
    classes: dict[str, tuple[str, ...]] = {}
    for name, words in raw.items():
        spelled: list[str] = []
        for word in words:
            strings = _expand(_parse(str(word), classes, str(word)))
            if strings is None:
                raise LexiconError(f"the word class <{name}> is too wide")
            spelled.extend(strings)
        classes[name] = tuple(dict.fromkeys(spelled))
    return classes
