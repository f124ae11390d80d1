"""What rings on the desks of this process, and until when (D6): repeated by the server, never by a browser's timer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from escalation.feed import Change
from escalation.settings import EscalationSettings
from nlu.labels import ESCALATION_LEVEL
from records.models import Ticket, TicketState

WHYS = frozenset({"new", "raise", "unanswered", "out_of_reach", "transfer", "ladder", "reveal"})


@dataclass(slots=True)
class Alarm:
    """One ticket that rings. ``lines`` and ``to`` say for whom; ``round`` counts up with every repetition."""

    ticket_id: str
    why: str
    lines: set[str]
    to: str = ""
    round: int = 0
    last_at: float | None = None
    heard: set[str] = field(default_factory=set)


class Alarms:
    """Bookkeeping only: who is asked to ring when. Times are seconds of the clock that is passed in."""

    def __init__(self, settings: EscalationSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._alarms: dict[str, Alarm] = {}
        self._muted: dict[tuple[str, str], float] = {}

    def sound(self, change: Change) -> Alarm | None:
        """A change of the feed: starts to ring, or mutes one desk. The alarm that is to ring at once, if any."""
        if change.why == "seen":
            self._muted[change.staff_id, change.ticket_id] = self._clock().timestamp() + self._settings.mute_s
            alarm = self._alarms.get(change.ticket_id)
            if alarm is not None and alarm.to == change.staff_id:
                # Meant for one person, and that person has seen it.
                del self._alarms[change.ticket_id]
            return None
        if change.why not in WHYS:
            return None
        alarm = self._alarms.get(change.ticket_id)
        if alarm is None:
            alarm = self._alarms[change.ticket_id] = Alarm(change.ticket_id, change.why, {change.line_id})
        elif change.why == "new" and alarm.to == change.staff_id:
            # It rings already, and its own word (a raise, an unanswered claim) says more than "new".
            return None
        alarm.why, alarm.last_at = change.why, None
        alarm.to = change.staff_id
        alarm.lines.add(change.line_id)
        return alarm

    def adopt(self, waiting: Iterable[Ticket]) -> None:
        """Whatever should ring and does not: this process started late, or missed a change while Redis was away."""
        for ticket in waiting:
            if ticket.id not in self._alarms and (ticket.level >= ESCALATION_LEVEL or ticket.rung > 0):
                why = "ladder" if ticket.rung > 0 else "new"
                self._alarms[ticket.id] = Alarm(ticket.id, why, {ticket.line_id})

    def due(self, tickets: dict[str, Ticket]) -> list[tuple[Alarm, Ticket]]:
        """Those that have to ring now, most urgent first; each counts one round."""
        now = self._clock().timestamp()
        ringing = []
        for alarm in self._alarms.values():
            ticket = tickets.get(alarm.ticket_id)
            if ticket is None:
                continue
            pause = self._settings.repeat_alert_s(ticket.level)
            if alarm.last_at is None or now - alarm.last_at >= pause:
                alarm.last_at = now
                alarm.round += 1
                ringing.append((alarm, ticket))
        return sorted(ringing, key=lambda pair: (-pair[1].level, pair[1].waiting_since))

    def over(self, tickets: dict[str, Ticket]) -> list[Alarm]:
        """Those that have to stop, taken out of the books."""
        ended = [alarm for alarm in self._alarms.values() if _is_over(alarm, tickets.get(alarm.ticket_id))]
        for alarm in ended:
            del self._alarms[alarm.ticket_id]
        now = self._clock().timestamp()
        self._muted = {place: until for place, until in self._muted.items() if until > now}
        return ended

    def is_muted(self, staff_id: str, ticket_id: str) -> bool:
        until = self._muted.get((staff_id, ticket_id))
        return until is not None and until > self._clock().timestamp()

    def ids(self) -> set[str]:
        return set(self._alarms)


def _is_over(alarm: Alarm, ticket: Ticket | None) -> bool:
    if ticket is None or ticket.state is TicketState.CLOSED:
        return True
    if alarm.why == "out_of_reach":
        return ticket.out_of_reach_at is None or (ticket.state is TicketState.CLAIMED and alarm.to != ticket.owner_id)
    if ticket.state is TicketState.WAITING:
        return False
    if alarm.why == "transfer":
        # To the addressee while it is offered; back to the sender until they have seen that it came back.
        return ticket.transfer_by_id is None and alarm.to != ticket.owner_id
    if alarm.why == "raise":
        return ticket.word_due_at is None
    return alarm.why != "reveal"
