"""What goes into an assessment and what comes out of it. No engine is imported here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from nlu.topics import Topic


class Who(StrEnum):
    """Who spoke a turn of a conversation, as far as reading risk needs to know."""

    USER = "user"
    BOT = "bot"
    """The program or a counsellor: whoever the seeker was talking to."""


class Probe(StrEnum):
    """What the seeker was asked just before, when the answer's meaning hangs on it."""

    SAFETY = "safety"
    """A direct question about suicide, self-harm or present danger (S17)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One earlier message. ``probe`` may be left out for bot turns; the engine then reads it from the text."""

    who: Who
    text: str
    probe: Probe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What came before the message that is assessed.

    Attributes:
        turns: Earlier turns, oldest first. May be cut to the last ones; ``level`` carries what was cut.
        level: The running level so far (S5). The answer is never lower than what the message alone shows; raising the
            running level is the caller's ``max``.
    """

    turns: tuple[Turn, ...] = ()
    level: RiskLevel = RiskLevel.NONE


class Layer(StrEnum):
    """Which part of the engine gave the answer."""

    LEXICON = "lexicon"
    ENCODER = "encoder"
    FUSION = "fusion"
    FAILURE = "failure"
    """Nothing could read the message. It counts as level 3 and goes to a human (S2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One place that speaks for the level.

    ``start`` and ``end`` are code points into the text exactly as it was given, half open. ``turn`` is the index of the
    turn (0 for a single text). ``why`` is the name of the rule or the head, stable and free of the person's words.
    """

    start: int
    end: int
    why: str
    turn: int = 0


class Intent(StrEnum):
    """What the seeker wants the service to do. ``NONE`` means: just telling or asking about a worry."""

    NONE = "none"
    GREET = "greet"
    THANKS = "thanks"
    GOODBYE = "bye"
    AFFIRM = "affirm"
    DENY = "deny"
    ASK_HUMAN = "ask_human"
    ASK_BOT = "ask_bot"
    ASK_PRIVACY = "ask_privacy"
    ASK_SERVICE = "ask_service"
    ASK_NUMBERS = "ask_hotline"
    ASK_ERASE = "ask_erase"
    CALL_FAILED = "call_failed"
    """没打通: they called a number and nobody answered."""
    RETRACT = "retract"
    """开玩笑的, 我没事: takes back what was said. Lowers nothing (S5)."""
    OFF_TOPIC = "off_topic"
    """Nothing that a hotline answers: the weather, homework, a joke."""
    ABUSE_BOT = "abuse_bot"
    """Scolds the program. Never answered in kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentReading:
    """What one reader of intents says about a message.

    Attributes:
        intent: What the seeker wants the service to do; ``NONE`` when they tell or ask about a worry.
        topic: What the worry is about, where the reader names one; only with ``NONE``.
        confidence: 0.0 to 1.0: how sure the reader is.
    """

    intent: Intent
    topic: Topic | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """What ``nlu`` says about one message.

    Attributes:
        level: How urgent this message is, read with its context.
        categories: Kinds of danger, most weighty first; empty at level 0.
        subject: Who is at risk.
        confidence: 0.0 to 1.0: how sure the engine is of ``level``.
        evidence: Places in the original text.
        layer: Which part answered.
        model_version: What must be named to reproduce the answer, e.g. ``lexicon-1a2b3c4d``.
        intent: What the seeker wants, for the conversation engine.
        topic: What a worry is about, where a reader of intents named it.
        decisive: Whether a rule whose precision was measured says level >= 3 on its own: act at once.
    """

    level: RiskLevel
    categories: tuple[Category, ...] = ()
    subject: Subject = Subject.NONE
    confidence: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    layer: Layer = Layer.LEXICON
    model_version: str = ""
    intent: Intent = Intent.NONE
    topic: Topic | None = None
    decisive: bool = False

    @property
    def escalate(self) -> bool:
        """Whether a human is called."""
        return self.level >= ESCALATION_LEVEL

    @property
    def unassessed(self) -> bool:
        """Whether nothing could read the message (S2)."""
        return self.layer is Layer.FAILURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An assessment in its life: the answer within the budget, and perhaps a second one that may only raise.

    ``later`` is set when the encoder had not answered in time: await it (it never raises) and apply it if it is higher;
    None comes when the encoder failed meanwhile.
    ``unheard`` is set when the encoder was overrun or failed and will not answer: the message should be read again.
    """

    assessment: RiskAssessment
    later: asyncio.Future[RiskAssessment | None] | None = field(default=None, repr=False, compare=False)
    unheard: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether the encoder has not had its full say."""
        return self.unheard or self.later is not None
