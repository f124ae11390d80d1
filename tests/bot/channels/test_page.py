"""A seeker's page and the record behind it: nothing lost, nothing twice, everything in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.gateway.leaving import GONE_TIMER
from nlu.labels import RiskLevel
from records import conversations, seekers, timers
from records.errors import StoreUnavailableError
from records.models import Author, Delivery, Mode
from records.store import Tx
from tests.bot.house import DANGER, PATIENCE_S, WORRY, House, Page, eventually, is_a


async def test_s1_what_is_acknowledged_is_on_disk_and_a_repeat_gets_the_same_place(both: House) -> None:
    page = await both.page()
    first = await page.say(WORRY, id="one")
    assert [row.text for row in await both.rows(page.conversation) if row.author is Author.SEEKER] == [WORRY]
    assert await page.say("别的话", id="one") == first
    assert await page.say("第二句", id="two") > first
    written = [row for row in await both.rows(page.conversation) if row.author is Author.SEEKER]
    assert [(row.channel_message_id, row.text) for row in written] == [("one", WORRY), ("two", "第二句")]


async def test_s1_nothing_is_acknowledged_that_could_not_be_written_down(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await house.page()

    async def away(work: Any) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(house.app.intake._store, "write", away)
        await page.send({"type": "say", "id": "lost", "text": WORRY})
        await page.send({"type": "say", "id": "after", "text": "后面一句"})
        assert await page.closed() == 1013, "the page is told to come back and to send everything again"
    assert not [frame for frame in page.frames if frame["type"] == "ack"]
    again = await page.connect()
    assert await again.say(WORRY, id="lost") < await again.say("后面一句", id="after")


async def test_s1_a_page_that_comes_back_sees_each_message_once_and_in_order(house: House) -> None:
    page = await house.page()
    await page.say(WORRY)
    await page.word(Author.BOT)
    seen = page.shown[-1]["seq"]
    await page.leave()
    again = await page.connect(after=seen)
    await again.say("还有一件事，我和同桌吵架了")
    await house.settled(page.conversation)
    last = (await house.rows(page.conversation))[-1].seq
    await again.see(lambda frame: frame.get("seq") == last and frame["type"] == "message")
    numbers = [frame["seq"] for frame in again.shown]
    assert numbers == sorted(set(numbers))
    assert numbers == [row.seq for row in await house.rows(page.conversation) if row.to_seeker and row.seq <= last]


async def test_s1_polling_speaks_the_same_protocol_as_the_socket(house: House) -> None:
    page = await house.open_page()
    frames = await house.poll(page.token, {"type": "hello", "token": page.token}, {"type": "ping"})
    assert [frame["type"] for frame in frames] == ["welcome", "pong", "state"]
    said = {"type": "say", "id": "p1", "text": DANGER}
    frames = await house.poll(page.token, said, said, "{broken")
    acks = [frame for frame in frames if frame["type"] == "ack"]
    assert [ack["id"] for ack in acks] == ["p1", "p1"]
    assert acks[0]["seq"] == acks[1]["seq"]
    assert [frame["code"] for frame in frames if frame["type"] == "refused"] == ["bad_json"]
    await house.settled(page.conversation)
    polled = [frame for frame in await house.poll(page.token) if frame["type"] == "message"]
    await page.connect()
    await page.see(lambda frame: frame == polled[-1])
    assert page.shown[: len(polled)] == polled


async def test_a_poll_waits_for_news_and_answers_when_there_is_some(house: House) -> None:
    page = await house.open_page()
    waiting = asyncio.create_task(house.poll(page.token, wait_s=25), name="poll")
    await eventually(lambda: _is_open(house, page))
    await house.poll(page.token, {"type": "say", "id": "1", "text": "你好"})
    frames = await waiting
    assert [frame["client_id"] for frame in frames if frame.get("client_id")] == ["1"]


async def _is_open(house: House, page: Page) -> bool:
    return house.app.hub.is_open(page.conversation)


async def test_a_token_that_opens_nothing_gets_the_same_goodbye_everywhere(house: House) -> None:
    assert await house.poll("nonsense") == [{"type": "bye", "code": "session_unknown", "text": ""}]
    page = await house.open_page()
    page.token = "nonsense"
    await page.connect()
    assert await page.see(is_a("bye"))
    for first in ('{"type": "say", "id": "1", "text": "x"}', "not json"):
        async with house.http.ws_connect(f"{house.url}/api/chat/ws") as ws:
            await ws.send_str(first)
            assert (await ws.receive_json())["type"] == "bye"


async def test_an_empty_message_is_refused_kindly_and_stores_nothing(house: House) -> None:
    page = await house.page()
    refused = await page.ask(type="say", id="e", text="  \n ")
    assert (refused["type"], refused["code"]) == ("refused", "empty")
    assert refused["text"]
    assert not [row for row in await house.rows(page.conversation) if row.author is Author.SEEKER]


async def _end_by_silence(house: House, page: Page) -> None:
    """The idle timer asks, hears nothing, and ends the talk."""

    async def asked() -> bool:
        return (await house.talk(page.conversation)).state.get("probe") is not None

    async def closed() -> bool:
        return (await house.talk(page.conversation)).mode is Mode.CLOSED

    async def answered() -> bool:
        return not (await house.talk(page.conversation)).state.get("burst")

    await house.settled(page.conversation)
    await eventually(answered)  # the answer starts the idle clock anew: time must not pass before it
    await eventually(lambda: _has_timer(house, page, "bot:idle"))
    house.later(hours=13)
    await eventually(asked)
    house.later(hours=2)
    await eventually(closed)


async def test_s5_within_72_hours_the_old_talk_goes_on_and_later_a_new_one_begins(both: House) -> None:
    page = await both.page()
    await page.say("你好")
    await _end_by_silence(both, page)
    both.clock.ahead += timedelta(hours=71)
    await page.say("没有，我挺好的")
    assert not [frame for frame in page.frames if frame["type"] == "conversation"]
    await _end_by_silence(both, page)
    both.clock.ahead += timedelta(hours=73)
    await page.say("今天作业写完了")
    new = await page.see(is_a("conversation"))
    assert new["conversation"] != page.conversation
    first = (await both.rows(new["conversation"]))[0]
    assert (first.text, first.seq) == ("今天作业写完了", 1)
    await page.say("接着说")
    assert "接着说" in {row.text for row in await both.rows(new["conversation"])}


@pytest.mark.parametrize(("hours", "level"), [(71, RiskLevel.HIGH), (73, RiskLevel.NONE)])
async def test_s5_a_new_talk_begins_at_the_level_of_the_last_72_hours(
    house: House, hours: float, level: RiskLevel
) -> None:
    page = await house.page()
    talk = await house.talk(page.conversation)

    async def ended_at_three(tx: Tx) -> None:
        long_ago = tx.now - timedelta(hours=80)
        await conversations.bump(tx, talk.id, mode=Mode.CLOSED, closed_at=long_ago)
        await seekers.raise_level(tx, talk.seeker_id, RiskLevel.HIGH)

    await house.store.write(ended_at_three)
    house.clock.ahead += timedelta(hours=hours)
    await page.say("你好")
    new = await page.see(is_a("conversation"))
    await house.settled(new["conversation"])
    assert (await house.talk(new["conversation"])).level is level
    assert bool(await house.ticket(new["conversation"])) is (level is RiskLevel.HIGH), "who was in danger gets a human"


async def test_s12_who_waits_is_told_the_place_and_that_nobody_is_there_or_who_came(house: House) -> None:
    page = await house.page()
    await page.ask(type="action", action="human")
    waits = await page.see(is_a("state", mode="waiting"))
    assert waits["waiting"]["on_duty"] is False
    assert waits["waiting"]["place"] == 1
    assert (await page.word(Author.SYSTEM, card="waiting"))["body"]["text"]
    desk = await house.desk()
    ticket = await desk.take()
    state = await page.see(is_a("state", mode="human"))
    assert state["counsellor"]["name"]
    assert "level" not in state
    await house.app.presence.typing(page.conversation, on=True)
    assert await page.see(is_a("state", mode="human", typing=True))
    await desk.write(ticket, "我在，慢慢说。")
    assert await page.word(Author.STAFF, text="我在，慢慢说。")


async def test_s12_the_one_before_is_counted(house: House) -> None:
    first, second = await house.page(), await house.page()
    for page in (first, second):
        await page.ask(type="action", action="human")
        await page.see(is_a("state", mode="waiting"))
    assert await second.see(lambda frame: frame["type"] == "state" and (frame.get("waiting") or {}).get("place") == 2)


@pytest.mark.parametrize("entry", ["chat", "widget"])
async def test_a_quiet_page_that_only_pings_types_and_confirms_loses_nothing(house: House, entry: str) -> None:
    page = await house.page(entry=entry, locale="en")
    await page.send({"type": "ping"})
    await page.see(is_a("pong"))
    await page.send({"type": "typing", "on": True})
    await eventually(lambda: house.app.presence.is_seeker_typing(page.conversation))
    await page.send({"type": "hello", "token": page.token})
    await page.say(WORRY, at="2026-11-22T10:00:00")
    await page.say("第二句", at="not a time")
    await page.word(Author.BOT)
    last = page.shown[-1]["seq"]
    await page.send({"type": "received", "seq": last})

    async def arrived() -> bool:
        rows = [row for row in await house.rows(page.conversation) if row.delivery and row.seq <= last]
        return bool(rows) and all(row.delivery is Delivery.DELIVERED for row in rows)

    await eventually(arrived)
    first, second = [row for row in await house.rows(page.conversation) if row.author is Author.SEEKER]
    assert first.channel_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert second.channel_at is None


async def test_consent_is_kept_and_told_at_the_next_hello(house: House) -> None:
    page = await house.page()
    assert page.frames[0]["consent"] is None
    await page.ask(type="consent", purpose="service", version="1", given=True)
    await page.ask(type="consent", purpose="service", version="2", given=False)
    await page.leave()
    page.frames.clear()
    welcome = await (await page.connect()).see(is_a("welcome"))
    assert welcome["consent"] == {"version": "2", "given": False}


async def test_d11_pages_go_to_another_process_when_this_one_stops(house: House) -> None:
    page, other = await house.page(), await house.open_page()
    await house.app.socket.aclose()
    assert await page.closed() == 1012
    await other.connect()
    assert await other.closed() == 1012


async def test_d2_a_page_whose_writer_fails_is_told_to_come_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await house.page()
    await page.see(is_a("state"))
    monkeypatch.setattr(house.app.socket._room, "look", _broken)
    house.app.hub.wake(page.conversation)
    assert await page.closed() == 1011


async def _broken(*_: object) -> None:
    raise ValueError("broken")


async def test_d2_a_database_that_is_away_for_a_moment_only_delays_what_is_shown(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await house.page()
    await page.see(is_a("state"))
    room, trouble = house.app.socket._room, asyncio.Event()
    look = room.look

    async def once_away(conversation_id: str, after: int) -> Any:
        if not trouble.is_set():
            trouble.set()
            raise StoreUnavailableError("away")
        return await look(conversation_id, after)

    monkeypatch.setattr(room, "look", once_away)
    house.app.hub.wake(page.conversation)
    await asyncio.wait_for(trouble.wait(), PATIENCE_S)
    await page.say(WORRY)
    assert await page.word(Author.BOT)


async def test_a_database_that_is_away_at_hello_sends_the_page_away_for_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await house.open_page()

    async def away(token: str) -> Any:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(house.app.socket._sessions, "find", away)
    await page.connect()
    assert await page.closed() == 1013


# S16


async def test_s16_who_closes_the_page_in_danger_is_looked_for_after_the_grace_and_welcomed_back(house: House) -> None:
    page = await house.page()
    await page.say(DANGER)
    await page.see(is_a("state", mode="waiting"))
    await page.leave()
    await eventually(lambda: _timer_is_set(house, page))
    assert (await house.talk(page.conversation)).mode is Mode.WAITING, "a reload is no leaving"
    house.later(seconds=40)

    async def marked() -> bool:
        ticket = await house.ticket(page.conversation)
        return ticket is not None and ticket.out_of_reach_at is not None

    await eventually(marked)
    assert (await house.talk(page.conversation)).mode is Mode.OUT_OF_REACH
    at = len(page.frames)
    await page.connect(after=page.shown[-1]["seq"])
    await page.see(is_a("state", mode="waiting"), since=at)
    assert not await marked()
    assert [frame["author"] for frame in page.shown if frame["seq"] > 0][-1] in ("bot", "system")


async def test_s16_a_page_without_a_socket_that_asks_no_more_is_looked_for_too(house: House) -> None:
    page = await house.open_page()
    await house.poll(page.token, {"type": "say", "id": "1", "text": DANGER})
    await house.settled(page.conversation)
    await house.poll(page.token)
    assert await house.app.presence.of(page.conversation) == "here"
    # What the expiry of the mark in Redis does after a minute of real time.
    await house.app.presence.gone(page.conversation)
    house.later(seconds=80)

    async def marked() -> bool:
        ticket = await house.ticket(page.conversation)
        return ticket is not None and ticket.out_of_reach_at is not None

    await eventually(marked)


async def test_s16_a_reload_within_the_grace_changes_nothing(house: House) -> None:
    page = await house.page()
    await page.say(DANGER)
    await page.see(is_a("state", mode="waiting"))
    await page.leave()
    await eventually(lambda: _timer_is_set(house, page))
    at = len(page.frames)
    await page.connect(after=page.shown[-1]["seq"])
    await page.see(is_a("welcome"), since=at)
    house.later(seconds=40)

    async def timer_ran() -> bool:
        return not await _timer_is_set(house, page)

    await eventually(timer_ran)
    ticket = await house.ticket(page.conversation)
    assert ticket is not None
    assert ticket.out_of_reach_at is None


async def test_s16_hiding_the_page_in_a_hurry_is_told_at_once_and_an_ordinary_talk_is_let_go(house: House) -> None:
    page = await house.page()
    await page.say(DANGER)
    await page.see(is_a("state", mode="waiting"))
    await page.ask(type="action", action="quick_exit")

    async def marked() -> bool:
        ticket = await house.ticket(page.conversation)
        return ticket is not None and ticket.out_of_reach_at is not None

    await eventually(marked)
    assert await house.app.presence.of(page.conversation) == "left"
    await page.leave()
    calm = await house.page()
    await calm.say("你好")
    await calm.leave()

    async def gone() -> bool:
        return not house.app.hub.is_open(calm.conversation)

    await eventually(gone)
    assert not await _timer_is_set(house, calm)
    assert await house.app.presence.of(page.conversation) == "left", "closing the page does not undo it"


async def _timer_is_set(house: House, page: Page) -> bool:
    return await _has_timer(house, page, GONE_TIMER)


async def _has_timer(house: House, page: Page, kind: str) -> bool:
    async with house.store.read() as tx:
        return any(timer.kind == kind for timer in await timers.pending(tx, page.conversation))
