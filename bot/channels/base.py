"""The promise that every channel keeps towards the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.inbound import Outbound, Receipt
from records.models import Channel as ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the core must do for a channel that cannot do it itself.

    Attributes:
        buttons: Choices can be shown as buttons; otherwise the core numbers them in the text.
        idempotent: A second send with the same ``message_id`` sends nothing new.
        budget: Messages allowed per seeker message, or None.
        text_limit: Longest text in characters, or None.
    """

    buttons: bool
    idempotent: bool
    budget: int | None = None
    text_limit: int | None = None


class Channel(Protocol):
    """One way to reach a seeker. It carries; it never decides."""

    name: ChannelName
    capabilities: Capabilities

    async def send(self, message: Outbound) -> Receipt:
        """Deliver one message.

        Raises:
            ChannelUnavailableError: Try again, after ``retry_after_s`` if it is set.
            RecipientGoneError: Blocked or deleted. Never retried; the desk is told.
        """
        ...

    async def aclose(self) -> None: ...
