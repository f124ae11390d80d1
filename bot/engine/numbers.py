"""Which numbers are offered, in which order. Numbers stand on cards only, never in a text (S3, S7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.engine.actions import SafetyCategory, ShowNumbers
from bot.engine.state import NumberItem
from bot.engine.turn import Turn, choices
from knowledge_base.directory import Kind as NumberKind
from nlu.labels import Category, RiskLevel

_TALKING: Final = (NumberKind.PSYCH, NumberKind.YOUTH)
_POLICE_FIRST: Final = frozenset(
    (
        SafetyCategory.HARM_OTHERS,
        SafetyCategory.ABUSE,
        SafetyCategory.SEXUAL_ABUSE,
        SafetyCategory.BULLYING,
        SafetyCategory.RUNAWAY,
        SafetyCategory.GENERAL,
        SafetyCategory.UNASSESSED,
    )
)
_MAX_NUMBERS: Final = 4


def category_of(categories: tuple[Category, ...]) -> SafetyCategory:
    """The row of the safety table: the weightiest category, ``GENERAL`` when none is known."""
    named = [category for category in categories if category is not Category.EMOTIONAL]
    return SafetyCategory(named[0].value) if named else SafetyCategory.GENERAL


def numbers_for(level: RiskLevel, category: SafetyCategory, numbers: Iterable[NumberItem]) -> tuple[NumberItem, ...]:
    """At most four: at level 4 police and ambulance first (the fitting one ahead), below it lines that listen."""
    police = category in _POLICE_FIRST
    urgent = (NumberKind.POLICE, NumberKind.AMBULANCE) if police else (NumberKind.AMBULANCE, NumberKind.POLICE)
    urgent_first = (*urgent, NumberKind.EMERGENCY, *_TALKING)
    order = urgent_first if level >= RiskLevel.IMMINENT else (*_TALKING, *urgent, NumberKind.EMERGENCY)
    rank = {kind: place for place, kind in enumerate(order)}
    fitting = sorted((item for item in numbers if item.kind in rank), key=lambda item: rank[item.kind])
    if level >= RiskLevel.IMMINENT:
        return tuple(fitting[:_MAX_NUMBERS])
    talking = [item for item in fitting if item.kind in _TALKING][: _MAX_NUMBERS - 2]
    rest = [item for item in fitting if item.kind not in _TALKING]
    return tuple((*talking, *rest)[:_MAX_NUMBERS])


def shown(turn: Turn, numbers: tuple[NumberItem, ...]) -> None:
    """Remember what was offered."""
    before = turn.state.numbers_shown
    turn.set(numbers_shown=(*before, *(item.id for item in numbers if item.id not in before)))


def show(turn: Turn, key: str, level: RiskLevel | None = None) -> None:
    """A card of numbers that answer now; the order fits the level. A service notice, so it may stand at any time."""
    of_level = turn.state.level if level is None else level
    numbers = numbers_for(of_level, category_of(turn.state.categories), turn.seen.numbers)
    shown(turn, numbers)
    turn.do(
        ShowNumbers(key=key, numbers=numbers, audience=turn.state.audience, choices=choices("call_failed", "human"))
    )


def show_next(turn: Turn) -> None:
    """The next number that was not tried yet; when all were, the first ones again."""
    state = turn.state
    ordered = numbers_for(state.level, category_of(state.categories), turn.seen.numbers)
    pool = (*ordered, *(item for item in turn.seen.numbers if item not in ordered))
    offered_ids = [item.id for item in pool if item.id in state.numbers_shown]
    failed = next((id_ for id_ in offered_ids if id_ not in state.numbers_tried), None)
    tried = (*state.numbers_tried, failed) if failed else state.numbers_tried
    untried = [item for item in pool if item.id not in tried]
    # the sort is stable: what was not shown yet comes first, both parts in the order of offering
    left = sorted(untried, key=lambda item: item.id in state.numbers_shown)
    key = "numbers.next" if left else "numbers.again"
    turn.set(numbers_tried=tried if left else ())
    offered = tuple(left[:1]) if left else tuple(ordered)
    shown(turn, offered)
    turn.do(ShowNumbers(key=key, numbers=offered, audience=state.audience, choices=choices("call_failed", "human")))
