"""What a seeker agreed to: every decision is a row, the latest one per purpose holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from records import sql
from records.ids import new_id
from records.tables import consent
from records.tx import Tx

TRAINING = "training"
"""May words be used, without names, to teach the program? Off unless the seeker said yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    id: str
    seeker_id: str
    purpose: str
    version: str
    state: str
    at: datetime
    by: str


_OF = sa.select(consent).where(consent.c.seeker_id == sa.bindparam("seeker")).order_by(consent.c.id)


async def record(tx: Tx, seeker_id: str, purpose: str, version: str, state: str, by: str) -> Consent:
    """``state`` is ``given``, ``refused`` or ``withdrawn``; ``by`` is ``seeker`` or a staff id."""
    id_ = new_id(tx.now)
    row = {"id": id_, "seeker_id": seeker_id, "purpose": purpose, "state": state, "at": tx.now, "by": by}
    await sql.insert(tx, consent, {**row, "text_version": version})
    return Consent(id=id_, seeker_id=seeker_id, purpose=purpose, version=version, state=state, at=tx.now, by=by)


async def latest(tx: Tx, seeker_id: str) -> dict[str, Consent]:
    """The decision that holds, by purpose."""
    return {item.purpose: item for item in await history(tx, seeker_id)}


async def withdraw(tx: Tx, seeker_id: str, purpose: str, by: str, *, before: datetime | None = None) -> bool:
    """Take back what is given; ``before``: only what was given by then. False: nothing was."""
    held = (await latest(tx, seeker_id)).get(purpose)
    if held is None or held.state != "given" or (before is not None and held.at > before):
        return False
    await record(tx, seeker_id, purpose, held.version, "withdrawn", by)
    return True


async def history(tx: Tx, seeker_id: str) -> list[Consent]:
    """Every decision, oldest first."""
    rows = (await tx.execute(_OF, {"seeker": seeker_id})).all()
    return [
        Consent(id=row.id, seeker_id=row.seeker_id, purpose=row.purpose, version=row.text_version, state=row.state,
                at=row.at, by=row.by)
        for row in rows
    ]  # fmt: skip
