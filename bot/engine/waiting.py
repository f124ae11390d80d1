"""The waiting room: they are heard, about how long, what to do meanwhile (S12); and nobody just disappears (S16)."""

from __future__ import annotations

from bot.engine import numbers
from bot.engine.actions import BackInReach, Choice, OutOfReach, OutOfReachWhy, SafetyReply, ShowNumbers, WithdrawCall
from bot.engine.events import Left, TimerKind
from bot.engine.turn import Turn, choices
from nlu.labels import ESCALATION_LEVEL, RiskLevel
from records.models import Mode, TicketReason


def is_in(turn: Turn) -> bool:
    """Whether the seeker waits for a human, and was told so."""
    state = turn.state
    return state.ticket_open and not state.attended and state.mode in (Mode.WAITING, Mode.OUT_OF_REACH)


def enter(turn: Turn) -> None:
    """Into the waiting room, or, for those who are in it, the card again."""
    if turn.state.attended:
        return
    turn.cancel(TimerKind.IDLE)
    turn.mode(Mode.WAITING)
    tell(turn)
    policy = turn.seen.policy
    place_follows = turn.seen.on_duty and turn.seen.place is None
    turn.timer(TimerKind.WAITING, policy.first_place_s if place_follows else policy.retell_s)
    watch(turn)


def watch(turn: Turn) -> None:
    """Start to listen for silence: at level >= 3, unless a human is there."""
    if turn.state.level >= ESCALATION_LEVEL and turn.state.ticket_open and not turn.state.attended:
        turn.timer(TimerKind.CHECKIN, turn.seen.policy.checkin_s[0])


def tell(turn: Turn) -> None:
    """The waiting card, honest about who is there; with nobody on duty the numbers that answer now (S7)."""
    key, params = _place(turn)
    turn.set(
        waiting_told_at=turn.now_iso,
        waiting_place=turn.seen.place.place if turn.seen.place else None,
        nobody_told_at=None if turn.seen.on_duty else turn.now_iso,
    )
    turn.say(key, *_offers(turn), service=True, params=params, card="waiting")
    if not turn.seen.on_duty and not turn.did(SafetyReply) and not turn.did(ShowNumbers):
        numbers.show(turn, "numbers.now")


def _place(turn: Turn) -> tuple[str, dict[str, str]]:
    place, hours = turn.seen.place, turn.seen.hours_open
    if not turn.seen.on_duty:
        return ("waiting.nobody_hours", {"hours": hours}) if hours else ("waiting.nobody", {})
    if place is None:
        return "waiting.soon", {}
    if place.low_min is None or place.high_min is None:
        return ("waiting.next_only", {}) if place.place <= 1 else ("waiting.place_only", {"place": str(place.place)})
    low, high = place.low_min, max(place.low_min, place.high_min)
    span = str(high) if low == high else f"{low}–{high}"
    if place.place <= 1:
        return "waiting.next", {"range": span}
    return "waiting.place", {"place": str(place.place), "range": span}


def _offers(turn: Turn) -> tuple[Choice, ...]:
    ids = ["breathing", "reading", "numbers"]
    if _may_withdraw(turn):
        ids.append("withdraw")
    return choices(*ids)


def _may_withdraw(turn: Turn) -> bool:
    state = turn.state
    asked = state.ticket_reason is TicketReason.ASK_HUMAN and not state.held
    return asked and state.ticket_open and max(state.level, state.ticket_level) < RiskLevel.MODERATE


def withdraw(turn: Turn) -> None:
    """Take the wish for a human back: only before anybody came, and only below level 2."""
    if not _may_withdraw(turn):
        turn.say("withdraw.kept", *choices("numbers", "breathing"), must=True)
        return
    turn.set(ticket_open=False, ticket_reason=None, ticket_level=RiskLevel.NONE, human_asked=False)
    turn.do(WithdrawCall())
    turn.cancel(TimerKind.WAITING, TimerKind.CHECKIN)
    turn.mode(Mode.BOT)
    turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)
    turn.say("withdraw.done", *choices("human", "breathing"))


