"""The written cost rule: what a missed sign and a false alarm cost, and the cuts that cost least. See docs/risk.md."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlu.heads.arrays import LEVEL_STEPS, Numbers
from nlu.labels import ESCALATION_LEVEL

Whole = npt.NDArray[np.int64]

MISSED_IMMINENT = 40.0
"""A level 4 that nobody is called for, in units of one false alarm: a counsellor called for nothing."""
MISSED_HIGH = 20.0
NEAR_ALARM = 0.15
"""Level 2 read as 3: the counsellor sees somebody who does need one, only less soon."""
HARMLESS_WEIGHT = 25.0
"""How many harmless messages of real traffic one of the corpus stands for, where one at level 3 or 4 stands for one.
A hotline sees about one such message in fifty; of the corpus they are a third, since it is there to teach them."""
_GRID = np.linspace(0.05, 0.9, 86)


def best_level_cuts(steps: Numbers, levels: Whole) -> Numbers:
    """A cut for each of the four questions.

    The one that calls a human minimises the cost; the others maximise the F1 of their question.
    """
    cuts = [best_cut(steps[:, step], levels > step) for step in range(LEVEL_STEPS)]
    alarm = ESCALATION_LEVEL - 1
    costs = [cost(steps[:, alarm] >= cut, levels) for cut in _GRID]
    cuts[alarm] = float(_GRID[int(np.argmin(costs))])
    return np.array(cuts, np.float32)


def cost(alarmed: npt.NDArray[np.bool_], levels: Whole) -> float:
    """Total cost of calling a human where ``alarmed``."""
    missed = ~alarmed
    false = np.sum(alarmed & (levels <= 1)) + NEAR_ALARM * np.sum(alarmed & (levels == ESCALATION_LEVEL - 1))
    return float(
        MISSED_IMMINENT * np.sum(missed & (levels == ESCALATION_LEVEL + 1))
        + MISSED_HIGH * np.sum(missed & (levels == ESCALATION_LEVEL))
        + HARMLESS_WEIGHT * false
    )


def best_cut(odds: Numbers, truth: npt.NDArray[np.bool_]) -> float:
    """The probability from which "yes" gives the best F1."""
    return float(max(_GRID, key=lambda cut: _f1(odds >= cut, truth)))


def _f1(said: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    hit = float(np.sum(said & truth))
    return 2 * hit / (float(np.sum(said)) + float(np.sum(truth)) or 1.0)
