"""A house on both databases, or on SQLite alone where the database does not matter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from escalation.redis_client import RedisClients, connect
from records.settings import RecordsSettings
from records.store import Store
from tests.escalation.desk import Office
from tests.escalation.house import House
from tests.support.clock import FrozenClock


@pytest.fixture
async def clients(redis_url: str) -> AsyncIterator[RedisClients]:
    made = connect(redis_url)
    yield made
    await made.aclose()


@pytest.fixture
async def house(tmp_path: Path, clients: RedisClients, frozen_clock: FrozenClock) -> AsyncIterator[House]:
    store = await Store.open(RecordsSettings(data_dir=tmp_path / "data"), clock=frozen_clock)
    yield House(store, clients, frozen_clock)
    await store.aclose()


@pytest.fixture
async def both(
    tmp_path: Path, database_url: str, clients: RedisClients, frozen_clock: FrozenClock
) -> AsyncIterator[House]:
    """Once on SQLite and once on PostgreSQL."""
    settings = RecordsSettings(data_dir=tmp_path / "data", database_url=database_url)
    store = await Store.open(settings, clock=frozen_clock)
    yield House(store, clients, frozen_clock)
    await store.aclose()


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    made = Office(house)
    await house.service.start()
    yield made
    await house.service.aclose()
    for client in made.clients:
        await client.close()
    await made.server.close()
