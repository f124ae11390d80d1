"""The one direct safety question (S17): yes, silence or evasion brings a human."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from bot.engine import danger, waiting
from bot.engine.actions import EndConversation, SafetyCategory
from bot.engine.events import TimerKind
from bot.engine.state import SafetyProbe
from bot.engine.turn import Turn, choices
from nlu.assessment import Intent, RiskAssessment
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from records.models import Mode, TicketReason

_ASKED: Final = frozenset((Category.SUICIDE, Category.SELF_HARM))
"""What the question names."""


class Verdict(Enum):
    """How a safety question was answered."""

    YES = auto()
    NO = auto()
    EVADED = auto()
    """Did not want to say, said something else, or took something back."""
    SILENT = auto()


def verdict_of(intents: tuple[Intent, ...]) -> Verdict:
    """Read an answer in words. A yes anywhere is a yes; only a plain no is a no."""
    if Intent.AFFIRM in intents:
        return Verdict.YES
    return Verdict.NO if Intent.DENY in intents else Verdict.EVADED


def says_yes(assessment: RiskAssessment) -> bool:
    """Whether an answer names the danger in its own words (我不想活了): no evasion, and nothing to be asked again.

    What the context alone made of it (``context.…``: evaded, put off) does not count, nor what is over.
    """
    named = any(
        not one.why.startswith("context.") and not one.why.endswith(".past_thoughts") for one in assessment.evidence
    )
    return (
        named
        and assessment.level >= RiskLevel.MODERATE
        and bool(_ASKED.intersection(assessment.categories))
        and assessment.intent not in (Intent.DENY, Intent.RETRACT)
    )


def ask(turn: Turn, which: SafetyProbe) -> None:
    """Ask, and start to listen for silence."""
    other = turn.state.subject is Subject.OTHER and which is SafetyProbe.FIRST_LEVEL2
    key = f"probe.{which.value}_other" if other else f"probe.{which.value}"
    turn.say(key, *choices("probe_yes", "probe_no", "probe_skip"))
    turn.set(
        probe=which,
        probe_seq=turn.state.last_seq,
        first_level2_asked=turn.state.first_level2_asked or which is SafetyProbe.FIRST_LEVEL2,
    )
    turn.timer(TimerKind.PROBE, turn.seen.policy.probe_silence_s)


def answer(turn: Turn, verdict: Verdict) -> None:
    """Act on the answer to the open question. Without one nothing happens."""
    which = turn.state.probe
    if which is None:
        return
    turn.drop_probe()
    match verdict:
        case Verdict.YES:
            _yes(turn)
        case Verdict.NO:
            _no(turn, which)
        case Verdict.EVADED | Verdict.SILENT:
            _unclear(turn, verdict)


def _yes(turn: Turn) -> None:
    state = turn.state
    known = state.level >= RiskLevel.MODERATE and bool(state.categories)
    categories = state.categories if known else (Category.SUICIDE,)
    subject = state.subject if state.subject is not Subject.NONE else Subject.SELF
    turn.rise(ESCALATION_LEVEL, categories, subject)
    danger.respond(turn, ESCALATION_LEVEL, SafetyCategory(categories[0].value), subject, state.last_seq)


def _no(turn: Turn, which: SafetyProbe) -> None:
    if which is SafetyProbe.CLOSING:
        turn.set(closing_answered=True, closing_at=turn.now_iso)
        turn.say("probe.no_closing", *choices("helped_yes", "helped_some", "helped_no", "human"))
        turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)
    else:
        turn.say("probe.no", *choices("human", "numbers", "breathing"))


def _unclear(turn: Turn, verdict: Verdict) -> None:
    turn.call(TicketReason.RISK)
    turn.say("probe.evaded" if verdict is Verdict.EVADED else "probe.silent", *choices("danger", "numbers"))
    waiting.enter(turn)


def silent(turn: Turn) -> None:
    """The timer ``PROBE``: no answer came."""
    state = turn.state
    if state.attended or state.ticket_open:
        return
    if state.probe is SafetyProbe.CLOSING and state.level < turn.seen.policy.closing_silence_calls_from:
        turn.drop_probe()
        end(turn, "idle")
    else:
        answer(turn, Verdict.SILENT)


def end(turn: Turn, by: str) -> None:
    """End the conversation. The next message opens it again."""
    turn.set(ended_by=by)
    turn.cancel(TimerKind.IDLE)
    turn.mode(Mode.CLOSED)
    turn.do(EndConversation())
