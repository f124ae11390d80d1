"""Rasa as a neighbour that may be slow, broken, gone or talking nonsense: a stand-in server does all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway.rasa_client import Outcome, RasaClient, RasaSettings
from nlu.assessment import Intent
from nlu.topics import Topic
from tests.bot.gateway.test_breaker import Hand

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
WORDS = "这句话只有写的人知道"


def parsed(name: str | None, confidence: object = 0.9) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"text": "", "intent": {"name": name, "confidence": confidence}, "entities": []})

    return answer


def raw(body: bytes, status: int = 200, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    return answer


class StandIn:
    """A real HTTP server on this machine that answers ``/model/parse`` as the test wants it."""

    def __init__(self) -> None:
        self.answer: Answer = parsed("greet")
        self.asked: list[dict[str, Any]] = []
        self.queries: list[str] = []
        self.free = asyncio.Event()
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        self.server = TestServer(app)

    async def hold(self, request: web.Request) -> web.Response:
        await self.free.wait()
        return web.json_response({"intent": {"name": "greet", "confidence": 1.0}})

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.queries.append(request.query_string)
        return await self.answer(request)


@pytest.fixture
async def rasa() -> AsyncIterator[StandIn]:
    one = StandIn()
    await one.server.start_server()
    yield one
    one.free.set()
    await one.server.close()


class Asker:
    """The client with a clock that the test turns, and the outcomes that it told."""

    def __init__(self, url: str, **changed: Any) -> None:
        self.hand = Hand()
        self.ends: list[Outcome] = []
        settings = RasaSettings(url=url, **{"timeout_s": 10.0, "failures": 3, "rest_s": 10.0, **changed})
        self.client = RasaClient(settings, monotonic=self.hand, counted=self.ends.append)

    async def __aenter__(self) -> Asker:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()


def url_of(rasa: StandIn) -> str:
    return str(rasa.server.make_url("/"))


async def test_an_intent_and_a_topic_are_read(rasa: StandIn) -> None:
    async with Asker(url_of(rasa)) as asker:
        rasa.answer = parsed("ask_hotline", 0.8)
        told = await asker.client.read(WORDS)
        assert told is not None
        assert (told.intent, told.topic, told.confidence) == (Intent.ASK_NUMBERS, None, 0.8)
        rasa.answer = parsed("topic_left-behind", 1.0000001)
        about = await asker.client.read(WORDS)
        assert about is not None
        assert (about.intent, about.topic, about.confidence) == (Intent.NONE, Topic.LEFT_BEHIND, 1.0)
        assert rasa.asked == [{"text": WORDS}] * 2


async def test_a_token_in_the_address_is_sent_and_words_never_stand_in_it(rasa: StandIn) -> None:
    async with Asker(url_of(rasa) + "?token=abc") as asker:
        assert await asker.client.read(WORDS) is not None
    assert rasa.queries == ["token=abc"]
    assert "abc" not in repr(RasaSettings(url="http://rasa:5005?token=abc"))


@pytest.mark.parametrize("name", [None, "nlu_fallback"])
async def test_not_being_sure_is_no_failure(rasa: StandIn, name: str | None) -> None:
    rasa.answer = parsed(name, 0.2)
    async with Asker(url_of(rasa)) as asker:
        for _ in range(5):
            assert await asker.client.read(WORDS) is None
        assert asker.ends == [Outcome.UNSURE] * 5


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", 500),
        raw(b'{"intent": {"name": "greet", "confidence": 1.0}}', 503),
        raw(b"", 307, Location="/model/parse"),
        raw(b"<html>welcome</html>"),
        raw(b""),
        raw(b"\xff\xfe\x00"),
        raw(b"[]"),
        raw(b"{}"),
        raw(b'{"intent": "greet"}'),
        raw(b'{"intent": {"name": "greet"}}'),
        raw(b'{"intent": {"confidence": 0.9}}'),
        raw(b"[" * 300_000),
        parsed("dance"),
        parsed("none"),
        parsed("greet", 7.0),
        parsed("greet", -0.1),
        parsed("greet", "much"),
        parsed("greet", None),
    ],
)
async def test_nonsense_is_no_answer_and_opens_the_circuit(rasa: StandIn, answer: Answer) -> None:
    rasa.answer = answer
    async with Asker(url_of(rasa)) as asker:
        for _ in range(5):
            assert await asker.client.read(WORDS) is None
        assert asker.ends == [Outcome.FAILED] * 3 + [Outcome.RESTING] * 2
        assert len(rasa.asked) == 3, "left alone afterwards, and no redirect is followed"


async def test_a_slow_server_costs_the_time_out_and_soon_nothing(rasa: StandIn) -> None:
    rasa.answer = rasa.hold
    async with Asker(url_of(rasa), timeout_s=0.05) as asker:
        async with asyncio.timeout(10):
            assert [await asker.client.read(WORDS) for _ in range(6)] == [None] * 6
        assert asker.ends == [Outcome.SLOW] * 3 + [Outcome.RESTING] * 3


async def test_a_server_that_is_gone_is_left_alone_and_found_again_when_it_is_back(rasa: StandIn) -> None:
    port = rasa.server.port
    await rasa.server.close()
    async with Asker(f"http://127.0.0.1:{port}") as asker:
        assert [await asker.client.read(WORDS) for _ in range(4)] == [None] * 4
        assert asker.ends == [Outcome.FAILED] * 3 + [Outcome.RESTING]
        app = web.Application()
        app.router.add_post("/model/parse", parsed("thanks"))
        async with TestServer(app, port=port):
            assert await asker.client.read(WORDS) is None, "not before its rest is over"
            asker.hand.now += 10.0
            told = await asker.client.read(WORDS)
            assert told is not None
            assert told.intent is Intent.THANKS
            assert await asker.client.read(WORDS) is not None


async def test_many_at_once_do_not_pile_up_before_a_slow_server(rasa: StandIn) -> None:
    rasa.answer = rasa.hold
    async with Asker(url_of(rasa), at_once=2) as asker, asyncio.TaskGroup() as group:
        tasks = [group.create_task(asker.client.read(WORDS)) for _ in range(2)]
        while len(rasa.asked) < 2:  # noqa: ASYNC110  # the server's handler has no event of ours
            await asyncio.sleep(0.01)
        assert await asker.client.read(WORDS) is None
        assert asker.ends == [Outcome.BUSY]
        rasa.free.set()
        assert all(await asyncio.gather(*tasks))


async def test_a_question_that_we_give_up_says_nothing_about_the_server(rasa: StandIn) -> None:
    rasa.answer = raw(b"", 500)
    async with Asker(url_of(rasa)) as asker:
        for _ in range(3):
            await asker.client.read(WORDS)
        asker.hand.now += 10.0
        rasa.answer = rasa.hold
        trial = asyncio.create_task(asker.client.read(WORDS))
        while len(rasa.asked) < 4:  # noqa: ASYNC110  # the server's handler has no event of ours
            await asyncio.sleep(0.01)
        trial.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trial
        rasa.answer = parsed("greet")
        assert await asker.client.read(WORDS) is not None, "the trial is free again"


async def test_s8_what_goes_wrong_is_logged_once_and_without_the_words(rasa: StandIn) -> None:
    rasa.answer = raw(WORDS.encode())
    async with Asker(url_of(rasa)) as asker:
        with structlog.testing.capture_logs() as lines:
            for _ in range(6):
                await asker.client.read(WORDS)
    assert [line["event"] for line in lines] == ["rasa_left_alone"]
    assert WORDS not in str(lines)
