"""Which texts the encoder is given: pieces of a long message, and a message with what came before it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.assessment import Turn, Who

# One piece stays well below the encoder's 128 tokens: a Chinese character is at most about one token.
PIECE_CHARS = 110
_OVERLAP = 20
_BEFORE_TURNS = 8
_BEFORE_CHARS = 80
_NOW_CHARS = 70
_AROUND = 24
_SEEKER, _ANSWERER, _NOW = "甲:", "乙:", "｜"
_SEEKER_TAIL, _ANSWERER_TAIL = 40, 36
_PAUSE = re.compile(r"[。！？!?；;\n…~，,、 ]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, code points, half open."""

    start: int
    end: int


def pieces(text: str, size: int = PIECE_CHARS) -> tuple[Piece, ...]:
    """Cut a text into stretches that the encoder sees whole, at pauses where there are some, with some overlap."""
    if len(text) <= size:
        return (Piece(0, len(text)),)
    out: list[Piece] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + size)
        if end < len(text):
            cut = [m.end() for m in _PAUSE.finditer(text, start + size // 2, end)]
            end = cut[-1] if cut else end
        out.append(Piece(start, end))
        if end == len(text):
            break
        start = max(start + 1, end - _OVERLAP)
    return tuple(out)


def clauses(text: str) -> tuple[Piece, ...]:
    """Parts of a sentence between pauses, to show which of them speaks."""
    out: list[Piece] = []
    start = 0
    for match in (*_PAUSE.finditer(text), None):
        end = match.start() if match else len(text)
        if end - start >= 2:
            out.append(Piece(start, end))
        start = match.end() if match else end
    return tuple(out) or (Piece(0, len(text)),)


def in_context(turns: Sequence[Turn], text: str) -> str | None:
    """The message after the last things said, cut to what the encoder can see; None when nothing was said before."""
    said: list[str] = []
    room = _BEFORE_CHARS
    for turn in reversed(turns[-_BEFORE_TURNS:]):
        mark, tail = (_SEEKER, _SEEKER_TAIL) if turn.who is Who.USER else (_ANSWERER, _ANSWERER_TAIL)
        bare = " ".join(turn.text.split())
        piece = mark + bare[-tail:]
        if not bare or len(piece) > room:
            break
        room -= len(piece)
        said.append(piece)
    if not said:
        return None
    return "".join(reversed(said)) + _NOW + _ends(text)


def _ends(text: str) -> str:
    """A long message by its beginning and its end: its middle is read in pieces of its own."""
    half = _NOW_CHARS // 2
    return text if len(text) <= _NOW_CHARS else text[:half] + "…" + text[-half:]


def around(text: str, start: int, end: int) -> Piece:
    """A place with the few words beside it: among much calm talk a short danger would be diluted."""
    return Piece(max(0, start - _AROUND), min(len(text), min(end, start + PIECE_CHARS - 2 * _AROUND) + _AROUND))
