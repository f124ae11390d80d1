"""SQLite on the event loop's own thread, for statements that are done before a thread could be woken.

A statement that finds its rows by key takes microseconds; handing it to a thread and back takes a hundred times as
long on a busy machine, and SQLAlchemy's cursor does so three times per statement. What may wait for the disk or for
another process (taking the write lock, COMMIT with its fsync, PRAGMA) still runs on the connection's thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import aiosqlite

_MAY_WAIT = ("BEGIN IMMEDIATE", "PRAGMA")
_KEPT_STATEMENTS = 512
"""Prepared statements that a connection remembers; there are some two hundred in all."""


class InlineConnection(aiosqlite.Connection):
    """``aiosqlite.Connection`` as SQLAlchemy uses it. ``inline=False`` takes one hop to the thread per statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], *, inline: bool) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True
        self.inline = inline
        self._overtaken = False

    def cursor(self) -> InlineCursor:  # type: ignore[override]  # as SQLAlchemy's adapter awaits it, without a hop
        return InlineCursor(self)

    @property
    def plain(self) -> sqlite3.Connection:
        """The connection of the standard library.

        Raises:
            ValueError: It is closed.
        """
        return self._conn

    async def run(self, sql: str, call: Callable[[], Any]) -> Any:
        """``call`` does ``sql``: here if that cannot wait, else on the thread."""
        if sql.startswith(_MAY_WAIT) or not self._here():
            return await self._execute(call)
        return call()

    def _here(self) -> bool:
        return self.inline and not self._overtaken

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite has no hints here
        except asyncio.CancelledError:
            # The thread may still be at it: whatever follows on this connection queues up behind it.
            self._overtaken = True
            raise

    async def run_text(self, sql: str) -> None:
        """A statement without parameters and rows."""
        await self.run(sql, lambda: self._conn.execute(sql))

    async def rollback(self) -> None:
        await self.run("ROLLBACK", lambda: self._conn.rollback())


class InlineCursor:
    """Executes and fetches in one go; closing costs nothing."""

    arraysize = 1

    def __init__(self, connection: InlineConnection) -> None:
        self._connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        await self._connection.run(sql, lambda: self._keep(self._connection.plain.execute(sql, parameters)))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        await self._connection.run(sql, lambda: self._keep(self._connection.plain.executemany(sql, parameters)))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount  # of INSERT … RETURNING only known once its rows are fetched
        cursor.close()

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []


def connector(path: str, *, inline: bool) -> Callable[[], InlineConnection]:
    """What ``create_async_engine(async_creator=…)`` awaits for each new connection."""

    def open_file() -> sqlite3.Connection:
        # Never two threads at once: each call is awaited before the next one.
        return sqlite3.connect(path, check_same_thread=False, cached_statements=_KEPT_STATEMENTS)

    return lambda: InlineConnection(open_file, inline=inline)
