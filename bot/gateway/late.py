"""What the model says when nobody waits for it any more. It may only raise, and a process that dies loses none of it.

A reading that was acted upon before the model had its full say leaves a timer in the same transaction. Whoever hears
the model out takes the timer away; if nobody does (the process died, the model was overrun or failed), the timer has
the message read again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from nlu.assessment import Reading, RiskAssessment
from records import assessments, messages, timers
from records.errors import NotFoundError
from records.models import Message, Timer
from records.store import Store, Tx

REREAD_TIMER = "bot:reread"
OURS = "nlu"
"""Who read a message when no person did."""
_REREAD = timedelta(seconds=30)
"""Longer than the longest text takes, and an overrun model has caught up by then."""
_SPREAD_S = 15
"""What was overrun together must not come back together."""
_AT_ONCE = 4
"""Messages that are read again at the same time: they must not crowd out the new ones."""
_MOST_REREADS = 6

_log = structlog.get_logger(__name__)

Read = Callable[[Message, int | None], Awaitable[Reading]]
Lift = Callable[[Message, RiskAssessment], Awaitable[None]]


class LateReadings:
    """Follows readings that are not finished.

    Args:
        store: The record.
        read: Reads a stored message anew, with what came before it and the place of the safety question it answered.
        lift: Acts on the level of a message if that is higher than what was acted on before.
    """

    def __init__(self, store: Store, *, read: Read, lift: Lift) -> None:
        self._store, self._read, self._lift = store, read, lift
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def remember(self, tx: Tx, row: Message, asked: int | None) -> None:
        """In the transaction that acts on an unfinished reading. ``asked``: the safety question that it answered."""
        spread = timedelta(seconds=zlib.crc32(row.id.encode()) % _SPREAD_S)
        await timers.set_timer(tx, REREAD_TIMER, row.id, tx.now + _REREAD + spread, {"asked": asked})

    def follow(self, row: Message, reading: Reading) -> None:
        """After that transaction: hear the model out. Without a ``later`` the timer does."""
        if reading.later is None:
            return
        task = asyncio.create_task(self._hear(row, reading.later), name=f"late-{row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, row: Message, later: asyncio.Future[RiskAssessment | None]) -> None:
        late = await later
        if late is None:
            return  # the model failed: the timer has it read again
        try:
            await self._lift(row, late)
            await self._store.write(lambda tx: timers.cancel(tx, REREAD_TIMER, row.id))
        except Exception as exc:  # nobody awaits this task: whatever it meets must be seen, and the timer tries again
            _log.error("late_raise_failed", message=row.id, code=getattr(exc, "code", type(exc).__name__))

    async def due(self, timer: Timer) -> None:
        """Handler of ``REREAD_TIMER``: nobody heard the model out."""
        row = await self._unread(timer.ref)
        if row is None:
            return
        async with self._gate:
            reading = await self._read(row, timer.payload.get("asked"))
            late = reading.assessment if reading.later is None else await reading.later
        if late is not None:
            await self._lift(row, late)
        if late is None or reading.unheard:
            await self._again(timer)

    async def _unread(self, message_id: str) -> Message | None:
        """The message; None when it was erased, or a person has judged it meanwhile."""
        async with self._store.glance() as tx:
            try:
                row = await messages.get(tx, message_id)
            except NotFoundError:
                return None
            if row.erased_at is not None or row.id in await assessments.judged(tx, row.conversation_id):
                return None
        return row

    async def _again(self, timer: Timer) -> None:
        again = int(timer.payload.get("again", 0)) + 1
        if again >= _MOST_REREADS:
            _log.error("model_never_answered", message=timer.ref)
            return

        async def work(tx: Tx) -> None:
            due = tx.now + _REREAD * 2**again
            await timers.set_timer(tx, REREAD_TIMER, timer.ref, due, {**timer.payload, "again": again})

        await self._store.write(work)

    async def aclose(self) -> None:
        """Wait for the readings under way: they may still raise."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
