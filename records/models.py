"""What the tables hold, as the rooms above see it: frozen, typed, decrypted. Times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import Any

from nlu.labels import Audience, Category, RiskLevel, Subject

Body = Mapping[str, Any]
"""What a message says, in the shapes of ``docs/protocol.md``: plain JSON values."""


class Channel(StrEnum):
    WEB = "web"
    WECHAT = "wechat"
    WECOM = "wecom"
    TELEGRAM = "telegram"
    LETTER = "letter"
    EMAIL = "email"
    PHONE = "phone"
    REPORT = "report"
    API = "api"


class Mode(StrEnum):
    """Who has the talk. ``HUMAN`` means that no machine text is sent but service notices (S6)."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"
    OUT_OF_REACH = "out_of_reach"


class Author(StrEnum):
    SEEKER = "seeker"
    BOT = "bot"
    SYSTEM = "system"
    STAFF = "staff"


class Kind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    CARD = "card"
    MEDIA = "media"
    EVENT = "event"
    NOTE = "note"
    """An internal note of staff: never to the seeker."""


class Field(StrEnum):
    """Which door a seeker's text came through (S13: they are all one door)."""

    CHAT = "chat"
    BUTTON = "button"
    ACTION = "action"
    NICKNAME = "nickname"
    ABOUT = "about"
    FEEDBACK = "feedback"
    REASON = "reason"
    SUBJECT = "subject"
    LETTER = "letter"


class Delivery(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class TicketState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"


class TicketReason(StrEnum):
    RISK = "risk"
    ASK_HUMAN = "ask_human"
    LETTER = "letter"
    REPORT = "report"
    UNASSESSED = "unassessed"


class Role(StrEnum):
    COUNSELLOR = "counsellor"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    id: str
    created_at: datetime
    pseudonym: str
    age_band: str | None
    audience: Audience | None
    locale: str
    region: str | None
    abroad: bool
    level: RiskLevel
    level_at: datetime | None
    has_secret: bool
    nickname: str | None = attribute(repr=False)
    about: str | None = attribute(repr=False)
    legal_hold: bool = False
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    id: str
    seeker_id: str
    channel: Channel
    account_hash: str = attribute(repr=False)
    address: str | None = attribute(default=None, repr=False)
    unreachable_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One seeker's exchange. ``version`` guards every change; ``state`` is the engine's own, free of words."""

    id: str
    seeker_id: str
    identity_id: str
    channel: Channel
    line_id: str
    mode: Mode
    version: int
    level: RiskLevel
    level_at: datetime | None
    model_version: str | None
    state: Mapping[str, Any]
    next_seq: int
    owner_id: str | None
    last_owner_id: str | None
    created_at: datetime
    last_seeker_at: datetime | None
    last_out_at: datetime | None
    closed_at: datetime | None
    origin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    conversation_id: str
    seeker_id: str
    seq: int
    author: Author
    kind: Kind
    field: Field
    identity_id: str | None
    channel_message_id: str | None
    staff_id: str | None
    body: Body = attribute(repr=False)
    to_seeker: bool
    attachment_ref: str | None
    received_at: datetime
    channel_at: datetime | None
    edit_version: int
    delivery: Delivery | None
    processed_at: datetime | None
    attempts: int
    erased_at: datetime | None = None

    @property
    def text(self) -> str:
        """The words of a message, or an empty string for one that has none."""
        value = self.body.get("text", "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAssessment:
    id: str
    message_id: str
    conversation_id: str
    seq: int
    level: RiskLevel
    categories: tuple[Category, ...]
    subject: Subject
    confidence: float
    evidence: tuple[Mapping[str, Any], ...]
    layer: str
    model_version: str
    running_level: RiskLevel
    by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One hand-over of a conversation to people. ``fence`` rises with every change of owner; every desk write carries
    it."""

    id: str
    conversation_id: str
    seeker_id: str
    line_id: str
    level: RiskLevel
    reason: TicketReason
    state: TicketState
    fence: int
    categories: tuple[Category, ...]
    subject: Subject
    owner_id: str | None
    lease_until: datetime | None
    message_seq: int | None
    rung: int
    origin: str | None
    skip_staff: tuple[str, ...]
    created_at: datetime
    waiting_since: datetime
    claimed_at: datetime | None
    first_word_at: datetime | None
    word_due_at: datetime | None
    out_of_reach_at: datetime | None
    closed_at: datetime | None
    transfer_line_id: str | None
    transfer_staff_id: str | None
    transfer_by_id: str | None
    disposition: str | None
    risk: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: str
    slug: str
    name: str
    time_zone: str
    hours: Mapping[str, Any]
    audiences: tuple[str, ...]
    skills: tuple[str, ...]
    region: str | None
    neighbour_id: str | None
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    id: str
    login: str
    display_name: str
    organisation_id: str | None
    skills: tuple[str, ...]
    capacity: int
    demo: bool
    roles: frozenset[Role]
    line_ids: frozenset[str]
    """Lines this person works for. Supervisors of an organisation carry all its lines here."""
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that has to happen later. ``(kind, ref)`` is unique: setting it again moves it."""

    id: str
    kind: str
    ref: str
    due_at: datetime
    payload: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    id: str
    message_id: str
    conversation_id: str
    channel: Channel
    author: Author
    seq: int
    state: Delivery
    safety: bool
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    n: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    data: Mapping[str, Any]
