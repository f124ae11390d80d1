"""What was said, in order. ``seq`` is dense per conversation; a channel's message id is stored once (S1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from records import sql
from records.errors import DuplicateMessageError, NotFoundError
from records.ids import new_id
from records.models import Author, Body, Delivery, Field, Kind, Message
from records.sealed import open_bytes, seal_json
from records.tables import UtcDateTime, conversation, message, message_version
from records.tx import Tx

_CLASS = "conversation"
_C = message.c

_NEXT = (
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("w_id"))
    .values(next_seq=conversation.c.next_seq + 1)
    .returning(conversation.c.next_seq)
)
_NEXT_OUT = _NEXT.values(last_out_at=sa.bindparam("at", type_=UtcDateTime()))
_GIVE_BACK = (
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("w_id"))
    .values(next_seq=conversation.c.next_seq - 1)
)
_SAME = sa.select(_C.id, _C.seq).where(
    _C.identity_id == sa.bindparam("identity"), _C.channel_message_id == sa.bindparam("channel_id")
)
_OF = sa.select(message).where(_C.conversation_id == sa.bindparam("conversation"))
_AFTER = _OF.where(_C.seq > sa.bindparam("after")).order_by(_C.seq)
_AFTER_SEEKER = _AFTER.where(_C.to_seeker.is_(True))
_UNPROCESSED = _OF.where(_C.processed_at.is_(None)).order_by(_C.seq).limit(sa.bindparam("n"))
_BEFORE = _OF.where(_C.seq < sa.bindparam("seq")).order_by(_C.seq.desc()).limit(sa.bindparam("n"))
_LAST = _OF.order_by(_C.seq.desc()).limit(sa.bindparam("n"))
_STALE = (
    sa.select(_C.conversation_id)
    .where(
        _C.processed_at.is_(None),
        sa.or_(
            _C.received_at < sa.bindparam("before", type_=UtcDateTime()),
            _C.received_at > sa.bindparam("ahead", type_=UtcDateTime()),
        ),
    )
    .group_by(_C.conversation_id)
    .order_by(sa.func.min(_C.received_at))
    .limit(sa.bindparam("n"))
)
_IDS = _C.id.in_(sa.bindparam("ids", expanding=True))
_ATTEMPT = sa.update(message).where(_IDS).values(attempts=_C.attempts + 1)


async def append(
    tx: Tx,
    *,
    conversation_id: str,
    seeker_id: str,
    author: Author,
    kind: Kind,
    body: Body,
    field: Field = Field.CHAT,
    identity_id: str | None = None,
    channel_message_id: str | None = None,
    staff_id: str | None = None,
    to_seeker: bool = True,
    attachment_ref: str | None = None,
    channel_at: datetime | None = None,
    delivery: Delivery | None = None,
    processed: bool = False,
) -> Message:
    """Write a message down with the next ``seq``.

    What a seeker says and every event wait for the engine unless ``processed``; other texts of ours have nothing to
    wait for.

    Raises:
        DuplicateMessageError: This (identity, channel message id) is stored; it carries the id and seq of the first.
        NotFoundError: No such conversation.
        KeyDestroyedError: The seeker was erased.
    """
    seq = await _next_seq(tx, conversation_id, out=to_seeker and author is not Author.SEEKER)
    id_ = new_id(tx.now)
    waits = not processed and (author == Author.SEEKER or (author != Author.BOT and kind == Kind.EVENT))
    plain: dict[str, Any] = {
        "id": id_, "conversation_id": conversation_id, "seeker_id": seeker_id, "seq": seq, "identity_id": identity_id,
        "channel_message_id": channel_message_id, "staff_id": staff_id, "to_seeker": to_seeker,
        "attachment_ref": attachment_ref, "received_at": tx.now, "channel_at": channel_at, "edit_version": 0,
        "processed_at": None if waits else tx.now, "attempts": 0,
    }  # fmt: skip
    sealed = await seal_json(tx, seeker_id, _CLASS, "message", "body_enc", id_, body)
    row = {**plain, "author": author, "kind": kind, "field": field, "delivery": delivery, "body_enc": sealed}
    row |= {"retention_class": _CLASS, "legal_hold": False}
    if channel_message_id is None:
        await sql.insert(tx, message, row)
    elif not await sql.insert_new(tx, message, row, ("identity_id", "channel_message_id")):
        await _duplicate(tx, conversation_id, identity_id, channel_message_id)
    return Message(
        **plain, author=Author(author), kind=Kind(kind), field=Field(field), body=dict(body),
        delivery=Delivery(delivery) if delivery else None,
    )  # fmt: skip


async def _next_seq(tx: Tx, conversation_id: str, *, out: bool) -> int:
    """The row lock that this takes on PostgreSQL is what keeps ``seq`` in the order of commits."""
    bound: dict[str, Any] = {"w_id": conversation_id, **({"at": tx.now} if out else {})}
    after = (await tx.execute(_NEXT_OUT if out else _NEXT, bound)).scalar()
    if after is None:
        raise NotFoundError("conversation", conversation_id)
    return int(after) - 1


async def _duplicate(tx: Tx, conversation_id: str, identity_id: str | None, channel_message_id: str) -> None:
    """Leave no gap, should the caller go on in this transaction."""
    await tx.execute(_GIVE_BACK, {"w_id": conversation_id})
    first = (await tx.execute(_SAME, {"identity": identity_id, "channel_id": channel_message_id})).one()
    raise DuplicateMessageError(first.id, first.seq)


async def read(tx: Tx, row: sa.Row[Any]) -> Message:
    plain = await open_bytes(tx, row.seeker_id, row.retention_class, "message", "body_enc", row.id, row.body_enc)
    gone = row.erased_at or (tx.now if plain is None and row.body_enc is not None else None)
    return Message(
        id=row.id, conversation_id=row.conversation_id, seeker_id=row.seeker_id, seq=row.seq, author=Author(row.author),
        kind=Kind(row.kind), field=Field(row.field), identity_id=row.identity_id,
        channel_message_id=row.channel_message_id, staff_id=row.staff_id,
        body={} if plain is None else sql.from_json(plain), to_seeker=row.to_seeker, attachment_ref=row.attachment_ref,
        received_at=row.received_at, channel_at=row.channel_at, edit_version=row.edit_version,
        delivery=Delivery(row.delivery) if row.delivery else None, processed_at=row.processed_at, attempts=row.attempts,
        erased_at=gone,
    )  # fmt: skip


async def get(tx: Tx, message_id: str) -> Message:
    return await read(tx, await sql.fetch(tx, message, message_id))


async def find(tx: Tx, identity_id: str, channel_message_id: str) -> Message | None:
    row = await sql.find(tx, message, identity_id=identity_id, channel_message_id=channel_message_id)
    return None if row is None else await read(tx, row)


async def listing(
    tx: Tx, conversation_id: str, *, after: int = 0, limit: int | None = None, to_seeker_only: bool = False
) -> list[Message]:
    """Oldest first. An erased message keeps its place, with an empty body and ``erased_at``."""
    statement = _AFTER_SEEKER if to_seeker_only else _AFTER
    bound: dict[str, Any] = {"conversation": conversation_id, "after": after}
    rows = (await tx.execute(statement if limit is None else statement.limit(limit), bound)).all()
    return [await read(tx, row) for row in rows]


async def last(tx: Tx, conversation_id: str, n: int) -> list[Message]:
    """The last ``n``, oldest first."""
    rows = (await tx.execute(_LAST, {"conversation": conversation_id, "n": n})).all()
    return [await read(tx, row) for row in reversed(rows)]


async def before(tx: Tx, conversation_id: str, seq: int, n: int) -> list[Message]:
    """The last ``n`` before ``seq``, oldest first."""
    rows = (await tx.execute(_BEFORE, {"conversation": conversation_id, "seq": seq, "n": n})).all()
    return [await read(tx, row) for row in reversed(rows)]


async def unprocessed(tx: Tx, conversation_id: str, limit: int = 1000) -> list[Message]:
    """What waits for the engine, oldest first."""
    rows = (await tx.execute(_UNPROCESSED, {"conversation": conversation_id, "n": limit})).all()
    return [await read(tx, row) for row in rows]


async def mark_processed(tx: Tx, ids: Iterable[str]) -> None:
    for id_ in ids:
        await sql.update(tx, message, {"id": id_}, {"processed_at": tx.now})


async def count_attempt(tx: Tx, ids: Iterable[str]) -> None:
    """One more failure to process them; after two a human reads them (S2)."""
    for group in sql.chunks(ids):
        await tx.execute(_ATTEMPT, {"ids": group})


async def stale_unprocessed(tx: Tx, before: datetime, limit: int) -> list[str]:
    """Conversations with something unprocessed that came before then, longest waiting first.

    What seems to come from the future came before a clock was put back: it counts too, as nobody knows since when.
    """
    bound = {"before": before, "ahead": tx.now + (tx.now - before), "n": limit}
    return list((await tx.execute(_STALE, bound)).scalars())


async def set_delivery(tx: Tx, message_id: str, delivery: Delivery) -> None:
    await sql.update_one(tx, message, message_id, {"delivery": delivery})


async def edit(tx: Tx, message_id: str, body: Body) -> Message:
    """Replace the words; the earlier ones stay as a version. A seeker's new words wait for the engine again (S13)."""
    row = await sql.fetch(tx, message, message_id)
    before = await open_bytes(tx, row.seeker_id, row.retention_class, "message", "body_enc", row.id, row.body_enc)
    if before is not None:
        await _keep_version(tx, row, before)
    sealed = await seal_json(tx, row.seeker_id, _CLASS, "message", "body_enc", message_id, body)
    again = {"processed_at": None, "attempts": 0} if row.author == Author.SEEKER else {}
    values = {"body_enc": sealed, "edit_version": row.edit_version + 1, "edited_at": tx.now, **again}
    await sql.update_one(tx, message, message_id, values)
    return await get(tx, message_id)


async def _keep_version(tx: Tx, row: sa.Row[Any], plain: bytes) -> None:
    id_ = new_id(tx.now)
    sealed = await tx.vault.seal(row.seeker_id, _CLASS, "message_version", "body_enc", id_, plain)
    values = {
        "id": id_, "message_id": row.id, "seeker_id": row.seeker_id, "version": row.edit_version, "body_enc": sealed,
        "at": tx.now, "retention_class": _CLASS, "legal_hold": False,
    }  # fmt: skip
    await sql.insert(tx, message_version, values)


async def recall(tx: Tx, message_id: str) -> None:
    """The seeker took it back on the channel. It was read and assessed, so it stays on the record, marked."""
    await sql.update_one(tx, message, message_id, {"recalled_at": tx.now})
