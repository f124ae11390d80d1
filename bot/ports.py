"""What the helpers' side asks of the seeker's side: the protocols of ``escalation.ports``, filled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.engine.actions import Choice, SafetyReply
from bot.engine.numbers import category_of, numbers_for
from bot.engine.state import State
from bot.gateway.seen import number_item
from bot.replies.loader import Replies
from bot.replies.render import render
from escalation.ports import Allowance
from escalation.presence import Presence
from knowledge_base.directory import ABROAD, Directory
from knowledge_base.search import KnowledgeBase
from nlu.labels import ESCALATION_LEVEL, RiskLevel, Subject
from records import seekers
from records.models import Body, Conversation, Ticket
from records.store import Store

_HITS = 6


class ReplyCards:
    """The safety card that a counsellor sends with one click: the same table and numbers as the bot's reply (S3)."""

    def __init__(self, store: Store, replies: Replies, directory: Directory, region: str | None) -> None:
        self._store, self._replies, self._directory, self._region = store, replies, directory, region

    async def body(self, conversation: Conversation, ticket: Ticket | None) -> Body:
        async with self._store.read() as tx:
            seeker = await seekers.get(tx, conversation.seeker_id)
        level = max(conversation.level, ticket.level if ticket else RiskLevel.NONE, ESCALATION_LEVEL)
        category = category_of(ticket.categories if ticket else ())
        subject = ticket.subject if ticket else State.from_json(conversation.state).subject
        region = ABROAD if seeker.abroad else seeker.region or self._region
        entries = self._directory.answering_now(region, self._store.clock())
        reply = SafetyReply(
            level=level,
            category=category,
            subject=Subject.OTHER if subject is Subject.OTHER else Subject.SELF,
            audience=seeker.audience,
            numbers=numbers_for(level, category, [number_item(entry, region) for entry in entries]),
            choices=(Choice("call_failed"),),
        )
        made = render(reply, self._replies, seeker.locale)
        words = "\n".join(str(one.body["text"]) for one in made[:-1])
        return {**made[-1].body, "text": words}


class NoBudget:
    """For channels without a limit on messages."""

    async def left(self, conversation: Conversation) -> Allowance | None:
        return None


class ArticleFinder:
    """The shelf for the desk: search runs off the event loop."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb

    def served(self) -> int:
        return len(self._kb.articles)

    async def search(self, query: str) -> list[Mapping[str, Any]]:
        found = await asyncio.to_thread(self._kb.search, query, top=_HITS)
        articles = [self._kb.article(hit.article) for hit in found.hits]
        return [
            {
                "slug": one.slug,
                "title": one.title,
                "summary": one.summary,
                "text": "\n".join((*one.opening, *one.steps)),
            }
            for one in articles
        ]


class DutyBoard:
    """Whether anybody is on duty for a line, for the engine."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    async def on_duty(self, line_id: str) -> bool:
        return bool(await self._presence.on_duty([line_id]))
