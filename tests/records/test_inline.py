"""SQLite on the loop's own thread: what it may and what it must not do there."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from records.inline import InlineConnection, connector
from records.settings import RecordsSettings
from records.store import Store
from tests.records.conftest import OpenStore


async def opened(path: Path, *, inline: bool) -> InlineConnection:
    connection = connector(str(path), inline=inline)()
    _ = await connection
    return connection


async def thread_of(connection: InlineConnection, sql: str) -> int:
    return int(await connection.run(sql, threading.get_ident))


async def test_only_what_may_wait_leaves_the_loops_thread(tmp_path: Path) -> None:
    connection = await opened(tmp_path / "a.db", inline=True)
    here = threading.get_ident()
    assert await thread_of(connection, "SELECT 1") == here
    assert await thread_of(connection, "BEGIN IMMEDIATE") != here
    assert await thread_of(connection, "PRAGMA wal_checkpoint") != here
    connection.inline = False  # as for a long unit of work
    assert await thread_of(connection, "SELECT 1") != here
    await connection.close()


async def test_after_a_cancelled_wait_nothing_overtakes_the_thread(tmp_path: Path) -> None:
    connection = await opened(tmp_path / "a.db", inline=True)
    go, done = threading.Event(), []

    def slow() -> None:
        go.wait(30)
        done.append("slow")

    waiting = asyncio.create_task(connection.run("PRAGMA slow", slow))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    following = asyncio.create_task(connection.run("SELECT 1", lambda: done.append("next")))
    await asyncio.sleep(0.05)
    go.set()
    await following
    assert done == ["slow", "next"]
    await connection.close()


async def test_insert_returning_tells_its_rows_and_their_number(tmp_path: Path) -> None:
    connection = await opened(tmp_path / "a.db", inline=True)
    await connection.run_text("CREATE TABLE t (n INTEGER)")
    cursor = connection.cursor()
    await cursor.execute("INSERT INTO t VALUES (?), (?) RETURNING n", (1, 2))
    assert (await cursor.fetchall(), cursor.rowcount) == ([(1,), (2,)], 2)
    await cursor.executemany("INSERT INTO t VALUES (?)", [(3,), (4,), (5,)])
    assert cursor.rowcount == 3
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing FROM nowhere")
    await connection.close()


async def test_who_glances_in_a_loop_lets_others_have_their_turn(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    store: Store = await open_store(settings)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for _ in range(20):
        async with store.glance():
            pass
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert turns >= 20
