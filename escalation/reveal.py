"""Who or where somebody is, to save a life (S9): a supervisor; or alone, with alarm and review, after three minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from escalation import lowering, rows
from escalation.announce import change_of
from escalation.errors import NotOwnerError, ReasonMissingError, RevealRefusedError, TicketNotVisibleError
from escalation.lowering import Doing, Standing
from escalation.room import Room
from records import audit, conversations, lowerings, tickets
from records.lowerings import Lowering
from records.models import Role, Staff, Ticket
from records.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """``packet`` is None while asked, and when the short time for which it is kept is over."""

    state: Literal["revealed", "asked", "gone"]
    packet: Mapping[str, Any] | None = None


class Reveal:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def reveal(self, staff: Staff, conversation_id: str, reason: str) -> Revealed:
        """Opens the sealed locator packet, or asks the supervisors; asking again later may open it.

        Raises:
            ReasonMissingError: No written reason.
            TicketNotVisibleError, NotOwnerError: Not of their lines; neither supervisor nor owner.
            RevealRefusedError: A supervisor decided against it.
        """
        if not reason.strip():
            raise ReasonMissingError("reveal")

        async def work(tx: Tx) -> Revealed:
            await rows.lock_conversation(tx, conversation_id)
            ticket = await self._ticket(tx, conversation_id)
            if ticket.line_id not in staff.line_ids and ticket.owner_id != staff.id:
                raise TicketNotVisibleError
            if Role.SUPERVISOR in staff.roles:
                await self._record(tx, ticket, staff, reason, Standing.DONE)
                return await self._open(tx, ticket, staff, "supervisor")
            if ticket.owner_id != staff.id:
                raise NotOwnerError(ticket.id)
            return await self._alone(tx, ticket, staff, reason)

        return await self._room.store.write(work)

    async def _alone(self, tx: Tx, ticket: Ticket, staff: Staff, reason: str) -> Revealed:
        asked = await self._asked(tx, ticket, staff)
        if asked is None:
            await self._record(tx, ticket, staff, reason, Standing.ASKED)
            await self._audit(tx, staff, ticket, "reveal.ask")
            self._alarm(tx, ticket)
            return Revealed(state="asked")
        if asked.state == Standing.REJECTED:
            raise RevealRefusedError
        if asked.state == Standing.ALLOWED:
            await lowerings.settle(tx, asked.id, expect_state=Standing.ALLOWED, state=Standing.DONE)
            return await self._open(tx, ticket, staff, "allowed")
        if (tx.now - asked.at).total_seconds() < self._room.settings.reveal_alone_s:
            self._alarm(tx, ticket)
            return Revealed(state="asked")
        await lowerings.settle(tx, asked.id, expect_state=Standing.ASKED, state=Standing.REVIEW_DUE)
        self._alarm(tx, ticket)
        return await self._open(tx, ticket, staff, "alone")

    async def _asked(self, tx: Tx, ticket: Ticket, staff: Staff) -> Lowering | None:
        waiting = (Standing.ASKED, Standing.ALLOWED, Standing.REJECTED)
        mine = [
            row
            for row in await lowerings.for_conversation(tx, ticket.conversation_id)
            if row.kind == Doing.REVEAL
            and row.by_id == staff.id
            and row.ticket_id == ticket.id
            and row.state in waiting
        ]
        return mine[-1] if mine else None

    async def _open(self, tx: Tx, ticket: Ticket, staff: Staff, how: str) -> Revealed:
        """The entry in the audit trail is written in this very transaction: no entry, no packet."""
        packet = await conversations.open_locator(tx, ticket.conversation_id)
        await self._audit(tx, staff, ticket, "reveal.open", how=how, found=packet is not None)
        return Revealed(state="gone" if packet is None else "revealed", packet=packet)

    async def _record(self, tx: Tx, ticket: Ticket, staff: Staff, reason: str, state: Standing) -> None:
        newest = await rows.last_seeker_seq(tx, ticket.conversation_id)
        await lowering.record(
            tx, ticket, staff, self._room.settings, doing=Doing.REVEAL, from_level=ticket.level,
            to_level=ticket.level, state=state, last_seq=newest, reason=reason,
        )  # fmt: skip

    def _alarm(self, tx: Tx, ticket: Ticket) -> None:
        self._room.announcer.change(tx, change_of(ticket, "alert", why="reveal"))

    async def _ticket(self, tx: Tx, conversation_id: str) -> Ticket:
        known = await tickets.history(tx, conversation_id)
        if not known:
            raise TicketNotVisibleError
        return known[-1]

    async def _audit(self, tx: Tx, staff: Staff, ticket: Ticket, action: str, **data: Any) -> None:
        await audit.write(
            tx, actor=staff.id, action=action, object_kind="conversation", object_id=ticket.conversation_id, data=data
        )
