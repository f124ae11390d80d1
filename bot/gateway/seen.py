"""What the engine is shown of the world besides its state: looked up here, before it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.engine import events
from bot.engine.state import ArticleCard, Hit, Knowledge, NumberItem, Place, Policy, Seen, State
from bot.gateway.hours import hours_text
from escalation.waiting import Place as QueuePlace
from knowledge_base.article import Article
from knowledge_base.directory import ABROAD, Directory, DirectoryEntry
from knowledge_base.errors import ArticleNotFoundError
from knowledge_base.hours import HoursKind
from knowledge_base.search import Hit as Found
from knowledge_base.search import KnowledgeBase
from nlu.topics import Topic
from records.models import Conversation, Line, Mode

_READING = 3
_NEAR = 0.5
"""A further article is offered from this share of the best one's score on: who cannot sleep is not offered "wanting to
die" because two words happen to meet."""
_ALWAYS_WORTH_A_TRY = "12356"
"""The national line: shown while people are on duty here, also where its hours are not known."""


class WaitingRoom(Protocol):
    async def place(self, conversation_id: str) -> QueuePlace | None: ...


class DutyBoard(Protocol):
    async def on_duty(self, line_id: str) -> bool: ...


class Lookout:
    """Fills ``Seen``."""

    def __init__(
        self, kb: KnowledgeBase, directory: Directory, waiting: WaitingRoom, duty: DutyBoard, policy: Policy,
        *, region: str | None,
    ) -> None:  # fmt: skip
        """``region`` is the operator's place: what a seeker is taken to be in until they say otherwise."""
        self._kb, self._directory, self._waiting, self._duty = kb, directory, waiting, duty
        self._policy, self._region = policy, region

    async def look(
        self,
        conversation: Conversation,
        line: Line,
        state: State,
        event: events.Event,
        texts: Sequence[str],
        now: datetime,
    ) -> Seen:
        """``texts`` are the words that the event is about: the message, or the whole burst."""
        on_duty = await self._duty.on_duty(line.id)
        return Seen(
            now=now,
            local_hour=now.astimezone(ZoneInfo(line.time_zone)).hour,
            on_duty=on_duty,
            numbers=self._numbers(state, event, now, on_duty),
            place=await self._place(conversation),
            hours_open=None if on_duty else hours_text(line.hours, now.astimezone(ZoneInfo(line.time_zone))),
            text_length=sum(map(len, texts)),
            # Search takes some milliseconds of a processor: off the event loop.
            kb=await asyncio.to_thread(self._knowledge, state, event, texts) if _asks(event) else Knowledge(),
            policy=self._policy,
        )

    async def _place(self, conversation: Conversation) -> Place | None:
        if conversation.mode is not Mode.WAITING:
            return None
        place = await self._waiting.place(conversation.id)
        if place is None:
            return None
        return Place(place=place.place, low_min=place.low_min, high_min=place.high_min)

    def _numbers(self, state: State, event: events.Event, now: datetime, on_duty: bool) -> tuple[NumberItem, ...]:
        region = _region_after(state, event) or self._region
        entries = list(self._directory.answering_now(region, now))
        known = {entry.id for entry in entries}
        if on_duty and region != ABROAD and _ALWAYS_WORTH_A_TRY not in known:
            entries.append(self._directory.get(_ALWAYS_WORTH_A_TRY))
        return tuple(number_item(entry, region) for entry in entries)

    def _knowledge(self, state: State, event: events.Event, texts: Sequence[str]) -> Knowledge:
        match event:
            case events.BurstQuiet():
                found = self._kb.search("\n".join(texts), audience=state.audience)
                hits = tuple(Hit(hit.article, hit.title) for hit in _near(found.hits))
                best = self._kb.article(hits[0].slug) if hits else None
                return Knowledge(answerable=found.answerable, hits=hits, article=article_card(best) if best else None)
            case events.ChoiceTapped(choice="reading"):
                found = self._kb.search("\n".join(texts), audience=state.audience, top=_READING)
                hits = tuple(Hit(hit.article, hit.title) for hit in _near(found.hits) if found.answerable)
                calm = tuple(Hit(one.slug, one.title) for one in self._kb.articles if Topic.STRESS_COPING in one.topics)
                return Knowledge(hits=(*hits, *(one for one in calm if one not in hits))[:_READING])
            case events.ChoiceTapped():
                return self._by_slug(event.choice)
        return Knowledge()

    def _by_slug(self, choice: str) -> Knowledge:
        kind, _, slug = choice.partition(":")
        if kind not in ("article", "more") or not slug:
            return Knowledge()
        try:
            article = self._kb.article(slug)
        except ArticleNotFoundError:
            return Knowledge()
        near = _near(self._kb.search(article.title, audience=None, top=4).hits)
        hits = tuple(Hit(hit.article, hit.title) for hit in near if hit.article != slug)
        return Knowledge(answerable=True, hits=(Hit(slug, article.title), *hits), article=article_card(article))


def _asks(event: events.Event) -> bool:
    """Whether the shelf is asked at all."""
    return isinstance(event, events.BurstQuiet | events.ChoiceTapped)


def _near(hits: Sequence[Found]) -> list[Found]:
    """Those that are about the same thing as the best one."""
    return [hit for hit in hits if hit.score >= _NEAR * hits[0].score]


def _region_after(state: State, event: events.Event) -> str | None:
    """The region that holds after the event."""
    abroad, region = state.abroad, state.region
    match event:
        case events.ActionTapped(action=events.TapAction.ABROAD):
            abroad = True
        case events.ActionTapped(action=events.TapAction.MAINLAND):
            abroad = False
        case events.ProfileGiven() if event.region is not None:
            region = event.region
    return ABROAD if abroad else region


def number_item(entry: DirectoryEntry, region: str | None = None) -> NumberItem:
    """A directory entry as the page shows it; with its hours where it does not answer around the clock (S7)."""
    hours = entry.hours_for(region)
    always = entry.verified_24h or hours.kind is HoursKind.ALWAYS
    note = entry.what_for if always else f"{entry.what_for}（{hours.note}）"
    return NumberItem(id=entry.id, number=entry.number or "", name=entry.name, note=note, kind=entry.kind)


def article_card(article: Article) -> ArticleCard:
    """The parts of an article that the chat shows."""
    return ArticleCard(
        slug=article.slug,
        title=article.title,
        opening=article.opening,
        steps=article.steps,
        avoid=article.avoid,
        help=tuple(f"{rung.when}：{rung.who}" for rung in article.help),
        where=tuple(place.text for place in article.where),
    )
