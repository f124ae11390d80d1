"""Seekers and a desk as the benchmark plays them: the real protocol, timed from outside."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

_ids = itertools.count()
# Worries of everyday life, of the length that young people write.
WORRIES = (
    "最近考试老是紧张，晚上睡不着",
    "和同桌吵架了，不知道怎么开口",
    "爸妈总拿我和别人比，心里很闷",
    "作业写到很晚，第二天没精神",
    "班里没有人愿意和我一组",
)
DANGER = "我想自杀，今晚就走"


@dataclass(slots=True)
class Seeker:
    """One open chat. ``ask`` returns the seconds until the first answer of ours to a message."""

    ws: aiohttp.ClientWebSocketResponse
    last_ack: float = 0.0

    @classmethod
    async def join(cls, http: aiohttp.ClientSession, url: str) -> Self:
        async with http.post(f"{url}/api/chat/session", json={"entry": "chat"}) as answer:
            token = (await answer.json())["token"]
        ws = await http.ws_connect(f"{url}/api/chat/ws", max_msg_size=0)
        await ws.send_json({"type": "hello", "token": token, "after": 0})
        seeker = cls(ws)
        await seeker._until(lambda frame: frame["type"] == "state")
        return seeker

    async def ask(self, text: str) -> float:
        begun = time.perf_counter()
        seq = await self.say(text)
        await self._until(lambda frame: frame["type"] == "message" and frame["author"] == "bot" and frame["seq"] > seq)
        return time.perf_counter() - begun

    async def say(self, text: str) -> int:
        """Send and wait for the acknowledgement: the message is durable then. Its ``seq``."""
        begun = time.perf_counter()
        id_ = f"b{next(_ids)}"
        await self.ws.send_str(json.dumps({"type": "say", "id": id_, "text": text}))
        ack = await self._until(lambda frame: frame["type"] == "ack" and frame["id"] == id_)
        self.last_ack = time.perf_counter() - begun
        seq: int = ack["seq"]
        return seq

    async def _until(self, wanted: Any) -> dict[str, Any]:
        while True:
            message = await self.ws.receive(timeout=120)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise ConnectionError(f"socket ended: {message.type}")
            frame: dict[str, Any] = json.loads(message.data)
            if wanted(frame):
                return frame


@dataclass(slots=True)
class Desk:
    """A signed-in counsellor who watches alerts arrive."""

    url: str
    http: aiohttp.ClientSession = field(
        default_factory=lambda: aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    )
    seen: dict[str, float] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _ended: bool = False

    async def __aenter__(self) -> Self:
        sign_in = {"login": "counsellor", "password": "shudong-demo"}
        async with self.http.post(f"{self.url}/api/desk/session", json=sign_in) as answer:
            csrf = (await answer.json())["csrf"]
        async with self.http.post(f"{self.url}/api/desk/duty", json={"on": True}, headers={"X-CSRF-Token": csrf}) as on:
            on.raise_for_status()
        ws = await self.http.ws_connect(f"{self.url}/api/desk/ws", max_msg_size=0)
        await ws.send_json({"type": "hello", "csrf": csrf})
        self._task = asyncio.create_task(self._watch(ws), name="desk")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.http.close()

    async def ticket_after(self, known: set[str]) -> float:
        """When the next alert for a ticket that is not in ``known`` arrived (``perf_counter``)."""
        while True:
            fresh = [at for ticket, at in self.seen.items() if ticket not in known]
            if fresh:
                return min(fresh)
            if self._ended:
                raise ConnectionError("the desk's socket ended")
            self._news.clear()
            await self._news.wait()

    async def _watch(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            frame = json.loads(message.data)
            if frame["type"] == "alert":
                self.seen.setdefault(frame["ticket"]["id"], time.perf_counter())
                self._news.set()
        self._ended = True
        self._news.set()
