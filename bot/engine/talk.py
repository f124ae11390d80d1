"""The talk below level 3: bursts are answered once, worries from the shelf, and nobody leaves unasked (S17)."""

from __future__ import annotations

from typing import Final

from bot.engine import danger, numbers, probe, waiting
from bot.engine.actions import Choice, ShowConsent, ShowSteps
from bot.engine.events import LateRaise, MessageRead, TimerKind
from bot.engine.state import ArticleCard, SafetyProbe
from bot.engine.turn import Turn, choices
from nlu.assessment import Intent, RiskAssessment
from nlu.labels import ESCALATION_LEVEL, RiskLevel
from records.models import Field, Mode, TicketReason

_SILENT_FIELDS: Final = frozenset((Field.NICKNAME, Field.ABOUT, Field.REASON, Field.SUBJECT))
"""Words in forms: assessed like all others, but below level 2 nobody expects an answer to them."""
_SERVICE: Final = (
    Intent.RETRACT,
    Intent.ASK_BOT,
    Intent.ASK_ERASE,
    Intent.ASK_PRIVACY,
    Intent.ASK_SERVICE,
    Intent.ASK_NUMBERS,
    Intent.GOODBYE,
)
"""Answered before anything else in the burst, in this order."""
_NEW_TALK_S: Final = 1800.0
_NEIGHBOURS: Final = 2


def read(turn: Turn, event: MessageRead) -> None:
    """A message was read: danger at once, everything else after a breath."""
    had_ticket = turn.state.ticket_open
    if turn.state.audience is None and event.writer is not None:
        turn.set(audience=event.writer)
    assessment = event.assessment
    if assessment is None or assessment.unassessed:
        danger.unassessed(turn, event.seq)
    elif assessment.escalate:
        danger.told(turn, assessment, event.seq)
    else:
        _calm(turn, event, assessment)
    if had_ticket:
        turn.tell_ticket()


def late(turn: Turn, event: LateRaise) -> None:
    """The encoder came late and may only raise."""
    if event.assessment.escalate:
        danger.told(turn, event.assessment, event.seq)
        return
    before = turn.state.level
    turn.rise_to(event.assessment)
    if turn.state.level > before and not turn.state.ticket_open:
        _wait_for_more(turn, event.seq, event.assessment)


def reopen(turn: Turn, seq: int) -> None:
    """At level >= 3 with no ticket (carried over, or settled before): whoever writes again gets a human again (S5)."""
    turn.drop_burst()
    turn.drop_probe()
    turn.call(TicketReason.RISK, seq=seq or None)
    if not turn.state.attended:
        turn.say("reopened", *choices("danger", "numbers"), must=True)
        waiting.enter(turn)


def _calm(turn: Turn, event: MessageRead, assessment: RiskAssessment) -> None:
    turn.rise_to(assessment)
    state = turn.state
    if state.ticket_open and state.level > state.ticket_level:
        turn.call(TicketReason.RISK if state.level >= RiskLevel.MODERATE else TicketReason.ASK_HUMAN, seq=event.seq)
    if state.attended:
        return
    if state.level >= ESCALATION_LEVEL and not state.ticket_open:
        reopen(turn, event.seq)
    elif assessment.intent is Intent.ASK_HUMAN:
        ask_human(turn, event.seq)
    elif assessment.intent is Intent.CALL_FAILED:
        danger.call_failed(turn, event.seq)
    elif state.ticket_open:
        _while_waiting(turn, assessment.intent)
    elif state.probe is not None and probe.says_yes(assessment):
        turn.drop_burst()
        probe.answer(turn, probe.Verdict.YES)
    elif event.field not in _SILENT_FIELDS or assessment.level >= RiskLevel.MODERATE:
        _wait_for_more(turn, event.seq, assessment)


def _wait_for_more(turn: Turn, seq: int, assessment: RiskAssessment) -> None:
    state = turn.state
    since = state.burst_since if state.burst else None
    turn.set(
        burst_since=since or turn.now_iso,
        burst=state.burst if seq in state.burst else (*state.burst, seq),
        burst_intents=(*state.burst_intents, assessment.intent),
        burst_level=max(state.burst_level, assessment.level),
    )
    policy = turn.seen.policy
    left = policy.burst_most_s - (turn.since(since) if since else 0.0)
    turn.timer(TimerKind.BURST, max(0.0, min(policy.burst_quiet_s, left)))


def ask_human(turn: Turn, seq: int) -> None:
    """转人工: at any level, at once (S11)."""
    if turn.state.attended:
        return
    turn.set(human_asked=True)
    turn.drop_burst()
    turn.drop_probe()
    if not turn.state.ticket_open:
        turn.call(TicketReason.ASK_HUMAN, seq=seq or None)
        waiting.enter(turn)
    elif not turn.crowded():
        waiting.tell(turn)


def _while_waiting(turn: Turn, intent: Intent) -> None:
    key = _WAITING_ANSWERS.get(intent)
    if key is None or turn.crowded():
        waiting.acknowledge(turn)
    elif intent is Intent.ASK_NUMBERS:
        numbers.show(turn, "numbers.now")
    else:
        turn.say(key, *choices("breathing", "numbers"), must=True)


_WAITING_ANSWERS: Final = {
    Intent.RETRACT: "waiting.retract",
    Intent.GOODBYE: "waiting.stay",
    Intent.ASK_BOT: "ask_bot",
    Intent.ASK_ERASE: "ask_erase",
    Intent.ASK_PRIVACY: "ask_privacy",
    Intent.ASK_SERVICE: "ask_service",
    Intent.ASK_NUMBERS: "numbers.now",
}


