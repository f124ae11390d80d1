"""The outside rung: each call is a row first, then a durable timer sends it, with bounded tries and jitter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from escalation import clocks
from escalation import rows as rows_of_room
from escalation.alerts import rows
from escalation.alerts.ways import Notice, Way
from escalation.errors import AlertFailedError
from escalation.room import Room
from records import audit, lines
from records.ids import hash_token, new_id
from records.models import Ticket, TicketState, Timer
from records.store import Tx

log = structlog.get_logger(__name__)


class OutsideAlerts:
    """Calls people who are not in front of a desk."""

    def __init__(self, room: Room, ways: Sequence[Way], *, jitter: Callable[[], float]) -> None:
        """``jitter`` gives a number in 0..1; passed in so that tests know it."""
        self._room = room
        self._ways = {way.name: way for way in ways}
        self._jitter = jitter

    async def call(self, tx: Tx, ticket: Ticket, rung: int) -> int:
        """Queues one alert for every way; how many. None while somebody outside has acknowledged lately."""
        if await rows.acked_lately(tx, ticket.id, self._room.settings.ack_pause_s):
            return 0
        for name in self._ways:
            alert_id = new_id(tx.now)
            ack = hash_token(self._token(alert_id))
            await rows.put(tx, alert_id, ticket.id, rung, name, state=rows.QUEUED, ack_hash=ack)
            await clocks.set_in(tx, clocks.OUTSIDE, alert_id, 0)
        if not self._ways:
            log.warning("outside_rung_empty", ticket=ticket.id, level=int(ticket.level))
        return len(self._ways)

    def _token(self, alert_id: str) -> str:
        """The secret of the link; made from the alert's id, so that a restart can send the same link again."""
        return f"{alert_id}{self._room.store.vault.keyed_hash('ack', alert_id)[:32]}"

    async def handle(self, timer: Timer) -> None:
        """Sends one alert, or gives up after the last try and says so in its row."""
        async with self._room.store.read() as tx:
            alert = await rows.get(tx, timer.ref)
            ticket = None if alert is None else await rows_of_room.ticket_or_none(tx, alert.ticket_id)
            line = None if ticket is None else await lines.get(tx, ticket.line_id)
        if alert is None or ticket is None or alert.state != rows.QUEUED or alert.way not in self._ways:
            return
        if ticket.state is not TicketState.WAITING:
            await self._room.store.write(lambda tx: rows.change(tx, alert.id, state=rows.CANCELLED))
            return
        slug = line.slug if line is not None else ""
        notice = Notice(
            alert_id=alert.id, ticket_id=ticket.id, level=int(ticket.level), line=slug, rung=alert.rung,
            ack_url=self._link(alert.id),
        )  # fmt: skip
        try:
            await self._ways[alert.way].send(notice)
        except AlertFailedError as exc:
            await self._failed(alert, exc)
            return
        await self._room.store.write(
            lambda tx: rows.change(tx, alert.id, state=rows.SENT, sent_at=tx.now, attempts=alert.attempts + 1)
        )

    def _link(self, alert_id: str) -> str:
        base = self._room.settings.public_url.rstrip("/")
        return f"{base}/ack/{self._token(alert_id)}" if base else ""

    async def _failed(self, alert: rows.Alert, exc: AlertFailedError) -> None:
        settings, tries = self._room.settings, alert.attempts + 1
        final = exc.final or tries >= settings.outside_tries
        log.warning("outside_alert_failed", alert=alert.id, way=alert.way, why=exc.why, tries=tries, final=final)
        pause = settings.outside_retry_s * 2**alert.attempts * (1 + self._jitter())

        async def work(tx: Tx) -> None:
            state = rows.FAILED if final else rows.QUEUED
            await rows.change(tx, alert.id, state=state, attempts=tries, error=exc.why)
            if not final:
                await clocks.set_in(tx, clocks.OUTSIDE, alert.id, pause)

        await self._room.store.write(work)

    async def known(self, token: str) -> bool:
        """Whether a link is one of ours. Says nothing about what it is for."""
        async with self._room.store.read() as tx:
            return await rows.by_ack(tx, hash_token(token)) is not None

    async def acknowledge(self, token: str) -> bool:
        """Somebody outside says "seen": recorded with time and way. Claims nothing; only pauses this rung."""

        async def work(tx: Tx) -> bool:
            alert = await rows.by_ack(tx, hash_token(token))
            if alert is None:
                return False
            if alert.acked_at is None:
                await rows.change(tx, alert.id, state=rows.ACKED, acked_at=tx.now)
                data = {"alert": alert.id, "way": alert.way}
                await audit.write(
                    tx, actor=f"outside:{alert.way}", action="alert.ack", object_kind="ticket",
                    object_id=alert.ticket_id, data=data,
                )  # fmt: skip
            return True

        return await self._room.store.write(work)
