"""Builds what the desk is shown. Words are opened here and nowhere else in this room, for people who may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from escalation import priority
from escalation.casework import Casework
from escalation.desk.shapes import (
    AssessmentShape,
    Excerpt,
    FirstWord,
    JudgedShape,
    MessageShape,
    Person,
    Span,
    StaffShape,
    TicketShape,
    TransferShape,
)
from escalation.room import Room
from records import assessments, messages, tables, tickets
from records import staff as people
from records.models import Author, Kind, Message, Role, Staff, StoredAssessment, Ticket
from records.sealed import open_text
from records.store import Tx

EXCERPT = 200
"""Characters of the words that raised a ticket."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What belongs to a list of tickets, each kind fetched with one query."""

    nicknames: Mapping[str, tuple[str, str | None]]
    talks: Mapping[str, Any]
    unread: Mapping[str, int]
    excerpts: Mapping[tuple[str, int], Excerpt]
    names: Mapping[str, str]
    transfer_notes: Mapping[str, str]


class Views:
    def __init__(self, room: Room, casework: Casework) -> None:
        self._room = room
        self._casework = casework

    async def queue(self, tx: Tx, staff: Staff) -> list[TicketShape]:
        """The waiting list of this person's lines, in order, bursts folded."""
        ordered = priority.in_order(await self._casework.reachable(tx, staff), self._room.settings)
        rows = priority.fold(ordered, self._room.settings.burst_window_s)
        bursts = {ticket.id: count for ticket, count in rows}
        return await self.tickets(tx, [ticket for ticket, _ in rows], bursts)

    async def mine(self, tx: Tx, staff: Staff) -> list[TicketShape]:
        """What this person has, and what is offered to them."""
        row = tables.ticket.c
        offered = sa.select(row.id).where(
            row.state == "claimed",
            row.owner_id != staff.id,
            sa.or_(row.transfer_staff_id == staff.id, row.transfer_line_id.in_(staff.line_ids)),
        )
        found = list(await tickets.claimed_by(tx, staff.id))
        found += [await tickets.get(tx, one) for one in (await tx.execute(offered)).scalars().all()]
        return await self.tickets(tx, found)

    async def ticket(self, tx: Tx, ticket: Ticket) -> TicketShape:
        return (await self.tickets(tx, [ticket]))[0]

    async def tickets(
        self, tx: Tx, listed: Sequence[Ticket], bursts: Mapping[str, int] | None = None
    ) -> list[TicketShape]:
        if not listed:
            return []
        facts = await self._facts(tx, listed)
        return [_ticket(ticket, facts, (bursts or {}).get(ticket.id, 1)) for ticket in listed]

    async def _facts(self, tx: Tx, listed: Sequence[Ticket]) -> _Facts:
        talk = tables.conversation.c
        ids = [ticket.conversation_id for ticket in listed]
        query = sa.select(talk.id, talk.last_seeker_at, talk.last_out_at, talk.created_at, talk.state)
        found = await tx.execute(query.where(talk.id.in_(ids)))
        return _Facts(
            nicknames=await nicknames(tx, {ticket.seeker_id for ticket in listed}),
            talks={one.id: one for one in found},
            unread=await self._unread(tx, ids),
            excerpts=await self._excerpts(tx, listed),
            names=await names(tx),
            transfer_notes={
                ticket.id: (await tickets.words(tx, ticket.id)).transfer_note or ""
                for ticket in listed
                if ticket.transfer_by_id is not None
            },
        )

    async def _unread(self, tx: Tx, ids: Collection[str]) -> dict[str, int]:
        """Messages of the seeker after the last one that a human sent."""
        row, human = tables.message.c, tables.message.alias()
        last = (
            sa.select(sa.func.coalesce(sa.func.max(human.c.seq), 0))
            .where(
                human.c.conversation_id == row.conversation_id,
                human.c.author == Author.STAFF,
                human.c.kind == Kind.TEXT,
            )
            .scalar_subquery()
        )
        query = sa.select(row.conversation_id, sa.func.count().label("n")).where(
            row.conversation_id.in_(ids), row.author == Author.SEEKER, row.seq > last
        )
        found = await tx.execute(query.group_by(row.conversation_id))
        return {one.conversation_id: int(one.n) for one in found}

    async def _excerpts(self, tx: Tx, listed: Iterable[Ticket]) -> dict[tuple[str, int], Excerpt]:
        row = tables.message
        places = [(ticket.conversation_id, ticket.message_seq) for ticket in listed if ticket.message_seq is not None]
        if not places:
            return {}
        query = sa.select(row).where(sa.tuple_(row.c.conversation_id, row.c.seq).in_(places))
        found = [await messages.read(tx, one) for one in (await tx.execute(query)).all()]
        spans = await self._spans(tx, [one.id for one in found])
        return {(one.conversation_id, one.seq): excerpt(one.text, spans.get(one.id, [])) for one in found if one.text}

    async def _spans(self, tx: Tx, ids: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        row = tables.assessment.c
        read = row.by.in_(assessments.MACHINES)  # a person names no places
        query = sa.select(row.message_id, row.evidence).where(row.message_id.in_(ids), read).order_by(row.level)
        return {
            one.message_id: [(int(span["start"]), int(span["end"])) for span in one.evidence if "start" in span]
            for one in await tx.execute(query)
        }

    # Messages

    async def messages(self, tx: Tx, conversation_id: str, *, after: int = 0) -> list[MessageShape]:
        """What the desk shows of a conversation: everything but the rows that only the engine reads."""
        known = await names(tx)
        seen = {one.message_id: one for one in await assessments.for_conversation(tx, conversation_id)}
        judged = await assessments.judged(tx, conversation_id)
        return [
            message_shape(one, known, seen.get(one.id), judged.get(one.id))
            for one in await messages.listing(tx, conversation_id, after=after)
            if one.kind is not Kind.EVENT or one.to_seeker
        ]

    async def message(self, tx: Tx, message: Message) -> MessageShape:
        return message_shape(message, await names(tx), None, None)


async def names(tx: Tx) -> dict[str, str]:
    row = tables.staff.c
    return {one.id: one.display_name for one in await tx.execute(sa.select(row.id, row.display_name))}


async def nicknames(tx: Tx, seeker_ids: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """What helpers call a seeker (S9): the nickname they gave, or the pseudonym; with the audience."""
    row = tables.seeker.c
    query = sa.select(row.id, row.pseudonym, row.audience, row.nickname_enc).where(row.id.in_(seeker_ids))
    known = {}
    for one in (await tx.execute(query)).all():
        given = await open_text(tx, one.id, "seeker", "seeker", "nickname_enc", one.id, one.nickname_enc)
        known[one.id] = (given or one.pseudonym, one.audience)
    return known


def excerpt(text: str, spans: Sequence[tuple[int, int]]) -> Excerpt:
    """A window of the message around its first span; spans are moved with it."""
    start = 0
    if len(text) > EXCERPT and spans:
        start = max(0, min(spans[0][0] - EXCERPT // 4, len(text) - EXCERPT))
    window = text[start : start + EXCERPT]
    moved = [(max(0, a - start), min(len(window), b - start)) for a, b in spans]
    return Excerpt(text=window, spans=[(a, b) for a, b in moved if a < b])


def person(staff_id: str | None, known: Mapping[str, str]) -> Person | None:
    return None if staff_id is None else Person(id=staff_id, name=known.get(staff_id, ""))


def staff_shape(staff: Staff) -> StaffShape:
    order = (Role.SUPERVISOR, Role.COUNSELLOR, Role.EDITOR, Role.ADMIN)
    first = next((role for role in order if role in staff.roles), Role.EDITOR)
    roles = [str(role) for role in order if role in staff.roles]
    return StaffShape(id=staff.id, name=staff.display_name, login=staff.login, role=str(first), roles=roles)


def _ticket(ticket: Ticket, facts: _Facts, burst: int) -> TicketShape:
    talk = facts.talks[ticket.conversation_id]
    nickname, audience = facts.nicknames.get(ticket.seeker_id, ("", None))
    topic = talk.state.get("topic") if isinstance(talk.state, Mapping) else None
    offer = None
    if ticket.transfer_by_id is not None:
        offer = TransferShape(
            to_line=ticket.transfer_line_id, to_staff=ticket.transfer_staff_id,
            by=facts.names.get(ticket.transfer_by_id, ticket.transfer_by_id),
            note=facts.transfer_notes.get(ticket.id, ""),
        )  # fmt: skip
    return TicketShape(
        id=ticket.id, conversation=ticket.conversation_id, line=ticket.line_id, level=int(ticket.level),
        reason=str(ticket.reason), state=str(ticket.state), fence=ticket.fence,
        owner=person(ticket.owner_id, facts.names) if ticket.state != "closed" else None, transfer=offer,
        nickname=nickname, audience=audience, categories=[str(one) for one in ticket.categories],
        subject=str(ticket.subject), topic=topic if isinstance(topic, str) else None, created_at=ticket.created_at,
        waiting_since=ticket.waiting_since, claimed_at=ticket.claimed_at, rung=ticket.rung, burst=burst,
        first_word=None if ticket.word_due_at is None else FirstWord(due_at=ticket.word_due_at),
        unread=facts.unread.get(ticket.conversation_id, 0),
        last_at=max(filter(None, (talk.last_seeker_at, talk.last_out_at, talk.created_at))),
        out_of_reach=ticket.out_of_reach_at is not None,
        excerpt=facts.excerpts.get((ticket.conversation_id, ticket.message_seq or -1)),
        disposition=ticket.disposition, closed_at=ticket.closed_at,
    )  # fmt: skip


def assessment_shape(one: StoredAssessment) -> AssessmentShape:
    spans = [
        Span(start=int(span["start"]), end=int(span["end"]), why=str(span.get("why", "")))
        for span in one.evidence
        if "start" in span and "end" in span
    ]
    return AssessmentShape(
        level=int(one.level), categories=[str(item) for item in one.categories], subject=str(one.subject),
        confidence=one.confidence, spans=spans, layer=one.layer, model=one.model_version,
    )  # fmt: skip


def message_shape(
    message: Message, known: Mapping[str, str], seen: StoredAssessment | None, judged: StoredAssessment | None
) -> MessageShape:
    client_id = message.channel_message_id
    if client_id is not None and client_id.startswith("desk:"):
        client_id = client_id.rsplit(":", 1)[1]
    return MessageShape(
        seq=message.seq, id=message.id, at=message.received_at, author=str(message.author), kind=str(message.kind),
        client_id=client_id, body=dict(message.body), staff=person(message.staff_id, known),
        delivery=None if message.delivery is None else str(message.delivery),
        assessment=None if seen is None else assessment_shape(seen),
        judged=None if judged is None else judged_shape(judged, known), channel_at=message.channel_at,
    )  # fmt: skip


def judged_shape(judged: StoredAssessment, known: Mapping[str, str]) -> JudgedShape:
    """What a person said about a message."""
    return JudgedShape(
        level=int(judged.level), categories=[str(item) for item in judged.categories], subject=str(judged.subject),
        by=Person(id=judged.by, name=known.get(judged.by, "")),
    )  # fmt: skip


async def colleagues(tx: Tx) -> list[Staff]:
    return [one for one in await people.all(tx) if one.disabled_at is None]