def quiet(turn: Turn) -> None:
    """Nobody wrote for a while: one answer to all of it."""
    state = turn.state
    if not state.burst:
        return
    if state.attended or state.ticket_open or state.level >= ESCALATION_LEVEL:
        turn.drop_burst()
        return
    if turn.crowded():
        turn.timer(TimerKind.BURST, turn.seen.policy.throttle_s)
        return
    seqs, intents = state.burst, state.burst_intents
    turn.set(burst=(), burst_intents=(), burst_level=RiskLevel.NONE)
    _begin_new_talk(turn)
    _answer(turn, seqs, intents)
    if not turn.state.consent_shown:
        turn.set(consent_shown=True)
        turn.do(ShowConsent(audience=turn.state.audience))
    if not turn.state.ticket_open:
        turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)


def _begin_new_talk(turn: Turn) -> None:
    if turn.state.closing_answered and turn.since(turn.state.closing_at) > _NEW_TALK_S:
        turn.set(closing_asked=False, closing_answered=False)


def _answer(turn: Turn, seqs: tuple[int, ...], intents: tuple[Intent, ...]) -> None:
    state = turn.state
    if state.probe is not None:
        probe.answer(turn, probe.verdict_of(intents))
    elif state.level is RiskLevel.MODERATE and not state.first_level2_asked:
        turn.say("level2.heard")
        probe.ask(turn, SafetyProbe.FIRST_LEVEL2)
    elif (service := next((intent for intent in _SERVICE if intent in intents), None)) is not None:
        _service(turn, service)
    elif Intent.NONE in intents:
        _content(turn, seqs)
    else:
        _small_talk(turn, intents)


def _service(turn: Turn, intent: Intent) -> None:
    if intent is Intent.GOODBYE:
        goodbye(turn)
    elif intent is Intent.ASK_NUMBERS:
        numbers.show(turn, "numbers.asked")
    elif intent is Intent.RETRACT:
        turn.say("retract", *choices("human", "breathing"))
    else:
        turn.say(intent.value, *choices("human", "numbers"))


def _small_talk(turn: Turn, intents: tuple[Intent, ...]) -> None:
    if Intent.THANKS in intents:
        turn.say("thanks")
        _closing_question(turn)
    elif Intent.AFFIRM in intents:
        turn.say("affirm", *choices("human", "breathing"), variant=turn.state.listened)
    elif Intent.DENY in intents:
        turn.say("deny", *choices("human", "breathing"), variant=turn.state.listened)
    elif Intent.ABUSE_BOT in intents:
        turn.say("abuse_bot", *choices("human", "numbers"), variant=turn.state.listened)
    elif Intent.OFF_TOPIC in intents:
        turn.say("off_topic", *choices("human", "breathing"), variant=turn.state.listened)
    else:
        turn.say("greet.again", *choices("human", "breathing"), variant=turn.state.listened)
    turn.set(listened=turn.state.listened + 1)


def _content(turn: Turn, seqs: tuple[int, ...]) -> None:
    level = turn.state.level
    kb = turn.seen.kb
    answerable = kb.answerable and kb.article is not None
    listened = turn.state.listened
    turn.set(listened=listened + 1)
    if level >= RiskLevel.MODERATE:
        turn.say("level2.listen", *choices("human", "numbers", "breathing"), variant=listened)
    elif answerable:
        turn.say(f"level{int(level)}.lead", variant=listened)
    else:
        turn.say(f"level{int(level)}.listen", *choices("human", "breathing"), variant=listened)
        turn.gap(seqs=seqs)
    if answerable and kb.article is not None:
        show_steps(turn, kb.article)


def show_steps(turn: Turn, article: ArticleCard) -> None:
    """An article as the answer, with its neighbours and the way to a human."""
    near = tuple(hit for hit in turn.seen.kb.hits if hit.slug != article.slug)[:_NEIGHBOURS]
    turn.set(article=article.slug, neighbours=tuple(hit.slug for hit in near))
    buttons = (
        *choices("helped_yes", "helped_no"),
        Choice(f"more:{article.slug}"),
        *(Choice(f"article:{hit.slug}", hit.title) for hit in near),
        Choice("human"),
    )
    turn.do(ShowSteps(article=article, audience=turn.state.audience, neighbours=near, choices=buttons))


def goodbye(turn: Turn) -> None:
    """They want to go: one direct question first (S17). Who waits for a human is asked to stay."""
    if turn.state.attended:
        return
    if turn.state.ticket_open:
        turn.say("waiting.stay", *choices("breathing", "numbers"), must=True)
        return
    if turn.state.probe is not None or turn.state.closing_answered:
        turn.say("bye", *choices("human"))
    else:
        turn.say("bye.before")
        _closing_question(turn)


def _closing_question(turn: Turn) -> None:
    if not turn.state.closing_answered and turn.state.probe is None:
        turn.set(closing_asked=True)
        probe.ask(turn, SafetyProbe.CLOSING)


def idle(turn: Turn) -> None:
    """Nobody wrote for long: ask once, then end, and that only at level <= 1."""
    state = turn.state
    if state.mode is not Mode.BOT or state.ticket_open or state.held or state.probe is not None or state.burst:
        return
    if state.wrote and not state.closing_answered and state.level < ESCALATION_LEVEL:
        turn.say("idle.before")
        _closing_question(turn)
    elif state.level <= RiskLevel.LOW:
        probe.end(turn, "idle")
