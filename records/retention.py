"""The daily sweep: what is older than its class allows is blanked, and its keys die after it. A legal hold wins."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from records import blank, duty, erasure, rekey
from records.settings import RetentionRules
from records.tables import conversation, gap, identity, seeker, staff_session, ticket, web_session
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

__all__ = ["RetentionRules", "sweep"]

_PAGE = 200
_C = conversation.c


async def sweep(store: Store, rules: RetentionRules, now: datetime) -> dict[str, int]:
    """Blank and delete what is due; answers how many of each: ``conversations``, ``cases``, ``gaps``, ``locators``,
    ``seekers``, ``sessions``, ``keys``. Safe to repeat, and to run in several processes."""
    return {
        "locators": await _locators(store, now),
        "conversations": await _conversations(store, rules, now),
        "cases": await _cases(store, rules, now),
        "gaps": await _gaps(store, rules, now),
        "seekers": await _seekers(store, rules, now),
        "sessions": await store.write(lambda tx: _sessions(tx, rules, now), long=True),
        "keys": await rekey.finish(store, now - rekey.GRACE),
    }


def _over(rules: RetentionRules, now: datetime, keep: Any) -> list[Any]:
    """Ended long enough ago, nobody is called, nothing holds it."""
    return [
        duty.ended < now - keep,
        duty.active < now - keep,
        ~duty.OPEN_TICKET,
        ~duty.HELD,
        sa.or_(~duty.CRISIS, duty.ended < now - rules.crisis),
    ]


async def _conversations(store: Store, rules: RetentionRules, now: datetime) -> int:
    due = sa.select(_C.id, _C.seeker_id).where(_C.erased_at.is_(None), *_over(rules, now, rules.conversation))
    total = 0
    while found := await _page(store, due):
        ids = [row.id for row in found]

        async def work(tx: Tx, ids: list[str] = ids) -> None:
            await blank.said(tx, ids)

        await store.write(work, long=True)
        await _retire(store, {row.seeker_id for row in found}, "conversation")
        total += len(ids)
    return total


async def _cases(store: Store, rules: RetentionRules, now: datetime) -> int:
    words = sa.exists().where(
        ticket.c.conversation_id == _C.id, ticket.c.erased_at.is_(None), ticket.c.legal_hold.is_(False)
    )
    due = sa.select(_C.id, _C.seeker_id).where(words, *_over(rules, now, rules.case))
    total = 0
    while found := await _page(store, due):
        ids = [row.id for row in found]

        async def work(tx: Tx, ids: list[str] = ids) -> None:
            await blank.written_about(tx, ids)

        await store.write(work, long=True)
        await _retire(store, {row.seeker_id for row in found}, "case")
        total += len(ids)
    return total


async def _gaps(store: Store, rules: RetentionRules, now: datetime) -> int:
    """As old as the talk that they came from, so they go when it goes."""
    held = sa.exists().where(seeker.c.id == gap.c.seeker_id, seeker.c.legal_hold.is_(True))
    due = sa.and_(gap.c.erased_at.is_(None), gap.c.legal_hold.is_(False), gap.c.at < now - rules.conversation, ~held)
    async with store.read() as tx:
        seekers = set((await tx.execute(sa.select(gap.c.seeker_id).where(due))).scalars())
    if not seekers:
        return 0
    count = await store.write(lambda tx: blank.gaps(tx, due), long=True)
    await _retire(store, seekers, "conversation")
    return count


async def _page(store: Store, due: sa.Select[Any]) -> list[sa.Row[Any]]:
    async with store.read() as tx:
        return list((await tx.execute(due.order_by(_C.id).limit(_PAGE))).all())


async def _retire(store: Store, seekers: set[str], kind: str) -> None:
    for seeker_id in seekers:
        await rekey.retire(store, seeker_id, kind)


async def _locators(store: Store, now: datetime) -> int:
    """Where an anonymous talk came from is kept for a short, stated time only (S9), and dies with its key."""
    due = sa.and_(_C.locator_enc.is_not(None), _C.locator_until <= now, _C.legal_hold.is_(False))
    async with store.read() as tx:
        seekers = set((await tx.execute(sa.select(_C.seeker_id).where(due))).scalars())
    for seeker_id in seekers:
        await rekey.retire(store, seeker_id, "locator")

    async def work(tx: Tx) -> int:
        return (await tx.execute(sa.update(conversation).where(due).values(locator_enc=None))).rowcount

    return await store.write(work, long=True) if seekers else 0


async def _seekers(store: Store, rules: RetentionRules, now: datetime) -> int:
    """Who has no talk left on record and was not here for long is forgotten."""
    s = seeker.c
    left = sa.exists().where(_C.seeker_id == s.id, _C.erased_at.is_(None))
    seen = sa.exists().where(identity.c.seeker_id == s.id, identity.c.last_seen_at >= now - rules.seeker)
    due = sa.select(s.id).where(
        s.erased_at.is_(None), s.legal_hold.is_(False), s.created_at < now - rules.seeker, ~left, ~seen
    )
    async with store.read() as tx:
        ids = list((await tx.execute(due.limit(_PAGE))).scalars())
    for seeker_id in ids:
        await erasure.erase(store, seeker_id, "retention")
    return len(ids)


async def _sessions(tx: Tx, rules: RetentionRules, now: datetime) -> int:
    count = 0
    for table in (web_session, staff_session):
        old = sa.delete(table).where(
            table.c.expires_at < now - rules.sessions, table.c.last_seen_at < now - rules.sessions
        )
        count += (await tx.execute(old)).rowcount
    return count
