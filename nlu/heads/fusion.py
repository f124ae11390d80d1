"""Lexicon and model weighed together. Pure arithmetic; its numbers come from batches that the encoder never saw."""

from __future__ import annotations

import numpy as np

from nlu.assessment import RiskAssessment
from nlu.heads.arrays import LEVEL_STEPS, Heads, Numbers, ordered, sigmoid
from nlu.labels import ESCALATION_LEVEL, RiskLevel

FEATURES = 2 * LEVEL_STEPS + 1 + LEVEL_STEPS + 1
"""The model's four answers to the message, the four to it in its context, whether there is one, the lexicon's level as
four steps, and whether one of its decisive rules spoke."""
_LOGIT_LIMIT = 8.0


def features(message: Numbers, window: Numbers | None, first: RiskAssessment) -> Numbers:
    """What the fusion sees, ``(FEATURES,)``.

    Args:
        message: Logits of the four level questions for the message alone.
        window: The same in its context; None without one.
        first: The lexicon's answer.
    """
    steps = [1.0 if first.level > step else 0.0 for step in range(LEVEL_STEPS)]
    decisive = 1.0 if first.decisive and first.level >= ESCALATION_LEVEL else 0.0
    seen = message if window is None else window
    values = [*message, *seen, 0.0 if window is None else 1.0, *steps, decisive]
    return np.clip(np.array(values, np.float32), -_LOGIT_LIMIT, _LOGIT_LIMIT)


def weigh(heads: Heads, values: Numbers) -> Numbers:
    """Probability that the level is above 0, 1, 2 and 3; falling."""
    return ordered(sigmoid(heads.fusion(values)))


def level_of(heads: Heads, steps: Numbers) -> RiskLevel:
    """The highest level whose question is answered with yes; the cuts follow the cost rule (docs/risk.md)."""
    above = [step for step in range(LEVEL_STEPS) if steps[step] >= heads.cuts[step]]
    return RiskLevel(max(above) + 1 if above else 0)
