"""The one writer of a SQLite database: collects waiting units of work and commits them together.

A unit runs inside a SAVEPOINT of its own, so a unit that fails takes back only itself. Callers hear of success only
after the COMMIT. When the connection breaks in the middle, nothing was written, and the units run again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from records import engine as engines
from records.errors import StoreBusyError, StoreClosedError
from records.inline import InlineConnection
from records.tx import AfterCommit, Tx

log = structlog.get_logger(__name__)

Work = Callable[[Tx], Awaitable[Any]]
Done = tuple[Any, asyncio.Task[None] | None]
"""What the work answered, and the task that runs its calls after the commit."""


@dataclass(slots=True, eq=False)
class _Unit:
    work: Work
    done: asyncio.Future[Done]
    long: bool
    result: Any = None
    error: BaseException | None = None
    after: list[AfterCommit] = field(default_factory=list)
    following: asyncio.Task[None] | None = None


class _ConnectionLostError(Exception):
    """The connection broke under a unit: the transaction is gone, and the others have to run again."""


class GroupWriter:
    """Owns the writing connection and the task that uses it."""

    def __init__(
        self, engine: AsyncEngine, make_tx: Callable[[AsyncConnection], Tx], *, batch: int, busy_s: float,
        unit_s: float,
        committed: Callable[[list[AfterCommit]], asyncio.Task[None] | None],
    ) -> None:  # fmt: skip
        self._engine, self._make_tx, self._committed = engine, make_tx, committed
        self._batch, self._busy_s, self._unit_s = batch, busy_s, unit_s
        self._waiting: deque[_Unit] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._connection: AsyncConnection | None = None
        self._task = asyncio.create_task(self._run(), name="records-writer")

    def owns(self, task: asyncio.Task[Any] | None) -> bool:
        return task is self._task

    async def write(self, work: Work, *, long: bool = False) -> Done:
        """Queue a unit and wait for its commit. A caller that is cancelled withdraws a unit that has not started.

        ``long``: its statements may take long, so they run on the connection's thread and not on the loop's.
        """
        if self._closing:
            raise StoreClosedError("the store is closed")
        unit = _Unit(work, asyncio.get_running_loop().create_future(), long)
        self._waiting.append(unit)
        self._wake.set()
        return await unit.done

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            units = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
            await self._settle([unit for unit in units if not unit.done.cancelled()])

    async def _settle(self, units: list[_Unit]) -> None:
        try:
            await engines.patiently(lambda: self._attempt(units), self._busy_s)
        except asyncio.CancelledError:
            _fail(units, StoreClosedError("the store is closed"))
            raise
        except Exception as exc:
            log.error("records_batch_failed", error=type(exc).__name__, units=len(units))
            await self._drop()
            _fail(units, engines.ours(exc))
            return
        for unit in units:
            if unit.error is None:
                unit.following = self._committed(unit.after)
            _resolve(unit)

    async def _attempt(self, units: list[_Unit]) -> None:
        """One BEGIN … COMMIT over all units that have not failed by breaking the connection."""
        try:
            connection = await self._connect()
            async with connection.begin():
                for unit in units:
                    if not isinstance(unit.error, StoreBusyError):
                        await self._one(connection, unit, alone=len(units) == 1)
        except _ConnectionLostError:
            await self._drop()
            await self._attempt(units)  # ends: each round leaves out one more unit
        except Exception:
            await self._drop()
            raise

    async def _one(self, connection: AsyncConnection, unit: _Unit, *, alone: bool) -> None:
        await asyncio.sleep(0)  # statements run on the loop's thread: sockets and timers have their turn between units
        driver = await _driver(connection)
        driver.inline = not unit.long
        await driver.run_text("SAVEPOINT unit")
        unit.result, unit.error = None, None
        tx = self._make_tx(connection)
        try:
            async with asyncio.timeout(self._unit_s):
                unit.result = await unit.work(tx)
                unit.after = await tx.finish()
        except TimeoutError:
            unit.error = StoreBusyError("the work took too long and was taken back")
        except asyncio.CancelledError as exc:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            unit.error = exc  # the work's own, raised inside it
        except Exception as exc:
            unit.error = exc
        if unit.error is None:
            await driver.run_text("RELEASE unit")
            return
        tx.abandon()
        if connection.invalidated or connection.closed:
            if alone or not isinstance(unit.error, StoreBusyError):
                unit.error = StoreBusyError("the connection broke under this work")
            raise _ConnectionLostError
        await driver.run_text("ROLLBACK TO unit")
        await driver.run_text("RELEASE unit")

    async def _connect(self) -> AsyncConnection:
        if self._connection is None or self._connection.closed or self._connection.invalidated:
            await self._drop()
            self._connection = await self._engine.connect()
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.invalidate()
            await connection.close()
        except Exception as exc:
            log.warning("records_connection_close_failed", error=type(exc).__name__)

    async def aclose(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._wake.set()
        try:
            await self._task
        finally:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None


async def _driver(connection: AsyncConnection) -> InlineConnection:
    """The connection below SQLAlchemy's, for statements that need none of what its cursor does."""
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, InlineConnection):
        raise StoreBusyError("the connection to the database is gone")
    return driver


def _resolve(unit: _Unit) -> None:
    if unit.done.done():
        return
    if unit.error is None:
        unit.done.set_result((unit.result, unit.following))
    elif isinstance(unit.error, asyncio.CancelledError):
        unit.done.cancel()
    else:
        unit.done.set_exception(engines.ours(unit.error) if isinstance(unit.error, Exception) else unit.error)


def _fail(units: list[_Unit], error: Exception) -> None:
    for unit in units:
        unit.error = error
        _resolve(unit)
