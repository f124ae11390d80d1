"""What a line of the corpus is. Labels: the label page of the project (``docs/labels.md``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that stands alone.

    Attributes:
        text: As a person would type it.
        level: How urgent.
        categories: Kinds of danger; empty at level 0, ``emotional`` alone at level 1.
        subject: Who is at risk.
        persona: Who writes, e.g. ``student-junior`` or ``parent-mother``.
        register: How it is written, e.g. ``plain``, ``dialect-yue``, ``typo``.
        slice: Which kind of harmless look-alike it is, e.g. ``hyperbole``; empty for others.
        batch: Name of the file it stands in: one hand, one sitting.
        place: File and line, for messages to people.
    """

    text: str
    level: RiskLevel
    categories: tuple[Category, ...] = ()
    subject: Subject = Subject.NONE
    persona: str = ""
    register: str = "plain"
    slice: str = ""
    batch: str = ""
    place: str = ""

    @property
    def audience(self) -> str:
        """``student``, ``parent`` (grandparents too), ``teacher`` or ``friend``."""
        first = self.persona.partition("-")[0]
        return {"grandparent": "parent"}.get(first, first)


@dataclass(frozen=True, slots=True)
class SeekerTurn:
    """What the seeker wrote, and its level read with everything before it."""

    text: str
    level: RiskLevel


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What the bot or a counsellor said."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A short talk whose danger, if there is one, may show only in its course."""

    turns: tuple[SeekerTurn | SpokenTurn, ...]
    kind: str
    categories: tuple[Category, ...] = ()
    subject: Subject = Subject.NONE
    persona: str = ""
    batch: str = ""
    place: str = ""

    @property
    def level(self) -> RiskLevel:
        """The highest level of any turn."""
        return max((turn.level for _, turn in self.seeker_turns()), default=RiskLevel.NONE)

    @property
    def escalates_at(self) -> int | None:
        """Index of the first turn that calls a human, all turns counted; None if none does."""
        return next((index for index, turn in self.seeker_turns() if turn.level >= ESCALATION_LEVEL), None)

    def seeker_turns(self) -> Iterator[tuple[int, SeekerTurn]]:
        """The seeker's turns with their index among all turns."""
        return ((index, turn) for index, turn in enumerate(self.turns) if isinstance(turn, SeekerTurn))


@dataclass(frozen=True, slots=True)
class Corpus:
    """Messages and conversations of one part: ``train``, ``dev`` or ``test``."""

    messages: tuple[Message, ...]
    conversations: tuple[Conversation, ...]
