"""What happens when danger is told, tapped, or cannot be ruled out (S2, S3, S7)."""

from __future__ import annotations

from bot.engine import numbers, waiting
from bot.engine.actions import SafetyCategory, SafetyReply
from bot.engine.events import TimerKind
from bot.engine.turn import Turn, choices
from nlu.assessment import RiskAssessment
from nlu.labels import ESCALATION_LEVEL, RiskLevel, Subject
from records.models import Author, TicketReason


def told(turn: Turn, assessment: RiskAssessment, seq: int) -> None:
    """Level >= 3 was told: safety reply at once, a human is called at once (S3)."""
    turn.rise_to(assessment)
    respond(turn, assessment.level, numbers.category_of(assessment.categories), assessment.subject, seq)


def unassessed(turn: Turn, seq: int) -> None:
    """Nothing could read it: it counts as level 3 and goes to a human (S2)."""
    turn.rise(ESCALATION_LEVEL, (), turn.state.subject)
    respond(turn, ESCALATION_LEVEL, SafetyCategory.UNASSESSED, Subject.SELF, seq, TicketReason.UNASSESSED)


def tapped(turn: Turn, seq: int) -> None:
    """我现在有危险: level 4 by their own word. The kind is unknown unless danger was told before."""
    known = turn.state.level >= ESCALATION_LEVEL
    categories = turn.state.categories if known else ()
    subject = turn.state.subject if known else Subject.SELF
    turn.rise(RiskLevel.IMMINENT, categories, subject)
    new = respond(turn, RiskLevel.IMMINENT, numbers.category_of(categories), subject, seq)
    if turn.state.attended:
        return
    if not new and not turn.crowded():
        numbers.show(turn, "numbers.emergency", RiskLevel.IMMINENT)
    if new:
        turn.say("danger.ask", *choices("danger_alone", "danger_hurt", "danger_with", "danger_ok"), must=True)


def respond(
    turn: Turn,
    level: RiskLevel,
    category: SafetyCategory,
    subject: Subject,
    seq: int,
    reason: TicketReason = TicketReason.RISK,
) -> bool:
    """Answer danger once per rise or new kind. True when it was new; a repeat gets at most a short acknowledgement."""
    turn.drop_burst()
    turn.drop_probe()
    turn.cancel(TimerKind.IDLE)
    who = Subject.OTHER if subject is Subject.OTHER else Subject.SELF
    new = _is_new(turn, level, category, who)
    if new or not turn.state.ticket_open or max(level, turn.state.level) > turn.state.ticket_level:
        turn.call(reason, level=max(level, turn.state.level), seq=seq)
    if new:
        sent = {**turn.state.safety_sent, f"{int(level)}/{category}/{who}": turn.now_iso}
        turn.set(safety_sent=sent)
    if turn.state.attended:
        return new
    if new:
        _reply(turn, level, category, who)
        waiting.enter(turn)
    elif not waiting.is_in(turn):
        waiting.enter(turn)
    else:
        waiting.acknowledge(turn)
    return new


def _is_new(turn: Turn, level: RiskLevel, category: SafetyCategory, who: Subject) -> bool:
    for key, at in turn.state.safety_sent.items():
        sent_level, _, rest = key.partition("/")
        same = rest == f"{category}/{who}" and sent_level.isdigit() and int(sent_level) >= level
        if same and turn.since(at) < turn.seen.policy.safety_again_s:
            return False
    return True


def _reply(turn: Turn, level: RiskLevel, category: SafetyCategory, who: Subject) -> None:
    offered = numbers.numbers_for(level, category, turn.seen.numbers)
    numbers.shown(turn, offered)
    turn.do(
        SafetyReply(
            level=level,
            category=category,
            subject=who,
            audience=turn.state.audience,
            numbers=offered,
            choices=choices("call_failed", "mainland" if turn.state.abroad else "abroad"),
            author=Author.SYSTEM if turn.state.held else Author.BOT,
        )
    )


def call_failed(turn: Turn, seq: int) -> None:
    """没打通: the next number, and the ticket rises by one step (S7)."""
    state = turn.state
    raised = RiskLevel(min(RiskLevel.IMMINENT, state.level + 1))
    first = not state.ticket_open
    turn.call(TicketReason.ASK_HUMAN, level=raised, seq=seq)
    if state.attended:
        return
    if not turn.crowded():
        numbers.show_next(turn)
    if first or not waiting.is_in(turn):
        turn.drop_burst()
        turn.drop_probe()
        waiting.enter(turn)
