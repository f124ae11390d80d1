"""``Lexicon.read``: from a text to what it shows, with places in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.labels import RiskLevel
from nlu.lexicon.cues import Cues, signalling, unmasked
from nlu.lexicon.doubt import acts_alone
from nlu.lexicon.loader import load_data
from nlu.lexicon.marks import Mark
from nlu.lexicon.matcher import Matcher
from nlu.lexicon.model import Combo, Data, Found
from nlu.lexicon.scope import Scope
from nlu.lexicon.signals import Signal, explained_away, weigh
from nlu.text.normalise import normalise
from nlu.text.reading import Reading, squeeze
from nlu.text.variants import Variants


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconReading:
    """What the lexicon found in one text: marks in the order of their places."""

    marks: tuple[Mark, ...] = ()

    @property
    def level(self) -> RiskLevel:
        """The highest level of any mark."""
        return max((mark.level for mark in self.marks), default=RiskLevel.NONE)


class Lexicon:
    """Compiled data. Immutable, shared between threads, pure: the same text gives the same reading."""

    def __init__(self, data: Data, variants: Variants) -> None:
        self.version = data.version
        self._combos = data.combos
        self._themes = data.themes
        self._matcher = Matcher(data.entries)
        self._variants = variants

    @classmethod
    def load(cls) -> Lexicon:
        """Compile the data files. Raises LexiconError when one is wrong."""
        return cls(load_data(), Variants.load())

    def read(self, text: str) -> LexiconReading:
        """Read a text of any length to its end."""
        literal = squeeze(normalise(text))
        resolved = self._variants.resolve(literal)
        marks: dict[tuple[str, int, int], Mark] = {}
        for reading in (literal, resolved):
            if reading is None:
                continue
            for mark in self._marks(reading):
                marks.setdefault((mark.why, mark.start, mark.end), mark)
        return LexiconReading(marks=tuple(sorted(marks.values(), key=lambda m: (m.start, m.end, m.why))))

    def _marks(self, reading: Reading) -> list[Mark]:
        hits = self._matcher.match(reading)
        if not hits:
            return []
        cues = Cues(reading, hits)
        scope = Scope(reading, cues)
        found = [judged for hit in unmasked(hits) if (judged := scope.judge(hit)) is not None]
        weak = [judged for hit in signalling(hits) if (judged := scope.judge(hit)) is not None]
        calm = [item for item in weak if item.hit.entry.weight < 0]
        kept = [item for item in found if not explained_away(item, calm, reading.text)]
        marks = [_mark(reading, item, alone=acts_alone(item, cues, calm)) for item in kept]
        marks.extend(combined(marks, self._combos))
        return [*marks, *weigh([_signal(reading, item) for item in weak], marks, self._themes)]

    def combine(self, marks: Sequence[Mark]) -> list[Mark]:
        """Marks that arise when marks of several turns are seen together."""
        return combined(marks, self._combos)


def _mark(reading: Reading, item: Found, *, alone: bool) -> Mark:
    start, end = reading.origin(item.hit.start, item.hit.end)
    entry = item.hit.entry
    why = ".".join((entry.id, *item.notes))
    return Mark(
        start=start,
        end=end,
        why=why,
        level=item.level,
        category=entry.category,
        subject=item.subject,
        roles=entry.roles if not item.notes else frozenset(),
        decisive=alone,
    )


def _signal(reading: Reading, item: Found) -> Signal:
    start, end = reading.origin(item.hit.start, item.hit.end)
    entry = item.hit.entry
    return Signal(
        start=start,
        end=end,
        family=entry.family,
        weight=entry.weight,
        category=entry.category,
        subject=item.subject,
        explains=entry.explains,
    )


def combined(marks: Sequence[Mark], combos: Sequence[Combo]) -> list[Mark]:
    """Raise what stands together: one mark per combination that is complete, around its first role's mark."""
    by_role: dict[str, list[Mark]] = {}
    for mark in marks:
        for role in mark.roles:
            by_role.setdefault(role, []).append(mark)
    out: list[Mark] = []
    for combo in combos:
        players = _cast(combo, by_role)
        if players is not None:
            out.append(_raised(combo, players))
    return out


def _cast(combo: Combo, by_role: dict[str, list[Mark]]) -> list[Mark] | None:
    if any(role not in by_role for role in combo.roles):
        return None
    first, *rest = combo.roles
    for lead in by_role[first][:64]:
        players = [lead]
        for role in rest:
            near = (m for m in by_role[role] if m not in players and abs(m.start - lead.start) <= combo.within)
            player = next(near, None)
            if player is None:
                break
            players.append(player)
        else:
            return players
    return None


def _raised(combo: Combo, players: Sequence[Mark]) -> Mark:
    weightiest = max(players, key=lambda mark: mark.level)
    return Mark(
        start=min(mark.start for mark in players),
        end=max(mark.end for mark in players),
        why=combo.id,
        level=combo.level,
        category=combo.category or weightiest.category,
        subject=weightiest.subject,
    )
