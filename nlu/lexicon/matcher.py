"""One pass over a text finds every anchor (Aho-Corasick); a pattern is then tried only around its anchors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick

from nlu.lexicon.model import Entry, Hit
from nlu.lexicon.pattern import COMMA_MARK, STOP_MARK, Pattern
from nlu.text.reading import COMMA, SPACE, STOP, Reading


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """One pattern of one entry."""

    number: int
    entry: Entry
    pattern: Pattern


class Matcher:
    """Compiled patterns. Immutable after construction; safe to share between threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._rules = [
            _Rule(number, entry, pattern)
            for number, (entry, pattern) in enumerate((e, p) for e in entries for p in e.patterns)
        ]
        places: dict[str, list[int]] = defaultdict(list)
        for rule in self._rules:
            for anchor in rule.pattern.anchors:
                places[anchor].append(rule.number)
        self._automaton = ahocorasick.Automaton()
        for anchor, rules in places.items():
            self._automaton.add_word(anchor, (len(anchor), tuple(rules)))
        self._automaton.make_automaton()

    def match(self, reading: Reading) -> list[Hit]:
        """Every hit, once per entry and place."""
        marked, places = _marked(reading)
        windows: dict[int, list[list[int]]] = {}
        for last, (size, rules) in self._automaton.iter(marked):
            for number in rules:
                reach = self._rules[number].pattern.reach + 1
                _widen(windows.setdefault(number, []), last + 1 - size - reach, last + 1 + reach)
        hits: dict[tuple[str, int, int], Hit] = {}
        for number, spans in windows.items():
            rule = self._rules[number]
            for start, end in spans:
                for hit in _hits(rule, reading, marked, places, max(0, start), end):
                    hits.setdefault((hit.entry.id, hit.start, hit.end), hit)
        return list(hits.values())


def _widen(spans: list[list[int]], start: int, end: int) -> None:
    """Windows of one rule come in almost sorted order: join those that touch."""
    if spans and start <= spans[-1][1]:
        spans[-1][0] = min(spans[-1][0], start)
        spans[-1][1] = max(spans[-1][1], end)
    else:
        spans.append([start, end])


def _marked(reading: Reading) -> tuple[str, list[int]]:
    """The text with a mark for every comma and full stop, and for each of its positions the one in the reading."""
    chars, places = [STOP_MARK], [0]
    for index, (char, strength) in enumerate(zip(reading.text, reading.breaks, strict=True)):
        if strength >= COMMA:
            chars.append(STOP_MARK if strength >= STOP else COMMA_MARK)
            places.append(index)
        chars.append(char)
        places.append(index)
    chars.append(STOP_MARK)
    places.append(len(reading.text))
    return "".join(chars), places


def _hits(rule: _Rule, reading: Reading, marked: str, places: list[int], start: int, end: int) -> Iterator[Hit]:
    pattern = rule.pattern
    for match in pattern.expression.finditer(marked, start, end):
        spans = tuple(
            (places[match.start(n)], places[match.end(n) - 1] + 1)
            for n in range(1, pattern.parts + 1)
            if match.end(n) > match.start(n)
        )
        if not spans:
            continue
        first, last = spans[0][0], max(stop for _, stop in spans)
        if (pattern.at_start and not _clause_edge(reading, first)) or (
            pattern.at_end and not _clause_edge(reading, last)
        ):
            continue
        if _whole_word(reading.text, first, last):
            yield Hit(rule.entry, first, last, spans)


def _whole_word(text: str, start: int, end: int) -> bool:
    """A short string of letters must not be cut out of a longer one (``od`` in ``today``)."""
    if end - start > 5:
        return True
    cut_before = start > 0 and _is_letter(text[start]) and _is_letter(text[start - 1])
    return not cut_before and not (end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end]))


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _clause_edge(reading: Reading, at: int) -> bool:
    return at in (0, len(reading.text)) or reading.breaks[at] >= SPACE
