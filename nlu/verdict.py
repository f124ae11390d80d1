"""From marks to an assessment: the level, the kinds, whom it is about, how sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlu.assessment import Evidence, Intent, Layer, RiskAssessment
from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon import Mark

_MAX_EVIDENCE = 24
_GENERIC_HIT = "abuse.hit_generic"


def verdict(marks: Sequence[Mark], *, version: str, intent: Intent = Intent.NONE) -> RiskAssessment:
    """Weigh the marks of one message."""
    kept = _without_generic(marks)
    level = max((mark.level for mark in kept), default=RiskLevel.NONE)
    if level == RiskLevel.NONE:
        return RiskAssessment(level=level, confidence=0.75, model_version=version, intent=intent)
    speaking = [mark for mark in kept if mark.level > RiskLevel.NONE]
    return RiskAssessment(
        level=level,
        categories=_categories(speaking, level),
        subject=_subject(speaking, level),
        confidence=_confidence(speaking, level),
        evidence=_evidence(speaking, level),
        layer=Layer.LEXICON,
        model_version=version,
        intent=intent,
        decisive=any(mark.decisive and mark.level >= RiskLevel.HIGH for mark in speaking),
    )


def _without_generic(marks: Sequence[Mark]) -> list[Mark]:
    """A blow by somebody unnamed is abuse, unless the message tells of blows by schoolmates."""
    bullied = max((m.level for m in marks if m.category is Category.BULLYING), default=RiskLevel.NONE)
    return [mark for mark in marks if not (mark.why.startswith(_GENERIC_HIT) and bullied >= mark.level)]


def _categories(marks: Iterable[Mark], level: RiskLevel) -> tuple[Category, ...]:
    if level == RiskLevel.LOW:
        return (Category.EMOTIONAL,)
    best: dict[Category, RiskLevel] = {}
    for mark in marks:
        if mark.category is not None and mark.level >= RiskLevel.MODERATE:
            best[mark.category] = max(best.get(mark.category, RiskLevel.NONE), mark.level)
    return tuple(sorted(best, key=lambda category: (-best[category], category.value)))


def _subject(marks: Sequence[Mark], level: RiskLevel) -> Subject:
    top = [mark.subject for mark in marks if mark.level == level and mark.subject is not Subject.NONE]
    if level == RiskLevel.LOW:
        others = sum(1 for mark in marks if mark.subject is Subject.OTHER)
        worried = any(mark.why.startswith("emotional.parent_worry") for mark in marks)
        return Subject.OTHER if worried or others * 2 > len(top) else Subject.SELF
    return Subject.SELF if Subject.SELF in top or not top else Subject.OTHER


def _confidence(marks: Sequence[Mark], level: RiskLevel) -> float:
    top = [mark for mark in marks if mark.level == level]
    if any(mark.decisive for mark in top):
        return 0.95
    base = {RiskLevel.LOW: 0.7, RiskLevel.MODERATE: 0.7, RiskLevel.HIGH: 0.75, RiskLevel.IMMINENT: 0.8}[level]
    return min(0.9, base + 0.05 * (len({mark.why for mark in top}) - 1))


def _evidence(marks: Sequence[Mark], level: RiskLevel) -> tuple[Evidence, ...]:
    """The places that speak loudest, in the order of the text."""
    floor = RiskLevel.MODERATE if level >= RiskLevel.MODERATE else RiskLevel.LOW
    chosen = sorted(
        (m for m in marks if m.level >= floor and m.end > m.start), key=lambda m: (-m.level, m.start, m.end)
    )[:_MAX_EVIDENCE]
    return tuple(Evidence(start=m.start, end=m.end, why=m.why) for m in sorted(chosen, key=lambda m: (m.start, m.end)))
