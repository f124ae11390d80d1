"""Rows of tickets. Decisions about them belong to ``escalation``; here is the conditional update that decides races
(S4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from nlu.labels import Category, RiskLevel, Subject
from records import sql
from records.errors import ConflictError
from records.ids import new_id
from records.models import Ticket, TicketReason, TicketState
from records.sealed import open_text, seal_text
from records.tables import UtcDateTime, ticket
from records.tx import Tx

_CLASS = "case"
_C = ticket.c
_WORDS = {"note": "note_enc", "transfer_note": "transfer_note_enc"}
_FIXED = frozenset({"id", "conversation_id", "seeker_id", "created_at", "fence", "retention_class", "erased_at"})
_CHANGEABLE = frozenset(_C.keys()) - _FIXED - frozenset(_WORDS.values())

_OPEN = sa.select(ticket).where(_C.conversation_id == sa.bindparam("conversation"), _C.state != TicketState.CLOSED)
_URGENT = (_C.level.desc(), _C.waiting_since, _C.id)
_WAITING = sa.select(ticket).where(_C.state == TicketState.WAITING).order_by(*_URGENT)
_WAITING_LINE = _WAITING.where(_C.line_id == sa.bindparam("line"))
_CLAIMED_BY = (
    sa.select(ticket).where(_C.state == TicketState.CLAIMED, _C.owner_id == sa.bindparam("staff")).order_by(*_URGENT)
)
_LAPSED = (
    sa.select(ticket)
    .where(_C.state == TicketState.CLAIMED, _C.lease_until < sa.bindparam("now", type_=UtcDateTime()))
    .order_by(*_URGENT)
)
_HISTORY = sa.select(ticket).where(_C.conversation_id == sa.bindparam("conversation")).order_by(_C.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWords:
    """What staff wrote on a ticket."""

    note: str | None = field(repr=False)
    transfer_note: str | None = field(repr=False)


def read(row: sa.Row[Any]) -> Ticket:
    return Ticket(
        id=row.id, conversation_id=row.conversation_id, seeker_id=row.seeker_id, line_id=row.line_id,
        level=RiskLevel(row.level), reason=TicketReason(row.reason), state=TicketState(row.state), fence=row.fence,
        categories=tuple(Category(item) for item in row.categories), subject=Subject(row.subject),
        owner_id=row.owner_id,
        lease_until=row.lease_until, message_seq=row.message_seq, rung=row.rung, origin=row.origin,
        skip_staff=tuple(row.skip_staff), created_at=row.created_at, waiting_since=row.waiting_since,
        claimed_at=row.claimed_at, first_word_at=row.first_word_at, word_due_at=row.word_due_at,
        out_of_reach_at=row.out_of_reach_at, closed_at=row.closed_at, transfer_line_id=row.transfer_line_id,
        transfer_staff_id=row.transfer_staff_id, transfer_by_id=row.transfer_by_id, disposition=row.disposition,
        risk=row.risk,
    )  # fmt: skip


async def insert(
    tx: Tx,
    *,
    conversation_id: str,
    seeker_id: str,
    line_id: str,
    level: int,
    reason: str,
    categories: Iterable[str] = (),
    subject: str = "none",
    message_seq: int | None = None,
    origin: str | None = None,
    **more: Any,
) -> Ticket:
    """A new ticket, ``waiting`` unless ``more`` says otherwise.

    Raises:
        ConflictError: The conversation has an open ticket; ``Store.write`` runs the work again, and it will see it.
    """
    if unknown := more.keys() - _CHANGEABLE:
        raise TypeError(f"not a field of a ticket: {sorted(unknown)}")
    row = {
        "id": new_id(tx.now), "conversation_id": conversation_id, "seeker_id": seeker_id, "line_id": line_id,
        "level": int(level), "reason": reason, "state": TicketState.WAITING, "fence": 0,
        "categories": [str(item) for item in categories], "subject": subject, "message_seq": message_seq, "rung": 0,
        "origin": origin, "skip_staff": [], "created_at": tx.now, "waiting_since": tx.now, "retention_class": _CLASS,
        "legal_hold": False, **more,
    }  # fmt: skip
    if not await sql.insert_new(tx, ticket, row, ()):
        raise ConflictError("ticket")
    return await get(tx, str(row["id"]))


async def get(tx: Tx, ticket_id: str) -> Ticket:
    """Raises:
    NotFoundError: No such ticket.
    """
    return read(await sql.fetch(tx, ticket, ticket_id))


async def _many(tx: Tx, statement: sa.Select[Any], **bound: Any) -> list[Ticket]:
    return [read(row) for row in (await tx.execute(statement, bound)).all()]


async def open_for(tx: Tx, conversation_id: str) -> Ticket | None:
    """The one open ticket of a conversation."""
    found = await _many(tx, _OPEN, conversation=conversation_id)
    return found[0] if found else None


async def waiting(tx: Tx, line_id: str | None = None) -> list[Ticket]:
    """Waiting tickets, most urgent first."""
    return await (_many(tx, _WAITING) if line_id is None else _many(tx, _WAITING_LINE, line=line_id))


async def claimed_by(tx: Tx, staff_id: str) -> list[Ticket]:
    return await _many(tx, _CLAIMED_BY, staff=staff_id)


async def lapsed(tx: Tx, now: datetime) -> list[Ticket]:
    """Claimed tickets whose desk was silent for longer than its lease."""
    return await _many(tx, _LAPSED, now=now)


async def history(tx: Tx, conversation_id: str) -> list[Ticket]:
    """Every ticket of a conversation, oldest first."""
    return await _many(tx, _HISTORY, conversation=conversation_id)


@cache
def _swap(names: tuple[str, ...], fenced: bool, new_fence: bool) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    if new_fence:
        values["fence"] = _C.fence + 1
    statement = sa.update(ticket).where(_C.id == sa.bindparam("w_id"), _C.state == sa.bindparam("w_state"))
    if fenced:
        statement = statement.where(_C.fence == sa.bindparam("w_fence"))
    # Something has to be set for the condition to be tested; the state itself changes nothing.
    return statement.values(values or {"state": _C.state})


async def swap(
    tx: Tx,
    ticket_id: str,
    *,
    expect_state: TicketState,
    expect_fence: int | None = None,
    new_fence: bool = False,
    **changed: Any,
) -> bool:
    """Change a ticket if its state (and fence) is still the expected one. False: somebody was faster; nothing changed.

    ``note`` and ``transfer_note`` are words and are sealed; None removes them.
    """
    if unknown := changed.keys() - _CHANGEABLE - _WORDS.keys():
        raise TypeError(f"not a field of a ticket: {sorted(unknown)}")
    values = {name: value for name, value in changed.items() if name not in _WORDS}
    for name in changed.keys() & _WORDS.keys():
        seeker_id = (await get(tx, ticket_id)).seeker_id
        column = _WORDS[name]
        values[column] = await seal_text(tx, seeker_id, _CLASS, "ticket", column, ticket_id, changed[name])
    bound = {**values, "w_id": ticket_id, "w_state": expect_state}
    if expect_fence is not None:
        bound["w_fence"] = expect_fence
    statement = _swap(tuple(sorted(values)), expect_fence is not None, new_fence)
    return (await tx.execute(statement, bound)).rowcount == 1


async def words(tx: Tx, ticket_id: str) -> TicketWords:
    """The notes of a ticket, opened."""
    row = await sql.fetch(tx, ticket, ticket_id)
    note = await open_text(tx, row.seeker_id, _CLASS, "ticket", "note_enc", row.id, row.note_enc)
    passed = await open_text(tx, row.seeker_id, _CLASS, "ticket", "transfer_note_enc", row.id, row.transfer_note_enc)
    return TicketWords(note=note, transfer_note=passed)
