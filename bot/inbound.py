"""What every channel turns its messages into, and what it is given to send."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any, Literal

from records.models import Author, Body, Channel, Field, Identity, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that a seeker gave, through whatever door (S13).

    Attributes:
        channel_message_id: The channel's own id of this message: a repeat of it is dropped.
        kind: ``text`` and ``choice`` carry ``body["text"]``; ``event`` is an action or a form; ``media`` cannot.
        door: Which field it came through. Every text is assessed, whatever the door.
        body: Plain JSON values. Words stand in ``text`` alone.
        channel_at: The channel's own time of the message, if it told one.
        origin: Keyed hash of where it came from (network), to fold floods into one row. Never the address itself.
    """

    channel: Channel
    identity: Identity
    channel_message_id: str
    kind: Kind
    body: Body = attribute(repr=False)
    door: Field = Field.CHAT
    channel_at: datetime | None = None
    attachment_ref: str | None = None
    conversation_id: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What the channel may tell its sender once the message is durable."""

    message_id: str
    conversation_id: str
    seq: int
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message on its way to a seeker. ``message_id`` is the idempotency key."""

    message_id: str
    conversation_id: str
    identity: Identity
    seq: int
    author: Author
    kind: Kind
    body: dict[str, Any] = attribute(repr=False)
    safety: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How a send ended. ``unknown``: the provider cannot tell whether it sent; it is never guessed."""

    outcome: Literal["sent", "delivered", "unknown"]
    provider_id: str | None = None
