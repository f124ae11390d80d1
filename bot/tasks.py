"""The app owns every task: named, kept, awaited. A worker that dies turns ``/healthz`` red, and is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from escalation.tasks import stop

_log = structlog.get_logger(__name__)
_FIRST_S, _LONGEST_S = 1.0, 60.0


class TaskOwner:
    """Starts workers that run for the app's life, and starts them again when they die.

    ``dead`` names those that are down at the moment: each for a growing pause, so that a worker that keeps dying keeps
    ``/healthz`` red for most of the time.
    """

    def __init__(self, *, first_s: float = _FIRST_S) -> None:
        self._first_s = first_s
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.dead: list[str] = []

    def start(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        task = asyncio.create_task(self._keep(work, name), name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def aclose(self) -> None:
        self._stopping = True
        await stop(self._tasks)
        self._tasks.clear()

    async def _keep(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        pause = self._first_s
        while True:
            error = "ended"
            try:
                await work()
            except Exception as exc:
                error = type(exc).__name__
            _log.critical("worker_died", worker=name, error=error, again_in_s=pause)
            self.dead.append(name)
            await asyncio.sleep(pause)
            self.dead.remove(name)
            pause = min(pause * 2, _LONGEST_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Somebody else ended the task: nothing starts it again."""
        if not self._stopping:
            self.dead.append(task.get_name())
            _log.critical("worker_ended", worker=task.get_name())
