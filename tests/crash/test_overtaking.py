"""D1: no message overtakes another, whatever the database or the clock does in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.app import App
from bot.gateway.intake import Intake
from bot.gateway.sweep import Sweep
from bot.inbound import Accepted, Inbound
from bot.settings import load_settings
from records import messages
from records.errors import StoreUnavailableError
from records.models import Author, Channel, Field, Kind
from records.settings import RecordsSettings
from records.store import Store
from tests.records.scene import Scene, somebody
from tests.support.clock import FrozenClock


@asynccontextmanager
async def serving(folder: Path, redis_url: str) -> AsyncIterator[tuple[App, str]]:
    app = await App.open(load_settings({}, data_dir=folder, redis_url=redis_url, burst_quiet_s=0))
    try:
        async with TestServer(app.web) as server:
            yield app, str(server.make_url("")).rstrip("/")
    finally:
        await app.aclose()


async def test_d1_a_word_that_could_not_be_written_is_not_overtaken_by_the_next(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two words are on their way; the database is away for the first. The page has to send both again, in order."""
    first, second = [
        {"type": "say", "id": f"01J00000000000000000000{n}", "text": text, "at": datetime.now(UTC).isoformat()}
        for n, text in enumerate(("第一句", "第二句"))
    ]
    async with serving(tmp_path, redis_url) as (app, url), aiohttp.ClientSession() as http:
        receive, tried = app.intake.receive, []

        async def away_once(inbound: Inbound) -> Accepted:
            tried.append(inbound.channel_message_id)
            if len(tried) == 1:
                raise StoreUnavailableError("away")
            return await receive(inbound)

        monkeypatch.setattr(app.intake, "receive", away_once)
        async with http.post(f"{url}/api/chat/session", json={}) as answer:
            opened = await answer.json()
        assert await _exchange(http, url, opened["token"], [first, second]) == ([], 1013)
        acknowledged, _ = await _exchange(http, url, opened["token"], [first, second], answers=2)
        assert acknowledged == [first["id"], second["id"]]
        async with app.store.read() as tx:
            rows = await messages.listing(tx, opened["conversation"])
    assert [row.text for row in rows if row.author is Author.SEEKER] == ["第一句", "第二句"]


async def _exchange(
    http: aiohttp.ClientSession, url: str, token: str, frames: list[dict[str, Any]], *, answers: int = 0
) -> tuple[list[str], int | None]:
    """Ids that were acknowledged, and how the server closed; ends early after ``answers`` of them."""
    acknowledged: list[str] = []
    async with http.ws_connect(f"{url}/api/chat/ws") as ws:
        await ws.send_json({"type": "hello", "token": token, "after": 0, "tab": "t"})
        for frame in frames:
            await ws.send_json(frame)
        async for message in ws:
            frame = message.json()
            acknowledged += [frame["id"]] if frame["type"] == "ack" else []
            if answers and len(acknowledged) == answers:
                break
        return acknowledged, ws.close_code


@asynccontextmanager
async def record_with(folder: Path, clock: FrozenClock) -> AsyncIterator[tuple[Store, Scene, Intake, list[str]]]:
    store = await Store.open(RecordsSettings(data_dir=folder), clock=clock)
    nudged: list[str] = []

    async def taken(conversation_id: str, text: str) -> None:
        nudged.append(conversation_id)

    try:
        yield store, await somebody(store), Intake(store, taken=taken, carry=timedelta(hours=72)), nudged
    finally:
        await store.aclose()


def _said(scene: Scene, n: int, at: datetime) -> Inbound:
    return Inbound(
        channel=Channel.WEB, identity=scene.identity, channel_message_id=f"m{n}", kind=Kind.TEXT,
        body={"text": f"第{n}句"}, door=Field.CHAT, channel_at=at, conversation_id=scene.conversation.id,
    )  # fmt: skip


async def test_d1_a_clock_that_jumps_keeps_the_order_and_the_time_of_the_channel(
    tmp_path: Path, frozen_clock: FrozenClock
) -> None:
    jumps = (0, 5, -3600, 1, 86_400, -172_800, 0)
    async with record_with(tmp_path, frozen_clock) as (store, scene, intake, _):
        at = frozen_clock()
        seqs = []
        for n, jump in enumerate(jumps):
            frozen_clock.advance(jump)
            seqs.append((await intake.receive(_said(scene, n, at + timedelta(seconds=n)))).seq)
        async with store.read() as tx:
            rows = await messages.listing(tx, scene.conversation.id)
    assert seqs == sorted(seqs)
    assert [row.text for row in rows] == [f"第{n}句" for n in range(len(jumps))]
    assert [row.channel_at for row in rows] == [at + timedelta(seconds=n) for n in range(len(jumps))]


async def test_s1_what_lay_unprocessed_is_adopted_also_when_the_clock_jumped_back(
    tmp_path: Path, frozen_clock: FrozenClock
) -> None:
    """A process died with a message in hand, and the machine came back with its clock an hour behind."""
    async with record_with(tmp_path, frozen_clock) as (store, scene, intake, nudged):
        await intake.receive(_said(scene, 1, frozen_clock()))
        nudged.clear()

        async def nudge(conversation_id: str) -> None:
            nudged.append(conversation_id)

        sweep = Sweep(store, nudge=nudge)
        assert await sweep.once() == 0, "too fresh: its own process has it in hand"
        frozen_clock.advance(hours=-1)
        assert await sweep.once() == 1
        assert nudged == [scene.conversation.id]
