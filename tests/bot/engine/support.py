"""Builders for the engine's tests: a conversation that is played event by event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.engine.actions import Action, Say, Spoken
from bot.engine.decide import decide
from bot.engine.events import BurstQuiet, ChoiceTapped, Event, MessageRead, SessionStarted
from bot.engine.state import ArticleCard, Hit, Knowledge, NumberItem, Place, Seen, State
from bot.engine.turn import SPOKEN
from knowledge_base.directory import Kind as NumberKind
from nlu.assessment import Intent, Layer, RiskAssessment
from nlu.labels import Category, RiskLevel, Subject
from records.models import Author, Field

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
A = TypeVar("A", bound=Action)


def number(id_: str, kind: NumberKind) -> NumberItem:
    return NumberItem(id=id_, number=id_, name=f"name of {id_}", note="open", kind=kind)


NUMBERS = (
    number("120", NumberKind.AMBULANCE),
    number("110", NumberKind.POLICE),
    number("12356", NumberKind.PSYCH),
    number("12355", NumberKind.YOUTH),
    number("12345", NumberKind.GOVERNMENT),
)
ARTICLE = ArticleCard(
    slug="exam-night",
    title="考前睡不着",
    opening=("考前睡不着很常见。", "先不看时间。"),
    steps=("把灯调暗。", "慢慢呼吸六次。"),
    avoid=("躺着反复看时间。",),
    help=("连着两周睡不好，去看医生。",),
    where=("学校心理辅导室",),
)
HITS = (Hit("exam-night", "考前睡不着"), Hit("exam-worry", "考试前心慌"), Hit("sleep", "总是睡不好"))
KNOWN = Knowledge(answerable=True, hits=HITS, article=ARTICLE)


def seen(**changed: Any) -> Seen:
    base = Seen(now=NOW, on_duty=True, numbers=NUMBERS, place=Place(place=2, low_min=3, high_min=6))
    return replace(base, **changed)


def assessed(
    level: int,
    *categories: Category,
    subject: Subject = Subject.SELF,
    intent: Intent = Intent.NONE,
    layer: Layer = Layer.FUSION,
) -> RiskAssessment:
    who = subject if level else Subject.NONE
    return RiskAssessment(level=RiskLevel(level), categories=categories, subject=who, intent=intent, layer=layer)


class Play:
    """One conversation. Each step keeps the state and remembers the actions of the last event."""

    def __init__(self, state: State | None = None, **changed: Any) -> None:
        self.state = state or State()
        self.seen = seen(**changed)
        self.actions: tuple[Action, ...] = ()
        self.seq = 0
        if state is None:
            self.on(SessionStarted())

    def on(self, event: Event, **changed: Any) -> Play:
        decision = decide(self.state, event, replace(self.seen, **changed))
        self.state, self.actions = decision.state, decision.actions
        return self

    def wait(self, seconds: float) -> Play:
        self.seen = replace(self.seen, now=self.seen.now + timedelta(seconds=seconds))
        return self

    def write(
        self,
        level: int = 0,
        *categories: Category,
        subject: Subject = Subject.SELF,
        intent: Intent = Intent.NONE,
        field: Field = Field.CHAT,
        **changed: Any,
    ) -> Play:
        self.seq += 1
        assessment = assessed(level, *categories, subject=subject, intent=intent)
        return self.on(MessageRead(seq=self.seq, field=field, assessment=assessment), **changed)

    def quiet(self, **changed: Any) -> Play:
        return self.on(BurstQuiet(), **changed)

    def say(self, level: int = 0, *categories: Category, intent: Intent = Intent.NONE, **changed: Any) -> Play:
        """A message, and the answer to it after a breath."""
        return self.write(level, *categories, intent=intent).quiet(**changed)

    def tap(self, choice: str, **changed: Any) -> Play:
        self.seq += 1
        return self.on(ChoiceTapped(choice=choice, seq=self.seq), **changed)

    def all(self, kind: type[A]) -> list[A]:
        return [action for action in self.actions if isinstance(action, kind)]

    def one(self, kind: type[A]) -> A:
        found = self.all(kind)
        assert len(found) == 1, f"{kind.__name__}: {len(found)} of {[action.type for action in self.actions]}"
        return found[0]

    def has(self, kind: type[Action]) -> bool:
        """Whether there is exactly one."""
        return len(self.all(kind)) == 1

    def none(self, kind: type[A]) -> bool:
        return not self.all(kind)

    @property
    def keys(self) -> list[str]:
        return [action.key for action in self.all(Say)]

    @property
    def choice_ids(self) -> set[str]:
        return {choice.id for action in spoken(self.actions) for choice in getattr(action, "choices", ())}


def spoken(actions: Iterable[Action]) -> list[Spoken]:
    return [action for action in actions if isinstance(action, SPOKEN)]


def machine_talk(actions: Iterable[Action]) -> list[Spoken]:
    """What the bot says that is no service notice."""
    return [action for action in spoken(actions) if action.author is Author.BOT]
