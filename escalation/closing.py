"""Ending and lowering (S5): only a human lowers, with a reason; at level 4 two, or one and a review within a day.

Closing and handing back to the bot at level 3 and above count as lowering. A message that came after what the
counsellor had read voids them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from escalation import clocks, lowering, rows
from escalation.announce import change_of
from escalation.errors import (
    NewerMessagesError,
    ReasonMissingError,
    RefusedTransitionError,
    StaleFenceError,
    TicketNotVisibleError,
)
from escalation.events import Closed, DeskEvent, HandedBack, Lowered, ReachEnded
from escalation.lowering import Doing, Standing
from escalation.machine import Move, check
from escalation.room import Room
from escalation.tickets import Tickets
from nlu.labels import ESCALATION_LEVEL, RiskLevel
from records import audit, conversations, lowerings, seekers, tickets
from records.errors import NotFoundError
from records.lowerings import Lowering
from records.models import Conversation, Mode, Staff, Ticket, TicketReason, TicketState
from records.store import Tx

State = Literal["closed", "lowered", "handed_back", "needs_second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a ticket is to end."""

    disposition: str
    note: str
    risk: Mapping[str, Any]
    reason: str = ""


class Closing:
    def __init__(self, room: Room, opening: Tickets) -> None:
        self._room = room
        self._opening = opening

    async def close(self, staff: Staff, ticket_id: str, fence: int, last_seq: int, ending: Ending) -> State:
        """Ends the ticket; the bot takes the conversation. The level stays with the seeker, and with the conversation
        too unless the risk was asked about and denied.

        Raises:
            ReasonMissingError: At level 3 and above without one.
            NewerMessagesError: The seeker wrote after ``last_seq``.
            StaleFenceError, NotOwnerError, RefusedTransitionError: See the tree of errors.
        """
        return await self._end(staff, ticket_id, fence, last_seq, ending, Doing.CLOSE)

    async def to_bot(
        self, staff: Staff, ticket_id: str, fence: int, note: str, reason: str, last_seq: int | None
    ) -> State:
        """Hands the conversation to the bot: the ticket ends. Without ``last_seq`` nothing unanswered may stand."""
        ending = Ending(
            disposition="handed_to_bot", note=note, risk={"asked": False, "answer": "not_asked"}, reason=reason
        )
        return await self._end(staff, ticket_id, fence, last_seq, ending, Doing.TO_BOT)

    async def _end(
        self, staff: Staff, ticket_id: str, fence: int, last_seq: int | None, ending: Ending, doing: Doing
    ) -> State:
        alone = await self._alone(staff, ticket_id)

        async def work(tx: Tx) -> State:
            move = Move.CLOSE if doing is Doing.CLOSE else Move.HAND_BACK
            ticket, conversation = await self._mine(tx, staff, ticket_id, fence, move)
            level = max(ticket.level, conversation.level)
            seen = await self._read_all(tx, ticket, last_seq)
            if level >= ESCALATION_LEVEL:
                if not ending.reason.strip():
                    raise ReasonMissingError(move)
                state = lowering.standing(level, alone=alone)
                await lowering.record(
                    tx, ticket, staff, self._room.settings, doing=doing, from_level=level,
                    to_level=_level_after(conversation.level, ending.risk), state=state, last_seq=seen,
                    reason=ending.reason,
                )  # fmt: skip
                if state is Standing.NEEDS_SECOND:
                    return await self._ask_second(tx, ticket, staff, ending)
            await self._finish(tx, ticket, conversation, staff.id, ending.disposition, ending.note, ending.risk, doing)
            return "closed" if doing is Doing.CLOSE else "handed_back"

        return await self._room.store.write(work)

    async def _ask_second(self, tx: Tx, ticket: Ticket, staff: Staff, ending: Ending) -> State:
        """What the confirmation will write is kept on the ticket, which stays with its owner until then."""
        await self._swap(tx, ticket, disposition=ending.disposition, risk=dict(ending.risk), note=ending.note)
        await self._audit(tx, staff.id, "ticket.second_asked", ticket.id)
        self._room.announcer.change(tx, change_of(ticket, "ticket", why="review"))
        return "needs_second"

    async def _finish(
        self, tx: Tx, ticket: Ticket, conversation: Conversation, by: str, disposition: str, note: str | None,
        risk: Mapping[str, Any] | None, doing: Doing,
    ) -> None:  # fmt: skip
        await self._swap(
            tx, ticket, new_fence=True, state=TicketState.CLOSED, closed_at=tx.now, disposition=disposition,
            risk=None if risk is None else dict(risk), note=note, lease_until=None, word_due_at=None,
            out_of_reach_at=None, transfer_line_id=None, transfer_staff_id=None, transfer_by_id=None,
            transfer_note=None,
        )  # fmt: skip
        await clocks.stop_all(tx, ticket.id)
        level = _level_after(conversation.level, risk or {})
        lowered = {"level": level, "level_at": tx.now} if level < conversation.level else {}
        await conversations.bump(tx, ticket.conversation_id, mode=Mode.BOT, owner_id=None, **lowered)
        await rows.append_event(tx, ticket, _event(ticket, by, disposition, doing), by)
        await self._audit(tx, by, f"ticket.{doing}", ticket.id, level=int(ticket.level), to=int(level))
        after = await tickets.get(tx, ticket.id)
        self._room.announcer.ticket(tx, after)

    # Lowering without ending

    async def lower(
        self, staff: Staff, ticket_id: str, fence: int, last_seq: int, level: RiskLevel, reason: str
    ) -> State:
        """The owner lowers ticket, conversation and seeker to ``level``, or asks for the second human.

        Raises:
            ReasonMissingError: No reason given.
            RefusedTransitionError: Not lower than now.
            NewerMessagesError: The seeker wrote after ``last_seq``.
        """
        alone = await self._alone(staff, ticket_id)

        async def work(tx: Tx) -> State:
            ticket, conversation = await self._mine(tx, staff, ticket_id, fence, Move.LOWER)
            now = max(ticket.level, conversation.level)
            if not reason.strip():
                raise ReasonMissingError(Move.LOWER)
            if level >= now:
                raise RefusedTransitionError(ticket.id, Move.LOWER, ticket.state, "not_lower")
            seen = await self._read_all(tx, ticket, last_seq)
            state = lowering.standing(now, alone=alone)
            await lowering.record(
                tx, ticket, staff, self._room.settings, doing=Doing.LOWER, from_level=now, to_level=level,
                state=state, last_seq=seen, reason=reason,
            )  # fmt: skip
            if state is Standing.NEEDS_SECOND:
                await self._audit(tx, staff.id, "ticket.second_asked", ticket.id)
                self._room.announcer.change(tx, change_of(ticket, "ticket", why="review"))
                return "needs_second"
            await self._apply(tx, ticket, now, level, staff.id, None)
            return "lowered"

        return await self._room.store.write(work)

    async def _apply(
        self, tx: Tx, ticket: Ticket, before: RiskLevel, level: RiskLevel, by: str, second: str | None
    ) -> None:
        due = clocks.word_due(tx, level, self._room.settings) if ticket.word_due_at is not None else None
        await self._swap(tx, ticket, level=level, word_due_at=due)
        await clocks.run_first_word(tx, ticket.id, due)
        await conversations.bump(tx, ticket.conversation_id, level=level, level_at=tx.now)
        await seekers.lower_level(tx, ticket.seeker_id, level)
        event = Lowered(
            level=int(level), from_level=int(before), staff_id=by, ticket_id=ticket.id, second_id=second
        )  # fmt: skip
        await rows.append_event(tx, ticket, event, by)
        await self._audit(tx, second or by, "ticket.lower", ticket.id, before=int(before), after=int(level), first=by)
        self._room.announcer.ticket(tx, await tickets.get(tx, ticket.id))

    # The second human, and the review within a day

    async def review(self, staff: Staff, lowering_id: str, *, confirm: bool, note: str) -> str:
        """A supervisor decides; never the person who asked. The state of the row afterwards.

        Raises:
            TicketNotVisibleError: Unknown, or of another line.
            RefusedTransitionError: Decided already, or one's own.
            NewerMessagesError: The seeker wrote meanwhile: void.
        """

        async def work(tx: Tx) -> str | int:
            row = await _known_row(tx, lowering_id)
            ticket = await rows.known_ticket(tx, row.ticket_id or "")
            if ticket.line_id not in staff.line_ids:
                raise TicketNotVisibleError
            if row.state not in lowering.OPEN or row.by_id == staff.id:
                why = "own" if row.by_id == staff.id else "decided"
                raise RefusedTransitionError(ticket.id, "review", row.state, why)
            await rows.lock_conversation(tx, ticket.conversation_id)
            newest = await rows.last_seeker_seq(tx, ticket.conversation_id)
            if confirm and row.state == Standing.NEEDS_SECOND and newest > row.last_seq:
                await lowerings.void(tx, ticket.conversation_id)
                return newest
            state = await self._decide(tx, staff, row, ticket, confirm=confirm)
            await lowerings.settle(
                tx, row.id, expect_state=row.state, state=state, second_id=staff.id, note=note or None
            )
            verdict = "confirm" if confirm else "reject"
            await self._audit(tx, staff.id, f"review.{verdict}", ticket.id, kind=row.kind, lowering=row.id)
            return state

        done = await self._room.store.write(work)
        if isinstance(done, int):
            # Raised only now: the row's being void has to be written.
            raise NewerMessagesError(lowering_id, done)
        return done

    async def _decide(self, tx: Tx, staff: Staff, row: Lowering, ticket: Ticket, *, confirm: bool) -> Standing:
        if row.kind == Doing.REVEAL and row.state == Standing.ASKED:
            return Standing.ALLOWED if confirm else Standing.REJECTED
        if not confirm:
            if row.state == Standing.REVIEW_DUE and row.kind != Doing.REVEAL:
                await self._undo(tx, staff, row, ticket)
            return Standing.REJECTED
        if row.state == Standing.NEEDS_SECOND:
            await self._carry_out(tx, staff, row, ticket)
        return Standing.DONE

    async def _carry_out(self, tx: Tx, staff: Staff, row: Lowering, ticket: Ticket) -> None:
        check(ticket, Move.LOWER if row.kind == Doing.LOWER else Move.CLOSE)
        if row.kind == Doing.LOWER:
            before, level = RiskLevel(row.from_level), RiskLevel(row.to_level)
            await self._apply(tx, ticket, before, level, row.by_id, staff.id)
            return
        conversation = await conversations.get(tx, ticket.conversation_id)
        words = await tickets.words(tx, ticket.id)
        await self._finish(
            tx, ticket, conversation, row.by_id, ticket.disposition or "closed", words.note, ticket.risk,
            Doing(row.kind),
        )  # fmt: skip

    async def _undo(self, tx: Tx, staff: Staff, row: Lowering, ticket: Ticket) -> None:
        """The reviewer sees more danger than the one who was alone: the level is back, and somebody is called."""
        level = RiskLevel(row.from_level)
        conversation = await conversations.get(tx, ticket.conversation_id)
        await conversations.bump(tx, conversation.id, level=max(level, conversation.level), level_at=tx.now)
        await seekers.raise_level(tx, ticket.seeker_id, level)
        await self._audit(tx, staff.id, "review.undo", ticket.id, level=int(level))
        if conversation.mode is not Mode.HUMAN:
            await conversations.bump(tx, conversation.id, mode=Mode.WAITING)
        await self._opening.call(
            tx, conversation, level=level, reason=TicketReason.RISK, categories=ticket.categories,
            subject=ticket.subject, message_seq=ticket.message_seq,
        )  # fmt: skip

    # Out of reach

    async def end_reach(self, staff: Staff, conversation_id: str, note: str, outcome: str) -> None:
        """A human ends ``out_of_reach`` (S16): the ticket closes and the level stays. At level 4 it is reviewed.

        Raises:
            TicketNotVisibleError: Not out of reach, or not of their lines.
            NotOwnerError: A colleague has it.
        """

        async def work(tx: Tx) -> None:
            ticket = await tickets.open_for(tx, conversation_id)
            if ticket is None or ticket.out_of_reach_at is None or ticket.line_id not in staff.line_ids:
                raise TicketNotVisibleError
            check(ticket, Move.END_REACH, owner=staff.id if ticket.owner_id is not None else None)
            if not note.strip():
                raise ReasonMissingError(Move.END_REACH)
            await rows.lock_conversation(tx, conversation_id)
            conversation = await conversations.get(tx, conversation_id)
            level = max(ticket.level, conversation.level)
            state = Standing.REVIEW_DUE if level >= RiskLevel.IMMINENT else Standing.DONE
            newest = await rows.last_seeker_seq(tx, conversation_id)
            if level >= ESCALATION_LEVEL:
                await lowering.record(
                    tx, ticket, staff, self._room.settings, doing=Doing.REACH, from_level=level, to_level=level,
                    state=state, last_seq=newest, reason=note,
                )  # fmt: skip
            await self._finish(tx, ticket, conversation, staff.id, outcome, note, None, Doing.REACH)

        await self._room.store.write(work)

    # Shared

    async def _mine(self, tx: Tx, staff: Staff, ticket_id: str, fence: int, move: Move) -> tuple[Ticket, Conversation]:
        ticket = await rows.known_ticket(tx, ticket_id)
        if ticket.line_id not in staff.line_ids and ticket.owner_id != staff.id:
            raise TicketNotVisibleError
        check(ticket, move, owner=staff.id, fence=fence)
        await rows.lock_conversation(tx, ticket.conversation_id)
        return ticket, await conversations.get(tx, ticket.conversation_id)

    async def _read_all(self, tx: Tx, ticket: Ticket, last_seq: int | None) -> int:
        newest = await rows.last_seeker_seq(tx, ticket.conversation_id)
        unread = newest > last_seq if last_seq is not None else ticket.word_due_at is not None
        if unread:
            raise NewerMessagesError(ticket.id, newest)
        return newest

    async def _alone(self, staff: Staff, ticket_id: str) -> bool:
        async with self._room.store.read() as tx:
            ticket = await rows.known_ticket(tx, ticket_id)
        return await self._room.alone(staff.id, [ticket.line_id])

    async def _swap(self, tx: Tx, ticket: Ticket, *, new_fence: bool = False, **changed: Any) -> None:
        done = await tickets.swap(
            tx, ticket.id, expect_state=ticket.state, expect_fence=ticket.fence, new_fence=new_fence, **changed
        )
        if not done:
            now = await rows.known_ticket(tx, ticket.id)
            raise StaleFenceError(ticket.id, ticket.fence, now.fence)

    async def _audit(self, tx: Tx, by: str, action: str, ticket_id: str, **data: Any) -> None:
        await audit.write(tx, actor=by, action=action, object_kind="ticket", object_id=ticket_id, data=data)


def _level_after(level: RiskLevel, risk: Mapping[str, Any]) -> RiskLevel:
    """Asked and denied takes a conversation down to moderate; anything else lowers nothing."""
    denied = risk.get("asked") is True and risk.get("answer") == "denied"
    return min(level, RiskLevel.MODERATE) if denied else level


def _event(ticket: Ticket, by: str, disposition: str, doing: Doing) -> DeskEvent:
    if doing is Doing.TO_BOT:
        return HandedBack(ticket_id=ticket.id, staff_id=by, to="bot")
    if doing is Doing.REACH:
        return ReachEnded(ticket_id=ticket.id, staff_id=by, outcome=disposition)
    return Closed(ticket_id=ticket.id, staff_id=by, disposition=disposition)


async def _known_row(tx: Tx, lowering_id: str) -> Lowering:
    try:
        return await lowerings.get(tx, lowering_id)
    except NotFoundError:
        raise TicketNotVisibleError from None
