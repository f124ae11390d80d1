"""What happens once a day by itself: what may no longer be kept is erased."""

from __future__ import annotations

import asyncio

import structlog

from records import erasure, retention
from records.errors import RecordsError
from records.store import Store

_log = structlog.get_logger(__name__)
_DAY_S = 24 * 3600.0
_AGAIN_S = 600.0


class Housekeeping:
    """Sweeps by retention class at the start and daily. Several processes may do it: the sweep is safe to repeat."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self) -> None:
        while True:
            try:
                await self.once()
                pause = _DAY_S
            except RecordsError as exc:
                _log.warning("housekeeping_waits", code=exc.code)
                pause = _AGAIN_S
            await asyncio.sleep(pause)

    async def once(self) -> dict[str, int]:
        """Erase again who was erased before a restore, then what is past its time; how many of each."""
        again = await erasure.replay_ledger(self._store)
        counts = await retention.sweep(self._store, self._store.settings.rules, self._store.clock())
        if again or any(counts.values()):
            _log.info("housekeeping", replayed=again, **counts)
        return {"replayed": again, **counts}
