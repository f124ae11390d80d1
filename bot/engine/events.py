"""What can happen to a conversation, as the engine sees it. No event carries a person's words.

Every event that stands for something a seeker gave in words (``MessageRead``, and the label or note beside a tap) comes
after the words were stored and assessed: one door (S13).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from nlu.assessment import RiskAssessment
from nlu.labels import Audience, RiskLevel
from records.models import Field, Kind


class TapAction(StrEnum):
    """The strip above the text box and the buttons of number cards."""

    HUMAN = "human"
    DANGER = "danger"
    CALL_FAILED = "call_failed"
    LEAVE = "leave"
    QUICK_EXIT = "quick_exit"
    ABROAD = "abroad"
    MAINLAND = "mainland"


class TimerKind(StrEnum):
    """Timers of the engine. ``(kind, conversation)`` is one timer: setting it again moves it.

    ``BURST`` is delivered as ``BurstQuiet``, the others as ``TimerDue``. A timer that fires late or twice does no harm.
    """

    BURST = "burst"
    PROBE = "probe"
    CHECKIN = "checkin"
    WAITING = "waiting"
    IDLE = "idle"


class Left(StrEnum):
    """How a seeker went away (S16)."""

    TAB_CLOSED = "tab_closed"
    QUICK_EXIT = "quick_exit"
    UNFOLLOWED = "unfollowed"
    BLOCKED = "blocked"
    UNFETCHED = "unfetched"
    """An answer at level >= 3 was not fetched in time."""

    @property
    def reachable(self) -> bool:
        """Whether a message could still arrive."""
        return self not in (Left.UNFOLLOWED, Left.BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A conversation begins.

    ``carried_level`` is the seeker's level from the last 72 h (S5); ``remembered``: they came back.
    """

    type: Literal["session_started"] = "session_started"
    carried_level: RiskLevel = RiskLevel.NONE
    remembered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead:
    """A seeker's message was stored and assessed; ``assessment`` is ``None`` where it cannot be (media, unknown).

    ``writer``: who the words themselves say is writing. It counts only while nobody has told us.
    """

    type: Literal["message_read"] = "message_read"
    seq: int
    kind: Kind = Kind.TEXT
    field: Field = Field.CHAT
    assessment: RiskAssessment | None = None
    writer: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRaise:
    """The encoder answered late, and higher, for message ``seq``."""

    type: Literal["late_raise"] = "late_raise"
    seq: int
    assessment: RiskAssessment


@dataclass(frozen=True, slots=True)
class BurstQuiet:
    """The timer ``BURST`` is due: nobody wrote for a while. ``Seen.kb`` answers the joined texts of ``State.burst``."""

    type: Literal["burst_quiet"] = "burst_quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTapped:
    """A button of the strip. ``assessment`` is that of the note beside it, if one was written."""

    type: Literal["action_tapped"] = "action_tapped"
    action: TapAction
    seq: int = 0
    assessment: RiskAssessment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceTapped:
    """A button of ours. ``choice`` is an id from ``Choice``; an unknown one is treated as listening, never refused.

    ``assessment`` is given only when the label that came with it is not the one we sent (it is then free text).
    """

    type: Literal["choice_tapped"] = "choice_tapped"
    choice: str
    seq: int = 0
    assessment: RiskAssessment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileGiven:
    """The form that is offered. ``None`` means: not said, keep what was known.

    Nickname and about come as ``MessageRead`` with their ``field``.
    """

    type: Literal["profile_given"] = "profile_given"
    audience: Audience | None = None
    age_band: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven:
    """After a talk. Free text beside it comes as ``MessageRead(field=Field.FEEDBACK)``."""

    type: Literal["feedback_given"] = "feedback_given"
    helped: Literal["yes", "some", "no"] | None = None
    distress: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClaimed:
    """A counsellor has the talk. ``name`` is what seekers may see."""

    type: Literal["desk_claimed"] = "desk_claimed"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHandedBack:
    """Given back. To the bot it counts as lowering (S5).

    ``level`` is what the human left it at, ``None`` for unchanged.
    """

    type: Literal["desk_handed_back"] = "desk_handed_back"
    to: Literal["queue", "bot"]
    level: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class DeskTransferred:
    """Offered to a colleague or another line; the sender keeps the duty until somebody accepts (``DeskClaimed``)."""

    type: Literal["desk_transferred"] = "desk_transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClosed:
    """The ticket was closed. ``level`` as in ``DeskHandedBack``. The conversation goes on."""

    type: Literal["desk_closed"] = "desk_closed"
    disposition: str = ""
    level: RiskLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLowered:
    """A human lowered the level (and, at 4, a second one agreed or will review)."""

    type: Literal["desk_lowered"] = "desk_lowered"
    level: RiskLevel


@dataclass(frozen=True, slots=True)
class DeskLeaseLost:
    """The counsellor's desk stopped answering; the ticket waits again."""

    type: Literal["desk_lease_lost"] = "desk_lease_lost"


@dataclass(frozen=True, slots=True)
class DeskUnanswered:
    """Claimed, but no human word came in time (S14); the ticket waits again."""

    type: Literal["desk_unanswered"] = "desk_unanswered"


@dataclass(frozen=True, slots=True)
class LastRung:
    """The ladder ended and nobody has come (S7)."""

    type: Literal["last_rung"] = "last_rung"


@dataclass(frozen=True, slots=True)
class StaffSpoke:
    """A counsellor's message was written down."""

    type: Literal["staff_spoke"] = "staff_spoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue:
    """A timer other than ``BURST``."""

    type: Literal["timer_due"] = "timer_due"
    kind: TimerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekerLeft:
    """The seeker is gone from the page or the channel."""

    type: Literal["seeker_left"] = "seeker_left"
    how: Left


@dataclass(frozen=True, slots=True)
class SeekerReturned:
    """The page is open again, or the channel works again, without a message yet."""

    type: Literal["seeker_returned"] = "seeker_returned"


SeekerEvent = (
    SessionStarted
    | MessageRead
    | LateRaise
    | BurstQuiet
    | ActionTapped
    | ChoiceTapped
    | ProfileGiven
    | FeedbackGiven
    | SeekerLeft
    | SeekerReturned
)
DeskEvent = (
    DeskClaimed
    | DeskHandedBack
    | DeskTransferred
    | DeskClosed
    | DeskLowered
    | DeskLeaseLost
    | DeskUnanswered
    | LastRung
    | StaffSpoke
)
Event = SeekerEvent | DeskEvent | TimerDue
