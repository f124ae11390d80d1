"""What changed about tickets, for every desk on every process: a capped stream per line, ids and codes only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import structlog
from redis.exceptions import RedisError

from escalation import keys
from escalation.redis_client import RedisClients
from escalation.tasks import stop

log = structlog.get_logger(__name__)

Kind = Literal["ticket", "alert", "lost", "conversation", "assessment", "duty"]
CAPPED = 1000
BLOCK_MS = 1000
RECONNECT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry. ``why`` says which alert or loss; ``staff_id`` whom it is for, empty for everybody of the line."""

    kind: Kind
    line_id: str
    ticket_id: str = ""
    conversation_id: str = ""
    staff_id: str = ""
    why: str = ""
    seq: int = 0


Listener = Callable[[Change], Awaitable[None]]


class Feed:
    """Publishes to the stream and hands everybody's changes to the listener; this process' own come without Redis."""

    def __init__(self, clients: RedisClients, *, process_id: str) -> None:
        self._clients = clients
        self._process = process_id
        self._listeners: list[Listener] = []
        self._readers: dict[str, asyncio.Task[None]] = {}

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def publish(self, change: Change) -> None:
        """Never fails for Redis' sake: desks ask the database again every few seconds."""
        await self._tell(change)
        entry: dict[Any, Any] = {"by": self._process, **{k: v for k, v in asdict(change).items() if v}}
        try:
            await self._clients.commands.xadd(keys.events(change.line_id), entry, maxlen=CAPPED, approximate=True)
        except (RedisError, OSError) as exc:
            log.warning("change_not_published", line=change.line_id, error=type(exc).__name__)

    def follow(self, line_ids: Iterable[str]) -> None:
        """Reads the streams of these lines from now on; those that it follows already go on. One key a task: a cluster
        refuses one read over several lines."""
        for line_id in line_ids:
            if line_id not in self._readers:
                task = asyncio.create_task(self._read(line_id), name=f"feed-{line_id}")
                self._readers[line_id] = task

    async def aclose(self) -> None:
        await stop(self._readers.values())
        self._readers.clear()

    async def _read(self, line_id: str) -> None:
        key = keys.events(line_id)
        last = await self._newest(key)
        while True:
            try:
                answer: Any = await self._clients.blocking.xread({key: last}, count=100, block=BLOCK_MS)
            except (RedisError, OSError) as exc:
                log.warning("feed_lost", line=line_id, error=type(exc).__name__)
                await asyncio.sleep(RECONNECT_S)
                continue
            for _, entries in answer or ():
                for entry_id, fields in entries:
                    last = entry_id
                    await self._take(fields)

    async def _newest(self, key: str) -> str:
        """Where the stream stands now. Reading from "$" instead would miss what comes between two reads."""
        while True:
            try:
                newest: Any = await self._clients.commands.xrevrange(key, count=1)
            except (RedisError, OSError):
                await asyncio.sleep(RECONNECT_S)
                continue
            return str(newest[0][0]) if newest else "0-0"

    async def _take(self, fields: dict[str, str]) -> None:
        if fields.pop("by", "") == self._process:
            return
        try:
            change = Change(**{**fields, "seq": int(fields.get("seq", 0))})  # type: ignore[arg-type]  # checked by the call
        except (TypeError, ValueError):
            log.warning("change_unreadable")
            return
        await self._tell(change)

    async def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            try:
                await listener(change)
            except Exception as exc:
                log.error("feed_listener_failed", kind=change.kind, error=type(exc).__name__)
