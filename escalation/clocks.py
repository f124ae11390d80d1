"""Names of this room's timers and how they are set. One timer a kind and ticket: setting it again moves it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from escalation.settings import EscalationSettings
from nlu.labels import RiskLevel
from records import timers
from records.models import Ticket
from records.store import Tx

LADDER = "ladder"
FIRST_WORD = "first_word"
TRANSFER = "transfer"
REACH = "out_of_reach"
OUTSIDE = "outside_alert"
KINDS = (LADDER, FIRST_WORD, TRANSFER, REACH)


async def start_ladder(tx: Tx, ticket: Ticket) -> None:
    """From the bottom. The first call comes at once: it looks whether anybody is on duty at all."""
    await timers.set_timer(tx, LADDER, ticket.id, tx.now, {"rung": 0, "began": tx.now.isoformat()})


async def set_in(tx: Tx, kind: str, ref: str, seconds: float, **payload: Any) -> None:
    await timers.set_timer(tx, kind, ref, tx.now + timedelta(seconds=seconds), payload)


def word_due(tx: Tx, level: RiskLevel, settings: EscalationSettings) -> datetime | None:
    """When a human word is due if its clock (S14) starts now; None below level 3."""
    seconds = settings.first_word(level)
    return None if seconds is None else tx.now + timedelta(seconds=seconds)


async def run_first_word(tx: Tx, ticket_id: str, due: datetime | None) -> None:
    """Sets or cancels the timer that belongs to the column ``word_due_at``."""
    if due is None:
        await timers.cancel(tx, FIRST_WORD, ticket_id)
    else:
        await timers.set_timer(tx, FIRST_WORD, ticket_id, due, {})


async def stop_all(tx: Tx, ticket_id: str) -> None:
    """The ticket ended."""
    for kind in KINDS:
        await timers.cancel(tx, kind, ticket_id)
