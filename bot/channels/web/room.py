"""What one page may see: its talk from a cursor on, and how things stand. Nothing here names a level to a seeker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.channels.web.frames import ServerFrame
from escalation.waiting import Place
from records import conversations, messages, seekers, staff
from records.models import Conversation, Delivery, Message, Mode, Staff
from records.store import Store, Tx
from records.web_sessions import WebSession


class Waiting(Protocol):
    """The waiting room of ``escalation``."""

    async def place(self, conversation_id: str) -> Place | None: ...


class StaffTyping(Protocol):
    """Whether a helper is typing to this seeker just now."""

    async def staff_typing(self, conversation_id: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Messages after a cursor, in order, and the cursor to ask from next."""

    frames: tuple[ServerFrame, ...]
    cursor: int


class Room:
    """Reads the record for pages. Knows no socket."""

    def __init__(self, store: Store, waiting: Waiting, typing: StaffTyping) -> None:
        self._store, self._waiting, self._typing = store, waiting, typing

    async def talk(self, session: WebSession) -> Conversation:
        """The talk that this session shows.

        Raises:
            NotFoundError: It was erased.
        """
        async with self._store.glance() as tx:
            return await conversations.get(tx, session.conversation_id or "")

    async def news(self, conversation_id: str, after: int) -> News:
        """Everything for the seeker after ``after``. Cancelled machine words are left out: never said (S6)."""
        async with self._store.glance() as tx:
            return await self._news(tx, conversation_id, after)

    async def look(self, conversation_id: str, after: int) -> tuple[News, ServerFrame]:
        """``news`` and ``state`` as of one moment."""
        async with self._store.glance() as tx:
            news = await self._news(tx, conversation_id, after)
            conversation, owner = await self._standing(tx, conversation_id)
        return news, await self._state(conversation, owner)

    async def _news(self, tx: Tx, conversation_id: str, after: int) -> News:
        rows = await messages.listing(tx, conversation_id, after=after)
        cursor = rows[-1].seq if rows else after
        shown = [row for row in rows if row.to_seeker and row.delivery is not Delivery.CANCELLED]
        return News(frames=tuple(message_frame(row) for row in shown), cursor=cursor)

    async def state(self, conversation_id: str) -> ServerFrame:
        """How things stand: who has the talk, the place in the queue, whether somebody types."""
        async with self._store.glance() as tx:
            conversation, owner = await self._standing(tx, conversation_id)
        return await self._state(conversation, owner)

    async def _standing(self, tx: Tx, conversation_id: str) -> tuple[Conversation, Staff | None]:
        conversation = await conversations.get(tx, conversation_id)
        return conversation, await staff.get(tx, conversation.owner_id) if conversation.owner_id else None

    async def _state(self, conversation: Conversation, owner: Staff | None) -> ServerFrame:
        frame: ServerFrame = {"type": "state", "mode": conversation.mode.value, "typing": False}
        if conversation.mode is Mode.WAITING:
            place = await self._waiting.place(conversation.id)
            frame["waiting"] = waiting_view(place) if place else None
        if owner is not None and conversation.mode is Mode.HUMAN:
            frame["counsellor"] = {"name": owner.display_name}
            frame["typing"] = await self._typing.staff_typing(conversation.id)
        return frame

    async def locale(self, session: WebSession) -> str:
        async with self._store.glance() as tx:
            return (await seekers.get(tx, session.seeker_id)).locale


def waiting_view(place: Place) -> dict[str, Any]:
    return {
        "place": place.place,
        "low_min": place.low_min,
        "high_min": place.high_min,
        "on_duty": place.on_duty,
    }


def message_frame(message: Message) -> ServerFrame:
    """One message as the page gets it."""
    frame: ServerFrame = {
        "type": "message",
        "seq": message.seq,
        "id": message.id,
        "at": message.received_at.isoformat(),
        "author": message.author.value,
        "kind": message.kind.value,
        "body": {} if message.erased_at else dict(message.body),
    }
    if message.channel_message_id:
        frame["client_id"] = message.channel_message_id
    return frame
