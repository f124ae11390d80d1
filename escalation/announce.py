"""What the world hears after a commit: the queue, every desk, the seeker's sockets, the conversation's processor."""

from __future__ import annotations

from escalation.feed import Change, Feed, Kind
from escalation.ports import ConversationNudge
from escalation.queue import TicketQueue
from escalation.wake import Wake
from records.models import Ticket, TicketState
from records.store import Tx


class Announcer:
    """Speaks after the commit: nothing is announced that was not written, and a failure here loses nothing."""

    def __init__(self, queue: TicketQueue, feed: Feed, wake: Wake, nudge: ConversationNudge) -> None:
        self._queue, self._feed, self._wake, self._nudge = queue, feed, wake, nudge

    def ticket(
        self, tx: Tx, ticket: Ticket, *, alert: str = "", to: str = "", line_id: str = "", lost: str = ""
    ) -> None:
        """The ticket as it is after this transaction.

        Args:
            alert: ``new``, ``raise``, ``unanswered``, ``out_of_reach``, ``transfer`` or ``ladder``.
            to: The one person the alert is for; everybody of the line when empty.
            line_id: The line that is called, if it is another than the ticket's.
            lost: Who had the ticket until now and why not any more, as ``staff_id why``.
        """
        changes = [change_of(ticket, "ticket")]
        if alert:
            changes.append(change_of(ticket, "alert", line_id=line_id, staff_id=to, why=alert))
        if lost:
            staff_id, _, why = lost.partition(" ")
            changes.append(change_of(ticket, "lost", staff_id=staff_id, why=why))

        async def tell() -> None:
            if ticket.state is TicketState.WAITING:
                await self._queue.put(ticket)
            else:
                await self._queue.remove(ticket.line_id, ticket.id)
            for change in changes:
                await self._feed.publish(change)
            await self._look(ticket.conversation_id)

        tx.after_commit(tell)

    def moved(self, tx: Tx, old_line_id: str, ticket_id: str) -> None:
        """The ticket left a line: the old line's queue must not hold it."""
        tx.after_commit(lambda: self._queue.remove(old_line_id, ticket_id))

    def change(self, tx: Tx, change: Change) -> None:
        tx.after_commit(lambda: self._feed.publish(change))

    def conversation(self, tx: Tx, conversation_id: str) -> None:
        """Something new stands in the conversation."""
        tx.after_commit(lambda: self._look(conversation_id))

    async def _look(self, conversation_id: str) -> None:
        await self._wake.publish(conversation_id)
        await self._nudge.nudge(conversation_id)


def change_of(ticket: Ticket, kind: Kind, *, line_id: str = "", staff_id: str = "", why: str = "") -> Change:
    return Change(
        kind=kind,
        line_id=line_id or ticket.line_id,
        ticket_id=ticket.id,
        conversation_id=ticket.conversation_id,
        staff_id=staff_id,
        why=why,
    )
