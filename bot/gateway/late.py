"""What the model says when nobody waits for it any more. It may only raise, and a process that dies loses none of it.

A reading that was acted upon before the model had its full say leaves a timer in the same transaction. Whoever hears
the model out takes the timer away; if nobody does (the process died, the model was overrun or failed), the timer has
the message read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from nlu.assessment import Reading, RiskAssessment
from nlu.labels import RiskLevel
from records import assessments, messages, timers
from records.errors import NotFoundError
from records.models import Message, Timer
from records.store import Store, Tx

REREAD_TIMER = "bot:reread"
_REREAD = timedelta(seconds=30)
"""Longer than the longest text takes, and an overrun model has caught up by then."""
_MOST_REREADS = 3
OURS = "nlu"
"""Who read a message when no person did."""

_log = structlog.get_logger(__name__)

Read = Callable[[Message], Awaitable[Reading | None]]
Lift = Callable[[Message, RiskAssessment], Awaitable[None]]


class LateReadings:
    """Follows readings that are not finished.

    Args:
        store: The record.
        read: Reads a stored message anew, with what came before it.
        lift: Acts on the higher level of a message.
    """

    def __init__(self, store: Store, *, read: Read, lift: Lift) -> None:
        self._store, self._read, self._lift = store, read, lift
        self._tasks: set[asyncio.Task[None]] = set()

    async def remember(self, tx: Tx, row: Message) -> None:
        """In the transaction that acts on an unfinished reading."""
        await timers.set_timer(tx, REREAD_TIMER, row.id, tx.now + _REREAD)

    def follow(self, row: Message, reading: Reading) -> None:
        """After that transaction: hear the model out. Without a ``later`` the timer does."""
        if reading.later is None:
            return
        task = asyncio.create_task(self._hear(row, reading.later, reading.assessment.level), name=f"late-{row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, row: Message, later: asyncio.Future[RiskAssessment], acted_on: RiskLevel) -> None:
        late = await later
        try:
            await self._settle(row, late, acted_on)
        except Exception as exc:  # nobody awaits this task: whatever it meets must be seen, and the timer tries again
            _log.error("late_raise_failed", message=row.id, code=getattr(exc, "code", type(exc).__name__))

    async def _settle(self, row: Message, late: RiskAssessment, acted_on: RiskLevel) -> None:
        if late.level > acted_on:
            await self._lift(row, late)
        await self._store.write(lambda tx: timers.cancel(tx, REREAD_TIMER, row.id))

    async def due(self, timer: Timer) -> None:
        """Handler of ``REREAD_TIMER``: nobody heard the model out."""
        found = await self._stored(timer.ref)
        if found is None:
            return
        row, acted_on = found
        reading = await self._read(row)
        if reading is None:
            return
        late = reading.assessment if reading.later is None else await reading.later
        if late.level > acted_on:
            await self._lift(row, late)
        if reading.unfinished and reading.later is None:
            await self._again(timer)

    async def _stored(self, message_id: str) -> tuple[Message, RiskLevel] | None:
        """The message and the highest level that was acted on; None when it was erased, or a person read it."""
        async with self._store.glance() as tx:
            try:
                row = await messages.get(tx, message_id)
            except NotFoundError:
                return None
            of_talk = await assessments.for_conversation(tx, row.conversation_id)
        known = [one for one in of_talk if one.message_id == row.id]
        if any(one.by != OURS for one in known):
            return None
        return row, max((one.level for one in known), default=RiskLevel.NONE)

    async def _again(self, timer: Timer) -> None:
        again = int(timer.payload.get("again", 0)) + 1
        if again >= _MOST_REREADS:
            _log.error("model_never_answered", message=timer.ref)
            return

        async def work(tx: Tx) -> None:
            await timers.set_timer(tx, REREAD_TIMER, timer.ref, tx.now + _REREAD * 2**again, {"again": again})

        await self._store.write(work)

    async def aclose(self) -> None:
        """Wait for the readings under way: they may still raise."""
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
