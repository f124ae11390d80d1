"""Seekers as a load: each writes like a page does, keeps what is not acknowledged, and comes back after every loss."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import aiohttp

from records.ids import new_id

PATIENCE_S = 20.0
"""A page leaves a connection that acknowledges nothing for so long; also the limit of one answer."""
WINDOW = 6
"""So many messages a seeker may have on their way: more than one, so that order has to be kept."""
TROUBLE = (aiohttp.ClientError, OSError, TimeoutError, ValueError)

HARMLESS = (
    "今天食堂的面还不错",
    "下周要期中考试了，有点紧张",
    "昨晚看书看到很晚",
    "同桌借了我的橡皮还没还",
    "我想学吉他，不知道从哪开始",
    "体育课跑了八百米",
    "妈妈让我周末去外婆家",
    "数学老师换了一个新的",
    "天气有点冷，多穿了一件",
    "我们班要排一个节目",
    "英语单词总是记不住",
    "放学路上看到一只猫",
    "宿舍晚上有点吵",
    "作业还差一点没写完",
    "朋友这两天没怎么说话",
    "想换一个离窗近的座位",
)
DANGER = "我不想活了，今晚就结束"


@dataclass(slots=True)
class Said:
    """One message of a seeker."""

    id: str
    text: str
    at: str
    seq: int | None = None

    @property
    def frame(self) -> dict[str, Any]:
        return {"type": "say", "id": self.id, "text": self.text, "at": self.at}


@dataclass(slots=True)
class Seen:
    """What one page holds, and everything that a page must never meet."""

    held: dict[int, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def last(self) -> int:
        return max(self.held, default=0)

    def add(self, frame: dict[str, Any], after: int) -> None:
        seq = int(frame["seq"])
        if seq <= after:
            self.faults.append(f"message {seq} came after {after}")
        if self.held.get(seq, frame)["id"] != frame["id"]:
            self.faults.append(f"two messages bear the number {seq}")
        self.held[seq] = frame


class Seeker:
    """Writes ``lines`` one after the other; ``run`` returns once all are acknowledged and ``leave`` was called."""

    def __init__(
        self, urls: Sequence[str], http: aiohttp.ClientSession, rng: Random, lines: Sequence[str], *,
        polls: bool = False, pause_s: float = 0.05, drops: float = 0.0,
    ) -> None:  # fmt: skip
        """``drops`` is how often a sent frame is followed, or cut in two, by the end of the connection."""
        self._urls, self._http, self._rng, self._lines, self._polls = list(urls), http, rng, lines, polls
        self._at = rng.randrange(len(self._urls))
        self._pause_s, self._drops = pause_s, drops
        self.said: list[Said] = []
        self.seen = Seen()
        self.conversation = ""
        self.connections = 0
        self._token = ""
        self._pending: dict[str, Said] = {}
        self._room = asyncio.Semaphore(WINDOW)
        self._more = asyncio.Event()
        self._leaving = False
        self._line = asyncio.Event()
        self._line.set()
        self._ws: aiohttp.ClientWebSocketResponse | None = None

    @property
    def dangerous(self) -> bool:
        return DANGER in self._lines

    @property
    def acknowledged(self) -> int:
        return len(self.said) - len(self._pending)

    @property
    def done(self) -> bool:
        return len(self.said) == len(self._lines) and not self._pending

    def leave(self) -> None:
        self._leaving = True
        self._more.set()

    def vanish(self) -> None:
        """Into the tunnel: the line breaks and stays broken until ``come_back``."""
        self._line.clear()
        if self._ws is not None:
            _cut(self._ws)

    def come_back(self) -> None:
        self._line.set()

    async def run(self) -> None:
        writing = asyncio.create_task(self._write(), name="seeker-writes")
        try:
            while not (self._leaving and self.done):
                await self._line.wait()
                with suppress(*TROUBLE):
                    await self._visit()
                self._at = (self._at + 1) % len(self._urls)
                await asyncio.sleep(self._rng.uniform(0.02, 0.3))
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self) -> None:
        """As people do it: whether or not there is a connection."""
        for text in self._lines:
            await self._room.acquire()
            one = Said(id=new_id(datetime.now(UTC)), text=text, at=datetime.now(UTC).isoformat())
            self.said.append(one)
            self._pending[one.id] = one
            self._more.set()
            await asyncio.sleep(self._rng.uniform(0, 2 * self._pause_s))

    async def _visit(self) -> None:
        url = self._urls[self._at]
        if not self._token:
            await self._begin(url)
        self.connections += 1
        await (self._by_polling(url) if self._polls else self._by_socket(url))

    async def _begin(self, url: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self._http.post(f"{url}/api/chat/session", json={}) as answer:
            answer.raise_for_status()
            opened = await answer.json()
        self._token, self.conversation = opened["token"], opened["conversation"]

    def _hello(self) -> dict[str, Any]:
        return {"type": "hello", "token": self._token, "after": self.seen.last, "tab": "t"}

    # By socket

    async def _by_socket(self, url: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            ws = self._ws = await self._http.ws_connect(f"{url}/api/chat/ws", heartbeat=None, compress=0)
        try:
            await ws.send_json(self._hello())
            async with asyncio.timeout(PATIENCE_S):
                first = await ws.receive()
            if first.type is not aiohttp.WSMsgType.TEXT:
                return
            welcome = json.loads(first.data)
            if welcome["type"] != "welcome":
                self.seen.faults.append(f"instead of a welcome: {welcome['type']} {welcome.get('code')}")
                return
            sending = asyncio.create_task(self._send(ws), name="seeker-sends")
            try:
                await self._receive(ws)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        finally:
            _cut(ws)

    async def _receive(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        after = self.seen.last
        async for message in ws:
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            after = self._take(json.loads(message.data), after)

    async def _send(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Everything unacknowledged in order, then what comes; ends the connection when it is mute or left."""
        sent: dict[str, float] = {}
        clock = asyncio.get_running_loop().time
        with suppress(*TROUBLE):
            while not (self._leaving and self.done):
                self._more.clear()
                for one in [one for one in self._pending.values() if one.id not in sent]:
                    sent[one.id] = clock()
                    if self._drops and self._rng.random() < self._drops:
                        await self._drop(ws, one)
                        return
                    await ws.send_json(one.frame)
                await ws.send_json({"type": "received", "seq": self.seen.last})
                if any(clock() - sent[id_] > PATIENCE_S for id_ in self._pending.keys() & sent.keys()):
                    break
                with suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._more.wait()
        _cut(ws)

    async def _drop(self, ws: aiohttp.ClientWebSocketResponse, one: Said) -> None:
        """The line breaks: after the frame, or with a part of it on the way."""
        whole = _as_bytes(one.frame)
        part = whole if self._rng.random() < 0.3 else whole[: self._rng.randrange(1, len(whole))]
        transport = _transport(ws)
        if transport is not None:
            transport.write(part)
            await asyncio.sleep(self._rng.uniform(0, 0.05))
        _cut(ws)

    # By polling

    async def _by_polling(self, url: str) -> None:
        frames: list[dict[str, Any]] = [self._hello()]
        while not (self._leaving and self.done):
            frames += [one.frame for one in self._pending.values()]
            after = self.seen.last
            wish = {"token": self._token, "after": after, "wait_s": 0 if self._pending else 1, "frames": frames}
            async with asyncio.timeout(PATIENCE_S * 2), self._http.post(f"{url}/api/chat/poll", json=wish) as answer:
                answer.raise_for_status()
                answered = await answer.json()
            for frame in answered["frames"]:
                after = self._take(frame, after)
            frames = []
            await asyncio.sleep(self._rng.uniform(0, 0.1))

    # What comes

    def _take(self, frame: dict[str, Any], after: int) -> int:
        match frame["type"]:
            case "ack":
                self._acknowledged(frame)
            case "message":
                self.seen.add(frame, after)
                return int(frame["seq"])
            case "refused" | "bye" | "conversation":
                self.seen.faults.append(f"{frame['type']} {frame.get('code')}")
        return after

    def _acknowledged(self, frame: dict[str, Any]) -> None:
        one = self._pending.pop(frame["id"], None)
        if one is not None:
            one.seq = int(frame["seq"])
            self._room.release()
            self._more.set()


