"""When somebody answers: always, on weekly intervals, or not known to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class HoursKind(StrEnum):
    """How much is known about the hours."""

    ALWAYS = "always"
    WEEKLY = "weekly"
    UNKNOWN = "unknown"
    """Not confirmed, or different from place to place. Never counted as open."""


class OpenState(StrEnum):
    """Whether somebody answers now. ``UNKNOWN`` must not be shown as open (S7)."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One stretch of a week in local time. An ``end`` not after ``start`` lies on the next day; 0 is Monday."""

    day: int
    start: time
    end: time

    def covers(self, local: datetime) -> bool:
        """Whether the local time lies in the interval; the end itself does not."""
        for days_back in (0, 1):
            begun = local - timedelta(days=days_back)
            if begun.weekday() != self.day:
                continue
            start = begun.replace(hour=self.start.hour, minute=self.start.minute, second=0, microsecond=0)
            length = _minutes(self.end) - _minutes(self.start)
            if start <= local < start + timedelta(minutes=length if length > 0 else length + 24 * 60):
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of one entry. ``note`` is shown to people beside the number."""

    kind: HoursKind
    note: str
    intervals: tuple[Interval, ...] = ()

    def state(self, now: datetime) -> OpenState:
        """Whether somebody answers at ``now``.

        Raises:
            ValueError: ``now`` is naive.
        """
        if now.tzinfo is None:
            raise ValueError("now must be an aware time")
        match self.kind:
            case HoursKind.ALWAYS:
                return OpenState.OPEN
            case HoursKind.UNKNOWN:
                return OpenState.UNKNOWN
            case HoursKind.WEEKLY:
                local = now.astimezone(CHINA)
                return OpenState.OPEN if any(i.covers(local) for i in self.intervals) else OpenState.CLOSED


def parse_hours(raw: object) -> Hours:
    """Read ``{kind, note, weekly?: [{days: [mon, …], from: "09:00", to: "17:00"}]}``.

    Raises:
        ValueError: Says in one sentence what is wrong.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("note"), str) or not raw["note"].strip():
        raise ValueError("hours need a kind and a note")
    try:
        kind = HoursKind(str(raw.get("kind")))
    except ValueError as exc:
        raise ValueError("hours must be of the kind always, weekly or unknown") from exc
    weekly = raw.get("weekly", [])
    if not isinstance(weekly, list) or bool(weekly) != (kind is HoursKind.WEEKLY):
        raise ValueError("hours of the kind weekly, and only those, list their intervals")
    return Hours(
        kind=kind,
        note=raw["note"].strip(),
        intervals=tuple(i for row in weekly for i in _intervals(row)),
    )


def _intervals(row: object) -> list[Interval]:
    match row:
        case {"days": [*days], "from": str(start), "to": str(end)} if days and all(day in DAYS for day in days):
            begin, finish = time.fromisoformat(start), time.fromisoformat(end)
            return [Interval(day=DAYS.index(day), start=begin, end=finish) for day in days]
    raise ValueError("an interval must read days, from and to")


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
