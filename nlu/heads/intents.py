"""The embedded reader of intents: the same vector, another head. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nlu.assessment import Intent, IntentReading, RiskAssessment
from nlu.heads.arrays import NO_INTENT, Heads
from nlu.labels import RiskLevel
from nlu.ports import Vector
from nlu.rasa_data import reading_of

_SURE = 0.5
"""Below it the head says nothing: a wrong service intent answers a worry with small talk."""


def read_intent(heads: Heads, vector: Vector) -> IntentReading | None:
    """The likeliest intent or topic, or None when the head is not sure."""
    logits = heads.intent(vector)
    odds = np.exp(logits - logits.max())
    odds /= odds.sum()
    best = int(np.argmax(odds))
    if odds[best] < _SURE or heads.intents[best] == NO_INTENT:
        return None
    return reading_of(heads.intents[best], float(odds[best]))


def with_intent(assessment: RiskAssessment, told: IntentReading | None) -> RiskAssessment:
    """Add what the head read where the rules read nothing.

    A service intent is believed only where there is no distress at all; a topic up to level 2.
    """
    if told is None or assessment.intent is not Intent.NONE or assessment.escalate:
        return assessment
    if told.intent is Intent.NONE:
        return replace(assessment, topic=told.topic)
    return replace(assessment, intent=told.intent) if assessment.level == RiskLevel.NONE else assessment
