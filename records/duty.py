"""What the duty to keep crisis records says about a conversation: may it be erased, and if not, why and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nlu.labels import ESCALATION_LEVEL
from records.models import TicketState
from records.settings import RetentionRules
from records.tables import assessment, conversation, message, seeker, ticket
from records.tx import Tx

LEVEL = int(ESCALATION_LEVEL)

CRISIS = sa.or_(
    conversation.c.level >= LEVEL,
    sa.exists().where(
        assessment.c.conversation_id == conversation.c.id,
        sa.or_(assessment.c.level >= LEVEL, assessment.c.running_level >= LEVEL),
    ),
    sa.exists().where(ticket.c.conversation_id == conversation.c.id, ticket.c.level >= LEVEL),
)
"""The conversation reached level 3 at some time, whatever its level is now."""

OPEN_TICKET = sa.exists().where(ticket.c.conversation_id == conversation.c.id, ticket.c.state != TicketState.CLOSED)

ended = sa.func.coalesce(conversation.c.closed_at, conversation.c.last_seeker_at, conversation.c.created_at)
active = sa.func.coalesce(conversation.c.last_seeker_at, conversation.c.created_at)

_HELD = sa.or_(
    conversation.c.legal_hold.is_(True),
    sa.exists().where(seeker.c.id == conversation.c.seeker_id, seeker.c.legal_hold.is_(True)),
    sa.exists().where(message.c.conversation_id == conversation.c.id, message.c.legal_hold.is_(True)),
    sa.exists().where(ticket.c.conversation_id == conversation.c.id, ticket.c.legal_hold.is_(True)),
)
HELD = _HELD
_OF = (
    sa.select(
        conversation.c.id, conversation.c.identity_id, conversation.c.created_at, ended.label("ended"),
        CRISIS.label("crisis"), OPEN_TICKET.label("open_ticket"), HELD.label("held"),
    )
    .where(conversation.c.seeker_id == sa.bindparam("seeker"), conversation.c.erased_at.is_(None))
    .order_by(conversation.c.id)
)  # fmt: skip
_COUNTS = (
    sa.select(message.c.conversation_id, sa.func.count().label("n"))
    .where(message.c.seeker_id == sa.bindparam("seeker"), message.c.erased_at.is_(None))
    .group_by(message.c.conversation_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptItem:
    """One thing that is on record. ``code`` says why it is kept: ``ordinary`` (may be erased), ``crisis_duty``,
    ``legal_hold``, ``open_ticket`` (a human is being called or has the talk). ``until`` is None where no date is
    known."""

    kind: str
    id: str
    code: str
    until: datetime | None
    messages: int = 0

    @property
    def erasable(self) -> bool:
        return self.code == "ordinary"


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation, and what the duty says of it."""

    item: KeptItem
    identity_id: str
    created_at: datetime


async def talks(tx: Tx, seeker_id: str, rules: RetentionRules) -> list[Talk]:
    """Every conversation of a seeker that is not erased, oldest first."""
    rows = (await tx.execute(_OF, {"seeker": seeker_id})).all()
    counted = {row.conversation_id: int(row.n) for row in (await tx.execute(_COUNTS, {"seeker": seeker_id})).all()}
    return [Talk(_item(row, counted.get(row.id, 0), tx.now, rules), row.identity_id, row.created_at) for row in rows]


def _item(row: sa.Row[Any], messages: int, now: datetime, rules: RetentionRules) -> KeptItem:
    last: datetime = row.ended
    code, until = "ordinary", last + rules.conversation
    if row.held:
        return KeptItem(kind="conversation", id=row.id, code="legal_hold", until=None, messages=messages)
    if row.open_ticket:
        return KeptItem(kind="conversation", id=row.id, code="open_ticket", until=None, messages=messages)
    if row.crisis and last + rules.crisis > now:
        code, until = "crisis_duty", last + rules.crisis
    return KeptItem(kind="conversation", id=row.id, code=code, until=until, messages=messages)
