"""The route kit: nothing is served without a guard; nothing that somebody wrote stands in an error or a log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import BaseModel

from escalation.web import (
    PUBLIC,
    Call,
    ContentPolicy,
    DuplicateRouteError,
    NotSignedInError,
    Route,
    SecurityHeaders,
    UnguardedRouteError,
    mount,
    openapi,
    permission_table,
)

WORDS = "一句不该出现在别处的话"


class Say(BaseModel):
    text: str
    times: int = 1


class Said(BaseModel):
    text: str


class Page(BaseModel):
    page: int = 1


class Closed:
    name = "closed"
    roles = ("counsellor",)

    async def admit(self, request: web.Request) -> None:
        raise NotSignedInError


class TeapotError(Exception):
    code: ClassVar[str] = "teapot"
    http_status: ClassVar[int] = 418
    data: ClassVar[dict[str, Any]] = {"id": "x"}


async def say(call: Call[None, Say, None]) -> Said:
    return Said(text=call.body.text * call.body.times)


async def page(call: Call[None, None, Page]) -> dict[str, int]:
    return {"page": call.query.page}


async def nothing(call: Call[None, None, None]) -> None:
    return None


async def known(call: Call[None, None, None]) -> None:
    raise TeapotError


async def unknown(call: Call[None, None, None]) -> None:
    raise RuntimeError(WORDS)


def route(method: str, path: str, handler: Any, **rest: Any) -> Route:
    return Route(method=method, path=path, guard=rest.pop("guard", PUBLIC), handler=handler, summary="a test", **rest)


ROUTES = [
    route("POST", "/api/say", say, body=Say, answer=Said),
    route("GET", "/api/page", page, query=Page, answer=dict[str, int]),
    route("GET", "/api/nothing/{id}", nothing),
    route("GET", "/api/known", known),
    route("GET", "/api/unknown", unknown),
    route("POST", "/api/closed", say, body=Say, guard=Closed()),
    route("GET", "/page", nothing, hidden=True),
]


@asynccontextmanager
async def client(**headers: Any) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    mount(app, ROUTES)
    SecurityHeaders(**headers).install(app)
    async with TestClient(TestServer(app)) as one:
        yield one


def test_a_route_without_a_guard_does_not_start() -> None:
    with pytest.raises(UnguardedRouteError, match="GET /open"):
        mount(web.Application(), [route("GET", "/open", nothing, guard=None)])


def test_a_route_declared_twice_does_not_start() -> None:
    with pytest.raises(DuplicateRouteError):
        mount(web.Application(), [ROUTES[0], ROUTES[0]])


async def test_typed_bodies_and_queries_reach_the_handler_and_typed_answers_leave() -> None:
    async with client() as one:
        answer = await one.post("/api/say", json={"text": "好", "times": 2})
        assert (answer.status, await answer.json()) == (200, {"text": "好好"})
        assert await (await one.get("/api/page?page=7")).json() == {"page": 7}
        assert (await one.get("/api/nothing/1")).status == 204


@pytest.mark.parametrize(
    ("path", "kwargs", "status", "code"),
    [
        ("/api/say", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "invalid_body"),
        ("/api/say", {"json": {"text": "a", "times": WORDS}}, 400, "invalid_body"),
        ("/api/say", {"data": {"text": "a"}}, 415, "unsupported_media_type"),
        ("/api/closed", {"data": b"not even read"}, 401, "not_signed_in"),
        ("/api/none", {}, 404, "not_found"),
        ("/api/page", {}, 405, "method_not_allowed"),
    ],
)
async def test_refusals_are_json_with_a_stable_code(path: str, kwargs: Any, status: int, code: str) -> None:
    async with client() as one:
        answer = await one.post(path, **kwargs)
        assert answer.status == status
        assert (await answer.json())["error"]["code"] == code
        assert WORDS not in await answer.text()


async def test_a_wrong_body_names_the_field_and_a_wrong_query_too() -> None:
    async with client() as one:
        body = await (await one.post("/api/say", json={"text": "a", "times": WORDS})).json()
        assert body["error"]["data"]["fields"] == [{"at": "times", "why": "int_parsing"}]
        query = await (await one.get("/api/page?page=x")).json()
        assert query["error"]["code"] == "invalid_query"


async def test_errors_keep_their_code_status_and_data() -> None:
    async with client() as one:
        answer = await one.get("/api/known")
        assert (answer.status, (await answer.json())["error"]["data"]) == (418, {"id": "x"})


async def test_s8_an_unexpected_error_shows_and_logs_no_words(caplog: Any, capsys: Any) -> None:
    async with client() as one:
        answer = await one.get("/api/unknown")
        assert answer.status == 500
        assert WORDS not in await answer.text()
    assert WORDS not in caplog.text + str(capsys.readouterr())


async def test_every_answer_carries_the_security_headers() -> None:
    pages = {"/page": ContentPolicy(script=("'self'",), ancestors=("https://school.example",))}
    async with client(behind_tls=True, pages=pages) as one:
        api, shown = await one.get("/api/known"), await one.get("/page")
    assert api.headers["X-Content-Type-Options"] == "nosniff"
    assert api.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in api.headers["Content-Security-Policy"]
    assert "max-age=31536000" in api.headers["Strict-Transport-Security"]
    assert "script-src 'self'" in shown.headers["Content-Security-Policy"]
    assert "frame-ancestors https://school.example" in shown.headers["Content-Security-Policy"]


async def test_hsts_is_not_sent_without_tls() -> None:
    async with client() as one:
        assert "Strict-Transport-Security" not in (await one.get("/api/known")).headers


def test_the_api_page_and_the_permission_table_come_from_the_routes() -> None:
    document = openapi(ROUTES, version="1")
    assert set(document["paths"]) == {r.path for r in ROUTES if not r.hidden}
    operation = document["paths"]["/api/say"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Say"}
    assert document["components"]["schemas"]["Say"]["required"] == ["text"]
    assert document["paths"]["/api/nothing/{id}"]["get"]["parameters"][0]["name"] == "id"
    assert document["paths"]["/api/page"]["get"]["parameters"][0]["name"] == "page"
    row = next(row for row in permission_table(ROUTES) if row["path"] == "/api/closed")
    assert (row["guard"], row["roles"]) == ("closed", ["counsellor"])
