"""What is to be delivered, in order: never a row while an earlier one of its conversation is unsent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from records import sql
from records.ids import new_id
from records.models import Author, Channel, Delivery, Message, OutboxRow
from records.tables import UtcDateTime, message, outbox
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

_C = outbox.c
_QUEUED = Delivery.QUEUED
_now = sa.bindparam("now", type_=UtcDateTime())
_earlier = outbox.alias("earlier")
_free = sa.or_(_C.lease_until.is_(None), _C.lease_until < _now)
_READY = (
    sa.select(_C.id)
    .where(_C.state == _QUEUED, _C.next_at <= _now, _free)
    .where(
        ~sa.exists().where(
            _earlier.c.conversation_id == _C.conversation_id,
            _earlier.c.state == _QUEUED,
            sa.or_(_earlier.c.seq < _C.seq, sa.and_(_earlier.c.seq == _C.seq, _earlier.c.id < _C.id)),
        )
    )
    .order_by(_C.safety.desc(), _C.next_at, _C.id)
    .limit(sa.bindparam("n"))
)
_LOCKED = _READY.with_for_update(skip_locked=True)
_TAKE = {
    dialect: sa.update(outbox)
    .where(_C.id.in_(ready.scalar_subquery()), _C.state == _QUEUED, _free)
    .values(lease_by=sa.bindparam("owner"), lease_until=sa.bindparam("until", type_=UtcDateTime()))
    .returning(outbox)
    for dialect, ready in {"sqlite": _READY, "postgresql": _LOCKED}.items()
}
_PROBLEMS = sa.select(outbox).where(_C.state.in_([Delivery.FAILED, Delivery.UNKNOWN])).order_by(_C.id.desc()).limit(200)


def _read(row: sa.Row[Any]) -> OutboxRow:
    return OutboxRow(
        id=row.id, message_id=row.message_id, conversation_id=row.conversation_id, channel=Channel(row.channel),
        author=Author(row.author), seq=row.seq, state=Delivery(row.state), safety=row.safety, attempts=row.attempts,
        created_at=row.created_at,
    )  # fmt: skip


async def enqueue(
    tx: Tx, message: Message, channel: str, *, safety: bool = False, handed_over: bool = False
) -> OutboxRow:
    """Deliver this message on this channel, after everything that was queued before it.

    ``handed_over``: this commit is its delivery, because who it is for reads the record; it only waits to be shown.
    """
    state = Delivery.SENT if handed_over else _QUEUED
    row: dict[str, Any] = {
        "id": new_id(tx.now), "message_id": message.id, "conversation_id": message.conversation_id,
        "seq": message.seq, "safety": safety, "attempts": 0, "created_at": tx.now,
    }  # fmt: skip
    await sql.insert(
        tx, outbox,
        {**row, "channel": channel, "author": message.author, "state": state, "next_at": tx.now,
         "sent_at": tx.now if handed_over else None},
    )  # fmt: skip
    return OutboxRow(**row, channel=Channel(channel), author=message.author, state=state)


async def lease(store: Store, owner: str, limit: int, for_s: float) -> list[OutboxRow]:
    """Take rows to deliver: at most one per conversation, safety texts first. A lease that runs out frees its row."""

    async def work(tx: Tx) -> list[OutboxRow]:
        until = tx.now + timedelta(seconds=for_s)
        bound = {"now": tx.now, "n": limit, "owner": owner, "until": until}
        rows = (await tx.execute(_TAKE[tx.dialect], bound)).all()
        return [_read(row) for row in sorted(rows, key=lambda row: (not row.safety, row.next_at, row.id))]

    if not await _anything(store):
        return []
    return await store.write(work)


async def _anything(store: Store) -> bool:
    """A look that costs no write, because most looks find nothing."""
    async with store.glance() as tx:
        return (await tx.execute(_READY, {"now": tx.now, "n": 1})).first() is not None


async def done(
    tx: Tx, outbox_id: str, state: Delivery, provider_id: str | None = None, error: str | None = None
) -> None:
    """Its outcome, on the row and on the message: sent, delivered, failed, unknown or cancelled. ``error`` is a
    code."""
    row = await sql.fetch(tx, outbox, outbox_id)
    if row.state == Delivery.DELIVERED:
        state = Delivery.DELIVERED  # the page confirmed it before its sender was done
    sent = {"sent_at": tx.now} if state in (Delivery.SENT, Delivery.DELIVERED) and row.sent_at is None else {}
    seen = {"delivered_at": tx.now} if state == Delivery.DELIVERED else {}
    values: dict[str, Any] = {
        "state": state,
        "provider_id": provider_id,
        "error": error,
        "lease_by": None,
        "lease_until": None,
    }
    values |= {**sent, **seen}
    await sql.update_one(tx, outbox, outbox_id, {**values, "attempts": row.attempts + 1})
    await sql.update_one(tx, message, row.message_id, {"delivery": state})


async def retry(tx: Tx, outbox_id: str, at: datetime, error: str) -> None:
    """Try again later. ``error`` is a code. A row that was cancelled meanwhile stays cancelled."""
    row = await sql.fetch(tx, outbox, outbox_id)
    values = {"next_at": at, "error": error[:80], "attempts": row.attempts + 1, "lease_by": None, "lease_until": None}
    await sql.update(tx, outbox, {"id": outbox_id, "state": _QUEUED}, values)


_CANCEL = (
    sa.update(outbox)
    .where(_C.conversation_id == sa.bindparam("conversation"), _C.author == Author.BOT, _C.state == _QUEUED)
    .values(state=Delivery.CANCELLED)
    .returning(_C.message_id)
)
_CANCELLED = (
    sa.update(message).where(message.c.id.in_(sa.bindparam("ids", expanding=True))).values(delivery=Delivery.CANCELLED)
)


async def cancel_machine(tx: Tx, conversation_id: str) -> list[str]:
    """From the claim on no machine text is sent (S6): cancel what is queued; answers the ids of the messages.

    A row whose delivery is running may still arrive; ``done`` then tells what happened.
    """
    ids = list((await tx.execute(_CANCEL, {"conversation": conversation_id})).scalars())
    for group in sql.chunks(ids):
        await tx.execute(_CANCELLED, {"ids": group})
    return ids


async def problems(tx: Tx) -> list[OutboxRow]:
    """What failed or has an unknown outcome, newest first."""
    return [_read(row) for row in (await tx.execute(_PROBLEMS)).all()]


_OF = sa.select(outbox).where(_C.conversation_id == sa.bindparam("conversation")).order_by(_C.seq, _C.id)


async def for_conversation(tx: Tx, conversation_id: str) -> list[OutboxRow]:
    return [_read(row) for row in (await tx.execute(_OF, {"conversation": conversation_id})).all()]


_ARRIVED = (
    sa.update(outbox)
    .where(
        _C.conversation_id == sa.bindparam("conversation"),
        _C.seq <= sa.bindparam("w_seq"),
        _C.state.in_([_QUEUED, Delivery.SENT, Delivery.UNKNOWN]),
    )
    .values(state=Delivery.DELIVERED, delivered_at=_now, lease_by=None, lease_until=None)
    .returning(_C.message_id)
)
_DELIVERED = (
    sa.update(message).where(message.c.id.in_(sa.bindparam("ids", expanding=True))).values(delivery=Delivery.DELIVERED)
)


async def delivered_up_to(tx: Tx, conversation_id: str, seq: int) -> None:
    """The seeker's page has shown everything up to this ``seq``."""
    bound = {"conversation": conversation_id, "w_seq": seq, "now": tx.now}
    ids = list((await tx.execute(_ARRIVED, bound)).scalars())
    for group in sql.chunks(ids):
        await tx.execute(_DELIVERED, {"ids": group})
