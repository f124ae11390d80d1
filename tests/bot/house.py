"""The app as it is put together, in this process: real store, real Valkey, real engine, and people at both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.app import App
from bot.demo import PASSWORD
from bot.settings import Settings, load_settings
from records import assessments, conversations, messages, outbox, seekers, tickets
from records.ids import new_id
from records.models import Author, Conversation, Message, OutboxRow, Seeker, StoredAssessment, Ticket

Frame = dict[str, Any]
PATIENCE_S = 30.0
DANGER = "我不想活了，今晚就结束"
WORRY = "下周期中考试，我有点紧张，睡不着"


class MovingClock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Return once ``check`` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not await check():  # noqa: ASYNC110  # the record has no event to wait for
            await asyncio.sleep(0.01)


def is_a(kind: str, **wanted: Any) -> Callable[[Frame], bool]:
    """Frames of this type with these fields."""
    return lambda frame: frame["type"] == kind and all(frame.get(name) == value for name, value in wanted.items())


class Page:
    """A seeker's page on a real socket: it remembers every frame that it was sent."""

    def __init__(self, house: House, opened: Mapping[str, Any]) -> None:
        self.house = house
        self.token: str = opened["token"]
        self.conversation: str = opened["conversation"]
        self.device: str | None = opened["device"]
        self.remembered: bool = opened["remembered"]
        self.frames: list[Frame] = []
        self.ws: aiohttp.ClientWebSocketResponse

    async def connect(self, after: int = 0) -> Self:
        self.ws = await self.house.http.ws_connect(f"{self.house.url}/api/chat/ws")
        await self.send({"type": "hello", "token": self.token, "after": after, "tab": "t"})
        return self

    async def send(self, frame: Mapping[str, Any]) -> None:
        await self.ws.send_json(frame)

    async def see(self, wanted: Callable[[Frame], bool], *, since: int = 0) -> Frame:
        """The first frame that fits, of those that came since frame number ``since`` or that come now."""
        at = since
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while at < len(self.frames):
                    if wanted(self.frames[at]):
                        return self.frames[at]
                    at += 1
                self.frames.append(await self.ws.receive_json())

    async def closed(self) -> int | None:
        """Read on until the server ends the socket; its code."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.ws.receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                    return self.ws.close_code
                self.frames.append(message.json())

    async def ask(self, **frame: Any) -> Frame:
        """Send a frame that is kept; its ``ack`` or ``refused``."""
        frame.setdefault("id", new_id(datetime.now(UTC)))
        before = len(self.frames)
        await self.send(frame)
        return await self.see(
            lambda one: one["type"] in ("ack", "refused") and one.get("id") == frame["id"], since=before
        )

    async def say(self, text: str, **more: Any) -> int:
        """Write, and be told that it is written down: its ``seq``."""
        answer = await self.ask(type="say", text=text, **more)
        assert answer["type"] == "ack", answer
        seq: int = answer["seq"]
        return seq

    async def word(self, author: Author, *, after: int = 0, **body: Any) -> Frame:
        """The first message of ``author`` after ``seq``, whose body has these values."""
        return await self.see(
            lambda one: one["type"] == "message" and one["author"] == author.value and one["seq"] > after
            and all(one["body"].get(name) == value for name, value in body.items())
        )  # fmt: skip

    @property
    def shown(self) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == "message"]

    async def leave(self) -> None:
        """The page closes without a word."""
        await self.ws.close()


class Desk:
    """A signed-in counsellor on HTTP."""

    def __init__(self, house: House, csrf: str, cookie: str, staff: str) -> None:
        self._house, self._headers, self.staff = house, {"X-CSRF-Token": csrf, "Cookie": cookie}, staff

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self._house.url}/api/desk/{path}"
        async with self._house.http.request(method, url, json=body, headers=self._headers) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        status, answer = await self.call("POST", path, body)
        assert status == 200, (path, status, answer)
        return answer

    async def on_duty(self) -> Self:
        await self.post("duty", on=True)
        return self

    async def take(self) -> dict[str, Any]:
        """The next ticket; waits for one."""
        async with asyncio.timeout(PATIENCE_S):
            while (ticket := (await self.post("next"))["ticket"]) is None:  # noqa: ASYNC110  # as a person would ask
                await asyncio.sleep(0.02)
        taken: dict[str, Any] = ticket
        return taken

    async def write(self, ticket: Mapping[str, Any], text: str) -> None:
        await self.post(
            f"conversations/{ticket['conversation']}/messages", id=new_id(datetime.now(UTC)), text=text,
            fence=ticket["fence"],
        )  # fmt: skip


class House:
    """One process of the app behind a real server on the loopback, and a look into its record."""

    def __init__(self, app: App, clock: MovingClock, http: aiohttp.ClientSession, url: str) -> None:
        self.app, self.clock, self.http, self.url = app, clock, http, url
        self.store = app.store

    async def open_page(self, **wish: Any) -> Page:
        """A session, not yet connected."""
        async with self.http.post(f"{self.url}/api/chat/session", json=wish) as answer:
            assert answer.status == 200, await answer.text()
            return Page(self, await answer.json())

    async def page(self, **wish: Any) -> Page:
        page = await (await self.open_page(**wish)).connect()
        await page.see(is_a("welcome"))
        return page

    async def desk(self, login: str = "counsellor", *, on_duty: bool = True) -> Desk:
        body = {"login": login, "password": PASSWORD}
        async with self.http.post(f"{self.url}/api/desk/session", json=body) as answer:
            assert answer.status == 200
            opened = await answer.json()
            cookie = f"shudong_desk={answer.cookies['shudong_desk'].value}"
        desk = Desk(self, opened["csrf"], cookie, opened["staff"]["id"])
        return await desk.on_duty() if on_duty else desk

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.url}/api/chat/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def poll(self, token: str, *frames: Any, after: int = 0, wait_s: float = 0) -> list[Frame]:
        status, answer = await self.post(
            "poll", {"token": token, "after": after, "wait_s": wait_s, "frames": list(frames)}
        )
        assert status == 200, answer
        found: list[Frame] = answer["frames"]
        return found

    async def get(self, path: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.http.get(f"{self.url}{path}", allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    # The record

    async def talk(self, conversation_id: str) -> Conversation:
        async with self.store.read() as tx:
            return await conversations.get(tx, conversation_id)

    async def seeker(self, conversation_id: str) -> Seeker:
        async with self.store.read() as tx:
            return await seekers.get(tx, (await conversations.get(tx, conversation_id)).seeker_id)

    async def rows(self, conversation_id: str) -> list[Message]:
        async with self.store.read() as tx:
            return await messages.listing(tx, conversation_id)

    async def assessed(self, conversation_id: str) -> list[StoredAssessment]:
        async with self.store.read() as tx:
            return await assessments.for_conversation(tx, conversation_id)

    async def ticket(self, conversation_id: str) -> Ticket | None:
        async with self.store.read() as tx:
            return await tickets.open_for(tx, conversation_id)

    async def outgoing(self, conversation_id: str) -> list[OutboxRow]:
        async with self.store.read() as tx:
            return await outbox.for_conversation(tx, conversation_id)

    async def settled(self, conversation_id: str) -> None:
        """Every row of the talk was looked at."""

        async def done() -> bool:
            return all(row.processed_at for row in await self.rows(conversation_id) if row.author is Author.SEEKER)

        await eventually(done)

    def later(self, **by: float) -> None:
        """Time passes; what is due then runs."""
        self.clock.ahead += timedelta(**by)
        self.app.timers.wake()


def settings_for(folder: Path, database_url: str, redis_url: str, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "data_dir": folder / "data", "database_url": database_url, "redis_url": redis_url, "demo": True,
        "burst_quiet_s": 0, "answers_per_minute": 1000, **more,
    }  # fmt: skip
    return load_settings({}, **given)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """The app, open and served; closed in reverse."""
    clock = MovingClock()
    async with AsyncExitStack() as stack:
        app = await App.open(settings, clock=clock, rng=Random(7))
        stack.push_async_callback(app.aclose)
        # As the app serves it: aiohttp's test server would cancel handlers when a page goes.
        runner = web.AppRunner(app.web, access_log=None, shutdown_timeout=20)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        # Cookies are handed over by hand: several people share this client.
        http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        stack.push_async_callback(http.close)
        yield House(app, clock, http, f"http://127.0.0.1:{runner.addresses[0][1]}")
