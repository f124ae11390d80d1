"""S5 in rows: who wanted to lower what, whether a second human is needed, and what voids it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa

from escalation.settings import EscalationSettings
from nlu.labels import RiskLevel
from records import lowerings, tables
from records.lowerings import Lowering
from records.models import Staff, Ticket
from records.store import Tx


class Doing(StrEnum):
    """What is to be done, and so what a confirmation carries out."""

    LOWER = "lower"
    CLOSE = "close"
    TO_BOT = "to_bot"
    REACH = "out_of_reach"
    REVEAL = "reveal"


class Standing(StrEnum):
    NEEDS_SECOND = "needs_second"
    REVIEW_DUE = "needs_review"
    DONE = "done"
    VOID = "void"
    REJECTED = "refused"
    ASKED = "asked"
    """A reveal that a supervisor was asked for."""
    ALLOWED = "allowed"


OPEN = (Standing.NEEDS_SECOND, Standing.REVIEW_DUE, Standing.ASKED)
"""What stands in the supervisors' list."""


def standing(level: RiskLevel, *, alone: bool) -> Standing:
    """Level 4 takes two humans, or one and a review within a day when nobody else is on duty; below, one is enough."""
    if level < RiskLevel.IMMINENT:
        return Standing.DONE
    return Standing.REVIEW_DUE if alone else Standing.NEEDS_SECOND


async def record(
    tx: Tx, ticket: Ticket, staff: Staff, settings: EscalationSettings, *, doing: Doing, from_level: RiskLevel,
    to_level: RiskLevel, state: Standing, last_seq: int, reason: str,
) -> Lowering:  # fmt: skip
    """One row; an earlier one of the same conversation that still waits for its second human gives way."""
    if state is Standing.NEEDS_SECOND:
        await lowerings.void(tx, ticket.conversation_id)
    due = tx.now + timedelta(seconds=settings.review_s) if state in OPEN else None
    return await lowerings.insert(
        tx, conversation_id=ticket.conversation_id, ticket_id=ticket.id, seeker_id=ticket.seeker_id, kind=doing,
        from_level=from_level, to_level=to_level, by_id=staff.id, state=state, last_seq=last_seq, reason=reason,
        due_at=due,
    )  # fmt: skip


async def open_rows(tx: Tx, line_ids: Collection[str]) -> list[Lowering]:
    """What supervisors of these lines have to decide, the most overdue first."""
    row, ticket = tables.lowering.c, tables.ticket.c
    asked = sa.select(row.id).where(row.state == Standing.ASKED)
    found = await lowerings.reviews(tx)
    found += [await lowerings.get(tx, one) for one in (await tx.execute(asked)).scalars()]
    lines = sa.select(ticket.id, ticket.line_id).where(ticket.id.in_([one.ticket_id for one in found]))
    line_of = {one.id: one.line_id for one in await tx.execute(lines)}
    mine = [one for one in found if line_of.get(one.ticket_id) in line_ids]
    return sorted(mine, key=lambda one: (one.due_at or one.at, one.id))
