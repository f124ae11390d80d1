"""Whether a seeker's page is open, and who types: short-lived marks in Redis that every process and desk sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from redis.exceptions import RedisError

from escalation.ports import PresenceWord
from escalation.redis_client import RedisClients

_log = structlog.get_logger(__name__)
HERE_S = 60
"""A page refreshes its mark every 25 s; two missed ones make it ``away``."""
_LEFT_S = 3 * 24 * 3600
_TYPING_S = 6
Side = Literal["seeker", "staff"]
Publish = Callable[[str], Awaitable[None]]


class SeekerPresence:
    """Fills ``escalation.ports.SeekerPresence`` and ``SeekerTyping``. Without Redis nobody is known to be here."""

    def __init__(self, clients: RedisClients, *, publish: Publish) -> None:
        """``publish`` wakes the sockets that show a conversation."""
        self._redis, self._publish = clients.commands, publish

    async def here(self, conversation_id: str) -> None:
        await self._set(_here(conversation_id), "here", HERE_S)

    async def gone(self, conversation_id: str) -> None:
        """The page closed without a word: it may come back any moment."""
        await self._set(_here(conversation_id), "away", HERE_S)

    async def left(self, conversation_id: str) -> None:
        """The seeker left on purpose."""
        await self._set(_here(conversation_id), "left", _LEFT_S)

    async def of(self, conversation_id: str) -> PresenceWord:
        match await self._get(_here(conversation_id)):
            case "here":
                return "here"
            case "left":
                return "left"
            case _:
                return "away"

    async def typing(self, conversation_id: str, *, on: bool) -> None:
        """The counsellor types, or stopped."""
        await self._mark(conversation_id, "staff", on=on)

    async def seeker_typing(self, conversation_id: str, *, on: bool) -> None:
        await self._mark(conversation_id, "seeker", on=on)

    async def staff_typing(self, conversation_id: str) -> bool:
        return await self._get(_typing(conversation_id, "staff")) is not None

    async def is_seeker_typing(self, conversation_id: str) -> bool:
        return await self._get(_typing(conversation_id, "seeker")) is not None

    async def _mark(self, conversation_id: str, side: Side, *, on: bool) -> None:
        await self._set(_typing(conversation_id, side), "1" if on else None, _TYPING_S)
        await self._publish(conversation_id)

    async def _set(self, key: str, value: str | None, seconds: int) -> None:
        try:
            if value is None:
                await self._redis.delete(key)
            else:
                await self._redis.set(key, value, ex=seconds)
        except (RedisError, OSError) as exc:
            _log.warning("presence_not_kept", error=type(exc).__name__)

    async def _get(self, key: str) -> str | None:
        try:
            found = await self._redis.get(key)
        except (RedisError, OSError) as exc:
            _log.warning("presence_unavailable", error=type(exc).__name__)
            return None
        return None if found is None else str(found)


def _here(conversation_id: str) -> str:
    return f"sd:here:{conversation_id}"


def _typing(conversation_id: str, side: Side) -> str:
    return f"sd:typing:{conversation_id}:{side}"
