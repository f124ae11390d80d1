"""Second reading of one text: codes, homophones and pinyin turned into the words they stand for.

A resolved reading never replaces the literal one: both are matched, and the higher finding holds. So a code that is
resolved too eagerly can raise a false alarm but can hide nothing.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import ahocorasick
import yaml
from pypinyin import lazy_pinyin

from nlu.errors import LexiconError
from nlu.text.pinyin import segment
from nlu.text.reading import COMMA, JUNK, Reading, make_reading

_LATIN = re.compile(r"[a-z]+[1-5]?")
_SIDE = 6  # characters of context that a code's conditions may look at


@dataclass(frozen=True, slots=True)
class Code:
    """One way to write a word that hides it. Conditions are patterns on the text before and after."""

    find: str
    to: str
    after: re.Pattern[str] | None
    not_after: re.Pattern[str] | None
    before: re.Pattern[str] | None
    not_before: re.Pattern[str] | None

    def holds(self, reading: Reading, start: int, end: int) -> bool:
        """Whether the surroundings, up to the next comma or full stop, allow this meaning."""
        left, right = _beside(reading, start, end)
        if self.find[0].isascii() and self.find[0].isalpha() and left[-1:].isascii() and left[-1:].isalpha():
            return False
        if self.find[-1].isascii() and self.find[-1].isalpha() and right[:1].isascii() and right[:1].isalpha():
            return False
        return (
            (self.after is None or self.after.search(left) is not None)
            and (self.not_after is None or self.not_after.search(left) is None)
            and (self.before is None or self.before.match(right) is not None)
            and (self.not_before is None or self.not_before.match(right) is None)
        )


@dataclass(frozen=True, slots=True)
class _Token:
    """One syllable: a Chinese character, or part of a run of letters."""

    char: str
    syllable: str
    start: int
    end: int
    word: int  # number of the run of letters, -1 for a Chinese character


class Variants:
    """Turns a literal reading into a resolved one. Holds compiled data; safe to share between threads."""

    def __init__(self, codes: list[dict[str, Any]], phrases: dict[str, list[str]]) -> None:
        self._codes = ahocorasick.Automaton()
        grouped: dict[str, list[Code]] = defaultdict(list)
        for entry in codes:
            for code in _codes_of(entry):
                grouped[code.find].append(code)
        for find, group in grouped.items():
            self._codes.add_word(find, group)
        if grouped:
            self._codes.make_automaton()
        self._empty = not grouped
        self._short = frozenset(phrases["alone"])
        self._by_char: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        self._by_syllable: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        for phrase in sorted({*phrases["alone"], *phrases["phrases"]}, key=lambda p: -len(p)):
            spelled = lazy_pinyin(phrase, v_to_u=False)
            self._by_char[phrase[0]].append((phrase, spelled))
            self._by_syllable[spelled[0]].append((phrase, spelled))

    @classmethod
    def load(cls) -> Variants:
        """Read the data of this package. Raises LexiconError if it is wrong."""
        data = files("nlu.text").joinpath("data")
        codes = yaml.safe_load(data.joinpath("codes.yaml").read_text(encoding="utf-8"))
        pinyin = yaml.safe_load(data.joinpath("pinyin.yaml").read_text(encoding="utf-8"))
        return cls(codes["codes"], pinyin)

    def resolve(self, reading: Reading) -> Reading | None:
        """The resolved reading, or None when nothing was resolved."""
        edits = self._code_edits(reading)
        resolved = _apply(reading, edits) if edits else reading
        spelled = self._pinyin_edits(resolved)
        if spelled:
            resolved = _apply(resolved, spelled)
        return None if resolved is reading else resolved

    def _code_edits(self, reading: Reading) -> list[tuple[int, int, str]]:
        if self._empty:
            return []
        found: list[tuple[int, int, str]] = []
        for last, group in self._codes.iter(reading.text):
            for code in group:
                start = last + 1 - len(code.find)
                if not reading.parted(start, last + 1, reading.hard) and code.holds(reading, start, last + 1):
                    found.append((start, last + 1, code.to))
        return _leftmost_longest(found)

    def _pinyin_edits(self, reading: Reading) -> list[tuple[int, int, str]]:
        if not _LATIN.search(reading.text):
            return []
        tokens = _tokens(reading)
        found: list[tuple[int, int, str]] = []
        for index, token in enumerate(tokens):
            candidates = self._by_char.get(token.char) if token.word < 0 else self._by_syllable.get(token.syllable)
            for phrase, spelled in candidates or ():
                window = tokens[index : index + len(phrase)]
                if self._spells(reading, window, phrase, spelled):
                    found.append((window[0].start, window[-1].end, phrase))
        return _leftmost_longest(found)

    def _spells(self, reading: Reading, window: list[_Token], phrase: str, spelled: list[str]) -> bool:
        if len(window) < len(phrase):
            return False
        for token, char, syllable in zip(window, phrase, spelled, strict=True):
            if token.char != char if token.word < 0 else token.syllable != syllable:
                return False
        letters = [token for token in window if token.word >= 0]
        if not letters or reading.parted(window[0].start, window[-1].end, reading.hard):
            return False
        return len(letters) < len(window) or len(window) >= 3 or phrase in self._short


def _codes_of(entry: dict[str, Any]) -> list[Code]:
    if not entry.get("reason") or not entry.get("find") or "to" not in entry:
        raise LexiconError(f"codes.yaml: an entry lacks find, to or reason: {sorted(entry)}")

    def compiled(name: str, suffix: str = "") -> re.Pattern[str] | None:
        return re.compile(f"(?:{entry[name]}){suffix}") if entry.get(name) else None

    sides = (compiled("after", "$"), compiled("not_after", "$"), compiled("before"), compiled("not_before"))
    return [Code(str(find), str(entry["to"]), *sides) for find in entry["find"]]


def _beside(reading: Reading, start: int, end: int) -> tuple[str, str]:
    low, high = max(0, start - _SIDE), min(len(reading.text), end + _SIDE)
    left = next((i for i in range(start, low, -1) if i < len(reading.breaks) and reading.breaks[i] >= COMMA), low)
    right = next((i for i in range(end, high) if reading.breaks[i] >= COMMA), high)
    return reading.text[left:start], reading.text[end:right]


def _leftmost_longest(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    for edit in sorted(found, key=lambda e: (e[0], -e[1])):
        if not out or edit[0] >= out[-1][1]:
            out.append(edit)
    return out


def _tokens(reading: Reading) -> list[_Token]:
    tokens: list[_Token] = []
    text, at, word = reading.text, 0, 0
    for match in _LATIN.finditer(text):
        tokens.extend(_Token(text[i], "", i, i + 1, -1) for i in range(at, match.start()))
        at = match.end()
        for start, end in _words(reading, match.start(), match.end()):
            word += 1
            letters = text[start:end].rstrip("12345")
            pieces = segment(letters)
            if pieces is None:
                tokens.append(_Token("", "", start, end, word))
                continue
            place = start
            for number, piece in enumerate(pieces):
                stop = end if number == len(pieces) - 1 else place + len(piece)
                tokens.append(_Token("", piece, place, stop, word))
                place += len(piece)
    tokens.extend(_Token(text[i], "", i, i + 1, -1) for i in range(at, len(text)))
    return tokens


def _words(reading: Reading, start: int, end: int) -> list[tuple[int, int]]:
    """Cut a run of letters where something was taken out between them."""
    cuts = [start, *(i for i in range(start + 1, end) if reading.breaks[i]), end]
    return list(itertools.pairwise(cuts))


def _apply(reading: Reading, edits: list[tuple[int, int, str]]) -> Reading:
    """Put ``to`` in the place of each span; each of its characters maps to the whole span."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    at = 0
    for start, end, to in [*edits, (len(reading.text), len(reading.text), "")]:
        chars.append(reading.text[at:start])
        starts.extend(reading.starts[at:start])
        ends.extend(reading.ends[at:start])
        breaks.extend(reading.breaks[at:start])
        if to:
            origin = reading.origin(start, end)
            chars.append(to)
            starts.extend([origin[0]] * len(to))
            ends.extend([origin[1]] * len(to))
            first = reading.breaks[start]
            spelled_before = start > 0 and reading.text[start - 1].isascii() and first <= 2
            breaks.extend([min(first, JUNK) if spelled_before else first, *[0] * (len(to) - 1)])
        at = end
    return make_reading("".join(chars), starts, ends, breaks)
