"""The processes of one crash test, and the hand that kills them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import psutil

from records.settings import RecordsSettings
from tests.crash.desk import Desk
from tests.crash.seekers import Crowd, eventually
from tests.crash.verdict import Figures, bugs_in, judge, record, stale_views, unprocessed
from tests.support import processes
from tests.support.app import AppProcess
from tests.support.postgres import PostgresServer
from tests.support.valkey import ValkeyServer

SETTLE_S = 120.0
"""Far more than anything needs: the machine may be busy."""
Blow = Callable[[], object]


@dataclass(slots=True)
class Embedded:
    """One app with everything inside, as ``make run`` starts it."""

    folder: Path
    redis_url: str = ""
    """Empty: the app's own child."""
    app: AppProcess = field(init=False)

    def __post_init__(self) -> None:
        self.app = AppProcess(self.folder, burst_quiet_s=0, redis_url=self.redis_url)

    def __enter__(self) -> Self:
        self.app.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.app.close()

    @property
    def urls(self) -> list[str]:
        return [self.app.url]

    @property
    def apps(self) -> list[AppProcess]:
        return [self.app]

    @property
    def settings(self) -> RecordsSettings:
        return RecordsSettings(data_dir=self.folder / "data")

    def crash_app(self) -> None:
        self.app.kill()
        self.app.start()

    def kill_queue(self) -> None:
        """Only the child: the app has to notice and to heal it."""
        for child in psutil.Process(self.app.pid).children():
            if "valkey" in child.name() or "redis" in child.name():
                os.kill(child.pid, signal.SIGKILL)
                return
        raise AssertionError("the app has no queue server as a child")


class Distributed:
    """Two apps on one PostgreSQL and one Valkey."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = PostgresServer()
        self.valkey = ValkeyServer()
        self.apps: list[AppProcess] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start(self) -> None:
        self.postgres.start()
        self.valkey.start()
        self._database = self.postgres.url(self.postgres.create_database())
        self._keys = self.postgres.url(self.postgres.create_database())
        for _ in range(2):
            app = AppProcess(
                self.folder, database_url=self._database, keystore_url=self._keys, redis_url=self.valkey.url,
                burst_quiet_s=0,
            )  # fmt: skip
            self.apps.append(app.start())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in self.apps:
            app.close()
        self.valkey.close()
        self.postgres.close()

    @property
    def urls(self) -> list[str]:
        return [app.url for app in self.apps]

    @property
    def settings(self) -> RecordsSettings:
        return RecordsSettings(
            data_dir=self.folder / "data", database_url=self._database, keystore_url=self._keys,
            key_file=self.folder / "data" / "keys" / "master.key",
        )  # fmt: skip

    def crash_app(self, n: int) -> None:
        self.apps[n].kill()
        self.apps[n].start()

    def crash_postgres(self) -> None:
        self.postgres.kill()
        self.postgres.start()

    def crash_valkey(self) -> None:
        self.valkey.kill()
        self.valkey.start()


House = Embedded | Distributed


async def strike(crowd: Crowd, rng: Random, blows: Sequence[Blow]) -> None:
    """Each blow once, at random moments of the run, while the seekers go on writing."""
    first, last = crowd.total // 20, crowd.total * 17 // 20
    for mark, blow in zip(sorted(rng.sample(range(first, last), len(blows))), blows, strict=True):
        await crowd.reached(mark)
        await asyncio.sleep(rng.uniform(0, 0.2))
        await asyncio.to_thread(blow)


async def survives(house: House, crowd: Crowd, rng: Random, blows: Sequence[Blow]) -> Figures:
    """Load, blows, and what is in the record after it. At the end the apps are stopped as an operator does it."""
    async with crowd:
        async with Desk(house.urls, rng) as desk:
            await strike(crowd, rng, blows)
            await crowd.finished()
        async with record(house.settings) as store:
            await eventually(lambda: unprocessed(store), SETTLE_S)
            await eventually(lambda: stale_views(store, crowd), SETTLE_S)
    for app in house.apps:
        assert await asyncio.to_thread(app.stop) == 0
    async with record(house.settings) as store:
        figures = await judge(store, crowd, desk.claims)
    print(f"\n{len(blows)} kills: {figures}")
    assert not bugs_in(*(app.log for app in house.apps))
    return figures


def hold(figures: Figures) -> None:
    """Nothing lost, doubled, out of order or left lying; every danger with its one ticket; the trail unbroken."""
    assert figures.wrong == []
    assert (figures.lost, figures.doubled, figures.disordered, figures.unprocessed) == (0, 0, 0, 0)
    assert figures.messages > 0
    assert figures.open_tickets >= figures.dangerous > 0
    assert figures.claims > 0, "no counsellor ever took a ticket: this run shows nothing about claims"
    assert figures.audit_entries > 0


@asynccontextmanager
async def stopped(server: PostgresServer) -> AsyncIterator[None]:
    """The database away for the length of a block, as an operator stops it."""
    await asyncio.to_thread(_halt, server)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


def _halt(server: PostgresServer) -> None:
    assert server._process is not None
    processes.stop(server._process, signal.SIGINT)
