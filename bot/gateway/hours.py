"""When people of a line answer, in words that fit into a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_text(hours: Mapping[str, Any], local: datetime) -> str | None:
    """The next times at which people answer, like ``18:00–22:00``.

    Args:
        hours: Of the line: day (``mon`` … ``sun``) to a list of ``[from, to]``. Empty: around the clock.
        local: Now, in the line's time zone.

    Returns:
        None where nothing honest can be said: no hours are set, or there are none within a week.
    """
    for ahead in range(len(_DAYS)):
        day = local + timedelta(days=ahead)
        spans = [(str(begin), str(end)) for begin, end in hours.get(_DAYS[day.weekday()], ())]
        left = [span for span in spans if ahead or span[1] > f"{local:%H:%M}"]
        if left:
            return "、".join(f"{begin}–{end}" for begin, end in left)
    return None
