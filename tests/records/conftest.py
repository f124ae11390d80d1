"""A store on both databases, and the few rows that every test needs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from records.settings import RecordsSettings
from records.store import Store
from tests.support.clock import FrozenClock

OpenStore = Callable[[RecordsSettings], Awaitable[Store]]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> RecordsSettings:
    return RecordsSettings(data_dir=tmp_path / "data", database_url=database_url)


@pytest.fixture
def local(tmp_path: Path) -> RecordsSettings:
    """SQLite only, where the test is about files or needs no second database."""
    return RecordsSettings(data_dir=tmp_path / "local")


@pytest.fixture
async def open_store(frozen_clock: FrozenClock) -> AsyncIterator[OpenStore]:
    """Opens stores that are closed after the test."""
    async with AsyncExitStack() as stack:

        async def opened(settings: RecordsSettings) -> Store:
            store = await Store.open(settings, clock=frozen_clock)
            stack.push_async_callback(store.aclose)
            return store

        yield opened


@pytest.fixture
async def store(settings: RecordsSettings, open_store: OpenStore) -> Store:
    return await open_store(settings)
