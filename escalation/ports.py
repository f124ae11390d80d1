"""What the helpers' side needs from the room above. ``bot/app.py`` fills these; nothing here imports ``bot``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from records.models import Body, Conversation, Ticket

PresenceWord = Literal["here", "away", "left"]


class SeekerPresence(Protocol):
    """Whether the seeker's page is open."""

    async def of(self, conversation_id: str) -> PresenceWord: ...


class SafetyCards(Protocol):
    """The reviewed safety card that fits level, categories, subject and audience (S3)."""

    async def body(self, conversation: Conversation, ticket: Ticket | None) -> Body: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a channel still lets us send to this seeker, and until when."""

    left: int
    until: datetime


class Budget(Protocol):
    """None where the channel has no limit."""

    async def left(self, conversation: Conversation) -> Allowance | None: ...


class ConversationNudge(Protocol):
    """The conversation has something unprocessed, or something to deliver: look now. Never raises for Redis' sake."""

    async def nudge(self, conversation_id: str) -> None: ...


class SeekerTyping(Protocol):
    """Shows each side that the other types; never what."""

    async def typing(self, conversation_id: str, *, on: bool) -> None:
        """The counsellor types, or stopped."""

    async def is_seeker_typing(self, conversation_id: str) -> bool: ...


class ArticleSearch(Protocol):
    """Articles for the desk: ``{"slug", "title", "summary", "text"}`` each, best first."""

    async def search(self, query: str) -> list[Mapping[str, Any]]: ...

    def served(self) -> int:
        """How many articles the bot may give. At 0 the desk says so: nothing was approved yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything from above, in one object."""

    presence: SeekerPresence
    cards: SafetyCards
    budget: Budget
    nudge: ConversationNudge
    typing: SeekerTyping
    articles: ArticleSearch
