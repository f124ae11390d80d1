"""The one way into the engine."""

from __future__ import annotations

from typing import assert_never

from bot.engine import desk, probe, talk, taps, waiting
from bot.engine.actions import Decision
from bot.engine.events import (
    ActionTapped,
    BurstQuiet,
    ChoiceTapped,
    DeskClaimed,
    DeskClosed,
    DeskHandedBack,
    DeskLeaseLost,
    DeskLowered,
    DeskTransferred,
    DeskUnanswered,
    Event,
    FeedbackGiven,
    LastRung,
    LateRaise,
    MessageRead,
    ProfileGiven,
    SeekerLeft,
    SeekerReturned,
    SessionStarted,
    StaffSpoke,
    TapAction,
    TimerDue,
    TimerKind,
)
from bot.engine.state import Seen, State
from bot.engine.turn import Turn, choices
from nlu.labels import ESCALATION_LEVEL, RiskLevel, Subject
from records.models import Mode


def decide(state: State, event: Event, seen: Seen) -> Decision:
    """What follows from one event.

    Pure: the same arguments give the same answer, nothing is read or written elsewhere, and no order of events raises.
    A caller that loses a race runs it again on the fresh state.
    """
    turn = Turn(state, seen)
    acting = _acts(event)
    if acting:
        _acted(turn, event)
    _handle(turn, event)
    if acting:
        _leave_nobody(turn)
    return turn.finish()


def _acts(event: Event) -> bool:
    """Whether the seeker did something (leaving at once is doing nothing more)."""
    if isinstance(event, ActionTapped):
        return event.action is not TapAction.QUICK_EXIT
    return isinstance(event, MessageRead | ChoiceTapped | FeedbackGiven)


def _acted(turn: Turn, event: Event) -> None:
    state = turn.state
    seq = getattr(event, "seq", 0)
    turn.set(
        last_seeker_at=turn.now_iso,
        last_seq=max(state.last_seq, seq),
        wrote=state.wrote or isinstance(event, MessageRead),
        checkins=0,
    )
    waiting.back(turn)
    if state.mode is Mode.CLOSED and not isinstance(event, FeedbackGiven):
        turn.set(ended_by=None)
        turn.mode(Mode.BOT)
        turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)


def _leave_nobody(turn: Turn) -> None:
    """After whatever the seeker did: at level >= 3 a human is called or there, and silence is listened for."""
    if turn.state.level >= ESCALATION_LEVEL and not turn.state.ticket_open:
        talk.reopen(turn, turn.state.last_seq)
    waiting.watch(turn)


def _handle(turn: Turn, event: Event) -> None:
    match event:
        case SessionStarted():
            _start(turn, event)
        case MessageRead():
            talk.read(turn, event)
        case LateRaise():
            talk.late(turn, event)
        case BurstQuiet():
            talk.quiet(turn)
        case ActionTapped() | ChoiceTapped() | ProfileGiven() | FeedbackGiven():
            _tapped(turn, event)
        case SeekerLeft():
            waiting.left(turn, event.how)
        case SeekerReturned():
            waiting.returned(turn)
        case TimerDue():
            _due(turn, event.kind)
        case _:
            _desk(turn, event)


def _tapped(turn: Turn, event: ActionTapped | ChoiceTapped | ProfileGiven | FeedbackGiven) -> None:
    match event:
        case ActionTapped():
            taps.action(turn, event)
        case ChoiceTapped():
            taps.choice(turn, event)
        case ProfileGiven():
            taps.profile(turn, event)
        case FeedbackGiven():
            taps.feedback(turn, event)
        case _:
            assert_never(event)


def _desk(
    turn: Turn,
    event: DeskClaimed
    | DeskHandedBack
    | DeskTransferred
    | DeskClosed
    | DeskLowered
    | DeskLeaseLost
    | DeskUnanswered
    | LastRung
    | StaffSpoke,
) -> None:
    match event:
        case DeskClaimed():
            desk.claimed(turn, event)
        case DeskHandedBack():
            desk.handed_back(turn, event)
        case DeskTransferred():
            turn.say("desk.transferred", service=True, event="transferred")
        case DeskClosed():
            desk.closed(turn, event)
        case DeskLowered():
            desk.lowered(turn, event.level)
        case DeskLeaseLost():
            desk.lost(turn, "desk.lease_lost")
        case DeskUnanswered():
            desk.lost(turn, "desk.unanswered")
        case LastRung():
            waiting.last_rung(turn)
        case StaffSpoke():
            turn.set(last_staff_at=turn.now_iso)
        case _:
            assert_never(event)


def _due(turn: Turn, kind: TimerKind) -> None:
    match kind:
        case TimerKind.BURST:
            talk.quiet(turn)
        case TimerKind.PROBE:
            probe.silent(turn)
        case TimerKind.CHECKIN:
            waiting.check_in(turn)
        case TimerKind.WAITING:
            waiting.retell(turn)
        case TimerKind.IDLE:
            talk.idle(turn)
        case _:
            assert_never(kind)


def _start(turn: Turn, event: SessionStarted) -> None:
    """The first line stands there before anything is asked. A level of the last 72 h comes along (S5)."""
    if turn.state.started:
        return
    turn.set(started=True)
    turn.rise(event.carried_level, (), Subject.NONE)
    if event.carried_level >= ESCALATION_LEVEL:
        turn.say("greet.carried", *choices("human", "danger", "numbers"))
    elif event.remembered:
        turn.say("greet.back", *choices("human"))
    else:
        turn.say("greet.first")
    if event.carried_level <= RiskLevel.LOW:
        turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)
