"""What travels: events for the engine, wake-ups and changes between processes, calls to people outside."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from escalation import events, keys
from escalation.alerts.ways import Mail, Notice, Webhook
from escalation.errors import AlertFailedError, SettingsError
from escalation.feed import Change, Feed
from escalation.redis_client import RedisClients, connect
from escalation.wake import Wake
from tests.escalation.house import eventually
from tests.support.clock import FrozenClock

NOTICE = Notice(alert_id="a", ticket_id="t", level=4, line="default", rung=3, ack_url="https://desk.example/ack/x")

EVENTS: list[events.DeskEvent] = [
    events.Claimed(ticket_id="t", staff_id="p", fence=1),
    events.HandedBack(ticket_id="t", staff_id="p", to="bot"),
    events.Transferred(ticket_id="t", from_staff_id="p", staff_id="q", line_id="l", fence=2),
    events.TransferDeclined(ticket_id="t", why="timeout"),
    events.Closed(ticket_id="t", staff_id="p", disposition="helped"),
    events.Lowered(level=1, from_level=4, staff_id="p", ticket_id="t", second_id="q"),
    events.LeaseLost(ticket_id="t", staff_id=None),
    events.Unanswered(ticket_id="t", staff_id="p"),
    events.LastRung(ticket_id="t", level=4),
    events.StaffWord(ticket_id="t", staff_id="p", seq=3),
    events.ReachEnded(ticket_id="t", staff_id="p", outcome="reached"),
]


def test_every_event_survives_being_written_down() -> None:
    assert {type(one) for one in EVENTS} == set(get_args(events.DeskEvent))
    for one in EVENTS:
        body = orjson.loads(orjson.dumps(events.to_body(one)))
        assert events.from_body({**body, "newer": 1}) == one


@pytest.mark.parametrize("body", [{}, {"event": "unheard_of"}, {"event": "claimed", "ticket_id": "t"}])
def test_an_event_that_cannot_be_read_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(events.UnknownEventError):
        events.from_body(body)


# Between processes


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/1",
        "rediss://user:secret@127.0.0.1:6380",
        "unix:///run/valkey.sock",
        "redis+sentinel://:secret@127.0.0.1:26379,127.0.0.2:26379/main/1",
        "redis+cluster://127.0.0.1:7000,127.0.0.1:7001?tls=1",
    ],
)
async def test_every_form_of_address_makes_two_clients_without_contacting_anybody(url: str) -> None:
    clients = connect(url)
    assert clients.commands is not clients.blocking
    await clients.aclose()


@pytest.mark.parametrize("url", ["http://x", "redis+sentinel://h:1", "redis+cluster://hostonly/", "redis+cluster:///"])
def test_an_address_that_cannot_work_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        connect(url)
    assert url not in str(refused.value)


async def test_a_wake_up_reaches_the_other_process_and_survives_a_lost_connection(clients: RedisClients) -> None:
    here, there = Wake(clients, process_id="here"), Wake(clients, process_id="there")
    heard: list[str] = []
    own: list[str] = []
    there.listen(heard.append)
    here.listen(own.append)
    for one in (here, there):
        one.start()
        await one.subscribed.wait()
    await here.publish("c1")

    async def arrived() -> bool:
        return "c1" in heard

    await eventually(arrived)
    assert own == ["c1"]
    await clients.commands.client_kill_filter(_type="pubsub")

    async def again() -> bool:
        await here.publish("c2")
        return "c2" in heard

    await eventually(again)
    await here.aclose()
    await there.aclose()


async def test_a_change_reaches_the_other_process_once(clients: RedisClients) -> None:
    here, there = Feed(clients, process_id="here"), Feed(clients, process_id="there")
    heard: list[Change] = []
    own: list[Change] = []

    async def take(change: Change) -> None:
        heard.append(change)

    async def keep(change: Change) -> None:
        own.append(change)

    there.listen(take)
    here.listen(keep)
    there.follow(["l"])
    here.follow(["l"])
    change = Change(kind="alert", line_id="l", ticket_id="t", why="new", seq=3)

    async def arrived() -> bool:
        if not heard:
            # Until the reader has found its place nobody can know what it will miss.
            await here.publish(change)
        return bool(heard)

    await eventually(arrived)
    assert set(heard) == {change}
    assert set(own) == {change}
    assert await clients.commands.xlen(keys.events("l")) >= 1
    await here.aclose()
    await there.aclose()


async def test_a_listener_that_fails_does_not_keep_others_from_hearing(clients: RedisClients) -> None:
    wake = Wake(clients, process_id="here")
    heard: list[str] = []

    def fails(conversation_id: str) -> None:
        raise RuntimeError(conversation_id)

    wake.listen(fails)
    stop = wake.listen(heard.append)
    await wake.publish("c1")
    stop()
    await wake.publish("c2")
    assert heard == ["c1"]


# Outside


@asynccontextmanager
async def receiver(status: int, seen: list[tuple[dict[str, str], bytes]]) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


async def test_s7_s15_the_webhook_is_signed_over_time_and_body_and_says_nothing_about_anybody() -> None:
    seen: list[tuple[dict[str, str], bytes]] = []
    async with receiver(204, seen) as url:
        await Webhook(url=url, secret="hush", clock=FrozenClock()).send(NOTICE)
    headers, body = seen[0]
    signed = hmac.new(b"hush", headers["X-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Signature-256"] == f"sha256={signed}"
    assert set(orjson.loads(body)) == {"type", "alert_id", "ticket_id", "level", "line", "rung", "ack_url"}


@pytest.mark.parametrize(("status", "final"), [(503, False), (429, False), (404, True), (302, False)])
async def test_a_refused_webhook_says_whether_trying_again_is_of_use(status: int, final: bool) -> None:
    async with receiver(status, []) as url:
        with pytest.raises(AlertFailedError) as failed:
            await Webhook(url=url, secret="hush", clock=FrozenClock()).send(NOTICE)
    assert (failed.value.why, failed.value.final) == (f"http_{status}", final)


async def test_a_webhook_that_nobody_answers_fails_for_now() -> None:
    with pytest.raises(AlertFailedError) as failed:
        await Webhook(url="http://127.0.0.1:1/", secret="hush", clock=FrozenClock()).send(NOTICE)
    assert failed.value.final is False


async def test_s15_a_mail_has_a_neutral_subject_and_reaches_the_server() -> None:
    letters: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                writer.write(b"354 go\r\n")
                letters.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = Mail(host="127.0.0.1", port=port, sender="desk@school.example", recipients=("duty@school.example",))
    await mail.send(NOTICE)
    server.close()
    await server.wait_closed()
    assert len(letters) == 1
    assert mail.message(NOTICE)["Subject"] == "值班提醒"
    with pytest.raises(AlertFailedError):
        await mail.send(NOTICE)
