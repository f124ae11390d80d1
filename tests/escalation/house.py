"""The helpers' side as the app assembles it, on a real store and a real Valkey; only the room above is played."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from escalation.alerts.ways import Notice
from escalation.errors import AlertFailedError
from escalation.events import DeskEvent, from_body
from escalation.ports import Allowance, Ports, PresenceWord
from escalation.redis_client import RedisClients
from escalation.service import EscalationService
from escalation.settings import EscalationSettings
from nlu.labels import Category, RiskLevel, Subject
from records import assessments, conversations, identities, lines, messages, seekers, staff, tickets
from records.ids import new_token
from records.models import (
    Author,
    Body,
    Channel,
    Conversation,
    Field,
    Identity,
    Kind,
    Line,
    Message,
    Mode,
    Role,
    Staff,
    Ticket,
    TicketReason,
)
from records.store import Store, Tx
from records.timers import TimerService
from tests.support.clock import FrozenClock

PASSWORD = "a long password"
CARD: Body = {"card": "safety", "title": "安全卡", "items": []}


@dataclass
class Above:
    """Plays ``bot``: every port of this room, remembering what it was told."""

    nudged: list[str] = field(default_factory=list)
    typed: list[tuple[str, bool]] = field(default_factory=list)
    seeker_types: set[str] = field(default_factory=set)
    here: PresenceWord = "here"
    articles: int = 3

    async def of(self, conversation_id: str) -> PresenceWord:
        return self.here

    async def body(self, conversation: Conversation, ticket: Ticket | None) -> Body:
        return CARD

    async def left(self, conversation: Conversation) -> Allowance | None:
        return None

    async def nudge(self, conversation_id: str) -> None:
        self.nudged.append(conversation_id)

    async def typing(self, conversation_id: str, *, on: bool) -> None:
        self.typed.append((conversation_id, on))

    async def is_seeker_typing(self, conversation_id: str) -> bool:
        return conversation_id in self.seeker_types

    async def search(self, query: str) -> list[Mapping[str, Any]]:
        return [{"slug": "sleep", "title": "睡不着的时候", "summary": "", "text": ""}]

    def served(self) -> int:
        return self.articles

    def ports(self) -> Ports:
        return Ports(presence=self, cards=self, budget=self, nudge=self, typing=self, articles=self)


@dataclass
class Pager:
    """A way out of the app that remembers its calls, and fails as often as it is told to."""

    name: str = "pager"
    calls: list[Notice] = field(default_factory=list)
    failures: int = 0

    async def send(self, notice: Notice) -> None:
        self.calls.append(notice)
        if self.failures:
            self.failures -= 1
            raise AlertFailedError(self.name, "http_503")


@dataclass(frozen=True)
class Scene:
    identity: Identity
    conversation: Conversation


class House:
    """One process of the app, with people in it."""

    def __init__(
        self, store: Store, clients: RedisClients, clock: FrozenClock, settings: EscalationSettings | None = None
    ) -> None:
        self.store, self.clients, self.clock = store, clients, clock
        self.above, self.pager = Above(), Pager()
        self.settings = settings or EscalationSettings(public_url="https://desk.example")
        self.service = EscalationService(
            store, clients, self.settings, clock, self.above.ports(), ways=[self.pager], jitter=lambda: 0.0
        )
        self.timers = TimerService(store, self.service.timer_handlers(), clock, self.service.room.process_id)
        self._people = 0

    # People

    async def line(self, slug: str = "default", **more: Any) -> Line:
        async def work(tx: Tx) -> Line:
            return await lines.by_slug(tx, slug) or await lines.create(tx, slug=slug, name=slug, **more)

        return await self.store.write(work)

    async def person(
        self, *roles: Role, on: bool = True, line: Line | None = None, skills: Sequence[str] = (), capacity: int = 5
    ) -> Staff:
        home = line or await self.line(is_default=True)
        self._people += 1
        login = f"person{self._people}"

        async def work(tx: Tx) -> Staff:
            return await staff.create(
                tx, login=login, password=PASSWORD, display_name=f"值班{self._people}",
                roles=roles or [Role.COUNSELLOR], line_ids=[home.id], skills=skills, capacity=capacity,
            )  # fmt: skip

        one = await self.store.write(work)
        if on:
            await self.service.presence.switch(one, on=True)
        return one

    async def scene(
        self, level: int = 3, *, line: Line | None = None, origin: str | None = None, audience: str | None = None
    ) -> Scene:
        """Somebody writes; their conversation is at ``level``."""
        home = line or await self.line(is_default=True)

        async def work(tx: Tx) -> Scene:
            person = await seekers.create(tx, locale="zh-CN", pseudonym="青苔", audience=audience)
            identity = await identities.create(tx, person.id, Channel.WEB, new_token(), address="chat:1")
            talk = await conversations.create(
                tx, seeker_id=person.id, identity_id=identity.id, channel=Channel.WEB, line_id=home.id, level=level,
                origin=origin,
            )  # fmt: skip
            await seekers.raise_level(tx, person.id, RiskLevel(level))
            return Scene(identity, talk)

        return await self.store.write(work)

    async def says(self, scene: Scene, text: str = "我在", level: int = 0) -> Message:
        """A message of the seeker, stored and assessed as the gateway does it."""

        async def work(tx: Tx) -> Message:
            talk = await conversations.get(tx, scene.conversation.id)
            message = await messages.append(
                tx, conversation_id=talk.id, seeker_id=talk.seeker_id, author=Author.SEEKER, kind=Kind.TEXT,
                body={"text": text}, field=Field.CHAT, identity_id=scene.identity.id, processed=True,
            )  # fmt: skip
            await assessments.add(
                tx, message, level=level, categories=["suicide"] if level >= 3 else [], subject="self",
                confidence=0.9, evidence=[{"turn": 0, "start": 0, "end": 1, "why": "rule"}], layer="lexicon",
                model_version="1", running_level=max(level, talk.level), by="nlu",
            )  # fmt: skip
            await conversations.touch_seeker(tx, talk.id, tx.now)
            await self.service.tickets.seeker_wrote(tx, talk, RiskLevel(level))
            return message

        return await self.store.write(work)

    async def call(
        self, scene: Scene, level: int = 3, *, reason: TicketReason = TicketReason.RISK, seq: int | None = None
    ) -> Ticket:
        """What the gateway does when the engine calls for people."""

        async def work(tx: Tx) -> Ticket:
            talk = await conversations.get(tx, scene.conversation.id)
            if talk.mode is not Mode.HUMAN:
                await conversations.bump(tx, talk.id, mode=Mode.WAITING, level=max(level, talk.level))
            else:
                await conversations.bump(tx, talk.id, level=max(level, talk.level))
            return await self.service.tickets.call(
                tx, await conversations.get(tx, talk.id), level=RiskLevel(level), reason=reason,
                categories=[Category.SUICIDE] if level >= 3 else [], subject=Subject.SELF, message_seq=seq,
            )  # fmt: skip

        return await self.store.write(work)

    async def waiting(self, level: int = 3, **more: Any) -> tuple[Scene, Ticket]:
        scene = await self.scene(level, **more)
        message = await self.says(scene, "有人吗", level)
        return scene, await self.call(scene, level, seq=message.seq)

    async def claimed(self, level: int = 3, **more: Any) -> tuple[Scene, Ticket, Staff]:
        """Waiting, and taken at once by a new counsellor."""
        scene, ticket = await self.waiting(level, **more)
        owner = await self.person()
        taken = await self.service.casework.next(owner)
        assert taken is not None
        assert taken.id == ticket.id
        return scene, taken, owner

    # Looking

    async def ticket(self, ticket_id: str) -> Ticket:
        async with self.store.read() as tx:
            return await tickets.get(tx, ticket_id)

    async def talk(self, scene: Scene) -> Conversation:
        async with self.store.read() as tx:
            return await conversations.get(tx, scene.conversation.id)

    async def events(self, scene: Scene) -> list[DeskEvent]:
        """What the engine will be told."""
        async with self.store.read() as tx:
            found = await messages.listing(tx, scene.conversation.id)
        return [from_body(one.body) for one in found if one.kind is Kind.EVENT and not one.to_seeker]

    async def queued(self, line_ids: Iterable[str]) -> list[str]:
        return await self.service.room.queue.candidates(line_ids) or []

    # Time

    async def fire(self) -> None:
        """Runs every timer that is due, and those that these set for now."""
        for _ in range(20):
            started = await self.timers.start_due()
            running = list(self.timers._running.values())
            await asyncio.gather(*running)
            if not started and not running:
                return
        raise AssertionError("timers without end")

    async def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.fire()

    async def act(self, *people: Staff) -> None:
        """They touch a key: still on duty."""
        for one in people:
            await self.service.presence.acted(one)


async def eventually(check: Callable[[], Awaitable[bool]], *, within_s: float = 10.0) -> None:
    """Returns once ``check`` holds."""
    for _ in range(int(within_s / 0.01)):
        if await check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to pass")
