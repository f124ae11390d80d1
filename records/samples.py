"""The daily sample of talks that only the bot led, for supervisors to read (S17)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nlu.labels import RiskLevel
from records import sql
from records.ids import new_id
from records.sealed import open_text, seal_text
from records.tables import sample
from records.tx import Tx

_CLASS = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """``day`` is a local date (2026-03-02); ``why`` the code of the reason it was drawn."""

    id: str
    day: str
    conversation_id: str
    seeker_id: str
    level: RiskLevel
    why: str
    reviewed_by_id: str | None
    verdict: str | None
    note: str | None = field(repr=False)
    reviewed_at: datetime | None


_DAY = sa.select(sample).where(sample.c.day == sa.bindparam("day")).order_by(sample.c.level.desc(), sample.c.id)
_OPEN = sa.select(sample).where(sample.c.reviewed_at.is_(None)).order_by(sample.c.level.desc(), sample.c.id)


async def add(tx: Tx, *, day: str, conversation_id: str, seeker_id: str, level: int, why: str) -> bool:
    """False: this conversation is in that day's sample already."""
    row = {
        "id": new_id(tx.now), "day": day, "conversation_id": conversation_id, "seeker_id": seeker_id,
        "level": int(level), "why": why, "retention_class": _CLASS, "legal_hold": False,
    }  # fmt: skip
    return await sql.insert_new(tx, sample, row, ("day", "conversation_id"))


async def _read(tx: Tx, row: sa.Row[Any]) -> Sample:
    return Sample(
        id=row.id, day=row.day, conversation_id=row.conversation_id, seeker_id=row.seeker_id,
        level=RiskLevel(row.level),
        why=row.why, reviewed_by_id=row.reviewed_by_id, verdict=row.verdict, reviewed_at=row.reviewed_at,
        note=await open_text(tx, row.seeker_id, _CLASS, "sample", "note_enc", row.id, row.note_enc),
    )  # fmt: skip


async def get(tx: Tx, sample_id: str) -> Sample:
    return await _read(tx, await sql.fetch(tx, sample, sample_id))


async def for_day(tx: Tx, day: str) -> list[Sample]:
    """The highest level first."""
    return [await _read(tx, row) for row in (await tx.execute(_DAY, {"day": day})).all()]


async def unreviewed(tx: Tx) -> list[Sample]:
    return [await _read(tx, row) for row in (await tx.execute(_OPEN)).all()]


async def review(tx: Tx, sample_id: str, *, by_id: str, verdict: str, note: str | None = None) -> Sample:
    """A supervisor has read it. ``verdict`` is a code; the note is sealed."""
    row = await sql.fetch(tx, sample, sample_id)
    sealed = await seal_text(tx, row.seeker_id, _CLASS, "sample", "note_enc", row.id, note)
    values = {"reviewed_by_id": by_id, "verdict": verdict, "note_enc": sealed, "reviewed_at": tx.now}
    await sql.update_one(tx, sample, sample_id, values)
    return await get(tx, sample_id)
