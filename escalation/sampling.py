"""The daily second look (S17): a risk-weighted sample of the talks that the bot had alone.

The draw depends on the day and the seed alone, so that nobody can draw again until the sample looks better.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from records import tables
from records.store import Tx

WEIGHTS = {0: 1.0, 1: 3.0, 2: 8.0, 3: 20.0, 4: 20.0}
"""How much likelier a talk of this level is read. A level 3 or 4 without a ticket should not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    conversation_id: str
    seeker_id: str
    level: int


def pick(candidates: Iterable[Candidate], size: int, seed: str) -> list[Candidate]:
    """``size`` of them, likelier the higher the level (the keys of Efraimidis and Spirakis); highest first."""
    # Not for secrets: the draw has to be the same again for whoever checks it.
    source = random.Random(seed)  # noqa: S311  # a draw that anybody can repeat from the day and the seed, no secret
    ordered = sorted(candidates, key=lambda one: one.conversation_id)
    keyed = [(math.log(1.0 - source.random()) / WEIGHTS.get(one.level, 1.0), one) for one in ordered]
    best = sorted(keyed, key=lambda pair: -pair[0])[:size]
    return sorted((one for _, one in best), key=lambda one: (-one.level, one.conversation_id))


def day_before(now: datetime, zone: str) -> date:
    """The latest day that is over, where the line is."""
    return now.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), ZoneInfo(zone))
    return start, datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


async def candidates(tx: Tx, day: date, zone: str, line_ids: Iterable[str]) -> list[Candidate]:
    """Talks of that day which no ticket ever came out of, with the highest level that was read in them."""
    talk, seen, ticket = tables.conversation.c, tables.assessment.c, tables.ticket.c
    start, end = bounds(day, zone)
    highest = sa.select(sa.func.max(seen.level)).where(seen.conversation_id == talk.id).scalar_subquery()
    query = sa.select(talk.id, talk.seeker_id, sa.func.coalesce(highest, talk.level).label("level")).where(
        talk.last_seeker_at >= start,
        talk.last_seeker_at < end,
        talk.line_id.in_(list(line_ids)),
        talk.erased_at.is_(None),
        ~sa.exists().where(ticket.conversation_id == talk.id),
    )
    rows = await tx.execute(query)
    return [Candidate(conversation_id=row.id, seeker_id=row.seeker_id, level=int(row.level)) for row in rows]
