"""What the engine remembers of one conversation, and what it is shown of the world. Neither holds a person's words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from knowledge_base.directory import Kind as NumberKind
from nlu.assessment import Intent
from nlu.labels import Audience, Category, RiskLevel, Subject
from records.models import Mode, TicketReason


class SafetyProbe(StrEnum):
    """The direct safety question that is open (S17)."""

    FIRST_LEVEL2 = "first_level2"
    CLOSING = "closing"
    FEEDBACK = "feedback"
    """Asked after somebody marked their distress as very high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Times and limits of the engine, in seconds unless the name says otherwise. Settings may change them."""

    burst_quiet_s: float = 2.5
    burst_most_s: float = 8.0
    """Somebody who writes fragment after fragment is answered at the latest after this long."""
    probe_silence_s: float = 600.0
    """How long a direct safety question may stay without an answer before a human is called."""
    checkin_s: tuple[float, ...] = (180.0, 300.0, 600.0)
    """Silence at level >= 3 before the first, second, third check-in; after the last one the seeker is out of reach."""
    first_place_s: float = 20.0
    """When the place in the queue was not known yet at the first card: after this time it is told."""
    retell_s: float = 180.0
    """At most this often a waiting seeker hears of their changed place, or an acknowledgement of what they write."""
    safety_again_s: float = 1800.0
    """After this time the same safety reply is sent again if the danger is told again."""
    idle_s: float = 3600.0
    answers_per_minute: int = 6
    """Below level 3; what comes faster is answered together later. Intake is never throttled."""
    throttle_s: float = 20.0
    closing_silence_calls_from: RiskLevel = RiskLevel.NONE
    """From this level on, silence after the closing question calls a human (S17 says: always)."""
    distress_asks: int = 8
    """From this mark of 0-10 in the feedback form on, the safety question is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberItem:
    """One number of the directory that answers now, as the page shows it (``docs/protocol.md``)."""

    id: str
    number: str
    name: str
    note: str
    kind: NumberKind


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that fits, best first in ``Knowledge.hits``."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCard:
    """The parts of one article, already loaded and ready to show: plain sentences."""

    slug: str
    title: str
    opening: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What the knowledge base says to the words at hand.

    Attributes:
        answerable: Whether the best hit is good enough to be the answer.
        hits: Best first.
        article: The best hit's parts; for a tapped article choice, that article. ``None`` if there is none.
    """

    answerable: bool = False
    hits: tuple[Hit, ...] = ()
    article: ArticleCard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a waiting seeker stands: 1 is next. The range is in whole minutes, ``None`` where none would be honest."""

    place: int
    low_min: int | None
    high_min: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the gateway looked up before it asked the engine: all that the engine knows of the world besides the state.

    Attributes:
        now: Aware UTC.
        local_hour: 0-23 where the line is.
        on_duty: Whether anybody could take this conversation now.
        numbers: Numbers that answer now, in the order of the directory, emergency numbers among them, for the region or
            ``abroad`` that holds *after* the event (``ActionTapped(ABROAD)``, ``ProfileGiven(region=…)``). With an
            unknown region only those verified to be open at every hour (S7).
        place: Set while a ticket waits.
        hours_open: When people answer next, as a text for the seeker ("18:00-22:00"), or ``None`` if unknown.
        text_length: Characters of the message or of the joined burst.
        kb: For ``BurstQuiet``: looked up with the joined texts of ``State.burst``. For ``ChoiceTapped("article:SLUG")``
            and ``("more:SLUG")``: ``kb.article`` is that article; for ``("reading")``: ``kb.hits`` are articles to read
            while waiting.
    """

    now: datetime
    local_hour: int = 12
    on_duty: bool = False
    numbers: tuple[NumberItem, ...] = ()
    place: Place | None = None
    hours_open: str | None = None
    text_length: int = 0
    kb: Knowledge = Knowledge()
    policy: Policy = Policy()

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Seen.now must be aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything the engine keeps of one conversation. Stored as JSON in ``conversation.state``; free of words.

    Attributes:
        mode: Who has the talk; the gateway copies it to ``conversation.mode`` when ``SetMode`` says so.
        level: The running level: rises with every assessment, falls only by a human (S5).
        categories, subject: Of the assessment that last set or met the running level.
        held: A human claimed this talk and has not returned it: no text of author ``bot`` (S6).
        attended: A human holds it right now. ``held`` without ``attended``: the lease was lost, the ticket waits again.
        ticket_open: ``CallHuman`` was sent and the ticket is neither closed, withdrawn nor handed back to the bot.
        settled: A human ended a ticket at this level; only a new message calls again.
        away: The seeker left or fell silent at level >= 3 (S16).
        burst, burst_intents, burst_level: Messages that wait for one common answer, the first since ``burst_since``.
        probe: The open safety question; ``probe_seq`` is the last message before it.
        answered_at: Times of the last answers, for the throttle.
        safety_sent: ``"level/category/subject" -> ISO time`` of the safety replies already given.
        numbers_shown: Ids in the order shown; ``numbers_tried``: those reported as not answering.
        waiting_place, waiting_told_at: What a waiting seeker was last told.
    """

    mode: Mode = Mode.BOT
    level: RiskLevel = RiskLevel.NONE
    categories: tuple[Category, ...] = ()
    subject: Subject = Subject.NONE
    audience: Audience | None = None
    age_band: str | None = None
    locale: str = "zh-CN"
    region: str | None = None
    abroad: bool = False
    started: bool = False
    consent_shown: bool = False
    last_seq: int = 0
    wrote: bool = False
    held: bool = False
    attended: bool = False
    owner_name: str | None = None
    ticket_open: bool = False
    ticket_level: RiskLevel = RiskLevel.NONE
    ticket_reason: TicketReason | None = None
    settled: bool = False
    human_asked: bool = False
    away: bool = False
    burst: tuple[int, ...] = ()
    burst_since: str | None = None
    burst_intents: tuple[Intent, ...] = ()
    burst_level: RiskLevel = RiskLevel.NONE
    probe: SafetyProbe | None = None
    probe_seq: int = 0
    first_level2_asked: bool = False
    closing_asked: bool = False
    closing_answered: bool = False
    closing_at: str | None = None
    listened: int = 0
    answered_at: tuple[str, ...] = ()
    safety_sent: Mapping[str, str] = dataclasses.field(default_factory=dict)
    numbers_shown: tuple[str, ...] = ()
    numbers_tried: tuple[str, ...] = ()
    waiting_place: int | None = None
    waiting_told_at: str | None = None
    nobody_told_at: str | None = None
    checkins: int = 0
    checkin_at: str | None = None
    article: str | None = None
    neighbours: tuple[str, ...] = ()
    last_seeker_at: str | None = None
    last_out_at: str | None = None
    last_staff_at: str | None = None
    ended_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives an equal state back."""
        return {item.name: _plain(getattr(self, item.name)) for item in dataclasses.fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Read a stored state. Unknown fields are ignored; missing or unreadable ones take their default."""
        read: dict[str, Any] = {}
        for item in dataclasses.fields(cls):
            if item.name in data:
                value = _READERS.get(item.name, _read_scalar(item.default))(data[item.name])
                if value is not _UNREADABLE:
                    read[item.name] = value
        return cls(**read)

    def facing(self, mode: Mode, level: RiskLevel) -> State:
        """The state as the conversation's own columns allow it. Call it before every decision.

        The desk changes mode and level in its own transactions, and the event that tells of it may still wait behind a
        message. Whoever holds the talk in the database holds it: no machine text follows a claim (S6), an empty place
        is not taken for a human, a ticket that was opened without the engine is known. A lower level waits for its
        event, since a message that came before may void it (S5).
        """
        state = self
        if mode is Mode.HUMAN and not state.attended:
            state = dataclasses.replace(
                state, mode=mode, held=True, attended=True, ticket_open=True, burst=(), burst_intents=(), probe=None
            )
        elif mode in (Mode.WAITING, Mode.OUT_OF_REACH) and (state.attended or not state.ticket_open):
            state = dataclasses.replace(state, mode=mode, attended=False, ticket_open=True)
        return dataclasses.replace(state, level=max(state.level, level))

    def seconds_since(self, iso: str | None, now: datetime) -> float:
        """Seconds since a stored time; infinite when there is none. Never negative, whatever the clock did."""
        if iso is None:
            return float("inf")
        return max(0.0, (now - datetime.fromisoformat(iso)) / timedelta(seconds=1))


