"""Many weak signs are one strong sign: a goodbye, a thing given away and a night named weigh more than each alone.

A signal belongs to a kind of danger (its theme) or to none (then it supports every theme a little). Within a stretch
of text the weightiest signal of each family is added up; signs that all is well (a laugh, a move, a graduation) take
away. What the patterns found by themselves counts too, so that a wish to be dead beside a farewell reaches level 4.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon.marks import Mark
from nlu.lexicon.model import Found, Theme

_STRETCH = 240  # characters that are weighed together; stretches overlap by half
_STEP = _STRETCH // 2
_SUPPORT = 0.4  # the most that signals of no theme may add
_CLOSE = 30  # characters between a finding and what explains it
_PLAIN = re.compile(
    "死|自杀|轻生|跳[楼河江桥下海]|割|遗书|遗言|永别|诀别|来世|下辈子|解脱|不想活|不活|结束生命|结束自己|安眠药|农药|再也不"
)
# Families that colour others and mean nothing by themselves.
_COLOURS = frozenset(
    ["told", "weary", "who", "often", "group", "spot", "time", "minor", "command", "hide", "serious", "days", "where"]
)
_TOLD = {RiskLevel.MODERATE: 0.5, RiskLevel.HIGH: 0.7, RiskLevel.IMMINENT: 0.7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One weak sign in positions of the original text."""

    start: int
    end: int
    family: str
    weight: float
    category: Category | None
    subject: Subject
    explains: frozenset[str] = frozenset()


def weigh(signals: Iterable[Signal], marks: Iterable[Mark], themes: Sequence[Theme]) -> list[Mark]:
    """One mark per theme and stretch whose sum reaches a level. Linear in the number of signals."""
    stretches: dict[int, list[Signal]] = defaultdict(list)
    for signal in (*signals, *_told(marks)):
        last = signal.start // _STEP
        for number in (last - 1, last):
            stretches[number].append(signal)
    out: dict[tuple[Category, int, int], Mark] = {}
    for number in sorted(stretches):
        for theme in themes:
            mark = _weighed(stretches[number], theme)
            if mark is not None:
                out.setdefault((theme.category, mark.start, mark.end), mark)
    return list(out.values())


def explained_away(item: Found, calm: Iterable[Found], text: str) -> bool:
    """Whether an everyday reason close by explains a finding that names no death (明天就走了，去夏令营)."""
    family, hit = item.hit.entry.family, item.hit
    if not family or _PLAIN.search(text, max(0, hit.start - _CLOSE), hit.end + _CLOSE):
        return False
    return any(
        family in reason.hit.entry.explains
        and reason.hit.start - hit.end <= _CLOSE
        and hit.start - reason.hit.end <= _CLOSE
        for reason in calm
    )


def _told(marks: Iterable[Mark]) -> list[Signal]:
    """Findings of level 2 and above as signals of their own theme."""
    return [
        Signal(
            start=mark.start,
            end=mark.end,
            family="told",
            weight=_TOLD[mark.level],
            category=mark.category,
            subject=mark.subject,
        )
        for mark in marks
        if mark.level in _TOLD and mark.category is not None
    ]


def _weighed(signals: Sequence[Signal], theme: Theme) -> Mark | None:
    own = _weightiest(s for s in signals if s.category is theme.category and s.weight > 0)
    if set(own) <= _COLOURS:
        return None
    support = _weightiest(s for s in signals if s.category is None and s.weight > 0)
    calm = _weightiest(s for s in signals if s.category in (None, theme.category) and s.weight < 0)
    total = sum(s.weight for s in own.values()) - sum(_explained(s, own) for s in calm.values())
    total += min(_SUPPORT, sum(s.weight for s in support.values()))
    level = _level(total, {*own, *support}, theme)
    if level == RiskLevel.NONE:
        return None
    shown = list(own.values())
    return Mark(
        start=min(s.start for s in shown),
        end=max(s.end for s in shown),
        why=f"signals.{theme.category.value}",
        level=level,
        category=theme.category,
        subject=_subject(shown),
    )


def _explained(calm: Signal, own: Mapping[str, Signal]) -> float:
    """How much a sign that all is well takes away: never more than what it explains."""
    weights = [s.weight for family, s in own.items() if not calm.explains or family in calm.explains]
    return min(-calm.weight, sum(weights))


def _weightiest(signals: Iterable[Signal]) -> dict[str, Signal]:
    best: dict[str, Signal] = {}
    for signal in signals:
        known = best.get(signal.family)
        if known is None or abs(signal.weight) > abs(known.weight):
            best[signal.family] = signal
    return best


def _level(total: float, families: set[str], theme: Theme) -> RiskLevel:
    reached = round(total, 6)
    if reached >= theme.imminent and (not theme.now or theme.now & families):
        return RiskLevel.IMMINENT
    if reached >= theme.high:
        return RiskLevel.HIGH
    return RiskLevel.MODERATE if reached >= theme.moderate else RiskLevel.NONE


def _subject(signals: Sequence[Signal]) -> Subject:
    others = sum(s.weight for s in signals if s.subject is Subject.OTHER)
    return Subject.OTHER if others * 2 > sum(s.weight for s in signals) else Subject.SELF
