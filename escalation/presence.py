"""Who is on duty: switched on, a live connection, and a human action not long ago (S14). An open tab is not duty."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import structlog
from redis.exceptions import RedisError

from escalation import keys
from escalation.redis_client import RedisClients
from escalation.settings import EscalationSettings
from records.models import Role, Staff

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
_KEPT_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What is known of one desk. Times are seconds since 1970."""

    staff_id: str
    line_ids: tuple[str, ...]
    roles: tuple[str, ...]
    on: bool
    capacity: int
    acted_at: float
    seen_at: float

    def supervises(self) -> bool:
        return Role.SUPERVISOR in self.roles


class Presence:
    """A hash per line in Redis, with what this process' own desks said kept beside it for when Redis is gone."""

    def __init__(self, clients: RedisClients, settings: EscalationSettings, clock: Clock) -> None:
        self._redis = clients.commands
        self._settings = settings
        self._clock = clock
        self._own: dict[str, Duty] = {}

    async def switch(self, staff: Staff, *, on: bool, capacity: int | None = None) -> Duty:
        """Switching is a human action. ``capacity`` holds for this shift."""
        now = self._clock().timestamp()
        duty = Duty(
            staff_id=staff.id, line_ids=tuple(sorted(staff.line_ids)), roles=tuple(sorted(staff.roles)), on=on,
            capacity=capacity if capacity is not None else staff.capacity, acted_at=now, seen_at=now,
        )  # fmt: skip
        await self._keep(duty)
        return duty

    async def acted(self, staff: Staff) -> None:
        """A key, click or touch, or a request that changed something."""
        now = self._clock().timestamp()
        duty = await self.of(staff)
        await self._keep(replace(duty, acted_at=now, seen_at=now))

    async def alive(self, staff: Staff) -> None:
        """The desk's socket answered a ping. Also brings the entry back after Redis lost everything."""
        duty = await self.of(staff)
        await self._keep(replace(duty, seen_at=self._clock().timestamp()))

    async def of(self, staff: Staff) -> Duty:
        """What is known of this desk; switched off when nothing is."""
        own = self._own.get(staff.id)
        try:
            for line_id in sorted(staff.line_ids):
                raw: Any = await self._redis.hget(keys.presence(line_id), staff.id)
                if raw is not None:
                    return _read(staff.id, raw)
        except (RedisError, OSError) as exc:
            log.warning("presence_unavailable", error=type(exc).__name__)
        return own or Duty(
            staff_id=staff.id, line_ids=tuple(sorted(staff.line_ids)), roles=tuple(sorted(staff.roles)), on=False,
            capacity=staff.capacity, acted_at=0, seen_at=0,
        )  # fmt: skip

    async def switched_on(self, staff: Staff) -> bool:
        """Whether this desk is on and its person acted within the limit."""
        return self.counts(await self.of(staff))

    async def on_duty(self, line_ids: Iterable[str]) -> list[Duty]:
        """Everybody who is on duty for any of these lines, once each."""
        found: dict[str, Duty] = {}
        for line_id in line_ids:
            for duty in await self._of_line(line_id):
                if self.counts(duty):
                    found[duty.staff_id] = duty
        return list(found.values())

    def counts(self, duty: Duty) -> bool:
        """On, alive, and with a recent human action."""
        now = self._clock().timestamp()
        recent = now - duty.acted_at <= self._settings.on_duty_after_action_s
        alive = now - duty.seen_at <= max(self._settings.presence_alive_s, 2 * self._settings.ping_s)
        return duty.on and recent and alive

    async def _of_line(self, line_id: str) -> list[Duty]:
        try:
            rows: Any = await self._redis.hgetall(keys.presence(line_id))
        except (RedisError, OSError) as exc:
            log.warning("presence_unavailable", error=type(exc).__name__)
            return [duty for duty in self._own.values() if line_id in duty.line_ids]
        return [_read(staff_id, raw) for staff_id, raw in rows.items()]

    async def _keep(self, duty: Duty) -> None:
        self._own[duty.staff_id] = duty
        raw = orjson.dumps(
            [list(duty.line_ids), list(duty.roles), duty.on, duty.capacity, duty.acted_at, duty.seen_at]
        ).decode()
        try:
            for line_id in duty.line_ids:
                await self._redis.hset(keys.presence(line_id), duty.staff_id, raw)
                await self._redis.expire(keys.presence(line_id), _KEPT_S)
        except (RedisError, OSError) as exc:
            log.warning("presence_not_kept", error=type(exc).__name__)


def _read(staff_id: str, raw: str) -> Duty:
    lines, roles, on, capacity, acted_at, seen_at = orjson.loads(raw)
    return Duty(
        staff_id=staff_id, line_ids=tuple(lines), roles=tuple(roles), on=on, capacity=capacity, acted_at=acted_at,
        seen_at=seen_at,
    )  # fmt: skip
