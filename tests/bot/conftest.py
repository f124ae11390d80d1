"""The whole app in this process: on both databases, or on SQLite alone where the database does not matter."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nlu.lexicon import Lexicon
from tests.bot.house import House, opened, settings_for


@pytest.fixture(scope="session", autouse=True)
def _lexicon_compiled_once() -> Iterator[None]:
    """Compiling it takes longer than most tests; what comes of it never changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lexicon, "load", functools.cache(Lexicon.load))
        yield


@pytest.fixture
async def house(tmp_path: Path, redis_url: str) -> AsyncIterator[House]:
    async with opened(settings_for(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}", redis_url)) as made:
        yield made


@pytest.fixture
async def both(tmp_path: Path, database_url: str, redis_url: str) -> AsyncIterator[House]:
    """Once on SQLite and once on PostgreSQL."""
    async with opened(settings_for(tmp_path, database_url, redis_url)) as made:
        yield made
