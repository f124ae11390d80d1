"""A database killed in the middle of statements: what the rooms above hear of it, and what is left of the pool."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from records import messages
from records.errors import RecordsError, StoreUnavailableError
from records.settings import RecordsSettings
from records.store import Store, Tx
from tests.records.scene import say, somebody
from tests.support.postgres import PostgresServer

pytestmark = [pytest.mark.crash, pytest.mark.postgresql]


@pytest.mark.timeout(600)
async def test_s1_a_killed_database_is_told_as_unavailable_and_costs_no_connection_for_good(tmp_path: Path) -> None:
    server = PostgresServer()
    try:
        server.start()
        settings = RecordsSettings(data_dir=tmp_path, database_url=server.url(server.create_database()), busy_s=0.5)
        store = await Store.open(settings, clock=lambda: datetime.now(UTC))
        try:
            for _ in range(4):
                heard = await _killed_meanwhile(store, server)
                assert heard.keys() <= {StoreUnavailableError}, heard
                assert heard[StoreUnavailableError] >= settings.pool, "the kill hit too few of them"
                async with asyncio.timeout(60):
                    await asyncio.gather(*(_comes_back(store) for _ in range(2 * settings.pool)))
        finally:
            await store.aclose()
    finally:
        server.close()


async def _killed_meanwhile(store: Store, server: PostgresServer) -> Counter[type[BaseException]]:
    """What readers and writers hear that are in the middle of it when the server dies."""
    scene = await somebody(store)

    async def long_read(n: int) -> None:
        async with store.read() as tx:
            for _ in range(1000):
                await tx.execute(sa.text("SELECT pg_sleep(0.01)"))

    async def short_reads(n: int) -> None:
        while True:
            async with store.read() as tx:
                await messages.listing(tx, scene.conversation.id, after=1)

    async def writes(n: int) -> None:
        async def work(tx: Tx) -> None:
            await say(tx, scene, "一", channel_id=f"m{n}-{tx.now.timestamp()}")
            await asyncio.sleep(0.02)

        while True:
            await store.write(work)

    kinds = (short_reads, long_read, writes, short_reads)
    tasks = [asyncio.create_task(kinds[n % 4](n), name=f"busy-{n}") for n in range(24)]
    await asyncio.sleep(1.0)
    await asyncio.to_thread(server.kill)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(server.start)
    return Counter(type(result) for result in results if isinstance(result, BaseException))


async def _comes_back(store: Store) -> None:
    """Holds a connection for a moment, so that all of the pool is needed at once."""
    while True:
        try:
            async with store.read() as tx:
                await tx.execute(sa.text("SELECT pg_sleep(0.2)"))
                return
        except RecordsError:
            await asyncio.sleep(0.1)
