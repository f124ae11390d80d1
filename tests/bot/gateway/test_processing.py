"""From the record through the engine and back: one transaction, levels only rise, silence once a human is there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bot.gateway.sweep import Sweep
from nlu.assess import Assessor
from nlu.assessment import Context, Layer, Reading, RiskAssessment
from nlu.labels import Category, RiskLevel, Subject
from nlu.ports import Judged, Vector
from nlu.settings import NluSettings
from records import assessments, conversations, identities, messages, timers
from records.errors import StoreUnavailableError
from records.models import Author, Kind, Message, Mode, TicketReason
from records.store import Tx
from tests.bot.house import DANGER, PATIENCE_S, WORRY, House, Page, eventually, is_a


async def test_s3_danger_gets_reply_and_ticket_in_the_transaction_that_stores_its_reading(both: House) -> None:
    page = await both.page()
    await page.say(DANGER)
    card = await page.word(Author.BOT, card="safety")
    assert {item["id"] for item in card["body"]["items"][:2]} == {"110", "120"}
    ticket = await both.ticket(page.conversation)
    (read,) = await both.assessed(page.conversation)
    assert ticket is not None
    said = next(row for row in await both.rows(page.conversation) if row.author is Author.BOT)
    assert read.created_at == ticket.created_at == said.received_at, "one transaction has one time"
    assert (ticket.level, ticket.reason, ticket.message_seq) == (RiskLevel.IMMINENT, TicketReason.RISK, 1)
    assert Category.SUICIDE in ticket.categories
    assert (await both.seeker(page.conversation)).level is RiskLevel.IMMINENT


async def test_s3_when_the_transaction_breaks_neither_reading_nor_ticket_nor_reply_is_there(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await both.page()
    processor, tried = both.app.processor, asyncio.Event()
    call = both.app.escalation.tickets.call

    async def breaks_after(*args: Any, **named: Any) -> Any:
        await call(*args, **named)
        tried.set()
        raise StoreUnavailableError("gone in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(processor._performer._tickets, "call", breaks_after)
        await page.say(DANGER)
        await asyncio.wait_for(tried.wait(), PATIENCE_S)
        await both.app.pool.drain(PATIENCE_S)
        assert await both.ticket(page.conversation) is None
        assert await both.assessed(page.conversation) == []
        rows = await both.rows(page.conversation)
        assert [(row.author, row.processed_at) for row in rows] == [(Author.SEEKER, None)]
        assert (await both.talk(page.conversation)).level is RiskLevel.NONE
    await page.word(Author.BOT, card="safety")
    assert len(await both.assessed(page.conversation)) == 1, "the sweep takes it up again, once"


async def test_s5_taking_it_back_lowers_nothing(both: House) -> None:
    page = await both.page()
    await page.say(DANGER)
    await page.word(Author.BOT, card="safety")
    for text in ("开玩笑的", "我没事，真的", "今天天气不错"):
        await page.say(text)
    await both.settled(page.conversation)
    assert (await both.talk(page.conversation)).level is RiskLevel.IMMINENT
    ticket = await both.ticket(page.conversation)
    assert ticket is not None
    assert ticket.level is RiskLevel.IMMINENT
    assert {one.running_level for one in await both.assessed(page.conversation)} == {RiskLevel.IMMINENT}


# S6, D7


async def test_s6_d7_from_the_claim_until_the_return_the_machine_says_service_notices_only(both: House) -> None:
    page = await both.page()
    await page.ask(type="action", action="human")
    desk = await both.desk()
    ticket = await desk.take()
    claimed = await page.word(Author.SYSTEM, event="claimed")
    for text in (WORRY, "你是机器人吗", "我和同桌吵架了", DANGER):
        await page.say(text)
    await both.settled(page.conversation)
    await desk.write(ticket, "我在")
    await page.word(Author.STAFF)
    await page.say("谢谢")
    await both.settled(page.conversation)
    rows = await both.rows(page.conversation)
    assert not [row.seq for row in rows if row.author is Author.BOT and row.seq > claimed["seq"]]
    raised = await both.ticket(page.conversation)
    assert raised is not None
    assert raised.level is RiskLevel.IMMINENT, "a rise alarms the desk instead"


async def test_s6_a_claim_while_a_message_is_being_read_silences_the_answer(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await both.page()
    await page.ask(type="action", action="human")
    await page.see(is_a("state", mode="waiting"))
    desk = await both.desk()
    reading, go_on = asyncio.Event(), asyncio.Event()
    assess = both.app.assessor.assess

    async def slowly(text: str, context: Context) -> Any:
        if text == WORRY:
            reading.set()
            await go_on.wait()
        return await assess(text, context)

    monkeypatch.setattr(both.app.assessor, "assess", slowly)
    await page.say(WORRY)
    await asyncio.wait_for(reading.wait(), PATIENCE_S)
    before = (await both.rows(page.conversation))[-1].seq
    await desk.take()
    go_on.set()
    await page.word(Author.SYSTEM, event="claimed")
    await both.settled(page.conversation)
    after = [row for row in await both.rows(page.conversation) if row.seq > before and row.to_seeker]
    assert [row.body.get("event") for row in after] == ["claimed"]
    assert [one.seq for one in await both.assessed(page.conversation)].count(before) <= 1


async def test_d7_after_the_counsellor_hands_the_talk_back_the_bot_answers_again(house: House) -> None:
    page = await house.page()
    await page.ask(type="action", action="human")
    desk = await house.desk()
    ticket = await desk.take()
    await desk.write(ticket, "我在")
    await desk.post(
        f"tickets/{ticket['id']}/hand-back", fence=ticket["fence"], note="聊完了", reason="好些了", to="bot"
    )
    await page.word(Author.SYSTEM, event="handed_back")
    at = (await house.rows(page.conversation))[-1].seq
    await page.say(WORRY)
    assert await page.word(Author.BOT, after=at)


# The encoder that comes late


class Encoder:
    """A second layer that answers only when it is told to."""

    version = "test-encoder"

    def __init__(self, level: RiskLevel) -> None:
        self.level, self.go_on, self.fails = level, threading.Event(), False

    def steps(self, first: RiskAssessment, text: str, context: Context) -> dict[str, Vector]:
        return {}

    def judge(self, first: RiskAssessment, text: str, context: Context, *, whole: bool) -> Judged:
        if self.fails:
            time.sleep(0.05)  # longer than the budget
            raise RuntimeError("out of memory")
        self.go_on.wait(PATIENCE_S)
        answer = RiskAssessment(
            level=self.level, categories=(Category.SUICIDE,) if self.level else (), subject=Subject.SELF,
            layer=Layer.ENCODER, model_version=self.version,
        )  # fmt: skip
        return Judged(answer)


def _with_encoder(house: House, level: RiskLevel) -> Encoder:
    encoder = Encoder(level)
    slow = Assessor.load(NluSettings(budget_s=0.01), encoder)
    house.app.processor._assessor = slow
    house.app._stack.push_async_callback(slow.aclose)
    return encoder


async def _small_talk(house: House) -> Page:
    """A harmless message that was answered."""
    page = await house.page()
    await page.say("今天天气不错")
    await page.word(Author.BOT)
    return page


async def _only_message(house: House, page: Page) -> Message:
    (row,) = [row for row in await house.rows(page.conversation) if row.author is Author.SEEKER]
    return row


async def test_s2_s5_an_encoder_that_comes_late_still_raises_and_brings_a_human(both: House) -> None:
    encoder = _with_encoder(both, RiskLevel.HIGH)
    page = await _small_talk(both)
    assert (await both.talk(page.conversation)).level is RiskLevel.NONE
    encoder.go_on.set()
    await page.word(Author.BOT, card="safety")
    assert (await both.talk(page.conversation)).level is RiskLevel.HIGH

    async def noted() -> bool:
        return [one.level for one in await both.assessed(page.conversation)] == [RiskLevel.NONE, RiskLevel.HIGH]

    await eventually(noted)
    assert await both.ticket(page.conversation) is not None


async def test_s5_an_encoder_that_comes_late_and_says_less_changes_nothing(house: House) -> None:
    encoder = _with_encoder(house, RiskLevel.NONE)
    page = await house.page()
    await page.say("我有点想死，不过没有计划")
    await house.settled(page.conversation)
    before = await house.talk(page.conversation)
    assert before.level >= RiskLevel.MODERATE
    encoder.go_on.set()
    await house.app.processor.aclose()
    assert (await house.talk(page.conversation)).level is before.level
    assert len(await house.assessed(page.conversation)) == 1


async def test_s2_a_late_raise_that_cannot_be_written_down_breaks_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = _with_encoder(house, RiskLevel.HIGH)
    page = await _small_talk(house)

    async def away(*_: object) -> Any:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(house.app.processor, "_with_retries", away)
        encoder.go_on.set()
        await house.app.processor.aclose()
    await page.say(DANGER)
    assert await page.word(Author.BOT, card="safety")


async def test_s1_s2_a_late_raise_that_died_with_its_process_is_made_up_for(both: House) -> None:
    encoder = _with_encoder(both, RiskLevel.HIGH)
    page = await _small_talk(both)
    for task in list(both.app.processor.late._tasks):
        task.cancel()  # as when the process dies: nobody hears the model out
    encoder.go_on.set()
    both.later(seconds=61)
    await page.word(Author.BOT, card="safety")
    assert await both.ticket(page.conversation) is not None
    levels = [one.level for one in await both.assessed(page.conversation)]
    assert levels == [RiskLevel.NONE, RiskLevel.HIGH]


async def test_s2_what_an_overrun_model_never_read_is_read_later(house: House) -> None:
    encoder = _with_encoder(house, RiskLevel.HIGH)
    encoder.go_on.set()
    reader = house.app.processor._assessor
    house.app.processor._assessor = SimpleNamespace(assess=_overrun)
    page = await _small_talk(house)
    house.app.processor._assessor = reader
    house.later(seconds=61)
    await page.word(Author.BOT, card="safety")


async def _overrun(text: str, context: Context) -> Reading:
    return Reading(assessment=Assessor.load().first(text, context), unheard=True)


async def test_s2_a_model_that_was_late_and_then_failed_is_asked_again(house: House) -> None:
    encoder = _with_encoder(house, RiskLevel.HIGH)
    encoder.fails = True
    page = await _small_talk(house)
    await house.app.processor.aclose()
    assert (await house.talk(page.conversation)).level is RiskLevel.NONE
    encoder.fails = False
    encoder.go_on.set()
    house.later(seconds=61)
    await page.word(Author.BOT, card="safety")


async def test_s5_the_same_late_answer_from_two_readers_raises_once(house: House) -> None:
    encoder = _with_encoder(house, RiskLevel.HIGH)
    page = await _small_talk(house)
    house.later(seconds=61)
    encoder.go_on.set()
    await page.word(Author.BOT, card="safety")
    row = await _only_message(house, page)
    late = RiskAssessment(level=RiskLevel.HIGH, categories=(Category.SUICIDE,), subject=Subject.SELF)
    await house.app.processor._lift(row, late)
    levels = [one.level for one in await house.assessed(page.conversation)]
    assert levels == [RiskLevel.NONE, RiskLevel.HIGH]


async def test_what_a_person_judged_meanwhile_is_not_read_again(house: House) -> None:
    house.app.processor._assessor = SimpleNamespace(assess=_overrun)
    page = await _small_talk(house)
    row = await _only_message(house, page)
    (read,) = await house.assessed(page.conversation)

    async def judge(tx: Tx) -> None:
        await assessments.add(
            tx, row, level=RiskLevel.LOW, categories=(Category.EMOTIONAL,), subject=Subject.SELF, confidence=1.0,
            evidence=[], layer="human", model_version=read.model_version, running_level=RiskLevel.NONE, by="a person",
        )  # fmt: skip

    await house.store.write(judge)
    assert await house.app.processor.late._unread(row.id) is None


async def test_a_model_that_never_answers_is_asked_a_few_times_and_no_more(house: House) -> None:
    house.app.processor._assessor = SimpleNamespace(assess=_overrun)
    page = await _small_talk(house)
    row = await _only_message(house, page)

    async def waits() -> list[int]:
        async with house.store.glance() as tx:
            return [one.payload.get("again", 0) for one in await timers.pending(tx, row.id)]

    seen = [await waits()]
    for _ in range(6):
        before = seen[-1]
        house.later(seconds=3600)

        async def moved(before: list[int] = before) -> bool:
            return await waits() != before

        await eventually(moved)
        seen.append(await waits())
    assert seen == [[0], [1], [2], [3], [4], [5], []]


# The sweep


async def test_s1_what_a_dead_process_left_unprocessed_is_adopted(both: House) -> None:
    page = await both.page()
    await _left_behind(both, page, WORRY)
    assert await page.word(Author.BOT), "nobody nudged: the sweep found it"
    assert [one.seq for one in await both.assessed(page.conversation)] == [1]


async def _left_behind(house: House, page: Page, text: str) -> Message:
    """As a process leaves it that died between writing down and processing."""

    async def work(tx: Tx) -> Message:
        talk = await conversations.get(tx, page.conversation)
        identity = await identities.get(tx, talk.identity_id)
        return await messages.append(
            tx, conversation_id=talk.id, seeker_id=talk.seeker_id, author=Author.SEEKER, kind=Kind.TEXT,
            body={"text": text}, identity_id=identity.id, channel_message_id="left",
        )  # fmt: skip

    return await house.store.write(work)


async def test_s1_the_sweep_waits_while_the_database_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    twice = asyncio.Event()

    async def away(*_: object, **__: object) -> Any:
        looks.append(1)
        if len(looks) == 2:
            twice.set()
        raise StoreUnavailableError("away")

    monkeypatch.setattr(messages, "stale_unprocessed", away)
    sweep = Sweep(house.store, nudge=house.app.pool.nudge, every_s=0.001)
    task = asyncio.create_task(sweep.run(), name="sweep-under-test")
    await asyncio.wait_for(twice.wait(), PATIENCE_S)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_a_desk_event_of_a_newer_version_does_not_stop_the_talk(house: House) -> None:
    page = await house.page()

    async def work(tx: Tx) -> None:
        talk = await conversations.get(tx, page.conversation)
        await messages.append(
            tx, conversation_id=talk.id, seeker_id=talk.seeker_id, author=Author.SYSTEM, kind=Kind.EVENT,
            body={"event": "from_the_future"}, to_seeker=False,
        )  # fmt: skip

    await house.store.write(work)
    await page.say(WORRY)
    assert await page.word(Author.BOT)


async def test_s7_a_number_that_did_not_answer_and_the_danger_button_reach_people(house: House) -> None:
    page = await house.page()
    await page.ask(type="action", action="danger")
    card = await page.word(Author.BOT, card="safety")
    await page.ask(type="action", action="call_failed")
    assert await page.see(
        lambda frame: (
            frame["type"] == "message" and frame["seq"] > card["seq"] and frame["body"].get("card") == "numbers"
        )
    )
    assert (await house.talk(page.conversation)).mode is Mode.WAITING


async def test_s12_a_wish_for_a_human_can_be_taken_back_and_reading_is_offered_meanwhile(house: House) -> None:
    page = await house.page()
    await page.say(WORRY)
    steps = await page.word(Author.BOT)
    await page.ask(type="action", action="human")
    card = await page.word(Author.SYSTEM, card="waiting")

    async def tap(frame: dict[str, Any], wanted: Callable[[str], bool]) -> None:
        choice = next(one for one in frame["body"]["choices"] if wanted(one["id"]))
        answer = await page.ask(type="choose", seq=frame["seq"], choice=choice["id"], label=choice["label"])
        assert answer["type"] == "ack"

    assert steps["seq"] < card["seq"]
    await tap(card, lambda id_: id_ == "reading")
    offered = await page.see(
        lambda frame: frame["type"] == "message" and any(
            one["id"].startswith("article:") for one in frame["body"].get("choices", ())) and frame["seq"] > card["seq"]
    )  # fmt: skip
    await tap(offered, lambda id_: id_.startswith("article:"))
    shown = await page.see(lambda frame: frame["type"] == "message" and frame["seq"] > offered["seq"] + 1)
    assert shown
    at = (await house.rows(page.conversation))[-1].seq
    await page.ask(type="choose", seq=card["seq"], choice="article:there-is-no-such", label="x")
    await page.see(lambda frame: frame["type"] == "message" and frame["seq"] > at + 1)
    before = len(page.frames)
    await tap(card, lambda id_: id_ == "withdraw")
    await page.see(is_a("state", mode="bot"), since=before)
    assert await house.ticket(page.conversation) is None
