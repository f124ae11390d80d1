"""What became of the words on a desk's screen: who reads 排队中 is told when they went out or arrived."""

from __future__ import annotations

from dataclasses import dataclass, field

from escalation.desk.shapes import MessageShape
from records.models import Delivery

LOOK_BACK = 40
"""Messages whose way is followed when a desk begins to look at a conversation."""
_OPEN = frozenset(str(one) for one in (Delivery.QUEUED, Delivery.SENT, Delivery.UNKNOWN))
"""May still change. The others are final."""


@dataclass(slots=True)
class Deliveries:
    """Of one desk: what it believes of the messages that are on their way."""

    _open: dict[str, dict[int, str]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def begin(self, conversation_id: str) -> bool:
        """Whether this conversation is followed for the first time."""
        is_new = conversation_id not in self._begun
        self._begun.add(conversation_id)
        return is_new

    def told(self, conversation_id: str, message: MessageShape) -> None:
        """The desk knows this state of the message."""
        rows = self._open.setdefault(conversation_id, {})
        if message.delivery in _OPEN:
            rows[message.seq] = message.delivery
        else:
            rows.pop(message.seq, None)
        if not rows:
            del self._open[conversation_id]

    def forget(self, conversation_id: str) -> None:
        """This desk does not look at it any more."""
        self._open.pop(conversation_id, None)
        self._begun.discard(conversation_id)

    def on_their_way(self) -> dict[str, int]:
        """Conversations with something open, and the ``seq`` after which it stands."""
        return {conversation: min(rows) - 1 for conversation, rows in self._open.items()}

    def has_changed(self, conversation_id: str, message: MessageShape) -> bool:
        """Whether the desk believes something else of this message than is true."""
        believed = self._open.get(conversation_id, {}).get(message.seq)
        return believed is not None and believed != message.delivery
