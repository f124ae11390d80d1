"""The app owns every task: named, kept, awaited. A worker that dies turns ``/healthz`` red."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


class TaskOwner:
    """Starts workers that run for the app's life, and knows which of them died."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self.dead: list[str] = []

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def aclose(self) -> None:
        self._stopping = True
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._stopping:
            return
        self.dead.append(task.get_name())
        error = None if task.cancelled() else task.exception()
        _log.critical("worker_died", worker=task.get_name(), error=type(error).__name__ if error else "ended")
