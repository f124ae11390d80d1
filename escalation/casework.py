"""Who has a ticket: taking, handing back, transferring. Every method is one transaction and one transition.

The database decides (a conditional update with the fence); Redis only says where to look first (S4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from escalation import clocks, priority, rows
from escalation.announce import change_of
from escalation.errors import (
    AlreadyClaimedError,
    NotOwnerError,
    OffDutyError,
    RefusedTransitionError,
    StaleFenceError,
    TicketNotVisibleError,
)
from escalation.events import Claimed, DeskEvent, HandedBack, LeaseLost, TransferDeclined, Transferred, Unanswered
from escalation.ladder import lent
from escalation.machine import Move, check
from escalation.room import Room
from records import audit, conversations, lines, outbox, tickets, timers
from records import staff as people
from records.models import Mode, Role, Staff, Ticket, TicketState
from records.store import Tx

CANDIDATES = 50


class Casework:
    """The desk's decisions about who has a ticket."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._settings = room.settings

    # Taking

    async def next(self, staff: Staff) -> Ticket | None:
        """The most urgent ticket that this counsellor is fit for and has room for; None when there is none.

        Raises:
            OffDutyError: Not on duty.
        """
        duty = await self._room.presence.of(staff)
        if not self._room.presence.counts(duty):
            raise OffDutyError
        known = await self._room.queue.candidates(staff.line_ids, CANDIDATES)
        alone = await self._room.alone(staff.id, staff.line_ids)

        async def work(tx: Tx) -> Ticket | None:
            await rows.lock_staff(tx, staff.id)
            mine = await tickets.claimed_by(tx, staff.id)
            for ticket in await self._fitting(tx, staff, known, alone=alone):
                if priority.has_room(ticket.level, mine, duty.capacity):
                    taken = await self._take(tx, staff, ticket, "ticket.next")
                    if taken is not None:
                        return taken
            return None

        return await self._room.store.write(work)

    async def _fitting(self, tx: Tx, staff: Staff, known: list[str] | None, *, alone: bool) -> list[Ticket]:
        """Waiting tickets for this person, best first: from what Redis named, else from the whole table."""
        if known:
            named = [ticket for one in known if (ticket := await rows.ticket_or_none(tx, one)) is not None]
            waiting = [ticket for ticket in named if ticket.state is TicketState.WAITING]
            if found := await self._fit(tx, staff, [*waiting, *await self._lent(tx, staff)], alone=alone):
                return found
        return await self._fit(tx, staff, await self.reachable(tx, staff), alone=alone)

    async def _lent(self, tx: Tx, staff: Staff) -> list[Ticket]:
        known = await lines.all(tx)
        if not any(line.neighbour_id in staff.line_ids and line.id not in staff.line_ids for line in known):
            return []
        return lent(self._settings, await tickets.waiting(tx), known, staff.line_ids)

    async def reachable(self, tx: Tx, staff: Staff) -> list[Ticket]:
        """Everything that waits on this person's lines, and what the ladder lent to them as neighbours."""
        everything = await tickets.waiting(tx)
        own = [ticket for ticket in everything if ticket.line_id in staff.line_ids]
        return own + lent(self._settings, everything, await lines.all(tx), staff.line_ids)

    async def _fit(self, tx: Tx, staff: Staff, waiting: Sequence[Ticket], *, alone: bool) -> list[Ticket]:
        needs = await rows.needs(tx, waiting)
        fit = [
            need.ticket
            for need in needs
            if priority.is_skilled(staff, need, tx.now, self._settings)
            # Whoever let it slip does not get it again, unless nobody else is there to take it.
            and (alone or staff.id not in need.ticket.skip_staff)
        ]
        return priority.in_order(fit, self._settings)

    async def claim(self, staff: Staff, ticket_id: str, fence: int) -> Ticket:
        """A supervisor picks one; for the addressee of a transfer this accepts it.

        Raises:
            TicketNotVisibleError: Unknown, or of another line.
            AlreadyClaimedError, StaleFenceError, RefusedTransitionError: See the tree of errors.
            NotOwnerError: Neither a supervisor nor the addressee.
        """

        async def work(tx: Tx) -> Ticket:
            ticket = await rows.known_ticket(tx, ticket_id)
            if is_addressee(staff, ticket):
                return await self._accept(tx, staff, ticket, fence)
            if ticket.line_id not in staff.line_ids and ticket not in await self._lent(tx, staff):
                raise TicketNotVisibleError
            if Role.SUPERVISOR not in staff.roles:
                raise NotOwnerError(ticket_id)
            if ticket.state is TicketState.CLAIMED:
                raise AlreadyClaimedError(ticket_id)
            check(ticket, Move.CLAIM, fence=fence)
            taken = await self._take(tx, staff, ticket, "ticket.claim")
            if taken is None:
                raise AlreadyClaimedError(ticket_id)
            return taken

        return await self._room.store.write(work)

    async def _take(self, tx: Tx, staff: Staff, ticket: Ticket, action: str) -> Ticket | None:
        """None when somebody was faster."""
        await rows.lock_conversation(tx, ticket.conversation_id)
        due = clocks.word_due(tx, ticket.level, self._settings)
        taken = await tickets.swap(
            tx, ticket.id, expect_state=TicketState.WAITING, expect_fence=ticket.fence, new_fence=True,
            state=TicketState.CLAIMED, owner_id=staff.id, claimed_at=tx.now, first_word_at=None, word_due_at=due,
            lease_until=tx.now + timedelta(seconds=self._settings.lease_s),
        )  # fmt: skip
        if not taken:
            return None
        await clocks.run_first_word(tx, ticket.id, due)
        await timers.cancel(tx, clocks.LADDER, ticket.id)
        # From here on no machine text reaches the seeker (S6): what was queued and is not sent yet is cancelled.
        await outbox.cancel_machine(tx, ticket.conversation_id)
        after = await rows.known_ticket(tx, ticket.id)
        event = Claimed(ticket_id=ticket.id, staff_id=staff.id, fence=after.fence)
        owner = {"mode": Mode.HUMAN, "owner_id": staff.id, "last_owner_id": staff.id}
        await self._done(tx, after, staff.id, action, event, **owner)
        self._room.announcer.ticket(tx, after)
        return after

    # Giving up

    async def to_queue(self, staff: Staff, ticket_id: str, fence: int, note: str, reason: str = "") -> Ticket:
        """Back into the queue at its old place. The level stays, so this lowers nothing."""

        async def work(tx: Tx) -> Ticket:
            ticket = await self._mine(tx, staff, ticket_id, fence, Move.HAND_BACK)
            for text in (note, reason):
                if text:
                    await rows.append_note(tx, ticket, text, staff.id)
            event = HandedBack(ticket_id=ticket.id, staff_id=staff.id, to="queue")
            return await self.back_to_waiting(tx, ticket, event, "ticket.hand_back", by=staff.id)

        return await self._room.store.write(work)

    async def back_to_waiting(
        self, tx: Tx, ticket: Ticket, event: DeskEvent, action: str, *, by: str = "machine", lost: str = "",
        alert: str = "",
    ) -> Ticket:  # fmt: skip
        """Shared by hand-back, lapse and silence: old priority, new fence, ladder from the bottom."""
        await rows.lock_conversation(tx, ticket.conversation_id)
        skip = {*ticket.skip_staff, ticket.owner_id} if not isinstance(event, LeaseLost) else set(ticket.skip_staff)
        done = await tickets.swap(
            tx, ticket.id, expect_state=TicketState.CLAIMED, expect_fence=ticket.fence, new_fence=True,
            state=TicketState.WAITING, owner_id=None, lease_until=None, claimed_at=None, first_word_at=None,
            word_due_at=None, rung=0, skip_staff=sorted(filter(None, skip)), **NO_TRANSFER,
        )  # fmt: skip
        after = await rows.known_ticket(tx, ticket.id)
        if not done:
            raise StaleFenceError(ticket.id, ticket.fence, after.fence)
        await timers.cancel(tx, clocks.FIRST_WORD, ticket.id)
        await timers.cancel(tx, clocks.TRANSFER, ticket.id)
        await clocks.start_ladder(tx, after)
        await self._done(tx, after, by, action, event, mode=Mode.WAITING, owner_id=None)
        self._room.announcer.ticket(tx, after, alert=alert, lost=f"{ticket.owner_id} {lost}" if lost else "")
        return after

    async def lapse(self, ticket_id: str) -> bool:
        """A lease ran out: back at the old priority, the seeker is told (D4). False: renewed meanwhile."""

        async def work(tx: Tx) -> bool:
            ticket = await rows.known_ticket(tx, ticket_id)
            if ticket.state is not TicketState.CLAIMED or ticket.lease_until is None or ticket.lease_until > tx.now:
                return False
            event = LeaseLost(ticket_id=ticket.id, staff_id=ticket.owner_id)
            await self.back_to_waiting(tx, ticket, event, "ticket.lapse", lost="lease", alert="new")
            return True

        return await self._room.store.write(work)

    async def silent(self, ticket_id: str) -> bool:
        """The clock for a human word ran out (S14): others may take it. False when the word came meanwhile."""

        async def work(tx: Tx) -> bool:
            ticket = await rows.known_ticket(tx, ticket_id)
            if ticket.state is not TicketState.CLAIMED or ticket.word_due_at is None or ticket.word_due_at > tx.now:
                return False
            event = Unanswered(ticket_id=ticket.id, staff_id=ticket.owner_id)
            await self.back_to_waiting(tx, ticket, event, "ticket.unanswered", lost="unanswered", alert="unanswered")
            return True

        return await self._room.store.write(work)

    # Transfer: the sender keeps the duty until a person accepts

    async def offer(
        self, staff: Staff, ticket_id: str, fence: int, note: str, *, to_line: str | None, to_staff: str | None
    ) -> Ticket:
        """Offers the ticket to a line or a person. Nothing changes for the seeker, and the level travels.

        Raises:
            RefusedTransitionError: Offered already, no such addressee, or to oneself.
        """

        async def work(tx: Tx) -> Ticket:
            ticket = await self._mine(tx, staff, ticket_id, fence, Move.OFFER)
            await self._check_addressee(tx, ticket, to_line, to_staff)
            await self._swap(
                tx, ticket, transfer_line_id=to_line, transfer_staff_id=to_staff, transfer_by_id=staff.id,
                transfer_note=note,
            )  # fmt: skip
            await clocks.set_in(tx, clocks.TRANSFER, ticket.id, self._settings.transfer_s)
            after = await rows.known_ticket(tx, ticket_id)
            await self._audit(tx, staff.id, "ticket.transfer", ticket.id, line=to_line, staff=to_staff)
            self._room.announcer.ticket(tx, after, alert="transfer", to=to_staff or "", line_id=to_line or "")
            return after

        return await self._room.store.write(work)

    async def _check_addressee(self, tx: Tx, ticket: Ticket, to_line: str | None, to_staff: str | None) -> None:
        def refused(why: str) -> RefusedTransitionError:
            return RefusedTransitionError(ticket.id, Move.OFFER, ticket.state, why)

        if ticket.transfer_by_id is not None:
            raise refused("offered")
        if (to_line is None) == (to_staff is None):
            raise refused("addressee")
        if to_line == ticket.line_id or to_staff == ticket.owner_id:
            raise refused("same")
        if to_line is not None and to_line not in {line.id for line in await lines.all(tx)}:
            raise refused("unknown_line")
        if to_staff is not None:
            known = {person.id: person for person in await people.all(tx)}
            person = known.get(to_staff)
            if person is None or person.disabled_at is not None or not CARE_ROLES & person.roles:
                raise refused("unknown_person")

    async def accept(self, staff: Staff, ticket_id: str, fence: int) -> Ticket:
        """The addressee takes the duty."""

        async def work(tx: Tx) -> Ticket:
            ticket = await rows.known_ticket(tx, ticket_id)
            if not is_addressee(staff, ticket):
                raise TicketNotVisibleError
            return await self._accept(tx, staff, ticket, fence)

        return await self._room.store.write(work)

    async def _accept(self, tx: Tx, staff: Staff, ticket: Ticket, fence: int) -> Ticket:
        check(ticket, Move.ACCEPT, fence=fence)
        await rows.lock_conversation(tx, ticket.conversation_id)
        line_id = ticket.transfer_line_id or ticket.line_id
        due = clocks.word_due(tx, ticket.level, self._settings)
        done = await tickets.swap(
            tx, ticket.id, expect_state=TicketState.CLAIMED, expect_fence=fence, new_fence=True, owner_id=staff.id,
            line_id=line_id, claimed_at=tx.now, first_word_at=None, word_due_at=due, **NO_TRANSFER,
            lease_until=tx.now + timedelta(seconds=self._settings.lease_s),
        )  # fmt: skip
        after = await rows.known_ticket(tx, ticket.id)
        if not done:
            raise StaleFenceError(ticket.id, fence, after.fence)
        await clocks.run_first_word(tx, ticket.id, due)
        await timers.cancel(tx, clocks.TRANSFER, ticket.id)
        event = Transferred(
            ticket_id=ticket.id, from_staff_id=ticket.owner_id or "", staff_id=staff.id, line_id=line_id,
            fence=after.fence,
        )  # fmt: skip
        owner = {"owner_id": staff.id, "last_owner_id": staff.id, "line_id": line_id}
        await self._done(tx, after, staff.id, "ticket.accept", event, **owner)
        self._room.announcer.moved(tx, ticket.line_id, ticket.id)
        self._room.announcer.ticket(tx, after, lost=f"{ticket.owner_id} taken")
        return after

    async def decline(self, staff: Staff, ticket_id: str, fence: int, note: str) -> Ticket:
        """Gives the offer back. For an offer to a whole line only its supervisor declines for all."""

        async def work(tx: Tx) -> Ticket:
            ticket = await rows.known_ticket(tx, ticket_id)
            if not is_addressee(staff, ticket):
                raise TicketNotVisibleError
            check(ticket, Move.DECLINE, fence=fence)
            if ticket.transfer_line_id is not None and Role.SUPERVISOR not in staff.roles:
                return ticket
            if note:
                await rows.append_note(tx, ticket, note, staff.id)
            return await self._return(tx, ticket, staff.id, "declined")

        return await self._room.store.write(work)

    async def transfer_timed_out(self, ticket_id: str) -> None:
        """Nobody accepted: the sender has it, and has had it all the time."""

        async def work(tx: Tx) -> None:
            ticket = await rows.ticket_or_none(tx, ticket_id)
            if ticket is not None and ticket.transfer_by_id is not None and ticket.state is TicketState.CLAIMED:
                await self._return(tx, ticket, MACHINE, "timeout")

        await self._room.store.write(work)

    async def _return(self, tx: Tx, ticket: Ticket, by: str, why: Literal["declined", "timeout"]) -> Ticket:
        await self._swap(tx, ticket, **NO_TRANSFER)
        await timers.cancel(tx, clocks.TRANSFER, ticket.id)
        after = await rows.known_ticket(tx, ticket.id)
        await self._done(tx, after, by, "ticket.transfer_returned", TransferDeclined(ticket_id=ticket.id, why=why))
        self._room.announcer.ticket(tx, after, alert="transfer", to=ticket.owner_id or "")
        if ticket.transfer_line_id is not None:
            over = change_of(after, "ticket", line_id=ticket.transfer_line_id)
            self._room.announcer.change(tx, over)
        return after

    # Shared

    async def _mine(self, tx: Tx, staff: Staff, ticket_id: str, fence: int, move: Move) -> Ticket:
        ticket = await rows.known_ticket(tx, ticket_id)
        if ticket.line_id not in staff.line_ids and ticket.owner_id != staff.id:
            raise TicketNotVisibleError
        check(ticket, move, owner=staff.id, fence=fence)
        await rows.lock_conversation(tx, ticket.conversation_id)
        return ticket

    async def _swap(self, tx: Tx, ticket: Ticket, **changed: Any) -> None:
        done = await tickets.swap(tx, ticket.id, expect_state=ticket.state, expect_fence=ticket.fence, **changed)
        if not done:
            now = await rows.known_ticket(tx, ticket.id)
            raise StaleFenceError(ticket.id, ticket.fence, now.fence)

    async def _done(self, tx: Tx, ticket: Ticket, by: str, action: str, event: DeskEvent, **conversation: Any) -> None:
        """The conversation's row, the event and the audit entry of a transition."""
        await conversations.bump(tx, ticket.conversation_id, **conversation)
        await rows.append_event(tx, ticket, event, None if by == MACHINE else by)
        await self._audit(tx, by, action, ticket.id)

    async def _audit(self, tx: Tx, by: str, action: str, ticket_id: str, **data: Any) -> None:
        await audit.write(tx, actor=by, action=action, object_kind="ticket", object_id=ticket_id, data=data)


MACHINE = "machine"
CARE_ROLES = frozenset({Role.COUNSELLOR, Role.SUPERVISOR})
NO_TRANSFER: dict[str, Any] = {
    "transfer_line_id": None, "transfer_staff_id": None, "transfer_by_id": None, "transfer_note": None,
}  # fmt: skip


def is_addressee(staff: Staff, ticket: Ticket) -> bool:
    """Whether the ticket is offered to this person, by name or through their line."""
    if ticket.transfer_by_id is None or ticket.owner_id == staff.id:
        return False
    return ticket.transfer_staff_id == staff.id or ticket.transfer_line_id in staff.line_ids
