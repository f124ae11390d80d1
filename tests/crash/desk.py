"""Counsellors as a load: they take what is next, write a word, and give it back, whatever crashes under them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import aiohttp

from records.ids import new_id
from tests.crash.seekers import PATIENCE_S, TROUBLE

LOGINS = ("counsellor", "counsellor2", "supervisor")
PASSWORD = "shudong-demo"


class LostError(Exception):
    """The desk refused: the ticket has another owner or state by now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one counsellor was told to own."""

    ticket: str
    fence: int
    staff: str


@dataclass(slots=True)
class Counsellor:
    """One desk, over every process in turn."""

    urls: Sequence[str]
    http: aiohttp.ClientSession
    login: str
    rng: Random
    claims: list[Claim] = field(default_factory=list)
    answered: dict[int, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _cookie: str = ""
    _csrf: str = ""
    _staff: str = ""

    async def run(self) -> None:
        socket = asyncio.create_task(self._stay(), name=f"desk-socket-{self.login}")
        try:
            while True:
                try:
                    await self._round()
                except (*TROUBLE, LostError):
                    await asyncio.sleep(self.rng.uniform(0.05, 0.4))
        finally:
            socket.cancel()
            await asyncio.gather(socket, return_exceptions=True)

    async def _round(self) -> None:
        if not self._cookie:
            await self._sign_in()
        await self._call("POST", "duty", {"on": True, "capacity": 5})
        mine = await self._call("GET", "overview")
        for ticket in mine["mine"]:
            # An answer may have been lost with the process that gave it.
            await self._care(ticket)
        for _ in range(20):
            ticket = (await self._call("POST", "next", {}))["ticket"]
            if ticket is None:
                await asyncio.sleep(self.rng.uniform(0.1, 0.5))
            else:
                await self._care(ticket)

    async def _care(self, ticket: dict[str, Any]) -> None:
        self.claims.append(Claim(ticket["id"], ticket["fence"], self._staff))
        word = {"id": new_id(datetime.now(UTC)), "text": "我在，慢慢说，不着急。", "fence": ticket["fence"]}
        await self._call("POST", f"conversations/{ticket['conversation']}/messages", word)
        self.said.append(word["id"])
        await asyncio.sleep(self.rng.uniform(0, 0.2))
        back = {"fence": ticket["fence"], "note": "换一位同事接着聊", "reason": "交接班", "to": "queue"}
        await self._call("POST", f"tickets/{ticket['id']}/hand-back", back)

    async def _sign_in(self) -> None:
        url = self.rng.choice(self.urls)
        body = {"login": self.login, "password": PASSWORD}
        async with asyncio.timeout(PATIENCE_S), self.http.post(f"{url}/api/desk/session", json=body) as answer:
            answer.raise_for_status()
            opened = await answer.json()
            self._cookie = answer.cookies["shudong_desk"].value
        self._csrf, self._staff = opened["csrf"], opened["staff"]["id"]

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.rng.choice(self.urls)}/api/desk/{path}"
        async with (
            asyncio.timeout(PATIENCE_S),
            self.http.request(method, url, json=body, headers=self._headers()) as answer,
        ):
            self.answered[answer.status] = self.answered.get(answer.status, 0) + 1
            if 400 <= answer.status < 500:
                raise LostError(path, answer.status)
            answer.raise_for_status()
            return await answer.json()

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"shudong_desk={self._cookie}", "X-CSRF-Token": self._csrf}

    async def _stay(self) -> None:
        """The desk's socket: its pongs keep the leases."""
        while True:
            with suppress(*TROUBLE):
                await self._sit()
            await asyncio.sleep(0.3)

    async def _sit(self) -> None:
        if not self._cookie:
            return
        async with self.http.ws_connect(f"{self.rng.choice(self.urls)}/api/desk/ws", headers=self._headers()) as ws:
            await ws.send_json({"type": "hello", "csrf": self._csrf})
            async for message in ws:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return


class Desk:
    """Three counsellors at work for the length of an ``async with``."""

    def __init__(self, urls: Sequence[str], rng: Random) -> None:
        self._urls, self._rng = urls, rng
        self.counsellors: list[Counsellor] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Desk:
        # Cookies are handed over by hand: the jar keeps none for a bare address.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        for login in LOGINS:
            one = Counsellor(self._urls, self._http, login, Random(self._rng.random()))
            self.counsellors.append(one)
            self._tasks.append(asyncio.create_task(one.run(), name=f"counsellor-{login}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    @property
    def claims(self) -> list[Claim]:
        return [claim for one in self.counsellors for claim in one.claims]
