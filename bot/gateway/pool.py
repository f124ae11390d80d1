"""Workers that look after conversations: each by one worker at a time, each nudge answered at least once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable

import structlog

from escalation.tasks import stop
from records.errors import RecordsError

_log = structlog.get_logger(__name__)


class Pool:
    """Runs ``work(key)`` for nudged keys, urgent ones first, else in the order of the nudges.

    A nudge during the work runs it once more, and so does work that answers true: it then goes to the end of the line.
    A failure is logged.
    """

    def __init__(self, work: Callable[[str], Awaitable[bool | None]], *, workers: int, name: str) -> None:
        self._work, self._size, self._name = work, workers, name
        self._queue: asyncio.PriorityQueue[tuple[int, int, str]] = asyncio.PriorityQueue()
        self._turn = itertools.count()
        self._waiting: dict[str, int] = {}
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name=f"{self._name}-{n}") for n in range(self._size)]

    @property
    def crowded(self) -> bool:
        """Whether a nudge would have to wait for others."""
        return len(self._waiting) + len(self._busy) >= self._size

    async def nudge(self, key: str, *, urgent: bool = False) -> None:
        self._idle.clear()
        rank = 0 if urgent else 1
        if key in self._busy:
            self._again.add(key)
        elif rank < self._waiting.get(key, 2):
            self._waiting[key] = rank
            self._queue.put_nowait((rank, next(self._turn), key))

    async def drain(self, limit_s: float) -> bool:
        """Wait until nothing is left to do; false when ``limit_s`` ran out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
                return True
        return False

    async def aclose(self) -> None:
        await stop(self._tasks)
        self._tasks.clear()

    async def _run(self) -> None:
        while True:
            rank, _, key = await self._queue.get()
            if self._waiting.get(key) != rank:
                continue  # it went ahead as an urgent one
            del self._waiting[key]
            self._busy.add(key)
            more: bool | None = False
            try:
                more = await self._work(key)
            except RecordsError as exc:
                # The database is away, or others were faster for too long: the sweep nudges it again.
                _log.warning("worker_waits", pool=self._name, key=key, code=exc.code)
            except Exception as exc:
                _log.error("worker_failed", pool=self._name, key=key, error=type(exc).__name__)
            finally:
                self._busy.discard(key)
            if more or key in self._again:
                self._again.discard(key)
                await self.nudge(key)
            if not self._waiting and not self._busy:
                self._idle.set()
