"""Decisions about tickets on the seeker's side: called by the gateway inside its own transaction.

Nothing here touches the conversation's row: the caller saves mode, level and state with its expected version. What the
desk does stands in ``escalation.casework``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from escalation import clocks
from escalation.announce import Announcer
from escalation.errors import RefusedTransitionError
from escalation.machine import Move, check
from escalation.settings import EscalationSettings
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from records import audit, lowerings, tickets, timers
from records.models import Conversation, Ticket, TicketReason, TicketState
from records.store import Tx

MACHINE = "machine"


class Tickets:
    """Opens, raises and withdraws the one open ticket of a conversation; announces after the commit by itself."""

    def __init__(self, settings: EscalationSettings, announcer: Announcer) -> None:
        self._settings = settings
        self._announcer = announcer

    async def call(
        self, tx: Tx, conversation: Conversation, *, level: RiskLevel, reason: TicketReason,
        categories: Collection[Category], subject: Subject, message_seq: int | None,
    ) -> Ticket:  # fmt: skip
        """Opens the ticket, or raises the open one: level up and never down, categories joined.

        A raise while somebody owns the talk alarms the owner and starts the clock for a human word (S6, S14); a raise
        while it waits starts the ladder again from the bottom rung. After a closed ticket a new one is opened.
        """
        existing = await tickets.open_for(tx, conversation.id)
        if existing is not None:
            return await self._raise(tx, conversation, existing, level, reason, categories, subject, message_seq)
        ticket = await tickets.insert(
            tx, conversation_id=conversation.id, seeker_id=conversation.seeker_id, line_id=conversation.line_id,
            level=level, reason=reason, categories=_join((), categories), subject=subject, message_seq=message_seq,
            origin=conversation.origin,
        )  # fmt: skip
        await clocks.start_ladder(tx, ticket)
        await self._written(tx, ticket, "ticket.open", {"level": int(level), "reason": str(reason)})
        self._announcer.ticket(tx, ticket, alert="new" if level >= ESCALATION_LEVEL else "")
        return ticket

    async def _raise(
        self, tx: Tx, conversation: Conversation, ticket: Ticket, level: RiskLevel, reason: TicketReason,
        categories: Collection[Category], subject: Subject, message_seq: int | None,
    ) -> Ticket:  # fmt: skip
        rose = level > ticket.level
        changed: dict[str, Any] = {"categories": _join(ticket.categories, categories)}
        if rose:
            changed |= {"level": level, "rung": 0}
        if rose or ticket.message_seq is None:
            changed["message_seq"] = message_seq
        if subject is not Subject.NONE and (rose or ticket.subject is Subject.NONE):
            changed["subject"] = subject
        if level >= ESCALATION_LEVEL and ticket.reason in {TicketReason.ASK_HUMAN, TicketReason.UNASSESSED}:
            changed["reason"] = reason
        if not await tickets.swap(tx, ticket.id, expect_state=ticket.state, **changed):
            # Claimed, returned or closed a moment ago: a raise is never dropped, so look again.
            return await self.call(
                tx, conversation, level=level, reason=reason, categories=categories, subject=subject,
                message_seq=message_seq,
            )  # fmt: skip
        after = await tickets.get(tx, ticket.id)
        if rose:
            await self._written(tx, after, "ticket.raise", {"from": int(ticket.level), "to": int(level)})
            after = await self._sound(tx, after)
        else:
            self._announcer.ticket(tx, after)
        return after

    async def _sound(self, tx: Tx, ticket: Ticket) -> Ticket:
        """The level rose: to whoever has it, or up the ladder once more."""
        if ticket.state is TicketState.WAITING:
            await clocks.start_ladder(tx, ticket)
        elif ticket.level >= ESCALATION_LEVEL:
            ticket = await self._owe_word(tx, ticket, ticket.level)
        loud = ticket.level >= ESCALATION_LEVEL
        self._announcer.ticket(tx, ticket, alert="raise" if loud else "", to=ticket.owner_id or "")
        return ticket

    async def seeker_wrote(self, tx: Tx, conversation: Conversation, level: RiskLevel) -> None:
        """A message of the seeker stands in the conversation.

        Voids a lowering or closing that waits for its second human (S5), ends ``out_of_reach``, and at level 3 and
        above starts the clock for a human word if none runs: a clock that runs is not put off by more messages (S14).
        """
        await lowerings.void(tx, conversation.id)
        ticket = await tickets.open_for(tx, conversation.id)
        if ticket is None:
            return
        if ticket.out_of_reach_at is not None:
            await self.back(tx, conversation)
        urgent = max(level, ticket.level) >= ESCALATION_LEVEL
        if ticket.state is TicketState.CLAIMED and urgent and ticket.word_due_at is None:
            ticket = await self._owe_word(tx, ticket, max(level, ticket.level))
        self._announcer.ticket(tx, await tickets.get(tx, ticket.id))

    async def _owe_word(self, tx: Tx, ticket: Ticket, level: RiskLevel) -> Ticket:
        due = clocks.word_due(tx, level, self._settings)
        if await tickets.swap(tx, ticket.id, expect_state=TicketState.CLAIMED, word_due_at=due):
            await clocks.run_first_word(tx, ticket.id, due)
        return await tickets.get(tx, ticket.id)

    async def out_of_reach(self, tx: Tx, conversation: Conversation, why: str) -> None:
        """The seeker is gone at a level where nobody may just disappear (S16); opens a ticket if none is open.

        Args:
            why: A code: ``left``, ``quick_exit``, ``unfollowed``, ``blocked``, ``undelivered``, ``not_fetched``.
        """
        ticket = await tickets.open_for(tx, conversation.id)
        if ticket is None:
            ticket = await self.call(
                tx, conversation, level=conversation.level, reason=TicketReason.RISK, categories=(),
                subject=Subject.NONE, message_seq=None,
            )  # fmt: skip
        if ticket.out_of_reach_at is not None:
            return
        await tickets.swap(tx, ticket.id, expect_state=ticket.state, out_of_reach_at=tx.now)
        await clocks.set_in(tx, clocks.REACH, ticket.id, self._settings.out_of_reach_due_s(ticket.level), why=why)
        await self._written(tx, ticket, "ticket.out_of_reach", {"why": why})
        after = await tickets.get(tx, ticket.id)
        self._announcer.ticket(tx, after, alert="out_of_reach", to=ticket.owner_id or "")

    async def back(self, tx: Tx, conversation: Conversation) -> None:
        """The seeker is here again."""
        ticket = await tickets.open_for(tx, conversation.id)
        if ticket is None or ticket.out_of_reach_at is None:
            return
        await tickets.swap(tx, ticket.id, expect_state=ticket.state, out_of_reach_at=None)
        await timers.cancel(tx, clocks.REACH, ticket.id)
        await self._written(tx, ticket, "ticket.back", {})
        self._announcer.ticket(tx, await tickets.get(tx, ticket.id))

    async def withdraw(self, tx: Tx, conversation: Conversation) -> None:
        """The seeker takes "a human, please" back before anybody came; nothing happens when no ticket is open.

        Raises:
            RefusedTransitionError: Claimed already, or at level 2 and above, where only a human ends it.
        """
        ticket = await tickets.open_for(tx, conversation.id)
        if ticket is None:
            return
        check(ticket, Move.WITHDRAW)
        if ticket.level >= RiskLevel.MODERATE or ticket.reason is not TicketReason.ASK_HUMAN:
            raise RefusedTransitionError(ticket.id, Move.WITHDRAW, ticket.state, "level")
        done = await tickets.swap(
            tx, ticket.id, expect_state=TicketState.WAITING, expect_fence=ticket.fence, new_fence=True,
            state=TicketState.CLOSED, closed_at=tx.now, disposition="withdrawn",
        )  # fmt: skip
        if not done:
            raise RefusedTransitionError(ticket.id, Move.WITHDRAW, TicketState.CLAIMED, "state")
        await clocks.stop_all(tx, ticket.id)
        await self._written(tx, ticket, "ticket.withdraw", {})
        self._announcer.ticket(tx, await tickets.get(tx, ticket.id))

    async def _written(self, tx: Tx, ticket: Ticket, action: str, data: dict[str, Any]) -> None:
        await audit.write(tx, actor=MACHINE, action=action, object_kind="ticket", object_id=ticket.id, data=data)


def _join(one: Collection[Category], other: Collection[Category]) -> list[str]:
    """Both, in the order of the labels; ``emotional`` stands alone or not at all."""
    both = {*one, *other}
    if len(both) > 1:
        both.discard(Category.EMOTIONAL)
    return [str(category) for category in Category if category in both]
