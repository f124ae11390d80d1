"""Rows of the table ``alert``: who was called on which rung, by which way, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from records import tables
from records.ids import new_id
from records.store import Tx

QUEUED, SENT, FAILED, ACKED, CANCELLED = "queued", "sent", "failed", "acked", "cancelled"
_ROW = tables.alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    id: str
    ticket_id: str
    rung: int
    way: str
    state: str
    attempts: int
    created_at: datetime
    acked_at: datetime | None


async def insert(tx: Tx, ticket_id: str, rung: int, way: str, *, state: str, ack_hash: str | None = None) -> str:
    alert_id = new_id(tx.now)
    await put(tx, alert_id, ticket_id, rung, way, state=state, ack_hash=ack_hash)
    return alert_id


async def put(
    tx: Tx, alert_id: str, ticket_id: str, rung: int, way: str, *, state: str, ack_hash: str | None = None
) -> None:
    sent_at = tx.now if state == SENT else None
    await tx.execute(
        sa.insert(_ROW).values(
            id=alert_id, ticket_id=ticket_id, rung=rung, way=way, state=state, ack_hash=ack_hash, attempts=0,
            created_at=tx.now, sent_at=sent_at,
        )
    )  # fmt: skip


async def get(tx: Tx, alert_id: str) -> Alert | None:
    return await _one(tx, _ROW.c.id == alert_id)


async def by_ack(tx: Tx, ack_hash: str) -> Alert | None:
    return await _one(tx, _ROW.c.ack_hash == ack_hash)


async def of_ticket(tx: Tx, ticket_id: str) -> list[Alert]:
    found = await tx.execute(sa.select(_ROW).where(_ROW.c.ticket_id == ticket_id).order_by(_ROW.c.id))
    return [_read(row) for row in found.mappings()]


async def change(tx: Tx, alert_id: str, **values: Any) -> None:
    await tx.execute(sa.update(_ROW).where(_ROW.c.id == alert_id).values(**values))


async def acked_lately(tx: Tx, ticket_id: str, within_s: float) -> bool:
    since = tx.now - timedelta(seconds=within_s)
    query = sa.select(_ROW.c.id).where(_ROW.c.ticket_id == ticket_id, _ROW.c.acked_at > since).limit(1)
    return (await tx.execute(query)).first() is not None


async def _one(tx: Tx, where: Any) -> Alert | None:
    row = (await tx.execute(sa.select(_ROW).where(where))).mappings().first()
    return None if row is None else _read(row)


def _read(row: Any) -> Alert:
    names = ("id", "ticket_id", "rung", "way", "state", "attempts", "created_at", "acked_at")
    return Alert(**{name: row[name] for name in names})
