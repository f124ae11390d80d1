"""Asks a Rasa server what a message wants (``POST /model/parse``). The port is ``nlu.ports.IntentSource``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog

from bot.gateway.breaker import Breaker, Circuit
from nlu.assessment import IntentReading
from nlu.rasa_data import reading_of

_log = structlog.get_logger(__name__)
_FALLBACK = "nlu_fallback"
"""What Rasa's FallbackClassifier says when nothing is sure enough."""
_MOST_BYTES = 256 * 1024
"""An answer about one message has some kilobytes; what is longer is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaSettings:
    """Where Rasa is and how much it may cost us."""

    url: str = field(repr=False)
    """Base address, as ``http://rasa:5005``. A query (``?token=…``) is sent along; it may be a secret."""
    timeout_s: float = 0.25
    at_once: int = 4
    """Requests under way at a time: Rasa answers one after the other, more would only wait for their time-out."""
    failures: int = 5
    """So many failures in a row open the circuit."""
    rest_s: float = 15.0
    """How long the circuit stays open."""


class Outcome(StrEnum):
    """How one question to Rasa ended, for the metrics."""

    READ = "read"
    UNSURE = "unsure"
    SLOW = "slow"
    FAILED = "failed"
    BUSY = "busy"
    RESTING = "resting"


class _UnreadableAnswerError(Exception):
    """Not what ``/model/parse`` answers, or an intent that the code does not know. Never leaves this module."""


class RasaClient:
    """One connection pool to one Rasa server. Must be made inside the running loop."""

    def __init__(
        self,
        settings: RasaSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        counted: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """``counted`` hears how every question ended."""
        base = urlsplit(settings.url)
        self._url = base._replace(path=base.path.rstrip("/") + "/model/parse", fragment="").geturl()
        self._timeout_s, self._at_once = settings.timeout_s, settings.at_once
        self._breaker = Breaker(failures=settings.failures, rest_s=settings.rest_s, monotonic=monotonic)
        self._counted = counted
        self._under_way = 0
        # Cookies and the environment's proxies are not for words that people trust us with.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    async def read(self, text: str) -> IntentReading | None:
        """See ``IntentSource.read``: None where Rasa gave no answer that can be used."""
        if self._under_way >= self._at_once:
            self._counted(Outcome.BUSY)
            return None
        if not self._breaker.lets_through():
            self._counted(Outcome.RESTING)
            return None
        self._under_way += 1
        try:
            return await self._guarded(text)
        except asyncio.CancelledError:
            self._breaker.abandoned()
            raise
        finally:
            self._under_way -= 1

    async def aclose(self) -> None:
        await self._session.close()

    async def _guarded(self, text: str) -> IntentReading | None:
        try:
            async with asyncio.timeout(self._timeout_s):
                reading = _reading(await self._ask(text))
        except TimeoutError:
            self._failed(Outcome.SLOW, "TimeoutError")
            return None
        except (aiohttp.ClientError, OSError, _UnreadableAnswerError) as exc:
            self._failed(Outcome.FAILED, type(exc).__name__)
            return None
        self._succeeded()
        self._counted(Outcome.READ if reading else Outcome.UNSURE)
        return reading

    async def _ask(self, text: str) -> bytes:
        # A redirect is no answer: words go to the address that the operator named and nowhere else.
        async with self._session.post(self._url, json={"text": text}, allow_redirects=False) as response:
            if response.status != 200:
                raise _UnreadableAnswerError(f"status {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(_MOST_BYTES):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise _UnreadableAnswerError("too long")
            return bytes(body)

    def _succeeded(self) -> None:
        if self._breaker.circuit is not Circuit.CLOSED:
            _log.info("rasa_back")
        self._breaker.succeeded()

    def _failed(self, outcome: Outcome, error: str) -> None:
        before = self._breaker.circuit
        self._breaker.failed()
        self._counted(outcome)
        if before is Circuit.CLOSED and self._breaker.circuit is Circuit.OPEN:
            _log.warning("rasa_left_alone", error=error)


def _reading(body: bytes) -> IntentReading | None:
    """The intent in an answer; None when Rasa itself is not sure.

    Raises:
        _UnreadableAnswerError: The answer has another shape, or the model on the server is not of our intents.
    """
    try:
        answer = orjson.loads(body)
        intent = answer["intent"] if isinstance(answer, Mapping) else None
        if not isinstance(intent, Mapping):
            raise _UnreadableAnswerError("no intent")
        name, confidence = intent["name"], float(intent["confidence"])
        if name is None or name == _FALLBACK:
            return None
        if not 0.0 <= confidence <= 1.01:  # rounding may leave a softmax a little above one
            raise _UnreadableAnswerError("confidence out of range")
        return reading_of(str(name), min(confidence, 1.0))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as exc:
        raise _UnreadableAnswerError(type(exc).__name__) from exc
