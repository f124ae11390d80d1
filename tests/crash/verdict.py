"""What must be true of the record after any crash, looked up in the database itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from records import audit, conversations, messages, tables, tickets
from records.models import Author, Delivery, Kind, Message, Ticket, TicketState
from records.settings import RecordsSettings
from records.store import Store, Tx
from tests.crash.desk import Claim
from tests.crash.seekers import Crowd, Seeker

NEVER_LOGGED = (
    "Traceback", "message_failed", "message_to_human", "worker_failed", "worker_died", "timer_task_died",
    "wake_listener_failed", "records_after_commit_failed", "send_failed", "was never retrieved", "never awaited",
    "page_writer_failed", "DBAPIError", "InterfaceError", "InternalError",
)  # fmt: skip
"""In the log of an app that lost its neighbours these mean a bug: losing them is expected and handled."""
RETURNS = ("handed_back", "lease_lost", "unanswered", "closed")


@dataclass(slots=True)
class Figures:
    """Counts of one run, for the report; ``wrong`` is what must be empty."""

    messages: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    unprocessed: int = 0
    dangerous: int = 0
    open_tickets: int = 0
    claims: int = 0
    audit_entries: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        names = ("messages", "lost", "doubled", "disordered", "unprocessed", "dangerous", "open_tickets", "claims")
        return ", ".join(f"{name} {getattr(self, name)}" for name in (*names, "audit_entries"))


@asynccontextmanager
async def record(settings: RecordsSettings) -> AsyncIterator[Store]:
    """The app's own database, opened beside it or after it."""
    store = await Store.open(settings, clock=lambda: datetime.now(UTC))
    try:
        yield store
    finally:
        await store.aclose()


async def unprocessed(store: Store) -> list[str]:
    """Ids of what nobody has processed."""
    async with store.read() as tx:
        query = sa.select(tables.message.c.id).where(tables.message.c.processed_at.is_(None))
        return list((await tx.execute(query)).scalars())


async def stale_views(store: Store, crowd: Crowd) -> list[str]:
    """Pages that show something else than the record holds for them."""
    found = []
    for seeker in crowd.seekers:
        async with store.read() as tx:
            rows = await messages.listing(tx, seeker.conversation, to_seeker_only=True)
        ids = {row.seq: row.id for row in rows}
        # What a claim cancelled may have been on the page a moment before.
        due = {row.seq: row.id for row in rows if row.delivery is not Delivery.CANCELLED}
        held = {seq: frame["id"] for seq, frame in seeker.seen.held.items()}
        if not (due.items() <= held.items() <= ids.items()):
            found.append(f"{seeker.conversation}: {sorted(due.keys() ^ held.keys())[:8]}")
    return found


async def judge(store: Store, crowd: Crowd, claims: Sequence[Claim] = ()) -> Figures:
    """Everything that is promised, counted."""
    figures = Figures(wrong=list(crowd.faults))
    for seeker in crowd.seekers:
        async with store.read() as tx:
            rows = await messages.listing(tx, seeker.conversation)
        _judge_words(figures, seeker, rows)
        _judge_owners(figures, rows)
    async with store.read() as tx:
        await _judge_tickets(tx, figures, crowd)
    _judge_fences(figures, claims)
    figures.unprocessed = len(await unprocessed(store))
    figures.audit_entries = await audit.verify(store)
    return figures


def _judge_words(figures: Figures, seeker: Seeker, rows: Sequence[Message]) -> None:
    """S1, D1: once each, in order, at the place that was acknowledged, with the time that the page gave."""
    mine = [row for row in rows if row.author is Author.SEEKER]
    stored = Counter(row.channel_message_id for row in mine)
    wanted = [one.id for one in seeker.said]
    by_id = {row.channel_message_id: row for row in mine}
    figures.messages += len(wanted)
    figures.lost += sum(id_ not in stored for id_ in wanted)
    figures.doubled += sum(count - 1 for count in stored.values()) + len(stored.keys() - set(wanted))
    order = [row.channel_message_id for row in mine]
    figures.disordered += order != [id_ for id_ in wanted if id_ in stored]
    for one in seeker.said:
        row = by_id.get(one.id)
        if row is not None and (row.seq, row.text, row.channel_at) != (one.seq, one.text, _time(one.at)):
            figures.wrong.append(f"{row.id}: not as it was acknowledged ({row.seq}, {one.seq})")
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        figures.wrong.append(f"{seeker.conversation}: the numbers have gaps")


def _time(at: str) -> datetime:
    return datetime.fromisoformat(at)


async def _judge_tickets(tx: Tx, figures: Figures, crowd: Crowd) -> None:
    """S3, S4: level 3 and above means one open ticket."""
    for seeker in crowd.seekers:
        talk = await conversations.get(tx, seeker.conversation)
        opened = [one for one in await tickets.history(tx, talk.id) if one.state is not TicketState.CLOSED]
        figures.open_tickets += len(opened)
        figures.dangerous += talk.level >= 3
        if seeker.dangerous and talk.level < 3:
            figures.wrong.append(f"{talk.id}: danger was told, and the level is {int(talk.level)}")
        if talk.level >= 3 and len(opened) != 1:
            figures.wrong.append(f"{talk.id}: level {int(talk.level)} with {len(opened)} open tickets")


def _judge_owners(figures: Figures, rows: Iterable[Message]) -> None:
    """S4: never two owners. The rows stand in the order of their commits, so they tell who owned the talk when."""
    owner: str | None = None
    fences: set[tuple[str, int]] = set()
    for row in rows:
        # What the desk wrote for the engine names the ticket; what the seeker is told of it bears the same name.
        event = row.body.get("event") if row.kind is Kind.EVENT and "ticket_id" in row.body else None
        if event == "claimed":
            fence = (row.body["ticket_id"], row.body["fence"])
            if owner is not None or fence in fences:
                figures.wrong.append(f"{row.id}: claimed by {row.body['staff_id']} while {owner} had it")
            owner = row.body["staff_id"]
            fences.add(fence)
            figures.claims += 1
        elif event in RETURNS:
            owner = None
        elif row.author is Author.STAFF and row.kind is Kind.TEXT and row.staff_id != owner:
            figures.wrong.append(f"{row.id}: {row.staff_id} wrote while {owner} had the talk")


def _judge_fences(figures: Figures, claims: Sequence[Claim]) -> None:
    """S4, as the desks heard it: one owner a fence."""
    owners: dict[tuple[str, int], str] = {}
    for claim in claims:
        if owners.setdefault((claim.ticket, claim.fence), claim.staff) != claim.staff:
            figures.wrong.append(f"{claim.ticket}: fence {claim.fence} was given to two desks")


async def waiting_order(store: Store) -> list[str]:
    """Ids of waiting tickets, most urgent first, as the database has them."""
    async with store.read() as tx:
        found: list[Ticket] = await tickets.waiting(tx)
    return [one.id for one in found]


def bugs_in(*logs: Path) -> list[str]:
    """Lines of the apps' logs that must never be there."""
    lines = (line for log in logs for line in log.read_text(encoding="utf-8", errors="replace").splitlines())
    return [line[:400] for line in lines if any(word in line for word in NEVER_LOGGED)]
