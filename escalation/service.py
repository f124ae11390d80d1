"""The helpers' side as one object: assembled once, started in order of need, closed in reverse."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from escalation import clocks, rows
from escalation.alerts.outside import OutsideAlerts
from escalation.alerts.pages import ack_routes
from escalation.alerts.ways import Way
from escalation.announce import Announcer
from escalation.casework import Casework
from escalation.closing import Closing
from escalation.desk.deps import DeskDeps
from escalation.desk.guards import guards
from escalation.desk.hub import Hub
from escalation.desk.routes import desk_routes
from escalation.desk.views import Views
from escalation.feed import Feed
from escalation.ladder import LadderService
from escalation.ports import Ports
from escalation.presence import Presence
from escalation.queue import TicketQueue
from escalation.reconciler import Reconciler
from escalation.redis_client import RedisClients
from escalation.reveal import Reveal
from escalation.room import Room
from escalation.settings import EscalationSettings
from escalation.signin import StaffSessions
from escalation.speaking import Speaking
from escalation.tasks import stop
from escalation.tickets import Tickets
from escalation.waiting import WaitingRoom
from escalation.wake import Wake
from escalation.web import Route
from records import tickets
from records.models import Timer
from records.store import Store, Tx
from records.timers import Handler

log = structlog.get_logger(__name__)


class EscalationService:
    """``tickets`` and ``waiting`` are for bot, ``wake`` and ``presence`` for sockets, ``routes()`` for the app."""

    def __init__(
        self, store: Store, clients: RedisClients, settings: EscalationSettings, clock: Callable[[], datetime],
        ports: Ports, *, ways: Sequence[Way] = (), jitter: Callable[[], float] = random.random,
        process_id: str | None = None,
    ) -> None:  # fmt: skip
        """Contacts nothing yet. ``clients`` stay the caller's: they are not closed here."""
        process = process_id or secrets.token_hex(6)
        queue = TicketQueue(clients, settings)
        feed = Feed(clients, process_id=process)
        self.wake = Wake(clients, process_id=process)
        self.presence = Presence(clients, settings, clock)
        announcer = Announcer(queue, feed, self.wake, ports.nudge)
        self.room = Room(
            store=store, settings=settings, clock=clock, clients=clients, queue=queue, feed=feed, wake=self.wake,
            presence=self.presence, announcer=announcer, ports=ports, process_id=process,
        )  # fmt: skip
        self.tickets = Tickets(settings, announcer)
        self.waiting = WaitingRoom(self.room)
        self.casework = Casework(self.room)
        self.closing = Closing(self.room, self.tickets)
        self.speaking = Speaking(self.room)
        self.reveal = Reveal(self.room)
        self.sessions = StaffSessions(self.room)
        self.outside = OutsideAlerts(self.room, ways, jitter=jitter)
        self.ladder = LadderService(self.room, self.outside)
        self.reconciler = Reconciler(self.room, self.casework)
        views = Views(self.room, self.casework)
        self.hub = Hub(self.room, self.casework, views)
        self.desk = DeskDeps(
            room=self.room, sessions=self.sessions, guards=guards(self.sessions, self.presence),
            casework=self.casework, closing=self.closing, speaking=self.speaking, reveal=self.reveal, views=views,
            hub=self.hub,
        )  # fmt: skip
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Puts back what Redis lacks, then keeps doing so; listens for other processes. Redis need not answer yet."""
        self.wake.start()
        self.hub.start()
        await self.reconciler.round()
        self._task = asyncio.create_task(self.reconciler.run(), name="reconciler")

    async def aclose(self) -> None:
        """Ends sockets and tasks. Claimed tickets keep their leases: a restart within a lease costs nobody a talk."""
        await self.hub.aclose()
        if self._task is not None:
            await stop([self._task])
        await self.room.feed.aclose()
        await self.wake.aclose()

    @property
    def healthy(self) -> bool:
        """False once a task of this room died."""
        return (self._task is None or not self._task.done()) and self.hub.healthy

    def routes(self) -> list[Route]:
        """The desk with its socket, and the page behind the link of an outside alert."""
        return [*desk_routes(self.desk), *ack_routes(self.outside)]

    def timer_handlers(self) -> Mapping[str, Handler]:
        """For ``records.timers.TimerService``, beside bot's own."""
        return {
            clocks.LADDER: self.ladder.handle,
            clocks.FIRST_WORD: self._first_word,
            clocks.TRANSFER: self._transfer,
            clocks.REACH: self._reach,
            clocks.OUTSIDE: self.outside.handle,
        }

    async def _first_word(self, timer: Timer) -> None:
        if await self.casework.silent(timer.ref):
            log.warning("first_word_missing", ticket=timer.ref)

    async def _transfer(self, timer: Timer) -> None:
        await self.casework.transfer_timed_out(timer.ref)

    async def _reach(self, timer: Timer) -> None:
        """The clock of S16 ran out: alarms again, and again, until a human ends it."""

        async def work(tx: Tx) -> None:
            ticket = await rows.ticket_or_none(tx, timer.ref)
            if ticket is None or ticket.out_of_reach_at is None:
                return
            pause = self.room.settings.out_of_reach_due_s(ticket.level)
            await clocks.set_in(tx, clocks.REACH, ticket.id, pause, **dict(timer.payload))
            fresh = await tickets.get(tx, ticket.id)
            self.room.announcer.ticket(tx, fresh, alert="out_of_reach", to=ticket.owner_id or "")

        await self.room.store.write(work)
