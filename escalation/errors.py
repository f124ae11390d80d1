"""What escalation raises on purpose. Ids and codes only; ``http_status`` is what the desk's face answers.

EscalationError
├── QueueUnavailableError    503  Redis did not answer and there is no other way
├── TicketNotVisibleError    404  unknown, or not yours: one answer, so that ids cannot be probed
├── TransitionError
│   ├── AlreadyClaimedError      409  a colleague was faster
│   ├── StaleFenceError          409  the desk wrote with an old fence: the ticket has another owner or state by now
│   ├── NotOwnerError            403  only the owner (or the addressee of a transfer) may
│   ├── RefusedTransitionError   409  this state has no such transition, or a condition of it does not hold
│   └── NewerMessagesError       409  the seeker wrote after ``last_seq``: read it first (S5)
├── OffDutyError             409  taking a ticket needs a person on duty
├── ReasonMissingError       422  lowering, closing and handing back at level 3 and above need a reason (S5)
├── RevealRefusedError       403  a supervisor said no (S9)
├── SignInRefusedError       401  unknown login, wrong password or locked out: one answer
├── AlertFailedError              an outside rung could not be delivered; tried again, then recorded as failed
└── SettingsError                 a setting is out of its range
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class EscalationError(Exception):
    """Root of all errors of this package."""

    code: ClassVar[str] = "escalation_error"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.data: Mapping[str, Any] = data


class QueueUnavailableError(EscalationError):
    code, http_status = "queue_unavailable", 503

    def __init__(self) -> None:
        super().__init__("the queue does not answer")


class TicketNotVisibleError(EscalationError):
    code, http_status = "not_found", 404

    def __init__(self) -> None:
        super().__init__("unknown, or not yours")


class TransitionError(EscalationError):
    code, http_status = "transition_refused", 409


class AlreadyClaimedError(TransitionError):
    code = "already_claimed"

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"ticket {ticket_id} is already claimed", ticket=ticket_id)


class StaleFenceError(TransitionError):
    code = "stale_fence"

    def __init__(self, ticket_id: str, given: int, now: int) -> None:
        super().__init__(f"ticket {ticket_id} moved on: fence {given} is now {now}", ticket=ticket_id, fence=now)


class NotOwnerError(TransitionError):
    code, http_status = "not_owner", 403

    def __init__(self, ticket_id: str) -> None:
        super().__init__(f"ticket {ticket_id} is somebody else's", ticket=ticket_id)


class RefusedTransitionError(TransitionError):
    def __init__(self, ticket_id: str, transition: str, state: str, why: str) -> None:
        message = f"ticket {ticket_id}: {transition} from {state} refused ({why})"
        super().__init__(message, ticket=ticket_id, transition=transition, state=state, why=why)
        self.transition, self.state, self.why = transition, state, why


class NewerMessagesError(TransitionError):
    code = "newer_messages"

    def __init__(self, ticket_id: str, last_seq: int) -> None:
        super().__init__(
            f"ticket {ticket_id}: read up to message {last_seq} first", ticket=ticket_id, last_seq=last_seq
        )


class OffDutyError(EscalationError):
    code, http_status = "off_duty", 409

    def __init__(self) -> None:
        super().__init__("go on duty first")


class ReasonMissingError(EscalationError):
    code, http_status = "reason_missing", 422

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs a reason", what=what)


class RevealRefusedError(EscalationError):
    code, http_status = "reveal_refused", 403

    def __init__(self) -> None:
        super().__init__("a supervisor decided against it")


class SignInRefusedError(EscalationError):
    code, http_status = "sign_in_refused", 401

    def __init__(self) -> None:
        super().__init__("login and password do not fit, or too many tries")


class AlertFailedError(EscalationError):
    """``why`` is a short code: ``http_503``, ``timeout``, ``refused``."""

    code = "alert_failed"

    def __init__(self, way: str, why: str, *, final: bool = False) -> None:
        super().__init__(f"{way}: {why}", way=way)
        self.why, self.final = why, final


class SettingsError(EscalationError):
    code = "settings_invalid"
