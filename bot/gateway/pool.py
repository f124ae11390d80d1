"""Workers that look after conversations: each by one worker at a time, each nudge answered at least once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from records.errors import RecordsError

_log = structlog.get_logger(__name__)


class Pool:
    """Runs ``work(key)`` for nudged keys. A nudge during the work runs it once more; a failure is logged."""

    def __init__(self, work: Callable[[str], Awaitable[None]], *, workers: int, name: str) -> None:
        self._work, self._size, self._name = work, workers, name
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name=f"{self._name}-{n}") for n in range(self._size)]

    async def nudge(self, key: str) -> None:
        self._idle.clear()
        if key in self._busy:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._queue.put_nowait(key)

    async def drain(self, limit_s: float) -> bool:
        """Wait until nothing is left to do; false when ``limit_s`` ran out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
                return True
        return False

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _run(self) -> None:
        while True:
            key = await self._queue.get()
            self._waiting.discard(key)
            self._busy.add(key)
            try:
                await self._work(key)
            except RecordsError as exc:
                # The database is away, or others were faster for too long: the sweep nudges it again.
                _log.warning("worker_waits", pool=self._name, key=key, code=exc.code)
            except Exception as exc:
                _log.error("worker_failed", pool=self._name, key=key, error=type(exc).__name__)
            finally:
                self._busy.discard(key)
            if key in self._again:
                self._again.discard(key)
                await self.nudge(key)
            if not self._waiting and not self._busy:
                self._idle.set()
