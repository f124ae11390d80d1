"""The only door to the database.

SQLite: one writer with group commit, readers beside it. PostgreSQL: one transaction per unit of work, retried on
deadlock and serialization failure. Units of work may run more than once, so they must act through their ``Tx`` only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from records import engine as engines
from records import keyfile, migrate
from records.errors import ConflictError, StoreClosedError, StoreUnavailableError
from records.keystore import KeyStore
from records.settings import RecordsSettings
from records.tx import AfterCommit, Clock, Tx
from records.vault import Vault, load_or_create, recovery_sheet
from records.writer import Done, GroupWriter, Work

if TYPE_CHECKING:
    from records.timers import TimerService

__all__ = ["Clock", "Store", "Tx"]

log = structlog.get_logger(__name__)
T = TypeVar("T")

_CONFLICT_TRIES = 5


class Store:
    """Open it with ``Store.open``, close it with ``aclose``."""

    def __init__(self, settings: RecordsSettings, clock: Clock, writer: AsyncEngine, vault: Vault) -> None:
        self.settings, self.clock, self.vault = settings, clock, vault
        self.timers: TimerService | None = None
        """The service of this process, once one was made."""
        self.recovery_sheet: str | None = None
        """Set when this start made the master key: print it once, for paper."""
        self._engine = writer
        self._readers = engines.reader_engine(settings.database, settings.read_pool, writer)
        self._glances = engines.reader_engine(settings.database, settings.read_pool, writer, inline=True)
        self._group: GroupWriter | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._units: set[asyncio.Task[Any]] = set()
        self._closed = False
        if engines.is_sqlite(settings.database):
            self._group = GroupWriter(
                writer, self._tx, batch=settings.batch, busy_s=settings.busy_s, unit_s=settings.unit_s,
                committed=self._committed,
            )  # fmt: skip

    @classmethod
    async def open(cls, settings: RecordsSettings, *, clock: Clock) -> Store:
        """Bring the schema up to date, check that keys, key store and database belong together, and open.

        Raises:
            SettingsError: Something is set wrongly; the sentence says what.
            KeyMissingError: The key file or the key store is not the one that this database was written with.
            StoreUnavailableError: No answer from the database.
        """
        if (file := settings.database_file) is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
        writer = engines.writer_engine(settings.database, settings.pool)
        keystore: KeyStore | None = None
        try:
            facts = await migrate.to_newest(writer, settings.busy_s * 3)
            path = settings.master_key_file
            master, fresh = load_or_create(path, may_create="key_check" not in facts)
            keystore = await KeyStore.open(settings, clock=clock)
            vault = Vault(
                keystore, master, key_cache=settings.key_cache, key_ttl_s=settings.key_ttl_s,
                reload=lambda: keyfile.load(path),
            )  # fmt: skip
            await migrate.check_keys(writer, vault, settings.busy_s)
        except BaseException:
            if keystore is not None:
                await keystore.aclose()
            await writer.dispose()
            raise
        store = cls(settings, clock, writer, vault)
        store.recovery_sheet = recovery_sheet(master) if fresh else None
        return store

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    def _tx(self, connection: AsyncConnection, *, readonly: bool = False) -> Tx:
        return Tx(connection, now=self.clock(), vault=self.vault, readonly=readonly, signal=self._timers_changed)

    def _timers_changed(self) -> None:
        if self.timers is not None:
            self.timers.wake()

    async def write(self, work: Callable[[Tx], Awaitable[T]], *, long: bool = False) -> T:
        """Run ``work`` in one transaction and return its result after the commit and its ``after_commit`` calls.

        A caller that is cancelled leaves a unit that has started to run to its end.

        Args:
            long: It changes many rows. On SQLite its statements then run on a thread, so that the loop stays free.

        Raises:
            StoreBusyError: Not written; try again later.
            StoreUnavailableError: The database does not answer.
            RuntimeError: Called from inside a unit of work.
        """
        if self._closed:
            raise StoreClosedError("the store is closed")
        task = asyncio.current_task()
        if task in self._units or (self._group is not None and self._group.owns(task)):
            raise RuntimeError("a unit of work must not start another one: pass its tx on")
        for left in reversed(range(_CONFLICT_TRIES)):
            try:
                result, following = await self._unit(work, long)
            except ConflictError:
                # Another process took a unique place between look and insert: with fresh eyes the work finds it.
                if not left:
                    raise
            else:
                if following is not None:
                    await asyncio.shield(following)
                return cast(T, result)
        raise AssertionError("unreachable")

    async def _unit(self, work: Work, long: bool) -> Done:
        if self._group is not None:
            return await self._group.write(work, long=long)
        task = asyncio.create_task(self._postgresql(work), name="records-unit")
        self._units.add(task)
        task.add_done_callback(self._unit_ended)
        return await asyncio.shield(task)

    def _unit_ended(self, task: asyncio.Task[Any]) -> None:
        self._units.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also when the caller was cancelled and nobody else looks

    async def _postgresql(self, work: Work) -> Done:
        async def attempt() -> tuple[Any, list[AfterCommit]]:
            connection = await self._engine.connect()
            tx = self._tx(connection)
            try:
                _ = await connection.begin()
                async with asyncio.timeout(self.settings.unit_s):
                    result = await work(tx)
                    after = await tx.finish()
                await self._commit(connection)
            finally:
                tx.abandon()
                await engines.release(connection)
            return result, after

        try:
            result, after = await engines.patiently(attempt, self.settings.busy_s)
        except Exception as exc:
            raise engines.ours(exc) from exc
        return result, self._committed(after)

    async def _commit(self, connection: AsyncConnection) -> None:
        try:
            await connection.commit()
        except Exception as exc:
            if engines.is_away(exc):
                # Whether it was written nobody can tell, so it must not run again by itself.
                raise StoreUnavailableError("the database went away during a commit", maybe_written=True) from exc
            raise

    def _committed(self, after: list[AfterCommit]) -> asyncio.Task[None] | None:
        """Start what waited for the commit, in a task of the store: the caller may be gone by now."""
        if not after:
            return None
        task = asyncio.create_task(_call_all(after), name="records-after-commit")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A snapshot for reading; writes are refused by the database.

        Raises:
            StoreUnavailableError: The database does not answer.
        """
        async with self._snapshot(self._readers) as tx:
            yield tx

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Tx]:
        """Like ``read``, for a few rows found by key: on SQLite many times cheaper, because it wakes no thread.

        A slow statement would hold up everything else of this process: whatever looks at many rows takes ``read``.
        """
        await asyncio.sleep(0)  # nothing below waits: whoever glances in a loop must let others have their turn
        async with self._snapshot(self._glances) as tx:
            yield tx

    @asynccontextmanager
    async def _snapshot(self, engine: AsyncEngine) -> AsyncIterator[Tx]:
        if self._closed:
            raise StoreClosedError("the store is closed")
        connection = await engines.patiently(lambda: _begun(engine), self.settings.busy_s)
        tx = self._tx(connection, readonly=True)
        try:
            yield tx
        except Exception as exc:
            known = engines.ours(exc)
            if known is exc:
                raise
            raise known from exc
        finally:
            tx.abandon()
            await engines.release(connection)

    async def aclose(self) -> None:
        """Finish what was accepted, then close. Calling it again does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._group is not None:
                await self._group.aclose()
            while self._units or self._tasks:
                await asyncio.gather(*self._units, *self._tasks, return_exceptions=True)
        finally:
            if self._group is not None:
                await self._readers.dispose()
                await self._glances.dispose()
            await self._engine.dispose()
            await self.vault.keystore.aclose()


async def _begun(engine: AsyncEngine) -> AsyncConnection:
    connection = await engine.connect()
    try:
        _ = await connection.begin()
    except BaseException:
        await engines.release(connection)
        raise
    return connection


async def _call_all(calls: list[AfterCommit]) -> None:
    for call in calls:
        try:
            answer = call()
            if answer is not None:
                await answer
        except Exception as exc:
            # The row is committed; the sweep finds what this call would have announced.
            log.error("records_after_commit_failed", error=type(exc).__name__, call=getattr(call, "__qualname__", "?"))
