"""What the engine wants done. Data only: ``bot/gateway/perform.py`` carries it out, in this order, in one transaction.

``Say``, ``SafetyReply``, ``ShowSteps``, ``ShowArticle``, ``ShowNumbers`` and ``ShowConsent`` are messages to the seeker
(:data:`Spoken`); ``bot.replies.render.render`` turns each into one to three bodies of the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bot.engine.events import Left, TimerKind
from bot.engine.state import ArticleCard, Hit, NumberItem, State
from nlu.labels import Audience, Category, RiskLevel, Subject
from records.models import Author, Mode, TicketReason


class SafetyCategory(StrEnum):
    """The columns of the safety table: every :class:`~nlu.labels.Category`, and two for danger without a name."""

    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    HARM_OTHERS = "harm_others"
    ABUSE = "abuse"
    SEXUAL_ABUSE = "sexual_abuse"
    BULLYING = "bullying"
    RUNAWAY = "runaway"
    EATING = "eating"
    PSYCHOSIS = "psychosis"
    SUBSTANCE = "substance"
    EMOTIONAL = "emotional"
    GENERAL = "general"
    """Danger, kind unknown: "我现在有危险" was tapped, or a level without a category."""
    UNASSESSED = "unassessed"
    """A picture, a voice message, a failure: nobody could read it (S2)."""


class OutOfReachWhy(StrEnum):
    """Why nobody can be reached (S16)."""

    TAB_CLOSED = "tab_closed"
    QUICK_EXIT = "quick_exit"
    UNFOLLOWED = "unfollowed"
    BLOCKED = "blocked"
    UNFETCHED = "unfetched"
    SILENT = "silent"

    @classmethod
    def of(cls, how: Left) -> OutOfReachWhy:
        """The reason that belongs to a way of leaving."""
        return cls(how.value)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. Its words are ``choices.<id>`` of the replies, or ``label`` where they come from an article's title."""

    id: str
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Checked text by key. ``variant`` is taken modulo the number of variants.

    ``card``: shown as a card of that kind. ``event``: shown as an event line (author ``system``).
    """

    type: Literal["say"] = "say"
    key: str
    author: Author = Author.BOT
    audience: Audience | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    card: Literal["waiting", "breathing"] | None = None
    event: Literal["claimed", "handed_back", "transferred", "closed", "notice"] | None = None
    variant: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyReply:
    """The reviewed reply to danger (S3): words of the table, then a card with ``numbers`` in this order.

    ``author`` is ``system`` when a claimed talk lost its human (S6). Enqueue it with ``safety=True``.
    """

    type: Literal["safety_reply"] = "safety_reply"
    level: RiskLevel
    category: SafetyCategory
    subject: Subject
    audience: Audience | None
    numbers: tuple[NumberItem, ...]
    choices: tuple[Choice, ...] = ()
    author: Author = Author.BOT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSteps:
    """An article as the answer: its opening in one or two sentences, the steps as a card, buttons."""

    type: Literal["show_steps"] = "show_steps"
    article: ArticleCard
    audience: Audience | None = None
    neighbours: tuple[Hit, ...] = ()
    choices: tuple[Choice, ...] = ()
    author: Author = Author.BOT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowArticle:
    """The rest of an article (what to avoid, where help is) as a card."""

    type: Literal["show_article"] = "show_article"
    article: ArticleCard
    audience: Audience | None = None
    choices: tuple[Choice, ...] = ()
    author: Author = Author.BOT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNumbers:
    """A card of numbers that answer now. ``key`` names its title and line."""

    type: Literal["show_numbers"] = "show_numbers"
    key: str
    numbers: tuple[NumberItem, ...]
    audience: Audience | None = None
    choices: tuple[Choice, ...] = ()
    author: Author = Author.SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowConsent:
    """What is kept and who may read it, in plain words; once per conversation, never in the way of an answer."""

    type: Literal["show_consent"] = "show_consent"
    audience: Audience | None = None
    author: Author = Author.SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHuman:
    """Open the one ticket of this conversation, or raise and re-announce it (``Tickets.call``)."""

    type: Literal["call_human"] = "call_human"
    reason: TicketReason
    level: RiskLevel
    categories: tuple[Category, ...] = ()
    subject: Subject = Subject.NONE
    message_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellTicketSeekerWrote:
    """The seeker wrote while a ticket is open: the clock of S14 starts again (``Tickets.seeker_wrote``)."""

    type: Literal["tell_ticket_seeker_wrote"] = "tell_ticket_seeker_wrote"
    level: RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLevel:
    """The running level rose: store it with conversation and seeker. Never sent for a lowering (the desk did that)."""

    type: Literal["set_level"] = "set_level"
    level: RiskLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMode:
    type: Literal["set_mode"] = "set_mode"
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Due ``seconds`` from now; replaces the one of the same kind."""

    type: Literal["set_timer"] = "set_timer"
    kind: TimerKind
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    type: Literal["cancel_timer"] = "cancel_timer"
    kind: TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """The ticket shows it, with an owner and a clock, until a human ends it (``Tickets.out_of_reach``)."""

    type: Literal["out_of_reach"] = "out_of_reach"
    why: OutOfReachWhy


@dataclass(frozen=True, slots=True)
class BackInReach:
    """``Tickets.back``."""

    type: Literal["back_in_reach"] = "back_in_reach"


@dataclass(frozen=True, slots=True)
class WithdrawCall:
    """The wish for a human is taken back before anybody came; only below level 2 (``Tickets.withdraw``)."""

    type: Literal["withdraw_call"] = "withdraw_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordGap:
    """A gap for the editors, redacted by the gateway: no answer for messages ``seqs``, or ``article`` did not help."""

    type: Literal["record_gap"] = "record_gap"
    seqs: tuple[int, ...]
    article: str | None = None


@dataclass(frozen=True, slots=True)
class EndConversation:
    """Idle at level <= 1, after the safety question. The next message begins a new conversation or reopens this one."""

    type: Literal["end_conversation"] = "end_conversation"


Spoken = Say | SafetyReply | ShowSteps | ShowArticle | ShowNumbers | ShowConsent
Done = (
    CallHuman
    | TellTicketSeekerWrote
    | SetLevel
    | SetMode
    | SetTimer
    | CancelTimer
    | OutOfReach
    | BackInReach
    | WithdrawCall
    | RecordGap
    | EndConversation
)
Action = Spoken | Done


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's answer to one event: store ``state``, carry out ``actions`` in order."""

    state: State
    actions: tuple[Action, ...] = ()
