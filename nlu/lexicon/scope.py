"""What the surroundings make of a hit: denied, joked, told of somebody else, long ago, in a story.

Every rule here may only set a hit aside or lower it when its reason is visible in the text. When in doubt the hit
stays: between two levels the higher one holds.
"""

from __future__ import annotations

from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon.cues import Cues, longest
from nlu.lexicon.model import Cue, Found, Hit
from nlu.lexicon.persons import subject_of
from nlu.text.reading import Reading

_NEAR_FILL = frozenset("我会要想去真的再有过是敢能该太很再都也还就那么什自己一时傻可为了到因又想着用着曾经在")
_FAR_REACH = 9
_NEAR_REACH = 3
_AROUND = 36  # characters in which a laugh, a story or a lecture colours a hit
_PAST_REACH = 28
_PLACES = frozenset({"place_now", "near_edge"})
_FADES = frozenset({Category.SUICIDE, Category.SELF_HARM, Category.BULLYING, Category.PSYCHOSIS, Category.HARM_OTHERS})


class Scope:
    """Judges the hits of one reading."""

    def __init__(self, reading: Reading, cues: Cues) -> None:
        self._reading = reading
        self._cues = cues

    def judge(self, hit: Hit) -> Found | None:
        """The hit with the level that it keeps, or None when it speaks for nothing."""
        subject = hit.entry.subject or subject_of(hit, self._reading, self._cues)
        if hit.entry.roles & _PLACES and self._cues.any(Cue.HABIT, hit.start - 10, hit.start + 1):
            return None
        if self._denied(hit) or self._joked(hit) or self._told(hit) or self._asked(hit):
            return None
        if hit.entry.level >= RiskLevel.MODERATE and hit.entry.category in _FADES and self._long_ago(hit):
            return self._faded(hit, subject)
        return Found(hit, hit.entry.level, subject)

    def _faded(self, hit: Hit, subject: Subject) -> Found:
        recent = self._cues.any(Cue.RECENT, hit.start - _PAST_REACH, hit.end + 12)
        floor = RiskLevel.HIGH if recent else hit.entry.floor
        level = min(hit.entry.level, RiskLevel.MODERATE if floor is None else floor)
        return Found(hit, level, subject, ("past",))

    # denial

    def _denied(self, hit: Hit) -> bool:
        if self._negations(hit) % 2 == 1:
            return True
        if any(self._gap_negated(hit, a[1], b[0]) for a, b in zip(hit.parts, hit.parts[1:], strict=False)):
            return True
        return Cue.UNDONE not in hit.entry.ignores and self._undone(hit)

    def _negating(self, hit: Hit, start: int, end: int) -> list[Hit]:
        """Negation cues between two positions that the entry heeds, the longer of two that overlap."""
        kinds = (Cue.NEGATION_NEAR, Cue.NEGATION_FAR)
        return longest(
            cue for kind in kinds if kind not in hit.entry.ignores for cue in self._cues.within(kind, start, end)
        )

    def _negations(self, hit: Hit) -> int:
        """How many negations, each governing the next, stand before the hit in its clause."""
        anchor, count = hit.start, 0
        cut = [c for c in self._negating(hit, anchor - 8, anchor + 4) if c.start < anchor < c.end]
        if cut:  # the hit begins inside a negation: 没[有想过…]
            anchor, count = cut[0].start, 1
        while True:
            cue = self._governor(hit, anchor)
            if cue is None:
                return count
            count += 1
            anchor = cue.start

    def _governor(self, hit: Hit, anchor: int) -> Hit | None:
        for cue in reversed(self._negating(hit, anchor - _FAR_REACH - 8, anchor)):
            gap = self._reading.text[cue.end : anchor]
            if self._parted(cue.end, anchor):
                return None
            if cue.entry.cue is Cue.NEGATION_FAR and len(gap) <= _FAR_REACH and not self._contrast(cue.end, anchor):
                return cue
            if len(gap) <= _NEAR_REACH and all(char in _NEAR_FILL for char in gap):
                return cue
        return None

    def _contrast(self, start: int, end: int) -> bool:
        return self._cues.any(Cue.CONTRAST, start, end)

    def _parted(self, before: int, after: int) -> bool:
        """Whether a clause ends between the character before ``before`` and the one at ``after``."""
        soft = self._reading.soft
        return before > 0 and after < len(soft) and soft[after] > soft[before - 1]

    def _gap_negated(self, hit: Hit, start: int, end: int) -> bool:
        cues = self._negating(hit, start, end)
        return sum(1 for cue in cues if end - cue.end <= _NEAR_REACH or cue.end - start <= 4) % 2 == 1

    def _undone(self, hit: Hit) -> bool:
        end = hit.end
        return any(
            not self._parted(end, cue.start)
            for cue in self._cues.within(Cue.UNDONE, end, end + 14)
            if cue.start - end <= 4
        )

    # exaggeration

    def _joked(self, hit: Hit) -> bool:
        entry = hit.entry
        if entry.level >= RiskLevel.IMMINENT or entry.ignores & {Cue.LAUGH, Cue.TRIVIAL}:
            return False
        start, end = hit.start - _AROUND, hit.end + _AROUND
        laugh = self._cues.any(Cue.LAUGH, start, end)
        if entry.level <= RiskLevel.LOW:
            return entry.soft and laugh
        if self._cues.any(Cue.SERIOUS, start, end):
            return False
        trivial = self._trivial(hit)
        if entry.soft and (laugh or trivial):
            return True
        return laugh and trivial and entry.level <= RiskLevel.HIGH and entry.category is Category.SUICIDE

    def _trivial(self, hit: Hit) -> bool:
        """A trivial cause in the clause of the hit or the one before or after it."""
        reading = self._reading
        for cue in self._cues.within(Cue.TRIVIAL, hit.start - 16, hit.end + 12):
            low, high = (cue, hit) if cue.start < hit.start else (hit, cue)
            if high.start < low.end:
                return True
            if reading.hard[high.start] - reading.hard[low.end - 1] <= 1:
                return True
        return False

    # stories, news, lessons

    def _told(self, hit: Hit) -> bool:
        if hit.entry.level == RiskLevel.LOW:
            near = self._cues.any(Cue.FICTION, hit.start - 10, hit.end + 6)
            return near and not self._about_writer(hit.start - 12, hit)
        if hit.entry.ignores & {Cue.FICTION, Cue.NEWS}:
            return False
        for kind in (Cue.FICTION, Cue.NEWS):
            for cue in self._cues.within(kind, hit.start - _AROUND, hit.end + 16):
                if cue.start >= hit.end:
                    if not self._about_writer(hit.start - 12, hit):
                        return True
                elif not self._about_writer(cue.end, hit):
                    return True
        return False

    def _about_writer(self, since: int, hit: Hit) -> bool:
        return self._cues.any(Cue.SELF, since, hit.end)

    def _asked(self, hit: Hit) -> bool:
        """A question about facts with nobody in particular in it."""
        if Cue.QUESTION in hit.entry.ignores:
            return False
        low, high = self._sentence(hit)
        asking = self._cues.within(Cue.QUESTION, low, high)
        if hit.entry.level < RiskLevel.MODERATE:
            asking = [cue for cue in asking if "definition" in cue.entry.roles]
        return bool(asking) and not self._cues.persons.within(low, high)

    def _sentence(self, hit: Hit) -> tuple[int, int]:
        stops = self._reading.stops
        low = high = hit.start
        while low > 0 and hit.start - low < 60 and stops[low - 1] == stops[hit.start]:
            low -= 1
        high = hit.end
        while high < len(stops) and high - hit.end < 60 and stops[high] == stops[hit.end - 1]:
            high += 1
        return low, high

    # time

    def _long_ago(self, hit: Hit) -> bool:
        if Cue.PAST in hit.entry.ignores:
            return False
        pasts = self._cues.within(Cue.PAST, hit.start - _PAST_REACH, hit.end + 4)
        recents = self._cues.within(Cue.RECENT, hit.start - _PAST_REACH, hit.end + 4)
        marks = [cue for cue in (*pasts, *recents) if not self._stopped(cue, hit)]
        if not marks:
            return False
        since = max(cue.end for cue in marks)
        return not self._cues.any(Cue.PRESENT, min(since, hit.start), hit.end + 8)

    def _stopped(self, cue: Hit, hit: Hit) -> bool:
        low, high = sorted((cue.start, hit.start))
        return self._reading.stops[high] > self._reading.stops[low]
