"""S4: Redis loses everything while people write. No ticket is lost, and the order comes back as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import redis

from escalation import keys, priority
from escalation.settings import EscalationSettings
from records import lines, tickets
from records.store import Store
from tests.crash.house import SETTLE_S, Embedded, strike
from tests.crash.seekers import Crowd, eventually
from tests.crash.verdict import bugs_in, judge, record, unprocessed
from tests.support.valkey import ValkeyServer

pytestmark = [pytest.mark.crash, pytest.mark.exclusive, pytest.mark.slow]


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


async def due_order(store: Store) -> tuple[str, list[str]]:
    """The key of the one line, and the ids of its waiting tickets as the database ranks them."""
    async with store.read() as tx:
        line = await lines.default_line(tx)
        waiting = priority.in_order(await tickets.waiting(tx, line.id), EscalationSettings())
    return keys.queue(line.id), [one.id for one in waiting]


@pytest.mark.timeout(900)
async def test_s4_losing_all_of_redis_loses_no_ticket_and_no_place_in_the_queue(
    tmp_path: Path, own_valkey: ValkeyServer
) -> None:
    rng = Random(20260309)
    client = redis.Redis.from_url(own_valkey.url, decode_responses=True)
    with Embedded(tmp_path, redis_url=own_valkey.url) as house, client:
        crowd = Crowd(house.urls, rng, seekers=60, messages=420, danger=0.8)
        async with crowd, record(house.settings) as store:
            await strike(crowd, rng, [own_valkey.flush] * 4)
            await crowd.finished()
            await eventually(lambda: unprocessed(store), SETTLE_S)

            async def differs() -> list[str]:
                key, due = await due_order(store)
                queued: list[str] = client.zrange(key, 0, -1)  # type: ignore[assignment]  # decoded by the client
                return [] if queued == due else [f"{len(queued)} queued, {len(due)} due"]

            await eventually(differs, SETTLE_S)
            key, before = await due_order(store)
            assert len(before) >= 40, "the crowd raised too few tickets to show an order"
            await asyncio.to_thread(own_valkey.flush)
            assert client.zcard(key) < len(before)
            await eventually(differs, SETTLE_S)
            assert client.zrange(key, 0, -1) == before
            figures = await judge(store, crowd)
        assert figures.wrong == []
        assert figures.open_tickets >= len(before)
        assert not bugs_in(house.app.log)
