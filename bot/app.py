"""The one place where the rooms are put together. Nothing below knows it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import redis.exceptions
import structlog
import yaml
from aiohttp import web

from bot.admin import records_settings, serve_policy, utc_now
from bot.channels.presence import SeekerPresence
from bot.channels.web.channel import WebChannel
from bot.channels.web.dialogue import Dialogue
from bot.channels.web.hub import Hub
from bot.channels.web.poll import Polling
from bot.channels.web.privacy import Privacy
from bot.channels.web.room import Room
from bot.channels.web.routes import WebDeps, web_routes
from bot.channels.web.sessions import Arrival, SessionRules, Sessions
from bot.channels.web.socket import SeekerSocket
from bot.demo import seed_demo
from bot.embedded.valkey import EmbeddedValkey
from bot.engine import events
from bot.gateway.intake import Intake
from bot.gateway.intents import IntentAsking
from bot.gateway.late import REREAD_TIMER
from bot.gateway.leaving import GONE_TIMER, Leaving
from bot.gateway.perform import TIMER_PREFIX, Performer
from bot.gateway.pool import Pool
from bot.gateway.processor import READ_LIMIT, Processor
from bot.gateway.rasa_client import RasaClient
from bot.gateway.seen import Lookout
from bot.gateway.sweep import Sweep
from bot.housekeeping import Housekeeping
from bot.metrics import Metrics
from bot.outbox.worker import OutboxWorker
from bot.page_config import PageConfig
from bot.pages import content_policies, page_routes
from bot.ports import ArticleFinder, DutyBoard, NoBudget, ReplyCards
from bot.replies.loader import Replies
from bot.settings import Settings
from bot.tasks import TaskOwner
from bot.translate_settings import (
    alert_ways,
    engine_policy,
    escalation_settings,
    is_school,
    nlu_settings,
    rasa_settings,
)
from escalation.ports import Ports
from escalation.redis_client import connect
from escalation.service import EscalationService
from escalation.web import Route, SecurityHeaders, mount, openapi
from knowledge_base.directory import Directory
from knowledge_base.search import KnowledgeBase, Meaning, SearchSettings
from knowledge_base.shelf import FileShelf
from nlu.assess import Assessor
from nlu.engine import open_assessor, open_encoder
from records import lines
from records.errors import RecordsError
from records.models import Timer
from records.store import Store
from records.timers import Handler, TimerService

_log = structlog.get_logger(__name__)
_NAMES = Path(__file__).parent / "replies" / "names.yaml"
_WORKERS = 16


class App:
    """Everything of one process. ``open`` starts it in order of need, ``aclose`` stops it in reverse."""

    def __init__(self, settings: Settings, store: Store, stack: contextlib.AsyncExitStack) -> None:
        self.settings, self.store = settings, store
        self._stack = stack
        self.metrics = Metrics()
        self.tasks = TaskOwner()
        self.web = web.Application()
        self.hub = Hub()

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        valkey: EmbeddedValkey | None = None,
        clock: Callable[[], datetime] = utc_now,
        rng: Random | None = None,
    ) -> App:
        """Open the store, connect the queue, wire the rooms and start the workers.

        Args:
            valkey: The embedded queue server, already running; None where ``redis_url`` names one.
        """
        async with contextlib.AsyncExitStack() as stack:
            store = await Store.open(records_settings(settings), clock=clock)
            stack.push_async_callback(store.aclose)
            await store.write(lines.ensure_default)
            if settings.demo:
                await seed_demo(store)
            app = cls(settings, store, stack)
            await app._wire(valkey, rng or SystemRandom())
            app._stack = stack.pop_all()
            return app
        raise AssertionError("unreachable")

    async def _wire(self, valkey: EmbeddedValkey | None, rng: Random) -> None:
        settings = self.settings
        self.valkey = valkey
        self.process = settings.process_name or f"{os.getpid()}-{secrets.token_hex(3)}"
        self.clients = connect(valkey.url if valkey else settings.redis_url.get_secret_value())
        self._stack.push_async_callback(self.clients.aclose)
        self.encoder = open_encoder(nlu_settings(settings))
        # Search learned its numbers with the package's encoder; with another one the words decide.
        meaning = Meaning.load(self.encoder) if self.encoder and not settings.nlu_encoder else None
        self.kb = KnowledgeBase.load(FileShelf(), SearchSettings(policy=serve_policy(settings)), meaning=meaning)
        self.directory = Directory.load()
        self.replies = Replies.load()
        self.pool = Pool(self._process, workers=_WORKERS, name="conversation")
        self._people(rng)
        self._talk(rng)
        self._web(rng)
        await self._start()

    def _people(self, rng: Random) -> None:
        """The helpers' side, and the ports that it needs filled from here."""
        presence = self.presence = SeekerPresence(self.clients, publish=self._publish)
        ports = Ports(
            presence=presence,
            cards=ReplyCards(self.store, self.replies, self.directory, self.settings.region),
            budget=NoBudget(),
            nudge=self.pool,
            typing=presence,
            articles=ArticleFinder(self.kb),
        )
        self.escalation = EscalationService(
            self.store, self.clients, escalation_settings(self.settings), clock=self.store.clock, ports=ports,
            ways=alert_ways(self.settings, self.store.clock), process_id=self.process, jitter=rng.random,
        )  # fmt: skip

    def _talk(self, rng: Random) -> None:
        """The seeker's side: outbox, engine, gateway."""
        settings, store = self.settings, self.store
        wake = self.escalation.wake
        self.outbox = OutboxWorker(store, {WebChannel.name: WebChannel(wake)}, owner=self.process, rng=rng)
        self.assessor = open_assessor(nlu_settings(settings), self.encoder)
        lookout = Lookout(
            self.kb, self.directory, self.escalation.waiting, DutyBoard(self.escalation.presence),
            engine_policy(settings), region=settings.region,
        )  # fmt: skip
        performer = Performer(self.escalation.tickets, self.replies, wake, self.outbox.kick)
        self.processor = Processor(
            store, self._reader(), lookout, performer, self.escalation.tickets, rng=rng,
            counted=self.metrics.count_assessed,
        )  # fmt: skip
        self.intake = Intake(
            store, taken=self._taken, carry=timedelta(hours=settings.carry_level_h),
            counted=self.metrics.count_received,
        )  # fmt: skip
        self.leaving = Leaving(store, self.presence, self.processor)
        self.sweep = Sweep(store, nudge=self.pool.nudge)
        self.timers = TimerService(store, self._handlers(), store.clock, self.process)

    def _reader(self) -> Assessor | IntentAsking:
        """What reads messages: our own engine, with Rasa beside it for intents where the operator runs one."""
        rasa = rasa_settings(self.settings)
        if rasa is None:
            return self.assessor
        client = RasaClient(rasa, counted=self.metrics.count_rasa)
        self._stack.push_async_callback(client.aclose)
        return IntentAsking(self.assessor, client)

    def _handlers(self) -> Mapping[str, Handler]:
        own = {TIMER_PREFIX + kind.value: partial(self._timer, kind) for kind in events.TimerKind}
        late = {GONE_TIMER: self.leaving.due, REREAD_TIMER: self.processor.late.due}
        return {**own, **late, **self.escalation.timer_handlers()}

    async def _timer(self, kind: events.TimerKind, timer: Timer) -> None:
        event = events.BurstQuiet() if kind is events.TimerKind.BURST else events.TimerDue(kind=kind)
        await self.processor.happen(timer.ref, event)

    def _web(self, rng: Random) -> None:
        settings, store = self.settings, self.store
        config = PageConfig(self.directory, store.clock, region=settings.region, exit_url=settings.exit_url)
        rules = SessionRules(
            session_life=timedelta(hours=settings.session_h),
            device_life=timedelta(days=settings.device_days),
            locator_life=timedelta(days=settings.locator_days),
            carry=timedelta(hours=settings.carry_level_h),
        )
        names = yaml.safe_load(_NAMES.read_text(encoding="utf-8"))["zh-CN"]
        sessions = Sessions(store, rules=rules, names=names, rng=rng, origin_of=self._origin)
        room = Room(store, self.escalation.waiting, self.presence)
        dialogue = Dialogue(
            store, self.intake, self.processor, sessions, room, self.presence, self.replies, config.numbers_for
        )
        self.socket = SeekerSocket(sessions, dialogue, room, self.hub, self.leaving)
        deps = WebDeps(
            sessions=sessions,
            socket=self.socket,
            polling=Polling(sessions, dialogue, room, self.hub, self.leaving),
            privacy=Privacy(store, sessions, self.replies),
            config=config.for_locale,
            arrival=self._arrival,
        )
        self.routes: list[Route] = [
            *web_routes(deps),
            *self.escalation.routes(),
            *page_routes(health=self._health, ready=self._ready, metrics=self._metrics, api=self._api),
        ]
        mount(self.web, self.routes)
        SecurityHeaders(
            behind_tls=settings.behind_tls, pages=content_policies(settings.embed_sites, settings.public_url)
        ).install(self.web)

        self.web.on_shutdown.append(self._part)

    async def _part(self, _: web.Application) -> None:
        """The doors are shut: pages and desks go to another process, polls that wait are answered."""
        await self.socket.aclose()
        self.hub.wake_all()
        await self.escalation.hub.aclose()

    async def _start(self) -> None:
        self.escalation.wake.listen(self.hub.wake)
        await self.escalation.start()
        self._stack.push_async_callback(self.escalation.aclose)
        self._stack.push_async_callback(self.assessor.aclose)
        self._stack.push_async_callback(self.processor.aclose)
        self.pool.start()
        self._stack.push_async_callback(self.pool.aclose)
        self._stack.push_async_callback(self.tasks.aclose)
        for work, name in (
            (self.outbox.run, "outbox"),
            (self.sweep.run, "sweep"),
            (self.timers.run, "timers"),
            (Housekeeping(self.store).run, "housekeeping"),
        ):
            self.tasks.start(work, name)

    async def drain(self, limit_s: float) -> None:
        """Once nobody is served any more: what was acknowledged is processed, what is due is sent."""
        await self.pool.drain(limit_s)
        with contextlib.suppress(RecordsError):
            async with asyncio.timeout(limit_s):
                while await self.outbox.once():
                    pass

    async def aclose(self) -> None:
        await self._stack.aclose()

    async def _publish(self, conversation_id: str) -> None:
        await self.escalation.wake.publish(conversation_id)

    async def _process(self, conversation_id: str) -> bool:
        with self.metrics.process_seconds.time():
            return await self.processor.process(conversation_id)

    async def _taken(self, conversation_id: str, text: str) -> None:
        """A message is durable. When others wait, the lexicon looks at once whether it may not wait with them (S3)."""
        urgent = self.pool.crowded and self.assessor.first(text[:READ_LIMIT]).escalate
        await self.pool.nudge(conversation_id, urgent=urgent)

    def _origin(self, address: str) -> str | None:
        """A keyed hash of where somebody writes from, to fold floods into one row; none for schools: many share one."""
        if is_school(address, self.settings.schools):
            return None
        return self.store.vault.keyed_hash("origin", address)

    def _arrival(self, request: web.Request) -> Arrival:
        address = request.remote
        if self.settings.trust_proxy:
            forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
            address = forwarded or address
        peer = request.transport.get_extra_info("peername") if request.transport else None
        return Arrival(address=address, port=peer[1] if peer else None)

    def _health(self) -> tuple[bool, dict[str, Any]]:
        dead = [*self.tasks.dead, *([] if self.escalation.healthy else ["escalation"])]
        self.metrics.workers_dead.set(len(dead))
        return not dead, {"status": "ok" if not dead else "broken", "dead": dead, "process": self.process}

    async def _ready(self) -> tuple[bool, dict[str, Any]]:
        checks = {"database": await self._database_answers(), "queue": await self._queue_answers()}
        # Without the queue messages are still taken and tickets written: it slows us down, it does not stop us.
        return checks["database"], {"status": "ok" if all(checks.values()) else "degraded", **checks}

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(2), self.store.read() as tx:
                await lines.default_line(tx)
        except (RecordsError, TimeoutError):
            return False
        return True

    async def _queue_answers(self) -> bool:
        try:
            return bool(await self.clients.commands.ping())
        except (redis.exceptions.RedisError, OSError):
            return False

    def _metrics(self) -> bytes:
        self.metrics.pages_open.set(len(self.hub))
        self.metrics.redis_restarts.set(self.valkey.restarts if self.valkey else 0)
        return self.metrics.render()

    def _api(self) -> dict[str, Any]:
        return openapi(self.routes)
