"""What every part of this room is handed: one object, put together by ``EscalationService``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from escalation.announce import Announcer
from escalation.feed import Feed
from escalation.ports import Ports
from escalation.presence import Presence
from escalation.queue import TicketQueue
from escalation.redis_client import RedisClients
from escalation.settings import EscalationSettings
from escalation.wake import Wake
from records.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    store: Store
    settings: EscalationSettings
    clock: Callable[[], datetime]
    clients: RedisClients
    queue: TicketQueue
    feed: Feed
    wake: Wake
    presence: Presence
    announcer: Announcer
    ports: Ports
    process_id: str

    async def alone(self, staff_id: str, line_ids: Iterable[str]) -> bool:
        """Whether nobody else is on duty for these lines."""
        return not [duty for duty in await self.presence.on_duty(line_ids) if duty.staff_id != staff_id]
