"""A reading: the normal form without what stands between the words, ready to be matched.

``自.杀``, ``自 杀`` and ``自杀`` are the same here. What was taken out is remembered as a *break* before the character
that follows it, because a full stop still ends the reach of a 不.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from nlu.text.normalise import NormalisedText, origin_of

JUNK = 1
"""A character used inside words to hide them (. * - _ /)."""
SPACE = 2
COMMA = 3
STOP = 4

_COMMAS = frozenset(",、:—")
_STOPS = frozenset("。!?;\n")
_STRONG_COMMAS = frozenset("，：")
# Words of one character that are a whole answer: they do not melt into what follows ("不，想死" is not "不想死").
_CLAUSE_LENGTH = 4
_ANSWERS = frozenset("不没嗯对是好啊哦有唉哎喂诶别无")


@dataclass(frozen=True, slots=True)
class Reading:
    """Characters to match, their place in the original, and the breaks.

    ``breaks[i]`` is the strongest break before character ``i``; ``hard[i]`` counts breaks of at least a comma up to
    ``i``, ``stops[i]`` those of at least a full stop, so that "is there one inside this span" is a subtraction.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    breaks: tuple[int, ...]
    soft: tuple[int, ...]
    hard: tuple[int, ...]
    stops: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text, in code points, behind ``text[start:end]``."""
        return origin_of(self.starts, self.ends, start, end)

    def parted(self, start: int, end: int, counts: tuple[int, ...]) -> bool:
        """Whether a break counted in ``counts`` lies strictly inside the span."""
        return end > start and counts[end - 1] > counts[start]


def make_reading(text: str, starts: list[int], ends: list[int], breaks: list[int]) -> Reading:
    """Put the counts beside the characters."""
    return Reading(
        text,
        tuple(starts),
        tuple(ends),
        tuple(breaks),
        tuple(accumulate(int(strength >= SPACE) for strength in breaks)),
        tuple(accumulate(int(strength >= COMMA) for strength in breaks)),
        tuple(accumulate(int(strength >= STOP) for strength in breaks)),
    )


def squeeze(source: NormalisedText) -> Reading:
    """Take out separators and remember them as breaks."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    pending, dots = 0, 0
    for char, start, end in zip(source.text, source.starts, source.ends, strict=True):
        if char.isalnum() or char in "〔〕":
            chars.append(char)
            starts.append(start)
            ends.append(end)
            breaks.append(pending)
            pending, dots = 0, 0
            continue
        if char in ".…":
            dots += 1
        pending = max(pending, COMMA if dots > 1 or char == "…" else _strength(char))
    return make_reading("".join(chars), starts, ends, _melt(chars, breaks))


def _strength(char: str) -> int:
    if char in _STOPS:
        return STOP
    if char in _COMMAS or char in _STRONG_COMMAS:
        return COMMA
    return SPACE if char.isspace() or char == "~" else JUNK


def _melt(chars: list[str], breaks: list[int]) -> list[int]:
    """Text cut into single characters (我，想，死) is one word to its reader: such breaks become junk."""
    size = len(chars)
    out = _spaces_as_commas(chars, breaks)
    for index in range(1, size):
        if breaks[index] < SPACE:
            continue
        alone_before = index == 1 or breaks[index - 1] >= SPACE
        alone_after = index + 1 == size or breaks[index + 1] >= SPACE
        before, after = chars[index - 1], chars[index]
        if not (_is_chinese(before) and _is_chinese(after)):
            continue
        if (alone_before and alone_after) or (
            ((alone_before and before not in _ANSWERS) or (alone_after and after not in _ANSWERS))
            and breaks[index] < STOP
        ):
            out[index] = JUNK
    return out


def _spaces_as_commas(chars: list[str], breaks: list[int]) -> list[int]:
    """Many write a space where a comma belongs: between two stretches of at least four Chinese characters."""
    edges = [0, *(i for i in range(1, len(chars)) if breaks[i] >= SPACE), len(chars)]
    out = list(breaks)
    for before, at, after in zip(edges, edges[1:], edges[2:], strict=False):
        if breaks[at] != SPACE or at - before < _CLAUSE_LENGTH or after - at < _CLAUSE_LENGTH:
            continue
        if _is_chinese(chars[at - 1]) and _is_chinese(chars[at]):
            out[at] = COMMA
    return out


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
