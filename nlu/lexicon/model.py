"""What the lexicon holds and what matching finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon.pattern import Pattern


class Kind(StrEnum):
    """What an entry is for."""

    RISK = "risk"
    """Speaks for a level."""
    CUE = "cue"
    """Changes how hits near it are read; ``cue`` names the kind of context."""
    MASK = "mask"
    """A fixed expression in which a dangerous word is harmless: hits inside it do not count."""
    CUE_MASK = "cue_mask"
    """A fixed expression in which a cue is none (恨不得 negates nothing)."""
    SIGNAL = "signal"
    """Says little alone; weighed together with others of its theme (``signals.py``)."""


class Cue(StrEnum):
    """Kinds of context."""

    NEGATION_NEAR = "negation_near"
    """不, 别: negates what follows at once."""
    NEGATION_FAR = "negation_far"
    """没有想过: negates what follows in its clause."""
    UNDONE = "undone"
    """…的念头没有了: negates what stands before it in the clause."""
    CONTRAST = "contrast"
    """但是, 就是: ends the reach of a negation."""
    LAUGH = "laugh"
    TRIVIAL = "trivial"
    SERIOUS = "serious"
    """认真的, 每天都: what looks like hyperbole is not."""
    FICTION = "fiction"
    NEWS = "news"
    QUESTION = "question"
    """A question about facts, a lesson, a lecture."""
    PAST = "past"
    RECENT = "recent"
    """Within about three months."""
    PRESENT = "present"
    OTHER_PERSON = "other_person"
    SELF = "self"
    SAYS = "says"
    """说, 发消息: what follows is somebody's words."""
    CONDITION = "condition"
    HABIT = "habit"
    """每次, 路过: again and again, so a place told is no place where somebody stands now."""
    HARMLESS = "harmless"
    """捉迷藏, 原来是: lowers nothing, but beside it no rule acts alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule: patterns with one meaning."""

    id: str
    kind: Kind
    patterns: tuple[Pattern, ...]
    level: RiskLevel = RiskLevel.NONE
    category: Category | None = None
    subject: Subject | None = None
    """Fixed by the wording; None: found from the persons named around the hit."""
    cue: Cue | None = None
    roles: frozenset[str] = frozenset()
    """Parts it can play in a combination (ideation, means, plan_time …)."""
    soft: bool = False
    """Wording that is often hyperbole: a laugh or a trivial cause is enough to set it aside."""
    decisive: bool = False
    """Acts alone, without the model, where nothing near it casts a doubt (``doubt.py``); its precision is measured."""
    ignores: frozenset[Cue] = frozenset()
    floor: RiskLevel | None = None
    """Level when it lies in the past; None: 2 for what is 3 or 4."""
    weight: float = 0.0
    """For a signal: how much it adds (below zero: how much it takes away as a sign that all is well)."""
    family: str = ""
    """For a signal: of several signals of one family only the weightiest counts. For another rule: what an
    everyday reason must explain to set its finding aside (``signals.explained_away``)."""
    explains: frozenset[str] = frozenset()
    """For a sign that all is well: the families from which it takes; empty: from all."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One match of an entry, in positions of the reading. ``parts`` are the spans of its literal parts."""

    entry: Entry
    start: int
    end: int
    parts: tuple[tuple[int, int], ...]

    def covers(self, other: Hit) -> bool:
        """Whether ``other`` lies inside one literal part of this hit."""
        return any(start <= other.start and other.end <= end for start, end in self.parts)

    def touches(self, other: Hit) -> bool:
        """Whether any literal parts overlap."""
        return any(a < d and c < b for a, b in self.parts for c, d in other.parts)


@dataclass(frozen=True, slots=True)
class Found:
    """A hit after its context was read: the level that it keeps, and whom it is about."""

    hit: Hit
    level: RiskLevel
    subject: Subject
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Combo:
    """Findings that mean more together than alone.

    Every role of ``roles`` must be played by a different hit, within ``within`` characters of the first; the level is
    then raised to ``level``.
    """

    id: str
    roles: tuple[str, ...]
    level: RiskLevel
    category: Category | None = None
    within: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """From which sum of weights the signals of one kind of danger make a level."""

    category: Category
    moderate: float
    high: float
    imminent: float
    now: frozenset[str] = frozenset()
    """Families of which one must be there for level 4; empty: none is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """All data files, compiled."""

    entries: tuple[Entry, ...]
    combos: tuple[Combo, ...]
    themes: tuple[Theme, ...] = ()
    version: str = field(default="")
