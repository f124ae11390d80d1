"""The states of a ticket and every named way from one to another. Whatever is not listed is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from escalation.errors import NotOwnerError, RefusedTransitionError, StaleFenceError
from records.models import Ticket, TicketState


class Move(StrEnum):
    CLAIM = "claim"
    HAND_BACK = "hand_back"
    OFFER = "transfer"
    ACCEPT = "accept"
    DECLINE = "decline"
    LAPSE = "lapse"
    UNANSWERED = "unanswered"
    CLOSE = "close"
    LOWER = "lower"
    WITHDRAW = "withdraw"
    END_REACH = "end_out_of_reach"
    SPEAK = "speak"


_WAITING, _CLAIMED, _CLOSED = TicketState.WAITING, TicketState.CLAIMED, TicketState.CLOSED

MOVES: Mapping[Move, tuple[frozenset[TicketState], TicketState | None]] = MappingProxyType(
    {
        Move.CLAIM: (frozenset({_WAITING}), _CLAIMED),
        Move.HAND_BACK: (frozenset({_CLAIMED}), None),  # waiting for the queue, closed for the bot
        Move.OFFER: (frozenset({_CLAIMED}), _CLAIMED),
        Move.ACCEPT: (frozenset({_CLAIMED}), _CLAIMED),
        Move.DECLINE: (frozenset({_CLAIMED}), _CLAIMED),
        Move.LAPSE: (frozenset({_CLAIMED}), _WAITING),
        Move.UNANSWERED: (frozenset({_CLAIMED}), _WAITING),
        Move.CLOSE: (frozenset({_CLAIMED}), _CLOSED),
        Move.LOWER: (frozenset({_CLAIMED}), _CLAIMED),
        Move.WITHDRAW: (frozenset({_WAITING}), _CLOSED),
        Move.END_REACH: (frozenset({_WAITING, _CLAIMED}), _CLOSED),
        Move.SPEAK: (frozenset({_CLAIMED}), _CLAIMED),
    }
)
"""Move → (states it may start from, the state it ends in)."""


def check(ticket: Ticket, move: Move, *, fence: int | None = None, owner: str | None = None) -> None:
    """Whether ``move`` may be made with what the desk knows.

    Raises:
        RefusedTransitionError: Not from this state.
        StaleFenceError: ``fence`` is not the ticket's.
        NotOwnerError: ``owner`` is somebody else.
    """
    if ticket.state not in MOVES[move][0]:
        raise RefusedTransitionError(ticket.id, move, ticket.state, "state")
    if owner is not None and ticket.owner_id != owner:
        raise NotOwnerError(ticket.id)
    if fence is not None and ticket.fence != fence:
        raise StaleFenceError(ticket.id, fence, ticket.fence)
