"""Risk first, then what the seeker wants: asks another reader of intents only where no danger waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from nlu.assessment import Context, Intent, IntentReading, Probe, Reading, RiskAssessment, Who
from nlu.labels import ESCALATION_LEVEL, RiskLevel
from nlu.ports import IntentSource

_OURS: Final = frozenset((Intent.ASK_HUMAN, Intent.CALL_FAILED, Intent.AFFIRM, Intent.DENY))
"""What our own rules read, they read surely: nobody who asks for a human is talked out of it (S11)."""
_SMALL_TALK: Final = frozenset(
    (Intent.GREET, Intent.THANKS, Intent.AFFIRM, Intent.DENY, Intent.OFF_TOPIC, Intent.ABUSE_BOT)
)
"""Not believed at level 1 or above: a worry must not be answered as a chat."""
_MOST_CHARS: Final = 300
"""Whoever writes more is telling something: that is no request to the service."""


class Assessor(Protocol):
    async def assess(self, text: str, context: Context) -> Reading: ...


class IntentAsking:
    """An assessor whose intents another source may correct. Level, evidence and time of danger stay untouched."""

    def __init__(self, assessor: Assessor, source: IntentSource) -> None:
        self._assessor, self._source = assessor, source

    async def assess(self, text: str, context: Context) -> Reading:
        """Never raises, except for the caller's own cancellation. Danger, open or told, never waits for the source."""
        reading = await self._assessor.assess(text, context)
        if not _may_wait(reading, text, context):
            return reading
        told = await self._source.read(text)
        if told is None:
            return reading
        return replace(reading, assessment=joined(reading.assessment, told, answering=_answers(context)))


def _may_wait(reading: Reading, text: str, context: Context) -> bool:
    """Whether nothing in the message or before it is danger, and no late answer may still say so."""
    calm = not reading.assessment.escalate and context.level < ESCALATION_LEVEL
    return calm and not reading.unfinished and 0 < len(text.strip()) <= _MOST_CHARS


def _answers(context: Context) -> bool:
    """Whether the message answers a safety question (S17)."""
    last = next((turn for turn in reversed(context.turns) if turn.who is Who.BOT), None)
    return last is not None and last.probe is Probe.SAFETY


def joined(own: RiskAssessment, told: IntentReading, *, answering: bool) -> RiskAssessment:
    """Our assessment with the other reader's intent, where that may be believed.

    Args:
        answering: The message answers a safety question. A yes or no there is ours alone to read; that somebody wants a
            human is believed from everyone.
    """
    if told.intent is Intent.ASK_HUMAN:
        return replace(own, intent=told.intent, topic=None)
    if answering or own.intent in _OURS or (told.intent in _SMALL_TALK and own.level > RiskLevel.NONE):
        return own
    return replace(own, intent=told.intent, topic=told.topic)
