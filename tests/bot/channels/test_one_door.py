"""S13 and S2: whatever a seeker gives, through whatever field, is written down and read before anything else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.gateway.processor import READ_LIMIT
from bot.inbound import Inbound
from nlu.labels import RiskLevel
from records import conversations, identities
from records.models import Author, Channel, Kind, Mode, TicketReason
from tests.bot.house import DANGER, WORRY, House, Page, eventually, is_a

DOORS: dict[str, dict[str, Any]] = {
    "message": {"type": "say", "text": DANGER},
    "nickname": {"type": "profile", "nickname": DANGER},
    "about": {"type": "profile", "about": DANGER, "nickname": "小雨"},
    "place": {"type": "profile", "region": DANGER},
    "feedback": {"type": "feedback", "helped": "no", "text": DANGER},
    "note": {"type": "action", "action": "leave", "note": DANGER},
    "forged button": {"type": "choose", "seq": 1, "choice": "breathing", "label": DANGER},
    "button of a message that is not there": {"type": "choose", "seq": 99, "choice": "human", "label": DANGER},
    "unknown frame": {"type": "shout", "text": DANGER},
    "bad fields": {"type": "feedback", "distress": 99, "text": DANGER},
}


@pytest.mark.parametrize("door", DOORS)
async def test_s13_danger_told_through_any_field_brings_the_safety_reply_and_a_human(house: House, door: str) -> None:
    page = await house.page()
    await page.ask(**DOORS[door])
    assert await page.word(Author.BOT, card="safety")
    ticket = await house.ticket(page.conversation)
    assert ticket is not None
    assert (ticket.level, ticket.reason) == (RiskLevel.IMMINENT, TicketReason.RISK)
    assert DANGER in "".join(row.text for row in await house.rows(page.conversation))
    assert [one.level for one in await house.assessed(page.conversation)] == [RiskLevel.IMMINENT]


async def test_s13_a_frame_that_is_no_json_is_kept_and_read(house: House) -> None:
    page = await house.page()
    await page.ws.send_str(f"{{broken {DANGER}")
    refused = await page.see(is_a("refused", code="bad_json"))
    assert refused["text"]
    assert await page.word(Author.BOT, card="safety")


async def test_s13_a_button_of_ours_is_no_free_text_and_what_was_told_about_oneself_is_remembered(house: House) -> None:
    page = await house.page()
    await page.say(DANGER)
    card = await page.word(Author.BOT, card="safety")
    abroad = next(choice for choice in card["body"]["choices"] if choice["id"] == "abroad")
    await page.ask(type="choose", seq=card["seq"], choice="abroad", label=abroad["label"])
    await page.ask(type="profile", nickname="小雨", audience="student", age_band="14_17", region="huaian")
    await page.ask(type="action", action="abroad")
    await house.settled(page.conversation)
    seeker = await house.seeker(page.conversation)
    assert (seeker.nickname, seeker.audience, seeker.age_band, seeker.region) == (
        "小雨", "student", "14_17", "huaian",
    )  # fmt: skip
    assert seeker.abroad
    read = {one.seq for one in await house.assessed(page.conversation)}
    tapped = next(row for row in await house.rows(page.conversation) if row.kind is Kind.CHOICE and row.body.get("of"))
    assert tapped.seq not in read


async def test_s13_feedback_without_words_is_thanked_and_not_guessed_at(house: House) -> None:
    page = await house.page()
    await page.ask(type="feedback", helped="yes", distress=1)
    assert await page.word(Author.BOT)
    assert await house.assessed(page.conversation) == []


# S2


async def test_s2_nothing_is_said_about_a_message_before_it_was_read(both: House) -> None:
    page = await both.page()
    for text in (WORRY, "在吗", "我和妈妈吵架了"):
        await page.say(text)
    await page.word(Author.BOT)
    await both.settled(page.conversation)
    rows = await both.rows(page.conversation)
    read = {one.seq: one.created_at for one in await both.assessed(page.conversation)}
    assert set(read) == {row.seq for row in rows if row.author is Author.SEEKER}
    first_answer = min(row.received_at for row in rows if row.author is Author.BOT)
    assert min(read.values()) <= first_answer


async def test_s2_when_reading_fails_a_human_is_called_as_for_level_three(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("the lexicon is broken")

    monkeypatch.setattr(house.app.assessor._context, "read", broken)
    page = await house.page()
    await page.say("今天天气不错")
    await _unassessed(house, page)
    stored = await house.assessed(page.conversation)
    assert [(one.level, one.layer) for one in stored] == [(RiskLevel.HIGH, "failure")]


async def test_s2_a_picture_that_nobody_can_read_goes_to_a_human(house: House) -> None:
    page = await house.page()
    async with house.store.read() as tx:
        identity = await identities.get(tx, (await conversations.get(tx, page.conversation)).identity_id)
    picture = Inbound(
        channel=Channel.WEB, identity=identity, channel_message_id="pic", kind=Kind.MEDIA, body={},
        conversation_id=page.conversation, attachment_ref="a/1",
    )  # fmt: skip
    accepted = await house.app.intake.receive(picture)
    assert accepted.conversation_id == page.conversation
    await _unassessed(house, page)


async def _unassessed(house: House, page: Page) -> None:
    assert await page.word(Author.BOT, card="safety")
    ticket = await house.ticket(page.conversation)
    assert ticket is not None
    assert (ticket.level, ticket.reason) == (RiskLevel.HIGH, TicketReason.UNASSESSED)
    assert (await house.talk(page.conversation)).mode is Mode.WAITING


@pytest.mark.parametrize("where", ["assess", "engine"])
async def test_s2_what_fails_twice_goes_to_a_human(house: House, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Even with the whole engine broken: then without a word of the machine's."""
    from bot.gateway import processor

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("broken")

    if where == "assess":
        monkeypatch.setattr(house.app.assessor, "assess", broken)
    else:
        monkeypatch.setattr(processor, "decide", broken)
    page = await house.page()
    await page.say("今天天气不错")

    async def called() -> bool:
        ticket = await house.ticket(page.conversation)
        return ticket is not None and (ticket.level, ticket.reason) == (RiskLevel.HIGH, TicketReason.UNASSESSED)

    await eventually(called)
    assert await page.see(is_a("state", mode="waiting"))
    assert (await house.talk(page.conversation)).level is RiskLevel.HIGH
    assert bool([frame for frame in page.shown if frame["author"] == "bot"]) is (where == "assess")
    await house.settled(page.conversation)


@pytest.mark.parametrize("danger_at", ["the end", "nowhere"])
async def test_s2_a_text_beyond_all_limits_is_kept_whole_and_brings_a_human(house: House, danger_at: str) -> None:
    page = await house.page()
    text = "今天食堂的面还不错。" * (READ_LIMIT // 10) + (DANGER if danger_at == "the end" else "明天见")
    assert len(text) > READ_LIMIT
    await page.say(text)
    await _unassessed(house, page)
    assert (await house.rows(page.conversation))[0].text == text


async def test_s2_a_long_text_within_the_limit_is_read_to_its_end(house: House) -> None:
    page = await house.page()
    text = ("今天食堂的面还不错。" * 1990)[: READ_LIMIT - len(DANGER)] + DANGER
    await page.say(text)
    assert await page.word(Author.BOT, card="safety")
    stored = (await house.assessed(page.conversation))[0]
    assert stored.level is RiskLevel.IMMINENT
    assert stored.evidence[-1]["end"] > len(text) - len(DANGER) - 1
