"""Whom a hit is about: the writer or somebody the writer is worried about."""

from __future__ import annotations

from nlu.labels import Category, Subject
from nlu.lexicon.cues import Cues
from nlu.lexicon.model import Cue, Hit
from nlu.text.reading import Reading

_BACK = 120
# After these a person is an object, not the one who feels or acts (她跟我说…, 我恨他…).
_OBJECT_BEFORE = frozenset("跟和对向给把让陪像恨怕为因求比替害被问骗打骂")
_FINDING = frozenset("发看注翻找收")  # 发现女儿手臂上…: the person is named inside the hit
_CROWD = frozenset({"他们", "她们", "大家", "别人", "人家", "所有人"})
_NEAR = 2  # 他们都不想活: said of them all the same
_VICTIM = frozenset({Category.ABUSE, Category.SEXUAL_ABUSE, Category.BULLYING})


def subject_of(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    """Who is at risk, from the persons named in and before the hit. Nobody named: the writer."""
    if hit.entry.category in _VICTIM:
        return _victim(hit, reading, cues)
    if hit.entry.category is Category.HARM_OTHERS:
        return _aggressor(hit, reading, cues)
    return _experiencer(hit, reading, cues)


def _victim(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    reach = hit.end + 1 if hit.end < len(reading.text) and not reading.breaks[hit.end] else hit.end
    if cues.within(Cue.SELF, hit.start, reach):
        return Subject.SELF
    after = cues.within(Cue.OTHER_PERSON, hit.start, hit.end + 5)
    if any(person.end >= hit.end and not _clause_between(hit, person, reading) for person in after):
        return Subject.OTHER
    passive = reading.text.rfind("被", max(0, hit.start - 8), hit.end)
    if passive >= 0:
        sufferers = cues.persons.within(max(0, passive - _BACK), passive)
        return _kind(sufferers[-1]) if sufferers else Subject.SELF
    others = cues.within(Cue.OTHER_PERSON, hit.start - _BACK, hit.end + _BACK)
    if any("dependent" in person.entry.roles for person in others):
        return Subject.OTHER
    return Subject.SELF


def _clause_between(hit: Hit, person: Hit, reading: Reading) -> bool:
    """Whether the person belongs to the next clause (被打了，他们还…), and so is not the one it was done to."""
    return any(reading.breaks[hit.end : person.start + 1])


def _aggressor(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    """Who may act: the writer, unless somebody else is named first and no 我 stands right before the hit."""
    if cues.within(Cue.SELF, hit.start - 4, hit.start + 1):
        return Subject.SELF
    before = cues.persons.within(hit.start - _BACK, hit.end)
    acting = [person for person in before if person.start <= hit.start and not _is_object(person, reading)]
    return _kind(acting[0]) if acting else Subject.SELF


def _experiencer(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    if hit.entry.category is Category.PSYCHOSIS and _commands_writer(hit, cues):
        return Subject.SELF
    named = cues.within(Cue.SELF, hit.start, hit.end)
    finding = reading.text[hit.start : hit.start + 1] in _FINDING
    if (
        finding
        and not named
        and any(_in_gap(person, hit) for person in cues.within(Cue.OTHER_PERSON, hit.start, hit.end))
    ):
        return Subject.OTHER
    before = [person for person in cues.persons.within(hit.start - _BACK, hit.end + 1) if person.start <= hit.start]
    acting = [person for person in before if not _is_object(person, reading) and not _is_crowd(person, hit, reading)]
    if hit.entry.category is Category.EMOTIONAL:
        acting = [person for person in acting if person.entry.cue is Cue.SELF or "dependent" in person.entry.roles]
    if not acting:
        later = cues.within(Cue.OTHER_PERSON, hit.end, hit.end + 12)
        if any(person.entry.cue is Cue.SELF for person in before) or not before:
            return Subject.SELF
        return Subject.OTHER if later else Subject.SELF
    nearest = acting[-1]
    if nearest.entry.cue is Cue.OTHER_PERSON:
        return Subject.OTHER
    return Subject.OTHER if _quoted(nearest, acting, hit, reading, cues) else Subject.SELF


def _commands_writer(hit: Hit, cues: Cues) -> bool:
    """有人让我去…: the voice is no other person."""
    return bool(cues.within(Cue.SELF, hit.start, hit.end))


def _kind(person: Hit) -> Subject:
    return Subject.SELF if person.entry.cue is Cue.SELF else Subject.OTHER


def _in_gap(person: Hit, hit: Hit) -> bool:
    return any(a[1] <= person.start and person.end <= b[0] for a, b in zip(hit.parts, hit.parts[1:], strict=False))


def _is_object(person: Hit, reading: Reading) -> bool:
    """Whether a preposition or a verb of telling governs the person, at once or over an attribute (跟最好的朋友)."""
    at = person.start
    for back in range(at, max(0, at - 6), -1):
        if reading.breaks[back] if back < len(reading.breaks) else False:
            return False
        char = reading.text[back - 1]
        if char in _OBJECT_BEFORE and (back == at or char in "跟和"):
            return True
    return False


def _is_crowd(person: Hit, hit: Hit, reading: Reading) -> bool:
    """They, of whom something else was said (他们都不懂，撑不下去了): it is the writer who feels."""
    return reading.text[person.start : person.end] in _CROWD and hit.start - person.end > _NEAR


def _quoted(nearest: Hit, acting: list[Hit], hit: Hit, reading: Reading, cues: Cues) -> bool:
    """``我`` in somebody else's mouth (女儿说我不想活了), or speech without a speaker in its clause (总说不想活)."""
    says = [cue for cue in cues.within(Cue.SAYS, hit.start - 24, hit.start) if nearest.start - cue.end <= 0]
    speakers = [person for person in acting[:-1] if person.entry.cue is Cue.OTHER_PERSON]
    direct = [cue for cue in cues.within(Cue.SAYS, nearest.start - 8, nearest.start) if cue.end == nearest.start]
    if direct and hit.start - nearest.end <= 4:
        earlier = [person for person in acting if person.end <= direct[-1].start]
        return bool(earlier) and earlier[-1].entry.cue is Cue.OTHER_PERSON
    unspoken = [
        cue for cue in says if cue.start > nearest.end and reading.hard[cue.start] > reading.hard[nearest.end - 1]
    ]
    return bool(unspoken) and bool(speakers)
