"""What the seeker's page is told before anybody writes: regions, numbers that answer now, limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.gateway.seen import number_item
from knowledge_base.directory import ABROAD, Directory
from records.models import Seeker

COUNT_FROM = 2_000
TEXT_LIMIT = 20_000


class PageConfig:
    """Answers for ``GET /api/chat/config`` and the numbers of ``welcome``."""

    def __init__(
        self, directory: Directory, clock: Callable[[], datetime], *, region: str | None, exit_url: str
    ) -> None:
        self._directory, self._clock = directory, clock
        self._region, self._exit_url = region, exit_url

    def for_locale(self, locale: str) -> dict[str, Any]:
        return {
            "regions": [{"id": region.id, "name": region.name} for region in self._directory.regions],
            "region": self._region,
            "numbers": self._items(self._region),
            "exit_url": self._exit_url,
            "count_from": COUNT_FROM,
            "text_limit": TEXT_LIMIT,
        }

    def numbers_for(self, seeker: Seeker) -> list[dict[str, str]]:
        """Numbers that answer now for somebody, where they said they are."""
        return self._items(ABROAD if seeker.abroad else seeker.region or self._region)

    def _items(self, region: str | None) -> list[dict[str, str]]:
        found = (number_item(entry, region) for entry in self._directory.answering_now(region, self._clock()))
        return [{"id": one.id, "number": one.number, "name": one.name, "note": one.note} for one in found]
