"""All desks of this process: who is connected, what each is sent, what rings."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

import structlog

from escalation import rows
from escalation.casework import Casework, is_addressee
from escalation.desk.access import may_see
from escalation.desk.alarms import Alarm, Alarms
from escalation.desk.deliveries import LOOK_BACK
from escalation.desk.views import Views, assessment_shape
from escalation.feed import Change
from escalation.ladder import reached
from escalation.room import Room
from escalation.settings import Rung
from escalation.tasks import stop
from escalation.web import where
from records import assessments, conversations, tickets
from records.models import Role, Ticket
from records.store import Tx

if TYPE_CHECKING:
    from escalation.desk.socket import DeskSocket

log = structlog.get_logger(__name__)

TICK_S = 0.5
ADOPT_EVERY = 4
"""Ticks between two looks into the database for what should ring."""


class Hub:
    """Listens to the feed and to wake-ups; its two tasks are owned by ``start`` and ``aclose``."""

    def __init__(self, room: Room, casework: Casework, views: Views) -> None:
        self.room, self.casework, self.views = room, casework, views
        self.alarms = Alarms(room.settings, room.clock)
        self._sockets: set[DeskSocket] = set()
        self._dirty = asyncio.Event()
        # A seeker's message must not wait for the desks' screens: what is heard is only noted here and shown by a task.
        # Alarms come before changes, changes before looks.
        self._heard: asyncio.PriorityQueue[tuple[int, int, Change | str]] = asyncio.PriorityQueue()
        self._turn = itertools.count()
        self._noted: set[Change | str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._unlisten: Callable[[], None] | None = None

    def start(self) -> None:
        self.room.feed.listen(self.note)
        self._unlisten = self.room.wake.listen(self.note)
        self._tasks = [
            asyncio.create_task(self._forever(self._show_next), name="desk-changes"),
            asyncio.create_task(self._forever(self._flush_queues), name="desk-queues"),
            asyncio.create_task(self._forever(self._tick), name="desk-alarms"),
        ]

    async def aclose(self) -> None:
        """Ends every socket first, then the tasks."""
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None
        for socket in list(self._sockets):
            await socket.close()
        await stop(self._tasks)
        self._tasks = []

    @property
    def healthy(self) -> bool:
        """False once a task of the hub ended by itself."""
        return not any(task.done() for task in self._tasks)

    def join(self, socket: DeskSocket) -> None:
        self._sockets.add(socket)
        self._dirty.set()

    def leave(self, socket: DeskSocket) -> None:
        self._sockets.discard(socket)

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as exc:
                # Whatever it was: desks that stop ringing are worse than a line in the log every half second.
                log.error("desk_step_failed", **where(exc))
                await asyncio.sleep(TICK_S)

    async def note(self, heard: Change | str) -> None:
        """A change of the feed, or the id of a conversation to look at. The same one twice is shown once."""
        if heard not in self._noted:
            self._noted.add(heard)
            rank = 2 if isinstance(heard, str) else 0 if heard.kind == "alert" else 1
            self._heard.put_nowait((rank, next(self._turn), heard))

    async def _show_next(self) -> None:
        _, _, heard = await self._heard.get()
        self._noted.discard(heard)
        await (self.on_wake(heard) if isinstance(heard, str) else self.on_change(heard))

    # What the feed says

    async def on_change(self, change: Change) -> None:
        """One entry of the feed, from this process or another."""
        if change.kind == "duty":
            for socket in self._of_lines({change.line_id}):
                socket.send(await socket.duty_frame())
            return
        if change.kind == "alert":
            if self.alarms.sound(change) is not None:
                await self._ring()
            return
        if change.kind == "lost":
            for socket in self._of_staff(change.staff_id):
                socket.send({"type": "lost", "ticket": change.ticket_id, "why": change.why})
            return
        self._dirty.set()
        if change.ticket_id and self._sockets:
            await self._show_ticket(change.ticket_id)

    async def _show_ticket(self, ticket_id: str) -> None:
        async with self.room.store.glance() as tx:
            ticket = await rows.ticket_or_none(tx, ticket_id)
            if ticket is None:
                return
            concerned = [one for one in self._sockets if one.concerns(ticket)]
            if concerned:
                shape = await self.views.ticket(tx, ticket)
                for socket in concerned:
                    socket.send({"type": "ticket", "ticket": shape})
        await self._stop_ringing([ticket])

    async def on_wake(self, conversation_id: str) -> None:
        """Something new stands in a conversation: to its owner and to those who watch."""
        if not self._sockets:
            return
        async with self.room.store.glance() as tx:
            conversation = await conversations.get(tx, conversation_id)
            ticket = await tickets.open_for(tx, conversation_id)
            mine = [
                one
                for one in self._sockets
                if conversation_id in one.watched or (ticket is not None and ticket.owner_id == one.staff.id)
            ]
            for socket in mine:
                if may_see(socket.staff, conversation, ticket):
                    await self._catch_up(tx, socket, conversation_id)
        if mine:
            frame = {
                "type": "conversation", "conversation": conversation_id, "mode": str(conversation.mode),
                "level": int(conversation.level), "version": conversation.version,
                "presence": await self.room.ports.presence.of(conversation_id),
                "typing": await self.room.ports.typing.is_seeker_typing(conversation_id),
            }  # fmt: skip
            for socket in mine:
                socket.send(frame)

    async def _catch_up(self, tx: Tx, socket: DeskSocket, conversation_id: str) -> None:
        """New messages since the last frame; a socket that has just begun gets from now on: the page reads the rest."""
        newest = (await conversations.get(tx, conversation_id)).next_seq - 1
        last = socket.sent.get(conversation_id, newest - 1)
        look = min(last, newest - LOOK_BACK) if socket.deliveries.begin(conversation_id) else last
        for message in await self.views.messages(tx, conversation_id, after=max(0, look)):
            socket.deliveries.told(conversation_id, message)
            if message.seq > last:
                socket.send({"type": "message", "conversation": conversation_id, "message": message})
        socket.sent[conversation_id] = newest
        await self._late_raises(tx, socket, conversation_id, newest)

    async def _tell_deliveries(self, socket: DeskSocket) -> None:
        """Words on the screen of a desk that went out, arrived or failed since."""
        on_their_way = socket.deliveries.on_their_way()
        if not on_their_way:
            return
        async with self.room.store.read() as tx:
            mine = {ticket.conversation_id for ticket in await tickets.claimed_by(tx, socket.staff.id)}
            for conversation_id, after in on_their_way.items():
                if conversation_id not in mine | socket.watched:
                    socket.deliveries.forget(conversation_id)
                    continue
                for message in await self.views.messages(tx, conversation_id, after=after):
                    if socket.deliveries.has_changed(conversation_id, message):
                        socket.deliveries.told(conversation_id, message)
                        socket.send({"type": "message", "conversation": conversation_id, "message": message})

    async def _late_raises(self, tx: Tx, socket: DeskSocket, conversation_id: str, newest: int) -> None:
        """An assessment that came after its message had been shown."""
        seen = socket.assessed.setdefault(conversation_id, None)
        known = await assessments.for_conversation(tx, conversation_id)
        ids = {one.id for one in known}
        for one in known:
            if seen is not None and one.id not in seen:
                socket.send(
                    {
                        "type": "assessment", "conversation": conversation_id, "seq": one.seq,
                        "assessment": assessment_shape(one), "level": int(one.running_level),
                    }
                )  # fmt: skip
        socket.assessed[conversation_id] = ids

    # The waiting list

    async def _flush_queues(self) -> None:
        await self._dirty.wait()
        self._dirty.clear()
        await self._send_queues()
        await asyncio.sleep(self.room.settings.frame_coalesce_s)

    async def _send_queues(self) -> None:
        by_lines: dict[frozenset[str], list[DeskSocket]] = {}
        for socket in self._sockets:
            if socket.cares:
                by_lines.setdefault(socket.staff.line_ids, []).append(socket)
        for sockets in by_lines.values():
            # The list depends on the lines alone: built once for all who share them.
            async with self.room.store.read() as tx:
                shown = await self.views.queue(tx, sockets[0].staff)
            for socket in sockets:
                socket.send_queue(shown)

    # What rings

    async def _tick(self) -> None:
        for _ in range(ADOPT_EVERY):
            await asyncio.sleep(TICK_S)
            if self._sockets:
                await self._ring()
        for socket in list(self._sockets):
            await self._tell_deliveries(socket)
        if self._sockets:
            async with self.room.store.read() as tx:
                self.alarms.adopt(await tickets.waiting(tx))
            # Also when a change was missed: the list on the screen is never older than a few seconds.
            self._dirty.set()

    async def _ring(self) -> None:
        async with self.room.store.glance() as tx:
            listed = [await rows.ticket_or_none(tx, one) for one in self.alarms.ids()]
            known = {ticket.id: ticket for ticket in listed if ticket is not None}
            self._say_over(self.alarms.over(known))
            for alarm, ticket in self.alarms.due(known):
                audience = [one for one in self._audience(alarm, ticket) if not self._muted(one, ticket)]
                if not audience:
                    continue
                shape = await self.views.ticket(tx, ticket)
                frame = {
                    "type": "alert", "ticket": shape, "level": int(ticket.level), "why": alarm.why,
                    "round": alarm.round,
                }  # fmt: skip
                for socket in audience:
                    alarm.heard.add(socket.staff.id)
                    socket.send(frame)

    async def _stop_ringing(self, listed: Iterable[Ticket]) -> None:
        ids = {ticket.id for ticket in listed}
        if ids & self.alarms.ids():
            await self._ring()

    def _say_over(self, ended: Iterable[Alarm]) -> None:
        for alarm in ended:
            for socket in self._sockets:
                if socket.staff.id in alarm.heard:
                    socket.send({"type": "alert_over", "ticket": alarm.ticket_id})

    def _muted(self, socket: DeskSocket, ticket: Ticket) -> bool:
        return self.alarms.is_muted(socket.staff.id, ticket.id)

    def _audience(self, alarm: Alarm, ticket: Ticket) -> list[DeskSocket]:
        """The named person and the supervisors; else the desks that are on; with none on, everybody signed in."""
        lines = alarm.lines | {ticket.line_id}
        near = [one for one in self._sockets if one.cares and one.staff.line_ids & lines]
        supervisors = [one for one in near if Role.SUPERVISOR in one.staff.roles]
        if alarm.why == "reveal":
            return supervisors
        if alarm.to:
            named = [one for one in self._sockets if one.staff.id == alarm.to]
            extra = [] if alarm.why == "transfer" else [one for one in supervisors if one.staff.id != alarm.to]
            return named + extra
        if alarm.why == "transfer":
            return [one for one in near if is_addressee(one.staff, ticket)]
        on = [one for one in near if one.on] or near
        if reached(self.room.settings, ticket, Rung.SUPERVISOR) or alarm.why in {"unanswered", "out_of_reach"}:
            on = on + [one for one in supervisors if one not in on]
        return on

    def _of_staff(self, staff_id: str) -> list[DeskSocket]:
        return [one for one in self._sockets if one.staff.id == staff_id]

    def _of_lines(self, line_ids: set[str]) -> list[DeskSocket]:
        return [one for one in self._sockets if one.staff.line_ids & line_ids]