_UNREADABLE: Final = object()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, RiskLevel):
        return int(value)
    if isinstance(value, StrEnum):
        return value.value
    return value


def _read_scalar(default: object) -> Any:
    kind = type(default)

    def read(value: Any) -> Any:
        if default is None:
            return value if value is None else _UNREADABLE
        return value if type(value) is kind else _UNREADABLE

    return read


def _maybe(kind: Any) -> Any:
    def read(value: Any) -> Any:
        if value is None:
            return None
        return _one(kind, value)

    return read


def _one(kind: Any, value: Any) -> Any:
    if kind in (str, int):
        return value if type(value) is kind else _UNREADABLE
    try:
        return kind(value)
    except (TypeError, ValueError):
        return _UNREADABLE


def _each(kind: Any) -> Any:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            return _UNREADABLE
        found = [_one(kind, part) for part in value]
        return tuple(part for part in found if part is not _UNREADABLE)

    return read


def _time(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("naive time")
    return value


def _times_by_key(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _UNREADABLE
    found = {key: _one(_time, part) for key, part in value.items() if isinstance(key, str)}
    return {key: part for key, part in found.items() if part is not _UNREADABLE}


_READERS: Final[Mapping[str, Any]] = {
    "mode": lambda value: _one(Mode, value),
    "level": lambda value: _one(RiskLevel, value),
    "categories": _each(Category),
    "subject": lambda value: _one(Subject, value),
    "audience": _maybe(Audience),
    "age_band": _maybe(str),
    "region": _maybe(str),
    "owner_name": _maybe(str),
    "ticket_level": lambda value: _one(RiskLevel, value),
    "ticket_reason": _maybe(TicketReason),
    "burst": _each(int),
    "burst_since": _maybe(_time),
    "burst_intents": _each(Intent),
    "burst_level": lambda value: _one(RiskLevel, value),
    "probe": _maybe(SafetyProbe),
    "answered_at": _each(_time),
    "safety_sent": _times_by_key,
    "numbers_shown": _each(str),
    "numbers_tried": _each(str),
    "waiting_place": _maybe(int),
    "waiting_told_at": _maybe(_time),
    "closing_at": _maybe(_time),
    "nobody_told_at": _maybe(_time),
    "checkin_at": _maybe(_time),
    "article": _maybe(str),
    "neighbours": _each(str),
    "last_seeker_at": _maybe(_time),
    "last_out_at": _maybe(_time),
    "last_staff_at": _maybe(_time),
    "ended_by": _maybe(str),
}
