"""The JSON that the desk is shown, as types: ``docs/protocol.md``, section 2."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class Person(BaseModel):
    id: str
    name: str


class StaffShape(BaseModel):
    id: str
    name: str
    login: str
    role: str
    roles: list[str]


class LineShape(BaseModel):
    id: str
    name: str


class Excerpt(BaseModel):
    text: str
    spans: list[tuple[int, int]]


class TransferShape(BaseModel):
    to_line: str | None
    to_staff: str | None
    by: str
    note: str


class FirstWord(BaseModel):
    due_at: datetime


class TicketShape(BaseModel):
    id: str
    conversation: str
    line: str
    level: int
    reason: str
    state: str
    fence: int
    owner: Person | None
    transfer: TransferShape | None
    nickname: str
    audience: str | None
    categories: list[str]
    subject: str
    topic: str | None
    created_at: datetime
    waiting_since: datetime
    claimed_at: datetime | None
    rung: int
    burst: int
    first_word: FirstWord | None
    unread: int
    last_at: datetime
    out_of_reach: bool
    excerpt: Excerpt | None
    disposition: str | None
    closed_at: datetime | None


class Span(BaseModel):
    start: int
    end: int
    why: str


class AssessmentShape(BaseModel):
    level: int
    categories: list[str]
    subject: str
    confidence: float
    spans: list[Span]
    layer: str
    model: str


class JudgedShape(BaseModel):
    level: int
    categories: list[str]
    subject: str
    by: Person


class MessageShape(BaseModel):
    seq: int
    id: str
    at: datetime
    author: str
    kind: str
    client_id: str | None
    body: dict[str, Any]
    staff: Person | None
    delivery: str | None
    assessment: AssessmentShape | None
    judged: JudgedShape | None
    channel_at: datetime | None


class JudgedAnswer(BaseModel):
    judged: JudgedShape


class SeekerShape(BaseModel):
    nickname: str
    audience: str | None
    age_band: str | None
    region: str | None
    locale: str


class TimelinePoint(BaseModel):
    at: datetime
    seq: int
    level: int
    running: int
    by: Literal["nlu", "staff"]


class BudgetShape(BaseModel):
    left: int
    until: datetime


class ConversationShape(BaseModel):
    id: str
    mode: str
    channel: str
    level: int
    carried_level: int
    version: int
    seeker: SeekerShape
    ticket: TicketShape | None
    earlier_tickets: list[TicketShape]
    timeline: list[TimelinePoint]
    messages: list[MessageShape]
    last_seq: int
    presence: Literal["here", "away", "left"]
    budget: BudgetShape | None


class Colleague(BaseModel):
    id: str
    name: str
    on_duty: bool
    load: int
    capacity: int
    lines: list[str]


class SessionAnswer(BaseModel):
    staff: StaffShape
    csrf: str


class Overview(BaseModel):
    staff: StaffShape
    lines: list[LineShape]
    on_duty: bool
    capacity: int
    queue: list[TicketShape]
    mine: list[TicketShape]
    reviews: int
    notices: list[Literal["no_articles"]]
    """What every desk should know of the service: codes, worded by the console."""
    server_time: datetime


class DutyAnswer(BaseModel):
    on_duty: bool


class TicketAnswer(BaseModel):
    ticket: TicketShape | None


class StateAnswer(BaseModel):
    state: str


class MessageAnswer(BaseModel):
    message: MessageShape


class RevealAnswer(BaseModel):
    state: str
    packet: dict[str, Any] | None


class Listed(BaseModel):
    id: str
    nickname: str
    line: str
    mode: str
    level: int
    channel: str
    started_at: datetime
    last_at: datetime
    owner: Person | None


class Listing(BaseModel):
    items: list[Listed]
    next: str | None


class OutOfReachItem(BaseModel):
    conversation: str
    ticket: str
    nickname: str
    level: int
    since: datetime
    due_at: datetime | None
    owner: Person | None
    why: str


class OutOfReachList(BaseModel):
    items: list[OutOfReachItem]


class ReviewItem(BaseModel):
    id: str
    conversation: str
    kind: str
    state: str
    from_level: int
    to_level: int
    reason: str
    by: Person
    at: datetime
    due_at: datetime | None


class ReviewList(BaseModel):
    items: list[ReviewItem]


class SampleItem(BaseModel):
    conversation: str
    level: int
    why: str
    reviewed: str | None


class SampleList(BaseModel):
    date: str
    items: list[SampleItem]


class AuditItem(BaseModel):
    at: datetime
    staff: Person | None
    action: str
    object: str


class AuditList(BaseModel):
    items: list[AuditItem]


class People(BaseModel):
    lines: list[LineShape]
    staff: list[Colleague]


class Hit(BaseModel):
    slug: str
    title: str
    summary: str
    text: str


class Hits(BaseModel):
    hits: list[Hit]


class OutboxItem(BaseModel):
    id: str
    conversation: str
    seq: int
    state: str
    channel: str
    attempts: int
    at: datetime


class OutboxList(BaseModel):
    items: list[OutboxItem]
