"""The one scheduler: everything that has to happen later is a row.

A timer is leased, its handler runs, then it is deleted if it is still the same one. Setting a timer gives its row a
new id but leaves a running lease alone: a handler that sets its own timer again keeps it, and nobody starts it beside
the running one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from records.errors import RecordsError
from records.ids import new_id
from records.models import Timer
from records.tables import UtcDateTime, timer
from records.tx import Clock, Tx

if TYPE_CHECKING:
    from records.store import Store

log = structlog.get_logger(__name__)

Handler = Callable[[Timer], Awaitable[None]]

POLL_S = 1.0
"""How long it sleeps at most: clocks jump, and other processes set timers."""
LEASE_S = 20.0
HANDLER_S = 15.0
"""Less than the lease, and measured by a clock that does not jump: a handler ends before another process may take
over."""
_BATCH = 16
_BACKOFF_MAX_S = 60.0

_C = timer.c
_now = sa.bindparam("now", type_=UtcDateTime())
_free = sa.or_(_C.lease_until.is_(None), _C.lease_until < _now)
_kinds = _C.kind.in_(sa.bindparam("kinds", expanding=True))
_DUE = sa.select(_C.id).where(_C.due_at <= _now, _free, _kinds).order_by(_C.due_at, _C.id).limit(_BATCH)
_LEASE = {
    dialect: sa.update(timer)
    .where(_C.id.in_(due.scalar_subquery()), _free)
    .values(lease_by=sa.bindparam("owner"), lease_until=sa.bindparam("until", type_=UtcDateTime()))
    .returning(timer)
    for dialect, due in {"sqlite": _DUE, "postgresql": _DUE.with_for_update(skip_locked=True)}.items()
}
_NEXT = sa.select(sa.func.min(_C.due_at)).where(_free, _kinds)
_NEXT_LEASE = sa.select(sa.func.min(_C.lease_until)).where(~_free, _kinds)
_MINE = (_C.lease_by == sa.bindparam("owner"), _C.lease_until == sa.bindparam("until", type_=UtcDateTime()))
_DONE = sa.delete(timer).where(_C.id == sa.bindparam("w_id"), *_MINE)
_RELEASE = (
    sa.update(timer)
    .where(_C.kind == sa.bindparam("w_kind"), _C.ref == sa.bindparam("w_ref"), *_MINE)
    .values(lease_by=None, lease_until=None)
)
_AGAIN = (
    sa.update(timer)
    .where(_C.id == sa.bindparam("w_id"), *_MINE)
    .values(attempts=_C.attempts + 1, due_at=sa.bindparam("at", type_=UtcDateTime()), lease_by=None, lease_until=None)
)
_FREE_MINE = sa.update(timer).where(_C.lease_by == sa.bindparam("owner")).values(lease_by=None, lease_until=None)
_CANCEL = sa.delete(timer).where(_C.kind == sa.bindparam("w_kind"), _C.ref == sa.bindparam("w_ref"))
_PENDING = sa.select(timer).where(_C.ref == sa.bindparam("w_ref")).order_by(_C.due_at, _C.id)


def _upsert(dialect: str) -> Any:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(timer)
    moved = {name: statement.excluded[name] for name in ("id", "due_at", "payload", "created_at")}
    return statement.on_conflict_do_update(index_elements=["kind", "ref"], set_={**moved, "attempts": 0})


_SET = {dialect: _upsert(dialect) for dialect in ("sqlite", "postgresql")}


def _read(row: sa.Row[Any]) -> Timer:
    return Timer(id=row.id, kind=row.kind, ref=row.ref, due_at=row.due_at, payload=row.payload, attempts=row.attempts)


async def set_timer(tx: Tx, kind: str, ref: str, due_at: datetime, payload: Mapping[str, Any] | None = None) -> None:
    """Let ``kind`` happen for ``ref`` at ``due_at``. A timer with the same kind and ref is moved. No words in
    ``payload``."""
    row = {"id": new_id(tx.now), "kind": kind, "ref": ref, "due_at": due_at, "payload": dict(payload or {})}
    await tx.execute(_SET[tx.dialect], {**row, "attempts": 0, "created_at": tx.now})
    tx.timers_changed()


async def cancel(tx: Tx, kind: str, ref: str) -> bool:
    """Whether there was one. A handler that runs at this moment is not stopped."""
    return bool((await tx.execute(_CANCEL, {"w_kind": kind, "w_ref": ref})).rowcount)


async def pending(tx: Tx, ref: str) -> list[Timer]:
    """Every timer of ``ref``, the next one first."""
    return [_read(row) for row in (await tx.execute(_PENDING, {"w_ref": ref})).all()]


class TimerService:
    """Runs due timers of the kinds it has handlers for, in as many processes as there are. At least once, never twice
    at once.

    Args:
        owner: Names this process; a process that starts again under the same name takes its leases back at once.
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        clock: Clock,
        owner: str,
        *,
        lease_s: float = LEASE_S,
        handler_s: float = HANDLER_S,
    ) -> None:
        if handler_s >= lease_s:
            raise ValueError("a handler has to end before its lease does")
        self._store, self._handlers, self._clock, self._owner = store, dict(handlers), clock, owner
        self._lease_s, self._handler_s = lease_s, handler_s
        self._wake = asyncio.Event()
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        store.timers = self

    def wake(self) -> None:
        """Look again now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. Trouble with the database is logged and waited out."""
        try:
            await self._try(self._take_back)
            while True:
                self._wake.clear()
                leased = await self._try(self.start_due) or 0
                await self._sleep(0.0 if leased == _BATCH else await self._pause())
        finally:
            await self._stop()

    async def _stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._store.timers = None if self._store.timers is self else self._store.timers

    async def _try(self, call: Callable[[], Awaitable[int]]) -> int | None:
        try:
            return await call()
        except RecordsError as exc:
            log.warning("timers_database_trouble", code=exc.code)
            return None

    async def _take_back(self) -> int:
        async def work(tx: Tx) -> int:
            return (await tx.execute(_FREE_MINE, {"owner": self._owner})).rowcount

        return await self._store.write(work)

    async def _pause(self) -> float:
        """Seconds until the next timer is due, at most ``POLL_S``."""
        now, due = self._clock(), await self._try_next()
        return POLL_S if due is None else min(POLL_S, max(0.005, (due - now).total_seconds()))

    async def _try_next(self) -> datetime | None:
        bound = {"now": self._clock(), "kinds": list(self._handlers)}
        try:
            async with self._store.glance() as tx:
                times = [(await tx.execute(statement, bound)).scalar() for statement in (_NEXT, _NEXT_LEASE)]
        except RecordsError as exc:
            log.warning("timers_database_trouble", code=exc.code)
            return None
        return min((moment for moment in times if moment is not None), default=None)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def start_due(self) -> int:
        """Lease what is due and start its handlers; answers how many."""
        until = self._clock() + timedelta(seconds=self._lease_s)
        bound = {"owner": self._owner, "until": until, "kinds": list(self._handlers)}

        async def work(tx: Tx) -> Sequence[sa.Row[Any]]:
            return (await tx.execute(_LEASE[tx.dialect], {**bound, "now": tx.now})).all()

        async with self._store.glance() as tx:
            if (await tx.execute(_DUE, {"now": tx.now, "kinds": list(self._handlers)})).first() is None:
                return 0
        rows = await self._store.write(work)
        for row in sorted(rows, key=lambda row: (row.due_at, row.id)):
            self._start(_read(row), until)
        return len(rows)

    def _start(self, item: Timer, until: datetime) -> None:
        place = (item.kind, item.ref)
        if place in self._running:
            return  # the clock jumped over our own lease; the handler still runs, and the next look comes after it
        task = asyncio.create_task(self._handle(item, until), name=f"timer-{item.kind}")
        self._running[place] = task
        task.add_done_callback(lambda ended: self._ended(place, ended))

    def _ended(self, place: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._running.pop(place, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("timer_task_died", kind=place[0], ref=place[1], error=type(error).__name__)
        self.wake()

    async def _handle(self, item: Timer, until: datetime) -> None:
        mine = {"owner": self._owner, "until": until}
        try:
            async with asyncio.timeout(self._handler_s):
                await self._handlers[item.kind](item)
        except Exception as exc:
            # Only the type: what a handler raises might carry a person's words.
            log.error("timer_failed", kind=item.kind, ref=item.ref, attempts=item.attempts, error=type(exc).__name__)
            await self._finish(item, {**mine, "at": self._clock() + _backoff(item.attempts)}, _AGAIN)
        else:
            await self._finish(item, mine, _DONE)

    async def _finish(self, item: Timer, bound: Mapping[str, Any], statement: Any) -> None:
        async def work(tx: Tx) -> None:
            if (await tx.execute(statement, {**bound, "w_id": item.id})).rowcount:
                return
            mine = {"owner": bound["owner"], "until": bound["until"]}
            await tx.execute(_RELEASE, {**mine, "w_kind": item.kind, "w_ref": item.ref})

        try:
            await self._store.write(work)
        except RecordsError as exc:
            # The lease runs out by itself and the timer runs again: at least once.
            log.warning("timer_not_settled", kind=item.kind, ref=item.ref, code=exc.code)


def _backoff(attempts: int) -> timedelta:
    return timedelta(seconds=min(_BACKOFF_MAX_S, 0.5 * 2 ** min(attempts, 10)))
