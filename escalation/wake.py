"""Tells sockets that a conversation has something to look at. Ids only; who misses one finds it by ``seq``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.exceptions import RedisError

from escalation import keys
from escalation.redis_client import RedisClients
from escalation.tasks import stop

log = structlog.get_logger(__name__)

Callback = Callable[[str], Awaitable[None] | None]
RECONNECT_S = 1.0


class Wake:
    """Pub/sub over Redis, with a shortcut inside the process that also works while Redis is down."""

    def __init__(self, clients: RedisClients, *, process_id: str) -> None:
        self._clients = clients
        self._process = process_id
        self._callbacks: list[Callback] = []
        self._task: asyncio.Task[None] | None = None
        self.subscribed = asyncio.Event()
        """Set while the subscription stands."""

    def listen(self, callback: Callback) -> Callable[[], None]:
        """``callback`` gets every conversation id, now and then twice. Call the result to stop."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    async def publish(self, conversation_id: str) -> None:
        """Never fails for Redis' sake: sockets look again by themselves every few seconds."""
        await self._tell(conversation_id)
        try:
            await self._clients.commands.publish(keys.WAKE, f"{self._process} {conversation_id}")
        except (RedisError, OSError) as exc:
            log.warning("wake_not_published", conversation=conversation_id, error=type(exc).__name__)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="wake")

    async def aclose(self) -> None:
        if self._task is not None:
            await stop([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (RedisError, OSError) as exc:
                log.warning("wake_lost", error=type(exc).__name__)
            self.subscribed.clear()
            await asyncio.sleep(RECONNECT_S)

    async def _subscribe(self) -> None:
        async with self._clients.blocking.pubsub() as channel:
            await channel.subscribe(keys.WAKE)
            self.subscribed.set()
            async for message in channel.listen():
                if message["type"] == "message":
                    sender, _, conversation_id = message["data"].partition(" ")
                    if sender != self._process:
                        await self._tell(conversation_id)

    async def _tell(self, conversation_id: str) -> None:
        for callback in list(self._callbacks):
            try:
                answer = callback(conversation_id)
                if answer is not None:
                    await answer
            except Exception as exc:
                # One listener's fault must not keep the others from hearing.
                log.error("wake_listener_failed", conversation=conversation_id, error=type(exc).__name__)
