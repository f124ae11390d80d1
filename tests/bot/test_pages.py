"""The pages that the app serves itself: what they load, who may frame them, and what the machine's own pages tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.pages import content_policies
from bot.tasks import TaskOwner
from records.errors import StoreUnavailableError
from records.models import Author
from tests.bot.house import DANGER, House, eventually, is_a, opened, settings_for
from tests.support.valkey import ValkeyServer

TELLING = ("树洞", "心理", "热线", "Shudong", "shudong", "12355", "mental")


async def test_s15_nothing_outside_the_open_chat_says_what_it_is(house: House) -> None:
    status, page, headers = await house.get("/chat")
    assert status == 200
    title = page.split("<title>")[1].split("</title>")[0]
    assert not [word for word in TELLING if word in title]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert (await house.get("/favicon.ico"))[0] == 204, "an icon would tell"
    status, _, headers = await house.get("/")
    assert (status, headers["Location"]) == (302, "/chat")


async def test_pages_load_only_what_is_ours_and_stand_in_frames_of_named_sites_only(
    tmp_path: Path, redis_url: str
) -> None:
    site = "https://school.example"
    async with opened(settings_for(tmp_path, "", redis_url, embed_sites=(site,))) as house:
        _, _, chat = await house.get("/chat")
        _, _, console = await house.get("/console")
        _, _, other = await house.get("/healthz")
    assert f"frame-ancestors 'self' {site}" in chat["Content-Security-Policy"]
    assert "script-src 'self';" in chat["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in console["Content-Security-Policy"]
    assert "default-src 'none'" in other["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "socket"),
    [("https://help.example", "wss://help.example"), ("http://127.0.0.1:8080", "ws://127.0.0.1:8080")],
)
def test_pages_may_open_their_own_socket_in_older_browsers_too(url: str, socket: str) -> None:
    assert content_policies((), url)["/chat"].connect == ("'self'", socket)
    assert content_policies((), "not an address")["/console"].connect == ("'self'",)


async def test_files_of_the_pages_are_served_and_nothing_outside_their_folder(house: House) -> None:
    status, page, _ = await house.get("/chat")
    asset = page.split('src="/static/widget/')[1].split('"')[0]
    status, _, headers = await house.get(f"/static/widget/{asset}")
    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert (await house.get("/widget.js"))[0] == 200
    assert (await house.get("/static/widget/none.js"))[0] == 404
    status, shell, _ = await house.get("/console/some/view")
    assert status == 200
    assert "<div id=" in shell, "the console finds its own views"
    for path in ("../../pages.py", "..%2f..%2fpages.py", "%2e%2e/%2e%2e/pages.py", "%2Fetc%2Fpasswd"):
        assert await _raw_status(house, f"/static/widget/{path}") == 404, path
        assert "page_routes" not in (await house.get(f"/console/{path}"))[1]


async def _raw_status(house: House, path: str) -> int:
    """As it stands: a client of ours would tidy the path up first."""
    host, port = house.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"page_routes" not in answer
    return int(answer.split()[1])


async def test_missing_builds_are_a_plain_404(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bot.pages import _file, _folder, missing_builds

    for serve in (_file(tmp_path / "none.html"), _folder(tmp_path)):
        with pytest.raises(aiohttp.web.HTTPNotFound):
            await serve(_Call())
    monkeypatch.setattr("bot.pages.WIDGET_DIST", tmp_path)
    assert len(missing_builds()) == 2


class _Call:
    def part(self, name: str) -> str:
        return "none.js"


async def test_health_turns_red_when_a_worker_died_and_says_which(house: House) -> None:
    assert (await house.get("/healthz"))[0] == 200
    next(task for task in house.app.tasks._tasks if task.get_name() == "sweep").cancel()

    async def red() -> bool:
        return (await house.get("/healthz"))[0] == 503

    await eventually(red)
    _, body, _ = await house.get("/healthz")
    assert '"sweep"' in body
    assert "shudong_workers_dead 1.0" in (await house.get("/metrics"))[1]


async def test_a_worker_that_fails_is_known_by_name() -> None:
    owner = TaskOwner()

    async def fails() -> None:
        raise ValueError("no")

    owner.start(fails, "one")
    await eventually(lambda: _is(owner.dead == ["one"]))
    await owner.aclose()


async def test_a_worker_that_died_is_started_again_and_no_longer_called_dead() -> None:
    owner = TaskOwner(first_s=0.001)
    runs: list[int] = []

    async def fails_once() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            raise ValueError("no")
        await asyncio.Event().wait()

    owner.start(fails_once, "one")
    await eventually(lambda: _is(len(runs) == 2 and not owner.dead))
    await owner.aclose()


async def _is(value: bool) -> bool:
    return value


async def test_s4_without_the_queue_messages_are_acknowledged_answered_and_tickets_written(tmp_path: Path) -> None:
    server = ValkeyServer()
    server.start()
    try:
        async with opened(settings_for(tmp_path, "", server.url)) as house:
            page = await house.page()
            status, body, _ = await house.get("/readyz")
            assert (status, '"ok"' in body) == (200, True)
            server.kill()
            status, body, _ = await house.get("/readyz")
            assert (status, '"degraded"' in body) == (200, True)
            await page.say(DANGER)
            await house.settled(page.conversation)
            assert await house.ticket(page.conversation) is not None
            frames = await house.poll(page.token)
            assert [one for one in frames if one.get("body", {}).get("card") == "safety"]
            assert [one["mode"] for one in frames if one["type"] == "state"] == ["waiting"]
            server.start()
            await page.say("还在吗")
            assert await page.word(Author.BOT, card="safety")
            desk = await house.desk()
            assert (await desk.take())["conversation"] == page.conversation
    finally:
        server.close()


async def test_readiness_is_red_without_the_database(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    monkeypatch.setattr("records.lines.default_line", away)
    status, body, _ = await house.get("/readyz")
    assert status == 503
    assert '"database": false' in body


async def test_metrics_count_pages_and_name_nobody(house: House) -> None:
    page = await house.page()
    for _ in range(2):
        await page.say("你好", id="one")
    await page.word(Author.BOT)
    _, text, _ = await house.get("/metrics")
    assert "shudong_pages_open 1.0" in text
    assert "shudong_process_seconds_count" in text
    assert 'shudong_messages_received_total{channel="web"} 1.0' in text, "a repeat is not counted again"
    assert 'shudong_messages_assessed_total{layer="fusion",level="0"} 1.0' in text
    assert page.conversation not in text


async def test_every_route_is_described_with_its_guard(house: House) -> None:
    async with house.http.get(f"{house.url}/api/openapi.json") as answer:
        described = await answer.json()
    for route in house.app.routes:
        assert route.guard is not None
        if not route.hidden:
            operation = described["paths"][route.path.replace(":.+", "").replace(":.*", "")][route.method.lower()]
            assert operation["summary"] == route.summary
            assert "x-guard" in operation or "security" in operation, route.path


async def test_the_page_is_told_numbers_regions_and_limits_before_anybody_writes(
    tmp_path: Path, redis_url: str
) -> None:
    async with opened(settings_for(tmp_path, "", redis_url, region="huaian")) as house:
        async with house.http.get(f"{house.url}/api/chat/config?locale=en") as answer:
            told = await answer.json()
        async with house.http.get(f"{house.url}/api/chat/config?locale=xx") as answer:
            assert answer.status == 400 or answer.status == 422
        page = await house.page()
    assert told["region"] == "huaian"
    assert {"110", "120"} <= {one["number"] for one in told["numbers"]}
    assert len(told["regions"]) >= 5
    assert told["text_limit"] == 20_000
    assert page.frames[0]["numbers"] == told["numbers"]


async def test_s9_where_somebody_writes_from_is_a_keyed_hash_and_schools_leave_none(
    tmp_path: Path, redis_url: str
) -> None:
    settings = settings_for(tmp_path, "", redis_url, trust_proxy=True, schools=("10.9.0.0/16",))
    async with opened(settings) as house:
        origins = {}
        for address in ("203.0.113.7", "203.0.113.8", "10.9.1.2", "unknown"):
            header = {"X-Forwarded-For": f"198.51.100.1, {address}"}
            async with house.http.post(f"{house.url}/api/chat/session", json={}, headers=header) as answer:
                origins[address] = (await house.talk((await answer.json())["conversation"])).origin
    assert origins["10.9.1.2"] is None
    assert len({origins["203.0.113.7"], origins["203.0.113.8"], None}) == 3
    assert "203.0.113.7" not in str(origins["203.0.113.7"])


async def test_s12_a_page_of_somebody_who_waits_is_told_when_the_process_goes(house: House) -> None:
    page = await house.open_page()
    await house.poll(page.token, {"type": "action", "id": "a", "action": "human"})
    await house.settled(page.conversation)
    last = (await house.rows(page.conversation))[-1].seq
    waiting = asyncio.create_task(house.poll(page.token, after=last, wait_s=25), name="poll")

    async def listens() -> bool:
        return house.app.hub.is_open(page.conversation)

    await eventually(listens)
    await house.app._part(house.app.web)
    frames = await waiting
    assert [one for one in frames if is_a("state", mode="waiting")(one)]
    await house.app.drain(5)
