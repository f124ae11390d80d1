"""The ladder of S7: an unanswered ticket calls ever more people, again and louder, until somebody takes it.

One durable timer a ticket. Its payload says which rung comes next and when the ladder began; a raise starts it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from escalation import clocks, rows
from escalation.alerts import rows as alert_rows
from escalation.alerts.outside import OutsideAlerts
from escalation.events import LastRung
from escalation.room import Room
from escalation.settings import EscalationSettings, Rung
from nlu.labels import ESCALATION_LEVEL, RiskLevel
from records import audit, conversations, lines, tickets, timers
from records.models import Line, Ticket, TicketState, Timer
from records.store import Tx

log = structlog.get_logger(__name__)


def rung_number(settings: EscalationSettings, level: RiskLevel, wanted: Rung) -> int | None:
    """Which number (from 1) a rung has in the ladder of this level; None where the ladder has no such rung."""
    names = [step.rung for step in settings.ladders[level]]
    return names.index(wanted) + 1 if wanted in names else None


def reached(settings: EscalationSettings, ticket: Ticket, wanted: Rung) -> bool:
    """Whether the ladder has called ``wanted`` for this ticket."""
    number = rung_number(settings, ticket.level, wanted)
    return number is not None and ticket.rung >= number


class LadderService:
    """Handler of the timer ``ladder``. At least once: a rung that is called twice does no harm."""

    def __init__(self, room: Room, outside: OutsideAlerts) -> None:
        self._room = room
        self._settings = room.settings
        self._outside = outside

    async def handle(self, timer: Timer) -> None:
        async with self._room.store.read() as tx:
            ticket = await rows.ticket_or_none(tx, timer.ref)
        if ticket is None:
            return
        nobody = not await self._room.presence.on_duty([ticket.line_id])

        async def work(tx: Tx) -> None:
            now = await rows.ticket_or_none(tx, timer.ref)
            if now is not None and now.state is TicketState.WAITING:
                await self._climb(tx, now, timer, nobody=nobody)

        await self._room.store.write(work)

    async def _climb(self, tx: Tx, ticket: Ticket, timer: Timer, *, nobody: bool) -> None:
        number = int(timer.payload.get("rung", 0))
        steps = self._settings.ladders[ticket.level]
        began = datetime.fromisoformat(timer.payload["began"]) if "began" in timer.payload else tx.now
        if number == 0:
            if nobody and ticket.level >= ESCALATION_LEVEL:
                await self._outside.call(tx, ticket, 0)
            due = began + timedelta(seconds=steps[0].after_s)
        else:
            await self._call(tx, ticket, number)
            if number < len(steps):
                due = began + timedelta(seconds=steps[number].after_s)
            else:
                due = tx.now + timedelta(seconds=self._settings.repeat_ladder_s(ticket.level))
        payload = {"rung": number + 1, "began": began.isoformat()}
        await timers.set_timer(tx, clocks.LADDER, ticket.id, due, payload)

    async def _call(self, tx: Tx, ticket: Ticket, number: int) -> None:
        """Rung ``number``, with everybody below it once more; past the end all of them, again and again."""
        steps = self._settings.ladders[ticket.level]
        called = [step.rung for step in steps[:number]]
        await rows.lock_conversation(tx, ticket.conversation_id)
        await tickets.swap(tx, ticket.id, expect_state=TicketState.WAITING, expect_fence=ticket.fence, rung=number)
        after = await tickets.get(tx, ticket.id)
        # At 0 s nothing has climbed yet: "nobody came, one rung up" would be untrue in the first second.
        self._room.announcer.ticket(tx, after, alert="new" if number == 1 and steps[0].after_s == 0 else "ladder")
        for way in (Rung.DESKS, Rung.SUPERVISOR):
            if way in called:
                await alert_rows.insert(tx, ticket.id, number, way, state=alert_rows.SENT)
        if Rung.OUTSIDE in called:
            await self._outside.call(tx, after, number)
        if Rung.NEIGHBOUR in called:
            await self._neighbour(tx, after, number)
        data = {"rung": number, "level": int(ticket.level)}
        await audit.write(
            tx, actor="machine", action="ticket.rung", object_kind="ticket", object_id=ticket.id, data=data
        )
        if number == len(steps) and ticket.level >= ESCALATION_LEVEL:
            # Once a ladder: told every minute, the seeker would hear nothing else from us.
            await rows.append_event(tx, after, LastRung(ticket_id=ticket.id, level=int(ticket.level)), None)
            await conversations.bump(tx, ticket.conversation_id)

    async def _neighbour(self, tx: Tx, ticket: Ticket, number: int) -> None:
        line = await lines.get(tx, ticket.line_id)
        if line.neighbour_id is not None:
            await alert_rows.insert(tx, ticket.id, number, Rung.NEIGHBOUR, state=alert_rows.SENT)
            self._room.announcer.ticket(tx, ticket, alert="ladder", line_id=line.neighbour_id)


def lent(
    settings: EscalationSettings, waiting: Sequence[Ticket], all_lines: Sequence[Line], line_ids: frozenset[str]
) -> list[Ticket]:
    """Tickets of other lines that the ladder has offered to these ones as neighbours."""
    lenders = {line.id for line in all_lines if line.neighbour_id in line_ids and line.id not in line_ids}
    return [ticket for ticket in waiting if ticket.line_id in lenders and reached(settings, ticket, Rung.NEIGHBOUR)]
