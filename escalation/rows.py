"""Small reads and writes over records that several parts of this room share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from escalation.errors import TicketNotVisibleError
from escalation.events import DeskEvent, to_body
from escalation.priority import Need
from nlu.labels import Audience
from records import messages, tables, tickets
from records.errors import NotFoundError
from records.models import Author, Conversation, Kind, Message, Ticket
from records.store import Tx


async def known_ticket(tx: Tx, ticket_id: str) -> Ticket:
    """The ticket.

    Raises:
        TicketNotVisibleError: There is none: the same answer as for one that is not theirs.
    """
    try:
        return await tickets.get(tx, ticket_id)
    except NotFoundError:
        raise TicketNotVisibleError from None


async def ticket_or_none(tx: Tx, ticket_id: str) -> Ticket | None:
    """For timers and links, which may outlive their ticket."""
    try:
        return await tickets.get(tx, ticket_id)
    except NotFoundError:
        return None


async def lock_conversation(tx: Tx, conversation_id: str) -> None:
    """First step of every desk action: conversation before ticket, the order in which the gateway writes too.
    PostgreSQL would otherwise meet deadlocks; SQLite has one writer anyway."""
    row = tables.conversation.c
    await tx.execute(sa.select(row.id).where(row.id == conversation_id).with_for_update())


async def lock_staff(tx: Tx, staff_id: str) -> None:
    """Two requests of one counsellor count their load one after the other (D5)."""
    row = tables.staff.c
    await tx.execute(sa.select(row.id).where(row.id == staff_id).with_for_update())


async def append_event(tx: Tx, conversation: Conversation | Ticket, event: DeskEvent, staff_id: str | None) -> Message:
    """The typed row that the engine handles next. The seeker sees what the engine says about it, never this row."""
    conversation_id = conversation.conversation_id if isinstance(conversation, Ticket) else conversation.id
    return await messages.append(
        tx, conversation_id=conversation_id, seeker_id=conversation.seeker_id,
        author=Author.STAFF if staff_id else Author.SYSTEM, kind=Kind.EVENT, body=to_body(event), staff_id=staff_id,
        to_seeker=False,
    )  # fmt: skip


async def append_note(tx: Tx, ticket: Ticket, text: str, staff_id: str) -> Message:
    """An internal note, so that whoever comes next finds it where they read."""
    return await messages.append(
        tx, conversation_id=ticket.conversation_id, seeker_id=ticket.seeker_id, author=Author.STAFF, kind=Kind.NOTE,
        body={"text": text}, staff_id=staff_id, to_seeker=False, processed=True,
    )  # fmt: skip


async def last_seeker_seq(tx: Tx, conversation_id: str) -> int:
    """The place of the seeker's last message; 0 when there is none."""
    row = tables.message.c
    where = (row.conversation_id == conversation_id, row.author == Author.SEEKER.value)
    found = (await tx.execute(sa.select(sa.func.max(row.seq)).where(*where))).scalar()
    return int(found or 0)


async def needs(tx: Tx, waiting: Iterable[Ticket]) -> list[Need]:
    """What each ticket asks of a counsellor, with one query and without opening anything sealed."""
    listed = list(waiting)
    row = tables.seeker.c
    ids = {ticket.seeker_id for ticket in listed}
    found = await tx.execute(sa.select(row.id, row.audience, row.locale).where(row.id.in_(ids)))
    known: Mapping[str, Any] = {one.id: one for one in found}
    return [
        Need(
            ticket=ticket,
            audience=Audience(known[ticket.seeker_id].audience) if known[ticket.seeker_id].audience else None,
            locale=known[ticket.seeker_id].locale,
        )
        for ticket in listed
        if ticket.seeker_id in known
    ]


async def renew_leases(tx: Tx, staff_id: str, until: datetime) -> int:
    """Keeps what this counsellor has; how many tickets that is."""
    row = tables.ticket
    held = (row.c.owner_id == staff_id, row.c.state == "claimed")
    result = await tx.execute(sa.update(row).where(*held).values(lease_until=until))
    return int(result.rowcount)


async def load_by_staff(tx: Tx, line_ids: Collection[str]) -> dict[str, list[Ticket]]:
    """Claimed tickets of these lines by owner."""
    row = tables.ticket.c
    query = sa.select(row.id).where(row.state == "claimed", row.line_id.in_(line_ids))
    found: dict[str, list[Ticket]] = {}
    for (ticket_id,) in (await tx.execute(query)).all():
        ticket = await tickets.get(tx, ticket_id)
        if ticket.owner_id is not None:
            found.setdefault(ticket.owner_id, []).append(ticket)
    return found
