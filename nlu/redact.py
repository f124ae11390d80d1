"""``redact``: takes out what could tell who or where somebody is, before words leave the record (reviews, training).

Strict formats (numbers, addresses of mail and web) are always masked. Names, schools and places are masked where their
surroundings show that they are one; so a common word is not torn out, and a bare unusual name may stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from nlu.errors import LexiconError
from nlu.text.chars import fold


@dataclass(frozen=True, slots=True)
class Redaction:
    """One masked span of the original text (code points, half open) and what it was taken for."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The masked text, and which spans of the original were masked, in order and not overlapping."""

    text: str
    spans: tuple[Redaction, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    mask: str
    pattern: re.Pattern[str]


class Redactor:
    """Compiled rules. Immutable; safe to share between threads."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        words = {
            name: "|".join(sorted(map(re.escape, items), key=len, reverse=True))
            for name, items in data["words"].items()
        }
        self._rules = [_rule(item, words) for item in data["rules"]]

    @classmethod
    def load(cls) -> Redactor:
        """Read ``data/redact.yaml``. Raises LexiconError when it is wrong."""
        return cls(yaml.safe_load(files("nlu").joinpath("data/redact.yaml").read_text(encoding="utf-8")))

    def redact(self, text: str) -> Redacted:
        """Mask identifiers in any text; never raises."""
        folded = "".join(_one(char) for char in text)
        taken = [False] * len(text)
        found: list[tuple[Redaction, str]] = []
        for rule in self._rules:
            for start, end in _spans(rule.pattern, folded):
                if start < end and not any(taken[start:end]):
                    taken[start:end] = [True] * (end - start)
                    found.append((Redaction(start, end, rule.kind), rule.mask))
        found.sort(key=lambda item: item[0].start)
        return Redacted(_masked(text, found), tuple(redaction for redaction, _ in found))


@cache
def _shared() -> Redactor:
    return Redactor.load()


def redact(text: str) -> Redacted:
    """Mask phone numbers, ids, mail and web addresses, account names, names, schools and street addresses."""
    return _shared().redact(text)


def _rule(item: Mapping[str, Any], words: Mapping[str, str]) -> _Rule:
    if not item.get("reason"):
        raise LexiconError(f"redact.yaml: {item.get('kind', '?')} lacks a reason")
    source = str(item["pattern"])
    for name, alternatives in words.items():
        source = source.replace(f"<{name}>", f"(?:{alternatives})")
    try:
        return _Rule(str(item["kind"]), str(item["mask"]), re.compile(source))
    except re.error as exc:
        raise LexiconError(f"redact.yaml: the pattern of {item['kind']} is malformed") from exc


def _one(char: str) -> str:
    """One character for one character, so that places stay the same: width and digits folded, the invisible kept."""
    folded = fold(char)
    return folded if len(folded) == 1 else "\u200b" if not folded else char


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Group ``x`` is what is masked; without it the whole match."""
    for match in pattern.finditer(text):
        yield match.span("x") if "x" in pattern.groupindex else match.span()


def _masked(text: str, found: Sequence[tuple[Redaction, str]]) -> str:
    out: list[str] = []
    at = 0
    for redaction, mask in found:
        out.extend((text[at : redaction.start], mask))
        at = redaction.end
    return "".join((*out, text[at:]))
