"""Lexicon and model weighed together. Pure arithmetic; its numbers come from batches that the encoder never saw."""

from __future__ import annotations

import numpy as np

from nlu.assessment import RiskAssessment
from nlu.heads.arrays import LEVEL_STEPS, Heads, Numbers, ordered, sigmoid
from nlu.labels import ESCALATION_LEVEL, RiskLevel

_VIEW = 2 * LEVEL_STEPS + 1
FEATURES = 2 * _VIEW + LEVEL_STEPS + 1
"""The model's four answers and the lexicon's view, once for a message that stands alone and once for one in a talk, and
there the four answers in context, and that it is one: a bare yes means nothing alone, so the two share no number."""
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
    view = [*message, *steps, decisive]
    values = np.zeros(FEATURES, np.float32)
    if window is None:
        values[:_VIEW] = view
    else:
        values[_VIEW : 2 * _VIEW] = view
        values[2 * _VIEW : 2 * _VIEW + LEVEL_STEPS] = window
        values[-1] = 1.0
    return np.clip(values, -_LOGIT_LIMIT, _LOGIT_LIMIT)


def weigh(heads: Heads, values: Numbers) -> Numbers:
    """Probability that the level is above 0, 1, 2 and 3; falling."""
    return ordered(sigmoid(heads.fusion(values)))


def level_of(heads: Heads, steps: Numbers, *, in_talk: bool) -> RiskLevel:
    """The highest level whose question is answered with yes; the cuts follow the cost rule (docs/risk.md)."""
    cuts = heads.cuts[int(in_talk)]
    above = [step for step in range(LEVEL_STEPS) if steps[step] >= cuts[step]]
    return RiskLevel(max(above) + 1 if above else 0)
