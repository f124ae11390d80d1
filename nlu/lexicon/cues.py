"""Where the context words of one reading stand, found by binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from nlu.lexicon.model import Cue, Hit, Kind
from nlu.text.reading import Reading

PERSONS = (Cue.SELF, Cue.OTHER_PERSON)


class Cues:
    """The cues of one reading that count: not inside a fixed expression, a longer one before a shorter one."""

    def __init__(self, reading: Reading, hits: Sequence[Hit]) -> None:
        self.reading = reading
        masks = [hit for hit in hits if hit.entry.kind is Kind.CUE_MASK]
        grouped: dict[Cue, list[Hit]] = defaultdict(list)
        for hit in hits:
            if hit.entry.kind is Kind.CUE and hit.entry.cue is not None:
                grouped[hit.entry.cue].append(hit)
        persons = longest([hit for cue in PERSONS for hit in grouped[cue]])
        for cue in PERSONS:
            grouped[cue] = [hit for hit in persons if hit.entry.cue is cue]
        mask_index = _Index(masks)
        self._by_cue = {
            cue: _Index(longest(hit for hit in group if not mask_index.covering(hit))) for cue, group in grouped.items()
        }
        self.persons = _Index([hit for hit in persons if not mask_index.covering(hit)])

    def within(self, cue: Cue, start: int, end: int) -> list[Hit]:
        """Cues of one kind that lie wholly between two positions, in order."""
        index = self._by_cue.get(cue)
        return index.within(start, end) if index else []

    def any(self, cue: Cue, start: int, end: int) -> bool:
        """Whether there is one."""
        return bool(self.within(cue, start, end))


class _Index:
    """Hits sorted by start."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self.hits = sorted(hits, key=lambda hit: (hit.start, hit.end))
        self._starts = [hit.start for hit in self.hits]
        self._widest = max((hit.end - hit.start for hit in self.hits), default=0)

    def within(self, start: int, end: int) -> list[Hit]:
        low, high = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [hit for hit in self.hits[low:high] if hit.end <= end]

    def reaching(self, at: int) -> list[Hit]:
        """Hits that begin at or before a position and may reach it."""
        return self.hits[bisect_left(self._starts, at - self._widest) : bisect_right(self._starts, at)]

    def covering(self, other: Hit) -> bool:
        """Whether a part of some hit covers the other, or overlaps it without being inside it."""
        low = bisect_left(self._starts, other.start - self._widest)
        high = bisect_right(self._starts, other.end)
        return any(hit.covers(other) or (hit.touches(other) and not other.covers(hit)) for hit in self.hits[low:high])


def longest(hits: Iterable[Hit]) -> list[Hit]:
    """Hits that overlap no longer one (leftmost first among equals)."""
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if chosen and hit.start < chosen[-1].end:
            if hit.end - hit.start > chosen[-1].end - chosen[-1].start:
                chosen[-1] = hit
            continue
        chosen.append(hit)
    return chosen


def unmasked(hits: Sequence[Hit]) -> list[Hit]:
    """Risk hits outside fixed expressions, the more specific wording before the general one of the same category."""
    masks = _Index([hit for hit in hits if hit.entry.kind is Kind.MASK])
    risks = [hit for hit in hits if hit.entry.kind is Kind.RISK and not masks.covering(hit)]
    index = _Index(risks)
    return [hit for hit in risks if not _outdone(hit, index)]


_ONCE = 40  # characters in which a second hit of the same signal adds nothing


def signalling(hits: Sequence[Hit]) -> list[Hit]:
    """Signals outside fixed expressions, of each entry at most one in a short stretch."""
    masks = _Index([hit for hit in hits if hit.entry.kind is Kind.MASK])
    chosen: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        place = (hit.entry.id, hit.start // _ONCE)
        if hit.entry.kind is Kind.SIGNAL and place not in chosen and not masks.covering(hit):
            chosen[place] = hit
    return list(chosen.values())


def _outdone(hit: Hit, index: _Index) -> bool:
    return any(
        other is not hit
        and other.entry.category is hit.entry.category
        and bool(other.entry.level) == bool(hit.entry.level)
        # Of two rules of one level the one that may act alone stays, also inside the wider wording.
        and not (hit.entry.decisive and not other.entry.decisive and hit.entry.level == other.entry.level)
        and other.covers(hit)
        and (other.end - other.start > hit.end - hit.start or other.entry.level > hit.entry.level)
        for other in index.reaching(hit.start)
    )
