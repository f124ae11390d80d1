"""Which conversations a person may see. One answer for unknown and not theirs (D9)."""

from __future__ import annotations

from escalation.casework import is_addressee
from escalation.errors import TicketNotVisibleError
from records import conversations, tickets
from records.errors import NotFoundError
from records.models import Conversation, Role, Staff, Ticket
from records.store import Tx


def may_see(staff: Staff, conversation: Conversation, ticket: Ticket | None) -> bool:
    """A supervisor everything of their lines; a counsellor what they have, what is offered to them, and who is out of
    reach on their lines (somebody has to look for them)."""
    if Role.SUPERVISOR in staff.roles and conversation.line_id in staff.line_ids:
        return True
    if not {Role.COUNSELLOR, Role.SUPERVISOR} & staff.roles:
        return False
    if ticket is None:
        return False
    if ticket.owner_id == staff.id or is_addressee(staff, ticket):
        return True
    return ticket.out_of_reach_at is not None and ticket.line_id in staff.line_ids


async def visible(tx: Tx, staff: Staff, conversation_id: str) -> tuple[Conversation, Ticket | None]:
    """The conversation with its open ticket.

    Raises:
        TicketNotVisibleError: Unknown, or not theirs to see.
    """
    try:
        conversation = await conversations.get(tx, conversation_id)
    except NotFoundError:
        raise TicketNotVisibleError from None
    ticket = await tickets.open_for(tx, conversation_id)
    if not may_see(staff, conversation, ticket):
        raise TicketNotVisibleError
    return conversation, ticket
