"""What the desk tells the engine: typed, frozen, closed. One ``message`` row carries one; ids, never words.

Rows may be read by an older or newer version: fields are added with a default and never renamed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from escalation.errors import EscalationError


class UnknownEventError(EscalationError):
    """The body of a row is no event that this version knows. The row is left unprocessed for a version that does."""

    code = "unknown_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A counsellor has the talk: no machine text from here on (S6)."""

    type: ClassVar[str] = "claimed"
    ticket_id: str
    staff_id: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """The counsellor gave the talk back: ``to`` the queue (another person comes) or the bot."""

    type: ClassVar[str] = "handed_back"
    ticket_id: str
    staff_id: str
    to: Literal["queue", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """Another person accepted the talk; until then the sender had the duty."""

    type: ClassVar[str] = "transferred"
    ticket_id: str
    from_staff_id: str
    staff_id: str
    line_id: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDeclined:
    """The transfer came to nothing; the sender goes on. For the desk: the seeker was never told of it."""

    type: ClassVar[str] = "transfer_declined"
    ticket_id: str
    why: Literal["declined", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The ticket ended. The conversation goes on with the bot when ``handed_to_bot``."""

    type: ClassVar[str] = "closed"
    ticket_id: str
    staff_id: str
    disposition: str
    handed_to_bot: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A human lowered the level (S5). ``second_id`` is set where two had to agree."""

    type: ClassVar[str] = "lowered"
    level: int
    from_level: int
    staff_id: str
    ticket_id: str | None = None
    second_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLost:
    """The counsellor's desk went silent; the ticket waits again at its old place. The seeker is told (D4)."""

    type: ClassVar[str] = "lease_lost"
    ticket_id: str
    staff_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """No human word in time (S14); the ticket waits again for somebody else."""

    type: ClassVar[str] = "unanswered"
    ticket_id: str
    staff_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRung:
    """The ladder (S7) is at its end and nobody has come: tell the seeker so, and what to do now."""

    type: ClassVar[str] = "last_rung"
    ticket_id: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWord:
    """The first human word after a claim."""

    type: ClassVar[str] = "staff_word"
    ticket_id: str
    staff_id: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachEnded:
    """A human ended the state ``out_of_reach`` (S16)."""

    type: ClassVar[str] = "reach_ended"
    ticket_id: str
    staff_id: str
    outcome: str


DeskEvent = (
    Claimed | HandedBack | Transferred | TransferDeclined | Closed | Lowered | LeaseLost | Unanswered | LastRung
    | StaffWord | ReachEnded
)  # fmt: skip

_KNOWN: Mapping[str, type[Any]] = {one.type: one for one in get_args(DeskEvent)}


def to_body(event: DeskEvent) -> dict[str, Any]:
    """The body of the event's row."""
    return {"event": event.type, **dataclasses.asdict(event)}


def from_body(body: Mapping[str, Any]) -> DeskEvent:
    """Reads a row's body. Fields that this version does not know are left out.

    Raises:
        UnknownEventError: Another kind of event, or a field is missing.
    """
    kind = _KNOWN.get(str(body.get("event")))
    if kind is None:
        raise UnknownEventError("unknown kind of event")
    names = {one.name for one in dataclasses.fields(kind)}
    try:
        event: DeskEvent = kind(**{name: value for name, value in body.items() if name in names})
    except TypeError as exc:
        raise UnknownEventError(f"an event {kind.type} lacks a field") from exc
    return event
