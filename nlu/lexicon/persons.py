"""Whom a hit is about: the writer or somebody the writer is worried about."""

from __future__ import annotations

from nlu.labels import Category, Subject
from nlu.lexicon.cues import Cues
from nlu.lexicon.model import Cue, Hit
from nlu.text.reading import Reading

_BACK = 120
# After these a person is an object, not the one who feels or acts (她跟我说…, 我恨他…).
_OBJECT_BEFORE = frozenset("跟和对向给把让陪像恨怕为因求比替害被问骗打骂")
_VICTIM = frozenset({Category.ABUSE, Category.SEXUAL_ABUSE, Category.BULLYING})


def subject_of(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    """Who is at risk, from the persons named in and before the hit. Nobody named: the writer."""
    if hit.entry.category in _VICTIM:
        return _victim(hit, reading, cues)
    return _experiencer(hit, reading, cues)


def _victim(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    if cues.within(Cue.SELF, hit.start, hit.end + 1):
        return Subject.SELF
    if any(person.end >= hit.end for person in cues.within(Cue.OTHER_PERSON, hit.start, hit.end + 5)):
        return Subject.OTHER
    if any("被" in reading.text[start:end] for start, end in hit.parts) or reading.text[hit.start - 1 : hit.start] == "被":
        return _experiencer(hit, reading, cues)
    others = cues.within(Cue.OTHER_PERSON, hit.start - _BACK, hit.end + _BACK)
    if any("dependent" in person.entry.roles for person in others):
        return Subject.OTHER
    return Subject.SELF


def _experiencer(hit: Hit, reading: Reading, cues: Cues) -> Subject:
    before = [person for person in cues.persons.within(hit.start - _BACK, hit.end + 1) if person.start <= hit.start]
    acting = [person for person in before if not _is_object(person, reading)]
    if not acting:
        later = cues.within(Cue.OTHER_PERSON, hit.end, hit.end + 12)
        is_self = not before or any(person.entry.cue is Cue.SELF for person in before)
        if is_self or not later:
            return Subject.SELF if is_self else Subject.OTHER
        return Subject.OTHER
    nearest = acting[-1]
    if nearest.entry.cue is Cue.OTHER_PERSON:
        return Subject.OTHER
    return Subject.OTHER if _quoted(nearest, acting, hit, reading, cues) else Subject.SELF


def _is_object(person: Hit, reading: Reading) -> bool:
    return person.start > 0 and reading.text[person.start - 1] in _OBJECT_BEFORE and not reading.breaks[person.start]


def _quoted(nearest: Hit, acting: list[Hit], hit: Hit, reading: Reading, cues: Cues) -> bool:
    """``我`` in somebody else's mouth (女儿说我不想活了), or speech without a speaker in its clause (总说不想活)."""
    says = [cue for cue in cues.within(Cue.SAYS, hit.start - 24, hit.start) if nearest.start - cue.end <= 0]
    speakers = [person for person in acting[:-1] if person.entry.cue is Cue.OTHER_PERSON]
    direct = [cue for cue in cues.within(Cue.SAYS, nearest.start - 8, nearest.start) if cue.end == nearest.start]
    if direct and hit.start - nearest.end <= 4:
        earlier = [person for person in acting if person.end <= direct[-1].start]
        return bool(earlier) and earlier[-1].entry.cue is Cue.OTHER_PERSON
    unspoken = [cue for cue in says if cue.start > nearest.end and reading.hard[cue.start] > reading.hard[nearest.end - 1]]
    return bool(unspoken) and bool(speakers)
