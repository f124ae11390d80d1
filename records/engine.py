"""Engines: how a connection to SQLite or PostgreSQL is made, and what may be asked of it."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from records.errors import ConflictError, RecordsError, StoreBusyError, StoreUnavailableError
from records.inline import connector
from records.sql import json_text

T = TypeVar("T")

BUSY_MS = 5000
_RETRY_STATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock
# Connection trouble, no resources, shutting down or starting, system error; a backend whose server was killed: "XX".
_AWAY_STATES = ("08", "53", "57P", "58", "XX")
_SERVER = {"synchronous_commit": "on", "jit": "off", "application_name": "shudong"}
_READ_ISOLATION = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def writer_engine(url: URL, pool: int) -> AsyncEngine:
    """On SQLite a pool of one connection whose transactions begin as writers; on PostgreSQL the one pool."""
    return _sqlite(url, 1, "BEGIN IMMEDIATE") if is_sqlite(url) else _postgresql(url, pool)


def reader_engine(url: URL, pool: int, writer: AsyncEngine, *, inline: bool = False) -> AsyncEngine:
    """Connections that refuse every write and see one snapshot per transaction.

    ``inline``: on SQLite statements run on the loop's own thread (see ``records.inline``).
    """
    if is_sqlite(url):
        return _sqlite(url, pool, "BEGIN", read_only=True, inline=inline)
    return writer.execution_options(**_READ_ISOLATION)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _postgresql(url: URL, pool: int) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=pool, max_overflow=0, pool_timeout=10, pool_pre_ping=True, hide_parameters=True,
        json_serializer=json_text,
        # jit costs more than it gains on short statements; a lost commit is a lost message, so the server is not lax.
        connect_args={"timeout": 5, "server_settings": _SERVER},
    )  # fmt: skip


def _sqlite(url: URL, pool: int, begin: str, *, read_only: bool = False, inline: bool = True) -> AsyncEngine:
    # It would log every statement with its parameters, at a cost and with sealed words in them.
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_async_engine(
        url, poolclass=AsyncAdaptedQueuePool, pool_size=pool, max_overflow=0, pool_timeout=30, hide_parameters=True,
        json_serializer=json_text, async_creator=connector(url.database or "", inline=inline),
    )  # fmt: skip

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # pysqlite must not begin transactions on its own
        cursor = connection.cursor()
        for text in _pragmas(read_only):
            cursor.execute(f"PRAGMA {text}")
        cursor.close()

    def on_begin(connection: sa.Connection) -> None:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(begin)
        except sqlite3.Error as exc:
            raise OperationalError(begin, None, exc) from exc

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine


def _pragmas(read_only: bool) -> tuple[str, ...]:
    common = (f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "cache_size=-16000", "temp_store=MEMORY")
    # secure_delete: erased bytes are overwritten, not only unlinked.
    return (*common, "query_only=ON") if read_only else (*common, "synchronous=FULL", "secure_delete=ON")


async def prepare_sqlite(engine: AsyncEngine) -> None:
    """Switch the file to WAL. Two processes that start at once may meet here; SQLite does not wait by itself then."""

    await patiently(lambda: pragma(engine, "journal_mode=WAL"), 15.0)


async def pragma(engine: AsyncEngine, text: str) -> None:
    """Run a PRAGMA that has to stand outside any transaction."""

    def run(connection: sa.Connection) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA {text}")
        cursor.close()

    async with engine.connect() as connection:
        await connection.run_sync(run)


async def release(connection: AsyncConnection) -> None:
    """Give a connection back. One that broke meanwhile is thrown away: its end is no news, and must not leak."""
    try:
        await connection.close()
    except Exception as exc:
        if not is_away(exc):
            raise
        if not connection.closed:
            await connection.invalidate()
            await connection.close()


def sqlstate(exc: DBAPIError) -> str:
    return str(getattr(exc.orig, "sqlstate", None) or getattr(exc.orig, "pgcode", None) or "")


def is_busy(exc: BaseException) -> bool:
    """Another writer was in the way; the same work may succeed when it is done again."""
    if not isinstance(exc, DBAPIError):
        return False
    return (
        sqlstate(exc) in _RETRY_STATES
        or "database is locked" in str(exc.orig)
        or "database table is locked" in str(exc.orig)
    )


def is_away(exc: BaseException) -> bool:
    """The database does not answer (restart, network, too many connections)."""
    if isinstance(exc, DBAPIError):
        return exc.connection_invalidated or sqlstate(exc).startswith(_AWAY_STATES) or isinstance(exc, InterfaceError)
    state = str(getattr(exc, "sqlstate", None) or "")
    return isinstance(exc, OSError | sa.exc.TimeoutError) or state.startswith(_AWAY_STATES)


def ours(exc: Exception) -> Exception:
    """The foreign error as one of this package; what is not the database's stays as it is."""
    if isinstance(exc, RecordsError):
        return exc
    if is_away(exc):
        return StoreUnavailableError("the database does not answer")
    if is_busy(exc):
        return StoreBusyError("the database is busy")
    if isinstance(exc, sa.exc.IntegrityError):
        return ConflictError(_constraint(exc))
    if isinstance(exc, OperationalError):
        return StoreBusyError(f"the database refused: {type(exc.orig).__name__}")
    return exc


def _constraint(exc: sa.exc.IntegrityError) -> str:
    """Only the name of what was violated: PostgreSQL's detail would carry values."""
    cause = getattr(exc.orig, "__cause__", None)
    return str(getattr(cause, "constraint_name", None) or str(exc.orig).splitlines()[0][:120])


async def patiently(call: Callable[[], Awaitable[T]], limit_s: float) -> T:
    """Call again while the database is busy or away, with growing pauses, at most ``limit_s`` in all.

    Raises:
        StoreBusyError: Still not possible when the time was over.
    """
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + limit_s, 0.02
    while True:
        try:
            return await call()
        except Exception as exc:
            if not (is_busy(exc) or is_away(exc)):
                raise
            if loop.time() + pause > end:
                raise ours(exc) from exc
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, hides nothing
        pause = min(pause * 2, 1.0)
