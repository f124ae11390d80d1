"""The suite's own tools: a guard that does not bite is worse than none."""

import logging
import socket
import warnings
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
import redis
import redis.asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support import network
from tests.support.clock import FrozenClock
from tests.support.logs import assert_no_words_in_logs
from tests.support.postgres import PostgresServer
from tests.support.valkey import ValkeyServer

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[2]


async def test_every_test_gets_an_empty_database_on_both_engines(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE only_mine (n INTEGER)"))
        await connection.execute(text("INSERT INTO only_mine VALUES (1)"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM only_mine"))).scalar() == 1
    await engine.dispose()


@pytest.mark.postgresql
async def test_a_template_is_built_once_and_copied(postgres_server: PostgresServer) -> None:
    built: list[str] = []

    async def build(url: str) -> None:
        built.append(url)
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute("CREATE TABLE furnished (n INTEGER)")
        await connection.close()

    for _ in range(2):
        name = postgres_server.create_database(template=postgres_server.create_template("house", build))
        connection = await asyncpg.connect(postgres_server.url(name).replace("+asyncpg", ""))
        assert await connection.fetchval("SELECT count(*) FROM furnished") == 0
        await connection.close()
        postgres_server.drop_database(name)
    assert len(built) == 1


async def test_the_queue_server_of_the_tests_is_a_real_one_and_starts_empty(redis_url: str) -> None:
    async with redis.asyncio.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left-behind", "1")
        assert "valkey_version" in await client.info("server")


def test_a_killed_queue_server_comes_back_with_its_data() -> None:
    server = ValkeyServer()
    try:
        server.start()
        with redis.Redis.from_url(server.url) as client:
            client.set("written", "before")
        server.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("written") == b"before"
    finally:
        server.close()


def test_the_clock_stands_still_until_it_is_moved(frozen_clock: FrozenClock) -> None:
    before = frozen_clock()
    assert frozen_clock() == before
    assert (frozen_clock.advance(30, minutes=1) - before).total_seconds() == 90
    with pytest.raises(ValueError, match="aware"):
        frozen_clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of this test


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.7", False), ("a.test", False)],
)
def test_what_counts_as_this_machine(host: str, local: bool) -> None:
    assert network.is_local(host) is local


def test_other_machines_are_refused_and_remembered() -> None:
    with socket.socket() as probe, pytest.raises(network.OutsideContactError):
        probe.connect(("192.0.2.7", 80))
    with pytest.raises(network.OutsideContactError):
        socket.getaddrinfo("outside.test", 80)
    assert len(network.attempts) == 2
    network.attempts.clear()


@pytest.mark.parametrize("escape", [False, True])
def test_the_log_scanner_finds_planted_words(caplog: pytest.LogCaptureFixture, escape: bool) -> None:
    words = "今天很难受"
    logging.getLogger("house").warning("sent %s", ascii(words) if escape else words)
    with pytest.raises(AssertionError, match="stand in a log") as caught:
        assert_no_words_in_logs(caplog, [words])
    assert words not in str(caught.value).splitlines()[0]


def test_the_log_scanner_looks_into_tracebacks_and_refuses_silence(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError, match="nothing was logged"):
        assert_no_words_in_logs(caplog, ["x"])
    try:
        raise RuntimeError("难受")
    except RuntimeError:
        logging.getLogger("house").exception("it failed")
    with pytest.raises(AssertionError, match="stand in a log"):
        assert_no_words_in_logs(caplog, ["难受"])


GUARDED = """
    import asyncio, socket
    from contextlib import suppress

    async def test_leaves_a_task():
        globals()["kept"] = asyncio.create_task(asyncio.sleep(60), name="forgotten")

    async def test_ends_its_task():
        await asyncio.create_task(asyncio.sleep(0))

    def test_swallows_the_refusal():
        with socket.socket() as probe, suppress(OSError):
            probe.connect(("192.0.2.7", 80))
"""


def test_a_task_left_running_and_a_swallowed_contact_fail_their_tests(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import *\nfrom tests.conftest import _guards, _no_task_left")
    pytester.makeini(f"[pytest]\nasyncio_mode = auto\npythonpath = {ROOT}\n")
    pytester.makepyfile(GUARDED)
    result = pytester.runpytest_subprocess("-p", "no:valkey", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(["*tasks left running: forgotten*", "*tried to reach other machines*"])


def test_the_suite_turns_warnings_into_failures() -> None:
    with pytest.raises(UserWarning, match="loud"):
        warnings.warn("loud", UserWarning, stacklevel=1)
