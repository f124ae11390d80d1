"""Another reader of intents beside ours: risk first, and what it says is believed only where it can do no harm."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.intents import IntentAsking, joined
from nlu.assessment import Context, Intent, IntentReading, Layer, Probe, Reading, RiskAssessment, Turn, Who
from nlu.labels import Category, RiskLevel
from nlu.topics import Topic
from records.models import Author
from tests.bot.house import DANGER, opened, settings_for

ASKED = Turn(who=Who.BOT, text="你现在安全吗", probe=Probe.SAFETY)
readings = st.builds(
    IntentReading, intent=st.sampled_from(Intent), topic=st.none() | st.sampled_from(Topic), confidence=st.just(0.9)
)
assessments = st.builds(
    RiskAssessment,
    level=st.sampled_from(RiskLevel),
    categories=st.just((Category.EMOTIONAL,)),
    intent=st.sampled_from(Intent),
    layer=st.sampled_from(Layer),
)


class Source:
    """Tells what the test wants, or never answers."""

    def __init__(self, told: IntentReading | None = None, *, silent: bool = False) -> None:
        self.told, self.silent = told, silent
        self.asked: list[str] = []

    async def read(self, text: str) -> IntentReading | None:
        self.asked.append(text)
        if self.silent:
            await asyncio.Event().wait()
        return self.told

    async def aclose(self) -> None: ...


class Engine:
    """Says what the test wants."""

    def __init__(self, assessment: RiskAssessment, later: asyncio.Future[RiskAssessment | None] | None = None) -> None:
        self.reading = Reading(assessment=assessment, later=later)

    async def assess(self, text: str, context: Context) -> Reading:
        return self.reading


def calm(intent: Intent = Intent.NONE, level: RiskLevel = RiskLevel.NONE) -> RiskAssessment:
    return RiskAssessment(level=level, intent=intent)


def told(intent: Intent, topic: Topic | None = None) -> IntentReading:
    return IntentReading(intent=intent, topic=topic, confidence=0.9)


@pytest.mark.parametrize(
    ("assessment", "context", "text"),
    [
        (calm(level=RiskLevel.HIGH), Context(), "一句话"),
        (calm(level=RiskLevel.IMMINENT), Context(), "一句话"),
        (RiskAssessment(level=RiskLevel.HIGH, layer=Layer.FAILURE), Context(), "一句话"),
        (calm(), Context(level=RiskLevel.HIGH), "一句话"),
        (calm(), Context(), "很长的一段话" * 100),
        (calm(), Context(), "  "),
    ],
)
async def test_s3_danger_never_waits_for_another_reader(
    assessment: RiskAssessment, context: Context, text: str
) -> None:
    source = Source(silent=True)
    engine = Engine(assessment)
    async with asyncio.timeout(10):
        assert await IntentAsking(engine, source).assess(text, context) is engine.reading
    assert source.asked == []


async def test_s3_an_answer_that_may_still_raise_is_not_held_up() -> None:
    later: asyncio.Future[RiskAssessment | None] = asyncio.get_running_loop().create_future()
    engine, source = Engine(calm(), later), Source(silent=True)
    async with asyncio.timeout(10):
        assert (await IntentAsking(engine, source).assess("一句话", Context())).later is later
    assert source.asked == []
    later.cancel()


async def test_a_harmless_message_gets_the_others_reading() -> None:
    source = Source(told(Intent.NONE, Topic.SLEEP))
    read = await IntentAsking(Engine(calm(Intent.ASK_SERVICE)), source).assess("睡不着", Context())
    assert (read.assessment.intent, read.assessment.topic) == (Intent.NONE, Topic.SLEEP)


async def test_no_answer_leaves_our_own_reading() -> None:
    engine = Engine(calm(Intent.THANKS))
    assert await IntentAsking(engine, Source(None)).assess("谢谢", Context()) is engine.reading


def test_s11_who_asks_for_a_human_is_believed_by_both_and_talked_out_by_none() -> None:
    for other in Intent:
        assert joined(calm(Intent.ASK_HUMAN), told(other), answering=False).intent is Intent.ASK_HUMAN
        for answering in (True, False):
            both = joined(calm(other), told(Intent.ASK_HUMAN), answering=answering)
            assert both.intent is Intent.ASK_HUMAN


@pytest.mark.parametrize("said", [Intent.DENY, Intent.AFFIRM, Intent.RETRACT, Intent.OFF_TOPIC, Intent.NONE])
async def test_s17_the_answer_to_a_safety_question_is_ours_alone_to_read(said: Intent) -> None:
    context = Context(turns=(ASKED, Turn(who=Who.USER, text="嗯…")))
    read = await IntentAsking(Engine(calm(Intent.NONE)), Source(told(said))).assess("还行吧", context)
    assert read.assessment.intent is Intent.NONE


@pytest.mark.parametrize("said", [Intent.OFF_TOPIC, Intent.ABUSE_BOT, Intent.GREET, Intent.THANKS, Intent.AFFIRM])
def test_a_worry_is_not_answered_as_a_chat(said: Intent) -> None:
    assert joined(calm(level=RiskLevel.LOW), told(said), answering=False).intent is Intent.NONE
    assert joined(calm(level=RiskLevel.NONE), told(said), answering=False).intent is said


@given(own=assessments, other=readings, answering=st.booleans())
def test_s5_another_reader_of_intents_changes_nothing_but_intent_and_topic(
    own: RiskAssessment, other: IntentReading, answering: bool
) -> None:
    both = joined(own, other, answering=answering)
    same = ("level", "categories", "subject", "confidence", "evidence", "layer", "model_version", "decisive")
    assert [getattr(both, name) for name in same] == [getattr(own, name) for name in same]
    assert (both.intent, both.topic) in {(own.intent, own.topic), (other.intent, other.topic), (Intent.ASK_HUMAN, None)}


async def test_s3_the_whole_app_answers_danger_while_rasa_hangs(tmp_path: Path, redis_url: str) -> None:
    """Wired by the app itself: what is harmless is asked about, danger is answered though nothing comes back."""
    asked: list[str] = []
    free = asyncio.Event()

    async def parse(request: web.Request) -> web.Response:
        asked.append((await request.json())["text"])
        await free.wait()
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/model/parse", parse)
    async with TestServer(app) as rasa:
        # The first layer alone: an encoder that is late would have the harmless message not asked about at all.
        settings = settings_for(
            tmp_path,
            f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}",
            redis_url,
            rasa_url=str(rasa.make_url("/")),
            nlu="lexicon",
        )
        async with opened(settings) as house:
            page = await house.page()
            await page.say("今天天气怎么样呀")
            await page.say(DANGER)
            await page.word(Author.BOT, card="safety")
        free.set()
    assert asked == ["今天天气怎么样呀"]
