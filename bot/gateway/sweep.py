"""Adopts what stayed unprocessed: a process died, a database was away. Every process sweeps; versions decide."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot.gateway.intake import Nudge
from records import messages
from records.errors import RecordsError
from records.store import Store

_log = structlog.get_logger(__name__)
_BATCH = 200


class Sweep:
    """Every ``every_s`` nudges the conversations with rows older than ``age`` that nobody processed."""

    def __init__(
        self, store: Store, *, nudge: Nudge, age: timedelta = timedelta(seconds=2), every_s: float = 1.0
    ) -> None:
        self._store, self._nudge, self._age, self._every_s = store, nudge, age, every_s

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.once()
            except RecordsError as exc:
                _log.warning("sweep_waits", code=exc.code)

    async def once(self) -> int:
        """Nudge what is stale; how many conversations that were."""
        async with self._store.glance() as tx:
            stale = await messages.stale_unprocessed(tx, before=tx.now - self._age, limit=_BATCH)
        for conversation_id in stale:
            await self._nudge(conversation_id)
        return len(stale)
