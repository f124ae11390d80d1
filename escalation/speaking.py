"""What a counsellor sends or notes: record and outbox row in one transaction, always with the fence."""

from __future__ import annotations

from typing import Any

from escalation import clocks, rows
from escalation.errors import StaleFenceError, TicketNotVisibleError
from escalation.events import StaffWord
from escalation.machine import Move, check
from escalation.room import Room
from records import audit, conversations, messages, outbox, tickets
from records.errors import DuplicateMessageError
from records.models import Author, Body, Conversation, Delivery, Kind, Message, Staff, Ticket, TicketState
from records.store import Tx


class Speaking:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def say(self, staff: Staff, conversation_id: str, client_id: str, text: str, fence: int) -> Message:
        """A human word: delivered, and the clock of S14 stops. The same ``client_id`` again answers the first message.

        Raises:
            StaleFenceError, NotOwnerError, RefusedTransitionError: The talk is not (or no more) theirs.
            TicketNotVisibleError: No open ticket.
        """

        async def work(tx: Tx) -> Message:
            ticket, conversation = await self._mine(tx, staff, conversation_id, fence)
            message = await self._send(tx, conversation, staff, client_id, Kind.TEXT, {"text": text}, safety=False)
            first = ticket.first_word_at is None
            await self._swap(tx, ticket, word_due_at=None, **({"first_word_at": tx.now} if first else {}))
            await clocks.run_first_word(tx, ticket.id, None)
            if first:
                event = StaffWord(ticket_id=ticket.id, staff_id=staff.id, seq=message.seq)
                await rows.append_event(tx, ticket, event, staff.id)
            await self._after(tx, ticket, staff, "message.send", message)
            return message

        return await self._once(work)

    async def safety_card(self, staff: Staff, conversation_id: str, client_id: str, fence: int) -> Message:
        """The reviewed card, with one click (S6). A card is no human word: it stops no clock.

        Raises:
            As ``say``.
        """
        async with self._room.store.read() as tx:
            open_ticket = await tickets.open_for(tx, conversation_id)
            if open_ticket is None:
                raise TicketNotVisibleError
            talk = await conversations.get(tx, conversation_id)
        body = await self._room.ports.cards.body(talk, open_ticket)

        async def work(tx: Tx) -> Message:
            ticket, conversation = await self._mine(tx, staff, conversation_id, fence)
            message = await self._send(tx, conversation, staff, client_id, Kind.CARD, body, safety=True)
            await self._swap(tx, ticket, state=TicketState.CLAIMED)
            await self._after(tx, ticket, staff, "message.safety_card", message)
            return message

        return await self._once(work)

    async def note(self, staff: Staff, conversation: Conversation, client_id: str, text: str) -> Message:
        """For colleagues only; never sent. The caller has checked that this person may see the conversation."""

        async def work(tx: Tx) -> Message:
            message = await messages.append(
                tx, conversation_id=conversation.id, seeker_id=conversation.seeker_id, author=Author.STAFF,
                kind=Kind.NOTE, body={"text": text}, identity_id=conversation.identity_id,
                channel_message_id=_key(staff, client_id), staff_id=staff.id, to_seeker=False, processed=True,
            )  # fmt: skip
            await audit.write(
                tx, actor=staff.id, action="message.note", object_kind="conversation", object_id=conversation.id,
                data={"seq": message.seq},
            )  # fmt: skip
            self._room.announcer.conversation(tx, conversation.id)
            return message

        return await self._once(work)

    async def _mine(self, tx: Tx, staff: Staff, conversation_id: str, fence: int) -> tuple[Ticket, Conversation]:
        await rows.lock_conversation(tx, conversation_id)
        ticket = await tickets.open_for(tx, conversation_id)
        if ticket is None or (ticket.line_id not in staff.line_ids and ticket.owner_id != staff.id):
            raise TicketNotVisibleError
        check(ticket, Move.SPEAK, owner=staff.id, fence=fence)
        return ticket, await conversations.get(tx, conversation_id)

    async def _send(
        self, tx: Tx, conversation: Conversation, staff: Staff, client_id: str, kind: Kind, body: Body, *, safety: bool
    ) -> Message:
        message = await messages.append(
            tx, conversation_id=conversation.id, seeker_id=conversation.seeker_id, author=Author.STAFF, kind=kind,
            body=body, identity_id=conversation.identity_id, channel_message_id=_key(staff, client_id),
            staff_id=staff.id, delivery=Delivery.QUEUED, processed=True,
        )  # fmt: skip
        await outbox.enqueue(tx, message, conversation.channel, safety=safety)
        return message

    async def _swap(self, tx: Tx, ticket: Ticket, **changed: Any) -> None:
        if not await tickets.swap(
            tx, ticket.id, expect_state=TicketState.CLAIMED, expect_fence=ticket.fence, **changed
        ):
            now = await rows.known_ticket(tx, ticket.id)
            raise StaleFenceError(ticket.id, ticket.fence, now.fence)

    async def _after(self, tx: Tx, ticket: Ticket, staff: Staff, action: str, message: Message) -> None:
        # The engine decides on fresh state: whatever it was deciding while the counsellor wrote is decided again.
        await conversations.bump(tx, ticket.conversation_id)
        await audit.write(
            tx, actor=staff.id, action=action, object_kind="conversation", object_id=ticket.conversation_id,
            data={"seq": message.seq},
        )  # fmt: skip
        self._room.announcer.ticket(tx, await tickets.get(tx, ticket.id))

    async def _once(self, work: Any) -> Message:
        try:
            message: Message = await self._room.store.write(work)
        except DuplicateMessageError as exc:
            async with self._room.store.read() as tx:
                return await messages.get(tx, exc.message_id)
        return message


def _key(staff: Staff, client_id: str) -> str:
    """Apart from what channels name their messages, and from other people's."""
    return f"desk:{staff.id}:{client_id}"
