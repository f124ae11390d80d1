"""S1, S4, D1: two processes on one database and one queue server share every talk without treading on each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from records.models import Author
from tests.bot.house import DANGER, PATIENCE_S, House, eventually, opened, settings_for
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def pair(tmp_path: Path, postgres_server: PostgresServer, redis_url: str) -> AsyncIterator[tuple[House, House]]:
    name = postgres_server.create_database()
    async with AsyncExitStack() as stack:
        houses = [
            await stack.enter_async_context(
                opened(settings_for(tmp_path, postgres_server.url(name), redis_url, process_name=f"p{number}"))
            )
            for number in (1, 2)
        ]
        yield houses[0], houses[1]
    postgres_server.drop_database(name)


async def test_d1_one_talk_through_two_processes_is_processed_once_and_in_order(pair: tuple[House, House]) -> None:
    one, two = pair
    page = await one.page()
    told = [f"第{number}句，今天食堂的面还不错" for number in range(12)]
    for number, text in enumerate(told):
        house = pair[number % 2]
        await house.poll(page.token, {"type": "say", "id": f"m{number}", "text": text})
        await pair[(number + 1) % 2].app.pool.nudge(page.conversation)
    await one.settled(page.conversation)
    rows = await one.rows(page.conversation)
    assert [row.text for row in rows if row.author is Author.SEEKER] == told
    read = [item.seq for item in await two.assessed(page.conversation)]
    assert sorted(read) == sorted({row.seq for row in rows if row.author is Author.SEEKER}), "each once"
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))


async def test_s3_two_processes_that_meet_on_one_message_send_one_safety_reply_and_open_one_ticket(
    pair: tuple[House, House],
) -> None:
    one, two = pair
    pages = [await house.page() for house in pair]
    await asyncio.gather(*(page.say(DANGER) for page in pages))
    for page in pages:
        await asyncio.gather(*(house.app.processor.process(page.conversation) for house in pair))
        card = await page.word(Author.BOT, card="safety")
        rows = await two.rows(page.conversation)
        assert [row.seq for row in rows if row.body.get("card") == "safety"] == [card["seq"]]
        assert len(await one.assessed(page.conversation)) == 1
        assert await one.ticket(page.conversation) is not None


async def test_d2_what_one_process_writes_the_page_of_the_other_shows(pair: tuple[House, House]) -> None:
    one, two = pair
    page = await one.page()
    await page.ask(type="action", action="human")
    desk = await two.desk()
    ticket = await desk.take()
    await desk.write(ticket, "我在这里")
    assert await page.word(Author.STAFF, text="我在这里")

    async def gone() -> bool:
        return not one.app.hub.is_open(page.conversation)

    await page.leave()
    await eventually(gone)
    assert await one.app.pool.drain(PATIENCE_S)
