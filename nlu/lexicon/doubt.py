"""Whether a finding may act alone: only where nothing near it could explain it harmlessly.

A doubt takes away nothing but that right. The finding keeps its level, and the model weighs it.
"""

from __future__ import annotations

from collections.abc import Iterable

from nlu.lexicon.cues import Cues
from nlu.lexicon.model import Cue, Found

_AROUND = 60  # characters on either side in which a laugh, a game or a harmless cause casts a doubt
_BEFORE = 28  # characters before it in which a time long ago, a habit or an "if" does
_AROUND_KINDS = (Cue.LAUGH, Cue.TRIVIAL, Cue.FICTION, Cue.NEWS, Cue.QUESTION, Cue.HARMLESS)
_BEFORE_KINDS = (Cue.PAST, Cue.RECENT, Cue.HABIT, Cue.CONDITION)


def acts_alone(item: Found, cues: Cues, calm: Iterable[Found]) -> bool:
    """Whether the rule is a decisive one, its wording is read as it stands, and nothing near it casts a doubt.

    Args:
        item: A finding with its context read.
        cues: The context words of the same reading.
        calm: Signals of the same reading that all is well (weight below zero).
    """
    if not item.hit.entry.decisive or item.notes:
        return False
    low, high = item.hit.start - _AROUND, item.hit.end + _AROUND
    if any(cues.any(kind, low, high) for kind in _AROUND_KINDS):
        return False
    if any(cues.any(kind, item.hit.start - _BEFORE, item.hit.start) for kind in _BEFORE_KINDS):
        return False
    return not any(low <= sign.hit.start and sign.hit.end <= high for sign in calm)
