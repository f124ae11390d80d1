"""S11 and S15: what is kept, taking it along, having it erased; and what an open page alone cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from records.models import Author
from tests.bot.house import DANGER, WORRY, House, Page, is_a

SECRET = "窗台上的薄荷"


async def _secret(page: Page, op: str, secret: str) -> dict[str, Any]:
    return await page.ask(type="secret", op=op, secret=secret)


async def test_s11_seekers_can_see_what_is_kept_why_and_until_when(both: House) -> None:
    calm, danger = await both.page(), await both.page()
    await calm.say("你好")
    await danger.say(DANGER)
    await danger.word(Author.BOT, card="safety")
    status, answer = await both.post("kept", {"token": calm.token})
    assert status == 200
    assert all(item["what"] and item["why"] for item in answer["items"])
    assert "你好" not in str(answer), "the words themselves take the secret"
    _, answer = await both.post("kept", {"token": danger.token})
    talk = max(answer["items"], key=lambda item: item["messages"])
    assert talk["messages"] > 0
    assert talk["why"]
    assert (await both.post("kept", {"token": "nonsense"}))[0] == 401


@pytest.mark.parametrize("path", ["export", "erase"])
async def test_s15_an_open_page_alone_can_neither_export_nor_erase(house: House, path: str) -> None:
    page = await house.page()
    await page.say(WORRY)
    asked = {"token": page.token, "secret": SECRET}
    status, answer = await house.post(path, asked)
    assert (status, answer["error"]["code"]) == (409, "secret_not_set")
    assert (await _secret(page, "set", SECRET))["type"] == "ack"
    for _ in range(5):
        status, answer = await house.post(path, {**asked, "secret": "falsch"})
        assert (status, answer["error"]["code"]) == (403, "secret_wrong")
    status, _ = await house.post(path, asked)
    assert status == 403, "after five wrong tries the right word does not help either, for a while"
    house.later(minutes=16)
    status, answer = await house.post(path, asked)
    assert status == 200


async def test_s11_everything_of_theirs_can_be_taken_along(house: House) -> None:
    page = await house.page()
    await page.ask(type="profile", nickname="小雨", audience="student")
    await page.ask(type="consent", purpose="service", version="1", given=True)
    await page.say(WORRY)
    await page.word(Author.BOT)
    await _secret(page, "set", SECRET)
    status, answer = await house.post("export", {"token": page.token, "secret": SECRET})
    assert status == 200
    assert (answer["seeker"]["nickname"], answer["seeker"]["audience"]) == ("小雨", "student")
    assert answer["consents"] == [{"purpose": "service", "version": "1", "state": "given"}]
    texts = [message["body"].get("text") for talk in answer["talks"] for message in talk["messages"]]
    assert WORRY in texts
    assert len(texts) > 1


async def test_s11_an_ordinary_talk_is_erased_whole_and_its_token_opens_nothing_any_more(both: House) -> None:
    page = await both.page()
    await page.say("你好")
    await page.word(Author.BOT)
    await both.settled(page.conversation)
    await _secret(page, "set", SECRET)
    status, answer = await both.post("erase", {"token": page.token, "secret": SECRET})
    assert status == 200
    assert (answer["complete"], answer["stays"]) == (True, [])
    assert answer["messages"] > 0
    assert all(not row.body for row in await both.rows(page.conversation))
    assert (await both.poll(page.token))[0]["type"] == "bye"


async def test_s11_what_the_duty_keeps_is_named_with_its_reason_and_stays(house: House) -> None:
    page = await house.page()
    await page.say(DANGER)
    await page.word(Author.BOT, card="safety")
    await house.settled(page.conversation)
    await _secret(page, "set", SECRET)
    status, answer = await house.post("erase", {"token": page.token, "secret": SECRET})
    assert status == 200
    assert not answer["complete"]
    assert [bool(item["why"]) for item in answer["stays"]].count(True) >= 1
    assert DANGER in {row.text for row in await house.rows(page.conversation)}, "whoever is in danger is still helped"
    assert await house.ticket(page.conversation) is not None


async def test_s15_a_secret_is_not_replaced_by_whoever_sits_at_the_open_page(house: House) -> None:
    page = await house.page()
    assert (await _secret(page, "set", SECRET))["type"] == "ack"
    refused = await _secret(page, "set", "another word")
    assert (refused["type"], refused["code"]) == ("refused", "secret_needed")
    assert (await _secret(page, "unlock", "another word"))["code"] == "secret_wrong"
    assert (await _secret(page, "unlock", SECRET))["type"] == "ack"
    assert (await _secret(page, "set", "another word"))["type"] == "ack", "who knows the old one may change it"
    assert (await _secret(page, "unlock", "another word"))["type"] == "ack"


async def test_s15_without_a_secret_there_is_nothing_to_unlock(house: House) -> None:
    page = await house.page()
    assert (await _secret(page, "unlock", SECRET))["code"] == "secret_wrong"


async def test_s15_a_device_token_alone_opens_nothing_and_the_secret_unlocks_the_earlier_talk(both: House) -> None:
    first = await both.page(remember=True)
    await first.say("昨天的话")
    await first.word(Author.BOT)
    await both.settled(first.conversation)
    await _secret(first, "set", "pic:3-1-8-5")
    await first.leave()

    back = await both.page(device=first.device)
    assert back.remembered
    assert back.device == first.device
    assert back.conversation != first.conversation
    welcome = back.frames[0]
    assert (welcome["has_secret"], welcome["unlocked"], welcome["last_seq"]) == (True, False, 0)
    assert "昨天的话" not in str(back.frames)
    assert (await _secret(back, "unlock", "pic:1-1-1-1"))["code"] == "secret_wrong"
    assert (await _secret(back, "unlock", "pic:3-1-8-5"))["type"] == "ack"
    moved = await back.see(is_a("conversation"))
    assert moved["conversation"] == first.conversation
    assert await back.see(lambda frame: frame["type"] == "message" and frame["body"].get("text") == "昨天的话")
    await back.say("今天接着说")
    assert "今天接着说" in {row.text for row in await both.rows(first.conversation)}


async def test_s5_who_unlocks_keeps_the_talk_they_wrote_in_and_the_higher_level_of_both(house: House) -> None:
    first = await house.page(remember=True)
    await first.say(DANGER)
    await first.word(Author.BOT, card="safety")
    await _secret(first, "set", SECRET)
    back = await house.page(device=first.device)
    await back.say("你好")
    await house.settled(back.conversation)
    mine = await house.seeker(back.conversation)
    assert (await _secret(back, "unlock", SECRET))["type"] == "ack"
    assert not [frame for frame in back.frames if frame["type"] == "conversation"]
    async with house.store.read() as tx:
        from records import seekers

        assert (await seekers.get(tx, mine.id)).level == (await house.seeker(first.conversation)).level > 2


async def test_d11_a_running_talk_can_be_remembered_and_a_shared_device_keeps_nothing_without_that(
    house: House,
) -> None:
    page = await house.open_page()
    assert page.device is None
    status, answer = await house.post("session", {"remember": True, "token": page.token})
    assert status == 200
    assert answer["conversation"] == page.conversation
    again = await house.open_page(device=answer["device"])
    assert again.remembered
    stranger = await house.open_page(device="made up")
    assert (stranger.remembered, stranger.device) == (False, None)
    assert (await house.post("session", {"remember": True, "token": "nonsense"}))[0] == 401


async def test_s15_a_session_ends_when_it_is_not_used(house: House) -> None:
    page = await house.open_page()
    house.later(hours=25)
    assert (await house.poll(page.token))[0]["type"] == "bye"


async def test_s11_words_teach_nobody_unless_the_seeker_said_yes_and_the_page_shows_what_holds(house: House) -> None:
    page = await house.page()
    assert (await page.see(is_a("welcome")))["training"] is False
    for given in (True, False):
        await page.ask(type="consent", purpose="training", version="1", given=given)
        before = len(page.frames)
        await page.leave()
        await page.connect()
        assert (await page.see(is_a("welcome"), since=before))["training"] is given
