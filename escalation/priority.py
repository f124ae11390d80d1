"""Who is next, and who may take it: pure functions over what the database says.

Order: level 4, then level 3, then the rest; inside a group who waits longest. Within 0-2 a level is worth a head start
of ``ageing_s`` seconds, so a long wait at level 0 passes a fresh level 2 and never a level 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from escalation.settings import EscalationSettings
from nlu.labels import Audience, RiskLevel
from records.models import Staff, Ticket

_BAND = 1e11  # far more than any time in seconds; a double still keeps a tenth of a millisecond beside it

CRISIS = "crisis"


def score(ticket: Ticket, settings: EscalationSettings) -> float:
    """Smaller is more urgent. Does not change with time, so Redis keeps it as it is."""
    since = ticket.waiting_since.timestamp()
    if ticket.level >= RiskLevel.HIGH:
        return (RiskLevel.IMMINENT - ticket.level) * _BAND + since
    return 2 * _BAND + since - ticket.level * settings.ageing_s


def in_order(tickets: Iterable[Ticket], settings: EscalationSettings) -> list[Ticket]:
    """The same order as Redis': by score, then by id (which is by time of creation)."""
    return sorted(tickets, key=lambda ticket: (score(ticket, settings), ticket.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a ticket asks of a counsellor."""

    ticket: Ticket
    audience: Audience | None
    locale: str

    def skills(self) -> set[str]:
        wanted = set()
        if self.audience in {Audience.STUDENT, Audience.PARENT}:
            wanted.add(str(self.audience))
        if self.ticket.level >= RiskLevel.HIGH:
            wanted.add(CRISIS)
        if not self.locale.startswith("zh"):
            wanted.add(self.locale.split("-")[0])
        return wanted


def weight(level: RiskLevel, capacity: int) -> int:
    """What a ticket takes of a counsellor: level 4 all of them, level 3 as much as two, everything else one."""
    if level >= RiskLevel.IMMINENT:
        return max(capacity, 1)
    return min(2, max(capacity, 1)) if level >= RiskLevel.HIGH else 1


def load(claimed: Sequence[Ticket], capacity: int) -> int:
    """Sum of the weights of what somebody has."""
    return sum(weight(ticket.level, capacity) for ticket in claimed)


def has_room(level: RiskLevel, claimed: Sequence[Ticket], capacity: int) -> bool:
    """Level 4 passes any cap at once."""
    return level >= RiskLevel.IMMINENT or load(claimed, capacity) + weight(level, capacity) <= capacity


def is_skilled(staff: Staff, need: Need, now: datetime, settings: EscalationSettings) -> bool:
    """The right skills. No skills entered means: takes everything. Level 4 stops asking after some seconds."""
    if not staff.skills or need.skills() <= set(staff.skills):
        return True
    waited = (now - need.ticket.waiting_since).total_seconds()
    return need.ticket.level >= RiskLevel.IMMINENT and waited >= settings.level4_skill_override_s


def fold(tickets: Sequence[Ticket], window_s: float) -> list[tuple[Ticket, int]]:
    """Rows for the screen: a burst from one origin below level 3 is one row with a count, the most urgent on top.

    Every ticket stays in the queue and can be taken; nothing at level 3 or above is ever folded.
    """
    rows: list[tuple[Ticket, int]] = []
    leaders: dict[tuple[str, str], int] = {}
    for ticket in tickets:
        place = (
            leaders.get((ticket.line_id, ticket.origin)) if ticket.origin and ticket.level < RiskLevel.HIGH else None
        )
        leader = rows[place][0] if place is not None else None
        if place is not None and leader is not None and _near(leader, ticket, window_s):
            rows[place] = (leader, rows[place][1] + 1)
            continue
        if ticket.origin and ticket.level < RiskLevel.HIGH:
            leaders[ticket.line_id, ticket.origin] = len(rows)
        rows.append((ticket, 1))
    return rows


def _near(one: Ticket, other: Ticket, window_s: float) -> bool:
    return abs((one.created_at - other.created_at).total_seconds()) <= window_s
