"""Buttons, the strip, the offered form and the feedback."""

from __future__ import annotations

from typing import Final

from bot.engine import danger, numbers, probe, talk, waiting
from bot.engine.actions import Choice, SafetyCategory, ShowArticle
from bot.engine.events import ActionTapped, ChoiceTapped, FeedbackGiven, Left, ProfileGiven, TapAction
from bot.engine.probe import Verdict
from bot.engine.state import SafetyProbe
from bot.engine.turn import Turn, choices
from nlu.assessment import RiskAssessment
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from records.models import Mode

_VERDICTS: Final = {"probe_yes": Verdict.YES, "probe_no": Verdict.NO, "probe_skip": Verdict.EVADED}
_STRIP: Final = {action.value: action for action in TapAction}
_SAYS: Final = {
    "danger_alone": ("call_failed", "danger_with"),
    "danger_with": ("call_failed", "breathing"),
    "danger_ok": ("call_failed", "breathing"),
    "here_ok": ("breathing", "danger"),
    "privacy": ("human", "numbers"),
}
"""Choices that are answered by the text of their own name, with the buttons under it."""


def action(turn: Turn, event: ActionTapped) -> None:
    """The strip above the text box, and the buttons of number cards."""
    had_ticket = turn.state.ticket_open
    _strip(turn, event.action, event.seq)
    _words_beside(turn, event.assessment, event.seq)
    if had_ticket and event.action is not TapAction.QUICK_EXIT:
        turn.tell_ticket()


def _strip(turn: Turn, action: TapAction, seq: int) -> None:
    match action:
        case TapAction.HUMAN:
            talk.ask_human(turn, seq)
        case TapAction.DANGER:
            danger.tapped(turn, seq)
        case TapAction.CALL_FAILED:
            danger.call_failed(turn, seq)
        case TapAction.LEAVE:
            talk.goodbye(turn)
        case TapAction.QUICK_EXIT:
            waiting.left(turn, Left.QUICK_EXIT)
        case TapAction.ABROAD | TapAction.MAINLAND:
            _moved(turn, action)


def _moved(turn: Turn, action: TapAction) -> None:
    turn.set(abroad=action is TapAction.ABROAD, numbers_shown=(), numbers_tried=())
    if not turn.state.attended:
        numbers.show(turn, f"numbers.{action.value}")


def _words_beside(turn: Turn, assessment: RiskAssessment | None, seq: int) -> None:
    if assessment is None:
        return
    if assessment.unassessed:
        danger.unassessed(turn, seq)
    elif assessment.escalate:
        danger.told(turn, assessment, seq)
    else:
        turn.rise_to(assessment)


def choice(turn: Turn, event: ChoiceTapped) -> None:
    """A button of ours was tapped."""
    had_ticket = turn.state.ticket_open
    _words_beside(turn, event.assessment, event.seq)
    if event.choice in _STRIP:
        _strip(turn, _STRIP[event.choice], event.seq)
    elif event.choice == "danger_hurt":
        _being_hurt(turn, event.seq)
    elif event.choice in _VERDICTS:
        _probe(turn, _VERDICTS[event.choice], event.seq)
    elif not turn.state.attended:
        _quiet_choice(turn, event.choice)
    if had_ticket:
        turn.tell_ticket()


def _being_hurt(turn: Turn, seq: int) -> None:
    turn.rise(RiskLevel.IMMINENT, (Category.ABUSE,), Subject.SELF)
    danger.respond(turn, RiskLevel.IMMINENT, SafetyCategory.ABUSE, Subject.SELF, seq)


def _probe(turn: Turn, verdict: Verdict, seq: int) -> None:
    if turn.state.probe is not None:
        turn.drop_burst()
        probe.answer(turn, verdict)
    elif verdict is Verdict.YES and turn.state.level < ESCALATION_LEVEL:
        # the question is gone, the yes counts all the same
        turn.rise(ESCALATION_LEVEL, turn.state.categories or (Category.SUICIDE,), Subject.SELF)
        danger.respond(turn, ESCALATION_LEVEL, numbers.category_of(turn.state.categories), Subject.SELF, seq)
    elif not turn.state.ticket_open:
        turn.say("affirm", *choices("human", "breathing"))


def _quiet_choice(turn: Turn, id_: str) -> None:
    name, _, slug = id_.partition(":")
    if name == "breathing":
        turn.say("breathing", service=turn.state.held, card="breathing")
    elif name == "numbers":
        numbers.show(turn, "numbers.now")
    elif name == "withdraw":
        waiting.withdraw(turn)
    elif name == "reading":
        _reading(turn)
    elif name in ("article", "more"):
        _article(turn, name, slug)
    elif name.startswith("helped_"):
        _helped(turn, name.removeprefix("helped_"))
    elif name in _SAYS:
        turn.say(name, *choices(*_SAYS[name]), must=True)
    else:
        turn.say("affirm", *choices("human", "breathing"), variant=turn.state.listened)


def _reading(turn: Turn) -> None:
    offered = tuple(Choice(f"article:{hit.slug}", hit.title) for hit in turn.seen.kb.hits[:3])
    turn.say("reading" if offered else "reading.none", *(offered or choices("breathing", "numbers")))


def _article(turn: Turn, name: str, slug: str) -> None:
    article = turn.seen.kb.article
    if turn.state.held:
        return
    if article is None or article.slug != slug:
        turn.say("article.gone", *choices("human", "breathing"))
    elif name == "article":
        talk.show_steps(turn, article)
    else:
        turn.do(ShowArticle(article=article, audience=turn.state.audience, choices=choices("helped_yes", "helped_no")))


def _helped(turn: Turn, how: str) -> None:
    if how == "no":
        turn.gap(article=turn.state.article)
    key = "helped.no" if how == "no" else "helped.yes"
    turn.say(key, *choices("human", "breathing"))


def profile(turn: Turn, event: ProfileGiven) -> None:
    """Offered, never demanded, never in the way of an answer: nothing is said, unless better numbers are known now."""
    state = turn.state
    moved = event.region is not None and event.region != state.region
    turn.set(
        audience=event.audience or state.audience,
        age_band=event.age_band or state.age_band,
        region=event.region or state.region,
    )
    if moved and turn.state.level >= ESCALATION_LEVEL and not state.attended:
        numbers.show(turn, "numbers.region")


def feedback(turn: Turn, event: FeedbackGiven) -> None:
    """After a talk. Very high distress is followed by the safety question."""
    state = turn.state
    if state.attended:
        return
    if event.helped == "no":
        turn.gap(article=state.article)
    distressed = event.distress is not None and event.distress >= turn.seen.policy.distress_asks
    if distressed and not state.ticket_open and state.probe is None and state.level < ESCALATION_LEVEL:
        turn.mode(Mode.BOT)
        turn.say("feedback.heard")
        probe.ask(turn, SafetyProbe.FEEDBACK)
    elif event.helped == "no" or distressed:
        turn.say("feedback.no", *choices("human", "numbers"), must=True)
    else:
        turn.say("feedback.thanks")
