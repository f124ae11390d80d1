"""Signed-in browsers at the desk's face to the web."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from escalation.web import SecurityHeaders, mount
from records.models import Staff
from tests.escalation.house import PASSWORD, House

Client = TestClient[web.Request, web.Application]


class Desk:
    """One signed-in browser."""

    def __init__(self, client: Client, csrf: str) -> None:
        self.client, self.csrf = client, csrf

    async def get(self, path: str) -> tuple[int, Any]:
        answer = await self.client.get(f"/api/desk{path}")
        return answer.status, await answer.json()

    async def post(self, path: str, body: Any = None, *, csrf: str | None = None) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf}
        answer = await self.client.post(f"/api/desk{path}", json=body or {}, headers=headers)
        return answer.status, await answer.json() if answer.status != 204 else None


class Office:
    """The house with its face to the web."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.clients: list[Client] = []
        self.app = web.Application()
        mount(self.app, house.service.routes())
        SecurityHeaders().install(self.app)
        self.server = TestServer(self.app)

    async def desk(self, person: Staff) -> Desk:
        client: Client = TestClient(self.server)
        self.clients.append(client)
        await client.start_server()
        answer = await client.post("/api/desk/session", json={"login": person.login, "password": PASSWORD})
        assert answer.status == 200
        return Desk(client, (await answer.json())["csrf"])