def acknowledge(turn: Turn, key: str = "waiting.ack") -> None:
    """A short sign that it was read: at most once per ``retell_s``."""
    if turn.since(turn.state.waiting_told_at) < turn.seen.policy.retell_s:
        return
    turn.set(waiting_told_at=turn.now_iso, listened=turn.state.listened + 1)
    turn.say(key, *_offers(turn), service=True, variant=turn.state.listened)


def retell(turn: Turn) -> None:
    """The timer ``WAITING``: say it only when something changed, and not to somebody who is away."""
    if not is_in(turn) or turn.state.away:
        return
    place = turn.seen.place.place if turn.seen.place else None
    changed = place != turn.state.waiting_place or turn.seen.on_duty != (turn.state.nobody_told_at is None)
    first = turn.state.waiting_place is None and turn.seen.on_duty
    pause = turn.seen.policy.first_place_s if first else turn.seen.policy.retell_s
    due = turn.since(turn.state.waiting_told_at) >= pause * 0.9
    if changed and due:
        tell(turn)
    turn.timer(TimerKind.WAITING, turn.seen.policy.retell_s)


def last_rung(turn: Turn) -> None:
    """The ladder ended and nobody came: say so, and what to do now (S7)."""
    if turn.state.attended or not turn.state.ticket_open:
        return
    turn.mode(Mode.OUT_OF_REACH if turn.state.away else Mode.WAITING)
    turn.say("waiting.last_rung", *choices("call_failed", "breathing"), service=True)
    numbers.show(turn, "numbers.now")


def check_in(turn: Turn) -> None:
    """Silence at level >= 3: three gentle check-ins, then out of reach."""
    state = turn.state
    waits = state.ticket_open and not state.attended and state.level >= ESCALATION_LEVEL
    if not waits:
        return
    steps = turn.seen.policy.checkin_s
    if _too_early(turn, steps):
        turn.timer(TimerKind.CHECKIN, steps[0])
    elif state.checkins < len(steps):
        number = state.checkins + 1
        turn.set(checkins=number, checkin_at=turn.now_iso)
        turn.say("checkin", *choices("here_ok", "danger", "call_failed"), must=True, variant=number - 1)
        turn.timer(TimerKind.CHECKIN, steps[min(number, len(steps) - 1)])
    elif not state.away:
        go_away(turn, OutOfReachWhy.SILENT)


def _too_early(turn: Turn, steps: tuple[float, ...]) -> bool:
    """A timer that fired twice, or crossed a message, must not use the check-ins up."""
    state = turn.state
    spoke_just_now = turn.since(state.last_seeker_at) < steps[0] / 2
    asked_just_now = state.checkins > 0 and turn.since(state.checkin_at) < steps[0] / 2
    return spoke_just_now or asked_just_now


def left(turn: Turn, how: Left) -> None:
    """Gone from the page: at level >= 3 somebody will look for them (S16)."""
    state = turn.state
    if state.level < ESCALATION_LEVEL or state.mode is Mode.CLOSED:
        return
    if not state.ticket_open:
        if state.settled:
            return
        turn.call(TicketReason.RISK)
    if not state.away:
        go_away(turn, OutOfReachWhy.of(how))
    if how.reachable:
        watch(turn)
    else:
        turn.cancel(TimerKind.CHECKIN)


def go_away(turn: Turn, why: OutOfReachWhy) -> None:
    """Make it visible that the seeker cannot be reached. A talk that a human holds stays in the human's hands."""
    turn.set(away=True)
    turn.do(OutOfReach(why=why))
    if not turn.state.attended:
        turn.mode(Mode.OUT_OF_REACH)


def back(turn: Turn) -> bool:
    """Undo :func:`go_away`. True when they had been away."""
    state = turn.state
    if not state.away:
        return False
    turn.set(away=False, checkins=0, waiting_told_at=None)
    turn.do(BackInReach())
    if not state.attended:
        turn.mode(Mode.WAITING if state.ticket_open else Mode.BOT)
    return True


def returned(turn: Turn) -> None:
    """The page is open again."""
    if back(turn) and turn.state.ticket_open and not turn.state.attended:
        turn.say("welcome_back", *choices("human", "danger"), must=True)
        enter(turn)
