"""What the helpers' side did. From the claim until an explicit return the machine says service notices only (S6)."""

from __future__ import annotations

from bot.engine import waiting
from bot.engine.events import DeskClaimed, DeskClosed, DeskHandedBack, TimerKind
from bot.engine.turn import Turn, choices
from nlu.labels import RiskLevel
from records.models import Mode

_ALL_TIMERS = (TimerKind.BURST, TimerKind.PROBE, TimerKind.CHECKIN, TimerKind.WAITING, TimerKind.IDLE)


def claimed(turn: Turn, event: DeskClaimed) -> None:
    """A human is here."""
    state = turn.state
    same = state.attended and state.owner_name == event.name
    turn.set(
        held=True,
        attended=True,
        owner_name=event.name,
        ticket_open=True,
        ticket_level=max(state.ticket_level, state.level),
        burst=(),
        burst_intents=(),
        burst_level=RiskLevel.NONE,
        probe=None,
        checkins=0,
    )
    turn.cancel(*_ALL_TIMERS)
    turn.mode(Mode.HUMAN)
    if not same:
        turn.say("desk.claimed", service=True, params={"name": event.name}, event="claimed")


def lost(turn: Turn, key: str) -> None:
    """The human's place is empty again: back to the queue, and the seeker is told."""
    # The record may have emptied the place before this event came (State.facing): the name stays until it is told.
    if not turn.state.attended and turn.state.owner_name is None:
        return
    turn.set(attended=False, owner_name=None, checkins=0)
    turn.say(key, service=True, event="notice")
    _wait_again(turn)


def _wait_again(turn: Turn) -> None:
    waiting.enter(turn)
    if turn.state.away:
        turn.mode(Mode.OUT_OF_REACH)


def handed_back(turn: Turn, event: DeskHandedBack) -> None:
    """The explicit return: to the queue, or to the bot."""
    turn.set(held=False, attended=False, owner_name=None, checkins=0)
    _lower(turn, event.level)
    if event.to == "queue":
        turn.set(ticket_open=True, ticket_level=max(turn.state.ticket_level, turn.state.level))
        turn.say("desk.back_to_queue", service=True, event="handed_back")
        _wait_again(turn)
    else:
        _end_ticket(turn)
        turn.say("desk.back_to_bot", service=True, event="handed_back")
        turn.say("desk.bot_again", *choices("human", "breathing"))


def closed(turn: Turn, event: DeskClosed) -> None:
    """The ticket is closed; the conversation is not."""
    turn.set(held=False, attended=False, owner_name=None, checkins=0)
    _lower(turn, event.level)
    _end_ticket(turn)
    turn.set(closing_answered=True, closing_at=turn.now_iso)  # a human ended this part of the talk
    turn.say("desk.closed", service=True, event="closed")
    turn.say("desk.after", *choices("helped_yes", "helped_some", "helped_no", "human"))


def lowered(turn: Turn, level: RiskLevel) -> None:
    """A human lowered the level. Nothing is said: no level is ever shown to a seeker."""
    _lower(turn, level)


def _lower(turn: Turn, level: RiskLevel | None) -> None:
    if level is not None and level < turn.state.level:
        turn.set(level=level, ticket_level=min(turn.state.ticket_level, level))


def _end_ticket(turn: Turn) -> None:
    turn.set(
        ticket_open=False,
        ticket_level=RiskLevel.NONE,
        ticket_reason=None,
        settled=True,
        human_asked=False,
        away=False,
        safety_sent={},
        numbers_tried=(),
        waiting_told_at=None,
        waiting_place=None,
        nobody_told_at=None,
    )
    turn.cancel(*_ALL_TIMERS)
    turn.mode(Mode.BOT)
    turn.timer(TimerKind.IDLE, turn.seen.policy.idle_s)
