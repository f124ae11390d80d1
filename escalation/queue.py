"""The waiting order in Redis: one sorted set of ticket ids a line. It dispatches; the database decides (S4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from redis.exceptions import RedisError

from escalation import keys, priority
from escalation.redis_client import RedisClients
from escalation.settings import EscalationSettings
from records.models import Ticket

log = structlog.get_logger(__name__)


class TicketQueue:
    """Every method does without Redis: writing is made good by the reconciler, reading answers None."""

    def __init__(self, clients: RedisClients, settings: EscalationSettings) -> None:
        self._redis = clients.commands
        self._settings = settings

    async def put(self, ticket: Ticket) -> None:
        """Adds the ticket or moves it to the place that its level and waiting time give it."""
        try:
            await self._redis.zadd(keys.queue(ticket.line_id), {ticket.id: priority.score(ticket, self._settings)})
        except (RedisError, OSError) as exc:
            log.warning("queue_put_failed", ticket=ticket.id, error=type(exc).__name__)

    async def remove(self, line_id: str, ticket_id: str) -> None:
        try:
            await self._redis.zrem(keys.queue(line_id), ticket_id)
        except (RedisError, OSError) as exc:
            log.warning("queue_remove_failed", ticket=ticket_id, error=type(exc).__name__)

    async def candidates(self, line_ids: Iterable[str], limit: int = 50) -> list[str] | None:
        """Ids of the most urgent tickets over these lines, best first; None when Redis does not answer."""
        found: list[tuple[float, str]] = []
        try:
            for line_id in line_ids:
                rows: Any = await self._redis.zrange(keys.queue(line_id), 0, limit - 1, withscores=True)
                found += [(float(points), str(member)) for member, points in rows]
        except (RedisError, OSError) as exc:
            log.warning("queue_unavailable", error=type(exc).__name__)
            return None
        return [member for _, member in sorted(found)[:limit]]

    async def match(self, line_id: str, waiting: Sequence[Ticket]) -> tuple[int, int]:
        """Makes the line's set equal to what the database says is waiting; how many were added (or moved) and removed.

        Raises:
            RedisError, OSError: Redis does not answer; the next round tries again.
        """
        key = keys.queue(line_id)
        rows: Any = await self._redis.zrange(key, 0, -1, withscores=True)
        held = {str(member): float(points) for member, points in rows}
        wanted = {ticket.id: priority.score(ticket, self._settings) for ticket in waiting}
        missing = {member: points for member, points in wanted.items() if held.get(member) != points}
        stale = [member for member in held if member not in wanted]
        if missing:
            await self._redis.zadd(key, missing)
        if stale:
            await self._redis.zrem(key, *stale)
        return len(missing), len(stale)
