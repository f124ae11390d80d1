"""Taking the words out of rows. Levels, times and ids stay: statistics and the audit trail need them, and they say
nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from records import sql
from records.models import Delivery, Mode
from records.tables import (
    UtcDateTime,
    conversation,
    gap,
    identity,
    lowering,
    message,
    message_version,
    outbox,
    sample,
    seeker,
    ticket,
    timer,
)
from records.tx import Tx


def _or_now(column: sa.Column[Any], tx: Tx) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(column, sa.literal(tx.now, UtcDateTime()))


async def _blank(tx: Tx, table: sa.Table, condition: Any, **more: Any) -> int:
    values = {column.name: None for column in table.c if column.name.endswith("_enc")}
    statement = sa.update(table).where(condition, table.c.erased_at.is_(None), table.c.legal_hold.is_(False))
    return (await tx.execute(statement.values({**values, **more, "erased_at": tx.now}))).rowcount


async def said(tx: Tx, conversation_ids: Iterable[str]) -> tuple[int, list[str]]:
    """Blank what was said in these conversations and end them; answers how many messages, and their attachments."""
    count, files = 0, []
    for ids in sql.chunks(conversation_ids, 200):
        inside = message.c.conversation_id.in_(ids)
        refs = sa.select(message.c.attachment_ref).where(inside, message.c.attachment_ref.is_not(None))
        files += [str(ref) for ref in (await tx.execute(refs)).scalars()]
        of = sa.select(message.c.id).where(inside)
        await _blank(tx, message_version, message_version.c.message_id.in_(of))
        count += await _blank(
            tx, message, inside, attachment_ref=None, processed_at=_or_now(message.c.processed_at, tx)
        )
        await _end(tx, ids)
    return count, files


async def _end(tx: Tx, ids: list[str]) -> None:
    c = conversation.c
    await _blank(
        tx, conversation, c.id.in_(ids), state={}, mode=Mode.CLOSED, version=c.version + 1,
        closed_at=_or_now(c.closed_at, tx), locator_until=None, origin=None,
    )  # fmt: skip
    queued = sa.update(outbox).where(outbox.c.conversation_id.in_(ids), outbox.c.state == Delivery.QUEUED)
    await tx.execute(queued.values(state=Delivery.CANCELLED))
    await tx.execute(sa.delete(timer).where(timer.c.ref.in_(ids)))


async def written_about(tx: Tx, conversation_ids: Iterable[str]) -> int:
    """Blank what staff wrote about these conversations."""
    count = 0
    for ids in sql.chunks(conversation_ids, 200):
        for table in (ticket, lowering, sample):
            count += await _blank(tx, table, table.c.conversation_id.in_(ids))
    return count


async def accounts(tx: Tx, seeker_id: str, keep: frozenset[str]) -> int:
    """Blank the accounts of a seeker but ``keep``: whoever writes from one of them again is somebody new."""
    of = sa.and_(identity.c.seeker_id == seeker_id, identity.c.id.not_in(sorted(keep)))
    return await _blank(tx, identity, of, account_hash=sa.literal("erased:").concat(identity.c.id))


async def gaps(tx: Tx, condition: sa.ColumnElement[bool]) -> int:
    """Blank questions that the knowledge base could not answer."""
    return await _blank(tx, gap, condition)


async def profile(tx: Tx, seeker_id: str, *, wholly: bool) -> None:
    """Blank what a seeker told about themselves; ``wholly``: nothing of them is kept at all."""
    gone = {"nickname_enc": None, "about_enc": None, "secret_hash": None}
    whole = {"pseudonym": "", "age_band": None, "audience": None, "region": None, "erased_at": tx.now} if wholly else {}
    await tx.execute(
        sa.update(seeker).where(seeker.c.id == seeker_id, seeker.c.legal_hold.is_(False)).values({**gone, **whole})
    )