def _transport(ws: aiohttp.ClientWebSocketResponse) -> asyncio.Transport | None:
    connection = ws._response.connection
    transport = connection.transport if connection else None
    return transport if isinstance(transport, asyncio.Transport) else None


def _cut(ws: aiohttp.ClientWebSocketResponse) -> None:
    """No goodbye: as a train does it when it goes into a tunnel."""
    transport = _transport(ws)
    if transport is not None:
        transport.abort()


def _as_bytes(frame: dict[str, Any]) -> bytes:
    """A masked text frame as it goes over the wire (RFC 6455), so that a part of it can be sent."""
    words = json.dumps(frame).encode()
    mask = secrets.token_bytes(4)
    length = bytes([0x80 | len(words)]) if len(words) < 126 else bytes([0x80 | 126]) + len(words).to_bytes(2, "big")
    return bytes([0x81]) + length + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(words))


class Crowd:
    """Many seekers at once. ``async with`` starts them; leaving it lets them go home."""

    def __init__(
        self, urls: Sequence[str], rng: Random, *, seekers: int, messages: int, polling: int = 0, danger: float = 0.25,
        pause_s: float = 0.05, drops: float = 0.0,
    ) -> None:  # fmt: skip
        """``messages`` in all; ``polling`` of the seekers use no socket; ``danger``: share of talks with danger."""
        self._urls, self._rng = urls, rng
        self._sizes = [messages // seekers + (n < messages % seekers) for n in range(seekers)]
        self._polling, self._danger, self._pause_s, self._drops = polling, danger, pause_s, drops
        self.total = messages
        self.seekers: list[Seeker] = []
        self._http: aiohttp.ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Crowd:
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        for n, size in enumerate(self._sizes):
            rng = Random(self._rng.random())
            seeker = Seeker(
                self._urls, self._http, rng, self._words(rng, size), polls=n < self._polling, pause_s=self._pause_s,
                drops=self._drops,
            )  # fmt: skip
            self.seekers.append(seeker)
            self._tasks.append(asyncio.create_task(seeker.run(), name=f"seeker-{n}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._http is not None
        await self._http.close()

    def _words(self, rng: Random, size: int) -> list[str]:
        words = [rng.choice(HARMLESS) for _ in range(size)]
        if rng.random() < self._danger:
            words[rng.randrange(size)] = DANGER
        return words

    @property
    def acknowledged(self) -> int:
        return sum(seeker.acknowledged for seeker in self.seekers)

    @property
    def done(self) -> bool:
        return all(seeker.done for seeker in self.seekers)

    @property
    def faults(self) -> list[str]:
        return [fault for seeker in self.seekers for fault in seeker.seen.faults]

    async def reached(self, acknowledged: int) -> None:
        """Wait until so many messages are acknowledged."""
        while self.acknowledged < acknowledged:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)

    async def finished(self) -> None:
        """Wait until every message of every seeker is acknowledged."""
        await self.reached(self.total)


async def eventually(look: Callable[[], Awaitable[Iterable[object]]], limit_s: float) -> None:
    """Wait until ``look`` finds nothing amiss; what it found last is the failure."""
    end = asyncio.get_running_loop().time() + limit_s
    while amiss := list(await look()):
        assert asyncio.get_running_loop().time() < end, f"still after {limit_s} s: {amiss[:5]} ({len(amiss)} in all)"
        await asyncio.sleep(0.1)
