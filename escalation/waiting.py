"""What a waiting seeker is told (S12): the place, an honest range of minutes, and whether anybody is on duty at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from escalation import priority
from escalation.room import Room
from nlu.labels import ESCALATION_LEVEL
from records import tables, tickets
from records.models import Ticket, TicketState
from records.store import Tx

RECENT = timedelta(hours=6)
ENOUGH = 5
MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``place`` 1 is next. Minutes are None when too few waits were seen lately to say anything honest."""

    place: int
    low_min: int | None
    high_min: int | None
    on_duty: bool


class WaitingRoom:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def place(self, conversation_id: str) -> Place | None:
        """None when the conversation is not waiting."""
        async with self._room.store.read() as tx:
            ticket = await tickets.open_for(tx, conversation_id)
            if ticket is None or ticket.state is not TicketState.WAITING:
                return None
            line = priority.in_order(await tickets.waiting(tx, ticket.line_id), self._room.settings)
            waits = await self._waits(tx, ticket)
            now = tx.now
        ahead = [other.id for other in line].index(ticket.id)
        on_duty = bool(await self._room.presence.on_duty([ticket.line_id]))
        low, high = minutes(waits, (now - ticket.waiting_since).total_seconds()) if on_duty else (None, None)
        return Place(place=ahead + 1, low_min=low, high_min=high, on_duty=on_duty)

    async def _waits(self, tx: Tx, ticket: Ticket) -> list[float]:
        """Seconds that comparable tickets of this line waited lately."""
        row = tables.ticket.c
        urgent = ticket.level >= ESCALATION_LEVEL
        band = row.level >= ESCALATION_LEVEL if urgent else row.level < ESCALATION_LEVEL
        recent = row.claimed_at > tx.now - RECENT
        query = sa.select(row.waiting_since, row.claimed_at).where(row.line_id == ticket.line_id, band, recent)
        found = await tx.execute(query.order_by(row.claimed_at.desc()).limit(MOST))
        return [_seconds(one.waiting_since, one.claimed_at) for one in found]


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


def minutes(waits: Sequence[float], waited_s: float) -> tuple[int | None, int | None]:
    """The middle half of recent waits, less what was waited already; at least "1 to 2 minutes"."""
    if len(waits) < ENOUGH:
        return None, None
    ordered = sorted(waits)
    low, high = ordered[len(ordered) // 4], ordered[(len(ordered) * 3) // 4]
    low_min = max(1, math.floor((low - waited_s) / 60))
    return low_min, max(low_min + 1, math.ceil((high - waited_s) / 60))
