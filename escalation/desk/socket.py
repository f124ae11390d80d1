"""One desk's socket. The server pings; the browser's pong, which no script sends, keeps the leases."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import WSMessage, WSMsgType, web
from pydantic_core import to_json

from escalation import rows
from escalation.casework import is_addressee
from escalation.desk.access import visible
from escalation.desk.deliveries import Deliveries
from escalation.desk.people import everybody
from escalation.desk.shapes import TicketShape
from escalation.desk.views import staff_shape
from escalation.errors import TicketNotVisibleError
from escalation.signin import StaffWho
from records import audit, tickets
from records.errors import RecordsError
from records.models import Role, Ticket
from records.store import Tx

if TYPE_CHECKING:
    from escalation.desk.deps import DeskDeps

log = structlog.get_logger(__name__)

HELLO_S = 10.0
MAX_FRAME = 16_384
BACKLOG = 500
"""Frames that may wait for a slow desk; more and it is better off starting anew."""
BAD_HELLO, SIGNED_OUT, TOO_SLOW = 4400, 4401, 4408


class DeskSocket:
    """Lives as long as the connection: one task that writes and pings, beside the handler that reads."""

    def __init__(self, deps: DeskDeps, who: StaffWho) -> None:
        self._deps, self._who = deps, who
        self._room = deps.room
        self.staff = who.staff
        self.cares = bool({Role.COUNSELLOR, Role.SUPERVISOR} & who.staff.roles)
        self.on = False
        self.watched: set[str] = set()
        self.sent: dict[str, int] = {}
        self.deliveries = Deliveries()
        self.assessed: dict[str, set[str] | None] = {}
        self._ws = web.WebSocketResponse(compress=False, autoping=False, max_msg_size=MAX_FRAME)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(BACKLOG)
        self._last_queue = b""

    # Sending

    def send(self, frame: dict[str, Any]) -> None:
        """Queues one frame; a desk that does not read is closed and starts anew."""
        self._put(to_json(frame))

    def send_queue(self, shown: Sequence[TicketShape]) -> None:
        """The waiting list, if it differs from what this desk has."""
        frame = to_json({"type": "queue", "tickets": list(shown)})
        if frame != self._last_queue:
            self._last_queue = frame
            self._put(frame)

    def _put(self, frame: bytes) -> None:
        if self._ws.closed:
            return
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            log.warning("desk_too_slow", staff=self.staff.id)
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put_nowait(b"")

    async def close(self) -> None:
        await self._ws.close(code=1001)

    # Serving

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """The handler of the route; returns when the connection ended."""
        await self._ws.prepare(request)
        if not await self._hello():
            await self._ws.close(code=BAD_HELLO)
            return self._ws
        await self._begin()
        writer = asyncio.create_task(self._write(), name=f"desk-{self.staff.id}")
        self._deps.hub.join(self)
        try:
            async for message in self._ws:
                await self._take(message)
        finally:
            self._deps.hub.leave(self)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
        return self._ws

    async def _hello(self) -> bool:
        """The first frame carries the token against forged requests: a foreign page cannot know it."""
        try:
            async with asyncio.timeout(HELLO_S):
                message = await self._ws.receive()
        except TimeoutError:
            return False
        frame = _frame(message)
        given = str(frame.get("csrf", "")) if frame.get("type") == "hello" else ""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._who.csrf.encode())

    async def _begin(self) -> None:
        self.on = (await self._room.presence.of(self.staff)).on
        await self._pong()
        await self._room.store.write(self._audit_queue)
        self.send({"type": "ready", "staff": staff_shape(self.staff), "server_time": self._room.clock()})
        async with self._room.store.read() as tx:
            for ticket in await tickets.claimed_by(tx, self.staff.id):
                shape = await self._deps.views.ticket(tx, ticket)
                self.send({"type": "ticket", "ticket": shape})

    async def _audit_queue(self, tx: Tx) -> None:
        """From now on this desk sees the waiting list with the words that raised each ticket (S10)."""
        await audit.write(tx, actor=self.staff.id, action="queue.watch", object_kind="staff", object_id=self.staff.id)

    async def _write(self) -> None:
        """Frames as they come; a ping every ``ping_s``, each after a look whether the session still holds."""
        pause = self._room.settings.ping_s
        loop = asyncio.get_running_loop()
        next_ping = loop.time()
        while not self._ws.closed:
            try:
                async with asyncio.timeout_at(next_ping):
                    frame = await self._frames.get()
            except TimeoutError:
                next_ping = loop.time() + pause
                if not await self._ping():
                    return
                continue
            try:
                if not frame:
                    await self._ws.close(code=TOO_SLOW)
                    return
                await self._ws.send_str(frame.decode())
            except ConnectionError:
                return

    async def _ping(self) -> bool:
        try:
            if await self._deps.sessions.check(self._who.token) is None:
                await self._ws.close(code=SIGNED_OUT)
                return False
            await self._ws.ping()
        except RecordsError as exc:
            # The database is away for a moment: no reason to throw a desk out.
            log.warning("desk_session_unchecked", staff=self.staff.id, error=type(exc).__name__)
        except ConnectionError:
            return False
        return True

    async def duty_frame(self) -> dict[str, Any]:
        """The state of duty, with everybody; also notes whether this desk is on."""
        duty = await self._room.presence.of(self.staff)
        self.on = duty.on
        people = await everybody(self._deps, self.staff)
        return {"type": "duty", "on_duty": self._room.presence.counts(duty), "people": people.staff}

    def concerns(self, ticket: Ticket) -> bool:
        """Whether ``ticket`` frames of this one go here: mine, watched, offered to me."""
        if not self.cares:
            return False
        mine = ticket.owner_id == self.staff.id or ticket.conversation_id in self.watched
        return mine or is_addressee(self.staff, ticket)

    # Receiving

    async def _take(self, message: WSMessage) -> None:
        if message.type is WSMsgType.PING:
            await self._ws.pong(message.data)
        elif message.type is WSMsgType.PONG:
            await self._pong()
        elif message.type is WSMsgType.TEXT:
            await self._frame(_frame(message))

    async def _pong(self) -> None:
        """The desk is there: its tickets are kept for another lease."""
        until = timedelta(seconds=self._room.settings.lease_s)
        try:
            await self._room.presence.alive(self.staff)
            async with self._room.store.read() as tx:
                held = await tickets.claimed_by(tx, self.staff.id)
            if held:
                await self._room.store.write(lambda tx: rows.renew_leases(tx, self.staff.id, tx.now + until))
        except RecordsError as exc:
            log.warning("lease_not_renewed", staff=self.staff.id, error=type(exc).__name__)

    async def _frame(self, frame: dict[str, Any]) -> None:
        kind, conversation_id = frame.get("type"), str(frame.get("conversation", ""))
        try:
            if kind == "active":
                await self._room.presence.acted(self.staff)
                await self._deps.sessions.touch(self._who.token)
            elif kind == "watch":
                await self._watch(conversation_id)
            elif kind == "unwatch":
                self.watched.discard(conversation_id)
            elif kind == "typing":
                await self._typing(conversation_id, on=frame.get("on") is True)
            elif kind == "ping":
                self.send({"type": "pong"})
            else:
                self.send({"type": "refused", "code": "unknown_type"})
        except (TicketNotVisibleError, RecordsError) as exc:
            self.send({"type": "refused", "code": exc.code})

    async def _watch(self, conversation_id: str) -> None:
        """Silent for the seeker, never for the audit trail (D13, S10)."""

        async def work(tx: Tx) -> int:
            conversation, _ = await visible(tx, self.staff, conversation_id)
            await audit.write(
                tx, actor=self.staff.id, action="conversation.watch", object_kind="conversation",
                object_id=conversation_id,
            )  # fmt: skip
            return conversation.next_seq - 1

        last = await self._room.store.write(work)
        self.watched.add(conversation_id)
        self.sent.setdefault(conversation_id, last)

    async def _typing(self, conversation_id: str, *, on: bool) -> None:
        async with self._room.store.read() as tx:
            _, ticket = await visible(tx, self.staff, conversation_id)
        # Only the owner's typing shows: somebody who watches leaves no trace.
        if ticket is not None and ticket.owner_id == self.staff.id:
            await self._room.ports.typing.typing(conversation_id, on=on)


def _frame(message: WSMessage) -> dict[str, Any]:
    if message.type is not WSMsgType.TEXT:
        return {}
    try:
        frame = orjson.loads(message.data)
    except orjson.JSONDecodeError:
        return {}
    return frame if isinstance(frame, dict) else {}
