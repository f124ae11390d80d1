"""Every two seconds: what Redis forgot is put back, what it should have forgotten goes, leases that ran out lapse.

One process at a time does it, by a lock in Redis that expires. Without Redis every process does: each step is a
conditional update, so doing it twice changes nothing.
"""

from __future__ import annotations

import asyncio
import secrets

import structlog
from redis.exceptions import RedisError

from escalation import keys
from escalation.casework import Casework
from escalation.room import Room
from escalation.web import where
from records import lines, tickets

log = structlog.get_logger(__name__)

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Reconciler:
    def __init__(self, room: Room, casework: Casework) -> None:
        self._room = room
        self._casework = casework
        self._key = keys.lock("reconciler")
        self._mine = secrets.token_hex(8)

    async def run(self) -> None:
        """Until cancelled. A failing round is logged and the next one tries again."""
        while True:
            try:
                await self.round()
            except Exception as exc:
                # Whatever it was: the next round is the net under everything else.
                log.error("reconcile_failed", **where(exc))
            await asyncio.sleep(self._room.settings.reconcile_s)

    async def round(self) -> None:
        """One pass; nothing when another process holds the lock."""
        if not await self._locked():
            return
        try:
            await self._lapse()
            await self._match()
        finally:
            await self._unlock()

    async def _lapse(self) -> None:
        async with self._room.store.read() as tx:
            over = await tickets.lapsed(tx, tx.now)
        for ticket in over:
            if await self._casework.lapse(ticket.id):
                log.warning("lease_lost", ticket=ticket.id, level=int(ticket.level))

    async def _match(self) -> None:
        async with self._room.store.read() as tx:
            known = await lines.all(tx)
            waiting = await tickets.waiting(tx)
        self._room.feed.follow(line.id for line in known)
        for line in known:
            mine = [ticket for ticket in waiting if ticket.line_id == line.id]
            try:
                added, removed = await self._room.queue.match(line.id, mine)
            except (RedisError, OSError) as exc:
                # Taking the next one works from the database meanwhile.
                log.warning("queue_not_matched", line=line.id, error=type(exc).__name__)
                return
            if added or removed:
                log.info("queue_matched", line=line.id, added=added, removed=removed)

    async def _locked(self) -> bool:
        ttl_ms = int(self._room.settings.reconcile_s * 5000)
        try:
            return bool(await self._room.clients.commands.set(self._key, self._mine, nx=True, px=ttl_ms))
        except (RedisError, OSError):
            return True

    async def _unlock(self) -> None:
        try:
            await self._room.clients.commands.eval(_RELEASE, 1, self._key, self._mine)
        except (RedisError, OSError) as exc:
            log.debug("lock_not_released", error=type(exc).__name__)
