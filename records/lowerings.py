"""Only a human lowers, with a reason, and at level 4 not alone (S5): every lowering is a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nlu.labels import RiskLevel
from records import sql
from records.ids import new_id
from records.sealed import open_text, seal_text
from records.tables import lowering
from records.tx import Tx

_CLASS = "case"
_C = lowering.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """``kind``: lower, close, hand_back. ``state``: needs_second, needs_review, done, void, refused."""

    id: str
    conversation_id: str
    ticket_id: str | None
    seeker_id: str
    kind: str
    from_level: RiskLevel
    to_level: RiskLevel
    by_id: str
    second_id: str | None
    state: str
    last_seq: int
    reason: str | None = field(repr=False)
    second_note: str | None = field(repr=False)
    at: datetime
    due_at: datetime | None
    done_at: datetime | None


_OPEN = ("needs_second", "needs_review")
_OF = sa.select(lowering).where(_C.conversation_id == sa.bindparam("conversation")).order_by(_C.id)
_PENDING = _OF.where(_C.state == "needs_second")
_REVIEWS = sa.select(lowering).where(_C.state.in_(_OPEN)).order_by(_C.due_at, _C.id)
_VOID = (
    sa.update(lowering)
    .where(_C.conversation_id == sa.bindparam("conversation"), _C.state == "needs_second")
    .values(state="void", done_at=sa.bindparam("w_at", type_=_C.done_at.type))
)


async def insert(
    tx: Tx,
    *,
    conversation_id: str,
    ticket_id: str | None,
    seeker_id: str,
    kind: str,
    from_level: int,
    to_level: int,
    by_id: str,
    state: str,
    last_seq: int,
    reason: str | None,
    due_at: datetime | None = None,
) -> Lowering:
    """``last_seq``: what the human had read; a later message of the seeker voids a pending one."""
    id_ = new_id(tx.now)
    row = {
        "id": id_, "conversation_id": conversation_id, "ticket_id": ticket_id, "seeker_id": seeker_id, "kind": kind,
        "from_level": int(from_level), "to_level": int(to_level), "by_id": by_id, "state": state, "last_seq": last_seq,
        "reason_enc": await seal_text(tx, seeker_id, _CLASS, "lowering", "reason_enc", id_, reason), "at": tx.now,
        "due_at": due_at, "done_at": tx.now if state == "done" else None, "retention_class": _CLASS,
        "legal_hold": False,
    }  # fmt: skip
    await sql.insert(tx, lowering, row)
    return await get(tx, id_)


async def get(tx: Tx, lowering_id: str) -> Lowering:
    return await _read(tx, await sql.fetch(tx, lowering, lowering_id))


async def _read(tx: Tx, row: sa.Row[Any]) -> Lowering:
    reason = await open_text(tx, row.seeker_id, _CLASS, "lowering", "reason_enc", row.id, row.reason_enc)
    note = await open_text(tx, row.seeker_id, _CLASS, "lowering", "second_note_enc", row.id, row.second_note_enc)
    return Lowering(
        id=row.id, conversation_id=row.conversation_id, ticket_id=row.ticket_id, seeker_id=row.seeker_id, kind=row.kind,
        from_level=RiskLevel(row.from_level), to_level=RiskLevel(row.to_level), by_id=row.by_id,
        second_id=row.second_id,
        state=row.state, last_seq=row.last_seq, reason=reason, second_note=note, at=row.at, due_at=row.due_at,
        done_at=row.done_at,
    )  # fmt: skip


async def _many(tx: Tx, statement: sa.Select[Any], bound: dict[str, Any]) -> list[Lowering]:
    return [await _read(tx, row) for row in (await tx.execute(statement, bound)).all()]


async def pending(tx: Tx, conversation_id: str) -> Lowering | None:
    """The one that waits for a second human."""
    found = await _many(tx, _PENDING, {"conversation": conversation_id})
    return found[-1] if found else None


async def for_conversation(tx: Tx, conversation_id: str) -> list[Lowering]:
    return await _many(tx, _OF, {"conversation": conversation_id})


async def reviews(tx: Tx) -> list[Lowering]:
    """Everything that waits for a second human or a review, the most overdue first."""
    return await _many(tx, _REVIEWS, {})


async def settle(
    tx: Tx, lowering_id: str, *, expect_state: str, state: str, second_id: str | None = None, note: str | None = None
) -> bool:
    """Move on from an expected state. False: somebody else, or the seeker's next message, was faster."""
    values: dict[str, Any] = {"state": state, "done_at": tx.now}
    if second_id is not None:
        values["second_id"] = second_id
    if note is not None:
        row = await sql.fetch(tx, lowering, lowering_id)
        place = ("lowering", "second_note_enc", lowering_id)
        values["second_note_enc"] = await seal_text(tx, row.seeker_id, _CLASS, *place, note)
    return await sql.update(tx, lowering, {"id": lowering_id, "state": expect_state}, values) == 1


async def void(tx: Tx, conversation_id: str) -> int:
    """The seeker wrote: what waited for a second human is off; answers how many."""
    return (await tx.execute(_VOID, {"conversation": conversation_id, "w_at": tx.now})).rowcount
