"""What every room's tests share: real servers, a clock that stands still, and guards that no test can forget."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import network
from tests.support.clock import FrozenClock
from tests.support.postgres import PostgresServer
from tests.support.valkey import ValkeyServer

# No time limit an example: two busy cores must not fail what is right. The suite's own limit holds each test.
hypothesis.settings.register_profile(
    "shudong", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shudong")


def pytest_configure(config: pytest.Config) -> None:
    network.install()
    # A developer's own settings must not reach what is tested.
    for name in [name for name in os.environ if name.startswith("SHUDONG_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, one for each test worker. Crash tests start a ``PostgresServer`` of their own."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new, empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'shudong.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey server, one for each worker. Tests take ``redis_url``; crash tests start a ``ValkeyServer``."""
    server = ValkeyServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    """The Valkey server's URL, with nothing in it."""
    valkey.flush()
    return valkey.url


@pytest.fixture
def frozen_clock() -> FrozenClock:
    """Stands at 22:30 in Shanghai until the test moves it."""
    return FrozenClock()


@pytest.fixture(autouse=True)
def _guards(request: pytest.FixtureRequest) -> Iterator[None]:
    """No contact to other machines, also when the code swallowed the refusal; no task left running."""
    network.attempts.clear()
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_no_task_left")
    yield
    assert not network.attempts, f"the test tried to reach other machines: {network.attempts}"


@pytest.fixture
async def _no_task_left() -> AsyncIterator[None]:
    """Set up before all other async fixtures, so that it looks after they have cleaned up."""
    yield
    left = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    names = sorted(task.get_name() for task in left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    assert not names, f"tasks left running: {', '.join(names)}"
