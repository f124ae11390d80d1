"""Which word a desk hears with an alarm."""

from escalation.desk.alarms import Alarms
from escalation.feed import Change
from escalation.settings import EscalationSettings
from tests.support.clock import FrozenClock


def _change(why: str) -> Change:
    return Change(kind="alert", line_id="line", ticket_id="ticket", why=why)


def test_the_first_rung_does_not_hide_why_a_ticket_rings(frozen_clock: FrozenClock) -> None:
    alarms = Alarms(EscalationSettings(), frozen_clock)
    alarms.sound(_change("unanswered"))
    assert alarms.sound(_change("new")) is None
    again = alarms.sound(_change("ladder"))
    assert again is not None
    assert again.why == "ladder"


def test_a_new_ticket_rings_as_new(frozen_clock: FrozenClock) -> None:
    alarm = Alarms(EscalationSettings(), frozen_clock).sound(_change("new"))
    assert alarm is not None
    assert alarm.why == "new"
