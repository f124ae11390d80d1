"""What the desk gets from the seeker's side: safety cards, articles, and the events that it sends back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.engine import events as engine
from bot.gateway.hours import hours_text
from bot.gateway.translate import desk_event
from escalation import events as desk
from nlu.labels import RiskLevel
from records.models import Author
from tests.bot.house import DANGER, WORRY, House


async def test_s3_the_desks_safety_card_is_the_bots_own_and_goes_to_the_page(house: House) -> None:
    page = await house.page()
    await page.ask(type="action", action="abroad")
    await page.say(DANGER)
    await page.word(Author.BOT, card="safety")
    person = await house.desk()
    ticket = await person.take()
    await person.post(f"conversations/{page.conversation}/safety-card", id="card", fence=ticket["fence"])
    card = await page.word(Author.STAFF, card="safety")
    assert card["body"]["items"]
    assert card["body"]["text"]


async def test_the_desk_finds_articles_on_the_same_shelf(house: House) -> None:
    person = await house.desk()
    status, answer = await person.call("GET", "articles?q=" + "%E8%80%83%E8%AF%95%E7%9D%A1%E4%B8%8D%E7%9D%80")
    assert status == 200
    assert answer["hits"]
    assert {"slug", "title"} <= set(answer["hits"][0])


async def test_s5_when_the_desk_closes_the_talk_goes_on_and_the_seeker_is_told(house: House) -> None:
    page = await house.page()
    await page.say(WORRY)
    await page.ask(type="action", action="human")
    person = await house.desk()
    ticket = await person.take()
    await person.write(ticket, "我在")
    last = (await house.rows(page.conversation))[-1].seq
    await person.post(
        f"tickets/{ticket['id']}/close", fence=ticket["fence"], last_seq=last, disposition="helped", note="聊完了",
        risk={"asked": True, "answer": "denied"}, reason="好些了",
    )  # fmt: skip
    assert await page.word(Author.SYSTEM, event="closed")
    assert await page.word(Author.BOT, after=last)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (desk.Claimed(ticket_id="t", staff_id="s", fence=1), engine.DeskClaimed(name="甲")),
        (
            desk.Transferred(ticket_id="t", from_staff_id="a", staff_id="b", line_id="l", fence=2),
            engine.DeskClaimed(name="甲"),
        ),
        (
            desk.HandedBack(ticket_id="t", staff_id="s", to="queue"),
            engine.DeskHandedBack(to="queue", level=RiskLevel.LOW),
        ),
        (
            desk.Closed(ticket_id="t", staff_id="s", disposition="helped"),
            engine.DeskClosed(disposition="helped", level=RiskLevel.LOW),
        ),
        (desk.Lowered(level=2, from_level=3, staff_id="s"), engine.DeskLowered(level=RiskLevel.MODERATE)),
        (desk.LeaseLost(ticket_id="t", staff_id=None), engine.DeskLeaseLost()),
        (desk.Unanswered(ticket_id="t", staff_id=None), engine.DeskUnanswered()),
        (desk.LastRung(ticket_id="t", level=4), engine.LastRung()),
        (desk.StaffWord(ticket_id="t", staff_id="s", seq=1), engine.StaffSpoke()),
        (desk.TransferDeclined(ticket_id="t", why="timeout"), None),
        (desk.ReachEnded(ticket_id="t", staff_id="s", outcome="found"), None),
    ],
)
def test_every_word_of_the_desk_is_understood(written: desk.DeskEvent, read: Any) -> None:
    assert desk_event(desk.to_body(written), name="甲", level=RiskLevel.LOW) == read


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("hours", "now", "told"),
    [
        ({}, "2026-03-02T22:30", None),
        ({"mon": [["18:00", "22:00"]]}, "2026-03-02T12:00", "18:00–22:00"),
        ({"mon": [["08:00", "11:00"], ["18:00", "22:00"]]}, "2026-03-02T12:00", "18:00–22:00"),
        ({"mon": [["18:00", "22:00"]], "tue": [["09:00", "12:00"], ["14:00", "17:00"]]}, "2026-03-02T22:30", "09:00"),
        ({"sun": [["10:00", "12:00"]]}, "2026-03-02T22:30", "10:00–12:00"),
    ],
)
def test_s7_the_hours_that_are_told_are_the_next_ones(hours: Any, now: str, told: str | None) -> None:
    text = hours_text(hours, _at(now))
    assert text is None if told is None else text is not None and told in text
