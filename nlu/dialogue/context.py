"""One message read with what came before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlu.assessment import Context, Probe, Turn, Who
from nlu.dialogue.intents import Intents
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from nlu.lexicon import Lexicon, Mark
from nlu.settings import NluSettings

# What a yes to each question means. A wish or an act affirmed is active (3); means that are there make a plan (4).
_AFFIRMED: dict[str, tuple[RiskLevel, Category]] = {
    "means": (RiskLevel.IMMINENT, Category.SUICIDE),
    "suicide": (RiskLevel.HIGH, Category.SUICIDE),
    "self_harm": (RiskLevel.HIGH, Category.SELF_HARM),
    "sexual_abuse": (RiskLevel.HIGH, Category.SEXUAL_ABUSE),
    "abuse": (RiskLevel.HIGH, Category.ABUSE),
    "harm_others": (RiskLevel.HIGH, Category.HARM_OTHERS),
    "psychosis": (RiskLevel.MODERATE, Category.PSYCHOSIS),
}
_SEPARATOR_SPLIT = "·"  # a phrase cut into messages is read as one word
_SEPARATOR_TURN = "\n"
_SPLIT_CHARS = 8


@dataclass(frozen=True, slots=True)
class _Window:
    """Earlier words of the seeker and where the message begins in the joined text."""

    text: str
    offset: int


class ContextReader:
    """Adds to a message's own marks what its context makes of it. Pure."""

    def __init__(self, lexicon: Lexicon, intents: Intents, settings: NluSettings) -> None:
        self._lexicon = lexicon
        self._intents = intents
        self._settings = settings

    def read(self, text: str, context: Context) -> tuple[Mark, ...]:
        """All marks of the message, at positions of the message. Context only adds, it takes nothing away."""
        own = self._lexicon.read(text).marks
        window = self._window(text, context.turns)
        if window is not None:
            own = self._with_window(text, own, window)
        answer = self._answer_mark(text, context)
        return (*own, answer) if answer is not None else own

    def _window(self, text: str, turns: Sequence[Turn]) -> _Window | None:
        """Join the last turns of the seeker; those that nobody answered yet melt together."""
        pieces: list[str] = []
        size, unanswered, after = 0, True, text
        for turn in reversed(turns[-self._settings.window_turns :]):
            if turn.who is not Who.USER:
                unanswered = False
                continue
            size += len(turn.text)
            if size > self._settings.burst_chars or len(pieces) >= 2 * self._settings.burst_turns:
                break
            melts = unanswered and min(len(turn.text), len(after)) <= _SPLIT_CHARS
            pieces.append(turn.text + (_SEPARATOR_SPLIT if melts else _SEPARATOR_TURN))
            after = turn.text
        if not pieces:
            return None
        before = "".join(reversed(pieces))
        return _Window(before + text, len(before))

    def _with_window(self, text: str, own: tuple[Mark, ...], window: _Window) -> tuple[Mark, ...]:
        marks = {(mark.why, mark.start): mark for mark in own}
        for mark in self._lexicon.read(window.text).marks:
            if mark.end <= window.offset:
                continue
            start, end = max(0, mark.start - window.offset), min(len(text), mark.end - window.offset)
            if start < end:
                moved = replace(mark, start=start, end=end)
                known = marks.get((moved.why, moved.start))
                if known is None or known.level <= moved.level:
                    sure = moved.decisive or (known is not None and known.decisive)
                    marks[(moved.why, moved.start)] = replace(moved, decisive=sure)
        return tuple(sorted(marks.values(), key=lambda m: (m.start, m.end, m.why)))

    def _answer_mark(self, text: str, context: Context) -> Mark | None:
        asked, subject = self._asked(context.turns)
        if asked is None:
            return None
        answer = self._intents.answer(text)
        level, category, why = self._meaning(asked, answer)
        if level == RiskLevel.NONE:
            return None
        # What a yes to a safety question means is defined, not guessed (S17): no model may talk it down.
        return Mark(
            start=0,
            end=len(text),
            why=why,
            level=level,
            category=category,
            subject=subject,
            decisive=level >= ESCALATION_LEVEL,
        )

    def _meaning(self, asked: str, answer: str | None) -> tuple[RiskLevel, Category, str]:
        if asked == "safe_now":
            level = {"deny": RiskLevel.HIGH, "evade": RiskLevel.MODERATE}.get(answer or "", RiskLevel.NONE)
            return level, Category.SUICIDE, f"context.{answer}_safety"
        level, category = _AFFIRMED[asked]
        if answer == "affirm":
            return level, category, f"context.affirms_{asked}"
        if answer == "ready" and category is Category.SUICIDE:
            return RiskLevel.IMMINENT, category, f"context.ready_{asked}"
        if answer == "affirm_past":
            return RiskLevel.MODERATE, category, f"context.past_{asked}"
        if answer == "evade":
            return RiskLevel.MODERATE, category, f"context.evades_{asked}"
        return RiskLevel.NONE, category, ""

    def _asked(self, turns: Sequence[Turn]) -> tuple[str | None, Subject]:
        """The safety question that waits for an answer: in the last turn that was not the seeker's."""
        for back, turn in enumerate(reversed(turns[-self._settings.window_turns :])):
            if turn.who is Who.USER:
                if back >= 2 or self._intents.answer(turn.text) is not None:
                    return None, Subject.SELF
                continue
            if turn.probe is Probe.OTHER:
                return None, Subject.SELF
            named = self._intents.question(turn.text)
            if named is None and turn.probe is Probe.SAFETY:
                named = "suicide"
            return named, self._about(turn.text)
        return None, Subject.SELF

    def _about(self, question: str) -> Subject:
        """您的孩子有没有想过… asks about somebody else."""
        others = ("孩子", "女儿", "儿子", "学生", "同学", "朋友", "他", "她")
        asks_self = "你" in question.replace("你的孩子", "").replace("你女儿", "").replace("你儿子", "")
        return Subject.OTHER if any(word in question for word in others) and not asks_self else Subject.SELF
