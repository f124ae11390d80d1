"""``normalise``: any text to one normal form, with the way back.

Width, script, case, accents, invisible characters, letters drawn out for effect (累累累累) and emoji are made equal.
Punctuation and spaces stay: what they part is decided when the text is squeezed for matching.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.text.chars import bracket_names, fold

_BRACKET = re.compile(r"\[([\u4e00-\u9fff]{1,4})\]")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A normal form and, for each of its characters, the half-open span of the original that it stands for."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original, in code points, that ``text[start:end]`` came from.

        An empty span gives an empty span at the same place. Bounds outside the text are clipped.
        """
        return origin_of(self.starts, self.ends, start, end)


def origin_of(starts: tuple[int, ...], ends: tuple[int, ...], start: int, end: int) -> tuple[int, int]:
    """Map a half-open span back through per-character spans."""
    size = len(starts)
    start, end = max(0, min(start, size)), max(0, min(end, size))
    if start >= end:
        at = starts[start] if start < size else (ends[-1] if size else 0)
        return at, at
    return min(starts[start:end]), max(ends[start:end])


def normalise(text: str) -> NormalisedText:
    """Normalise any string, lone surrogates included. Never raises; linear in the length of the text."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for index, raw in enumerate(text):
        for char in fold(raw):
            if _drawn_out(chars, char):
                ends[-1] = index + 1
                continue
            chars.append(char)
            starts.append(index)
            ends.append(index + 1)
    return _name_brackets(NormalisedText("".join(chars), tuple(starts), tuple(ends)))


def _drawn_out(chars: list[str], char: str) -> bool:
    """Whether this is one repetition too many. Digits are left alone: they may be a number to call."""
    if not chars or chars[-1] != char or char.isdigit():
        return False
    return char == "\n" or (len(chars) >= 2 and chars[-2] == char)


def _name_brackets(source: NormalisedText) -> NormalisedText:
    if "[" not in source.text:
        return source
    names = bracket_names()
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in _BRACKET.finditer(source.text):
        named = names.get(match.group(1))
        if named is None:
            continue
        chars.extend(source.text[at : match.start()])
        starts.extend(source.starts[at : match.start()])
        ends.extend(source.ends[at : match.start()])
        start, end = source.origin(match.start(), match.end())
        chars.extend(named)
        starts.extend([start] * len(named))
        ends.extend([end] * len(named))
        at = match.end()
    chars.extend(source.text[at:])
    starts.extend(source.starts[at:])
    ends.extend(source.ends[at:])
    return NormalisedText("".join(chars), tuple(starts), tuple(ends))
