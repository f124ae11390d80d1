"""Stored rows as events of the engine: what a seeker gave, and what the desk did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from bot.engine import events as engine
from bot.gateway.writer import writer_of
from escalation import events as desk
from nlu.assessment import RiskAssessment
from nlu.labels import Audience, RiskLevel
from records.models import Author, Field, Kind, Message


def seeker_events(row: Message, assessment: RiskAssessment | None, *, genuine: bool) -> tuple[engine.Event, ...]:
    """What a seeker's row means. A form with words in it is two things: a form, and words.

    Args:
        row: Author ``seeker``.
        assessment: Of the row's words; None where it has none or cannot be read.
        genuine: For a tapped button: its label is the one that we sent.
    """
    body = row.body
    match body.get("event"):
        case "action":
            tapped = engine.ActionTapped(
                action=engine.TapAction(body["action"]), seq=row.seq, assessment=assessment if row.text else None
            )
            return (tapped,)
        case "profile":
            return (_profile(body), *_words(row, assessment))
        case "feedback":
            given = engine.FeedbackGiven(helped=body.get("helped"), distress=body.get("distress"))
            return (given, *_words(row, assessment))
    if row.kind is Kind.CHOICE:
        choice = str(body.get("choice", ""))
        return (engine.ChoiceTapped(choice=choice, seq=row.seq, assessment=None if genuine else assessment),)
    if row.kind is Kind.TEXT and not row.text.strip():
        return ()
    writer = writer_of(row.text)
    return (engine.MessageRead(seq=row.seq, kind=row.kind, field=row.field, assessment=assessment, writer=writer),)


def _words(row: Message, assessment: RiskAssessment | None) -> tuple[engine.Event, ...]:
    if not row.text.strip():
        return ()
    return (engine.MessageRead(seq=row.seq, kind=Kind.TEXT, field=row.field, assessment=assessment),)


def _profile(body: Mapping[str, Any]) -> engine.ProfileGiven:
    audience = body.get("audience")
    return engine.ProfileGiven(
        audience=Audience(audience) if audience else None, age_band=body.get("age_band"), region=body.get("region")
    )


def needs_reading(row: Message) -> bool:
    """Whether the row carries words of a seeker that must be assessed (S2)."""
    return row.author is Author.SEEKER and (bool(row.text.strip()) or row.kind is Kind.MEDIA)


def is_chat(row: Message) -> bool:
    """Whether the row is part of the talk as a reader would take it."""
    return row.kind in (Kind.TEXT, Kind.CHOICE) and row.field in (Field.CHAT, Field.BUTTON, Field.LETTER)


def desk_event(body: Mapping[str, Any], *, name: str, level: RiskLevel) -> engine.DeskEvent | None:
    """The engine's view of an event that the desk wrote, or None where the engine has nothing to do.

    Args:
        body: Of the row.
        name: What seekers may call the counsellor.
        level: What the desk left the conversation at.

    Raises:
        UnknownEventError: Written by a version that knows more than this one.
    """
    event = desk.from_body(body)
    match event:
        case desk.Claimed() | desk.Transferred():
            return engine.DeskClaimed(name=name)
        case desk.HandedBack():
            return engine.DeskHandedBack(to=event.to, level=level)
        case desk.Closed():
            return engine.DeskClosed(disposition=event.disposition, level=level)
        case desk.Lowered():
            return engine.DeskLowered(level=RiskLevel(event.level))
        case desk.LeaseLost():
            return engine.DeskLeaseLost()
        case desk.Unanswered():
            return engine.DeskUnanswered()
        case desk.LastRung():
            return engine.LastRung()
        case desk.StaffWord():
            return engine.StaffSpoke()
        case desk.TransferDeclined() | desk.ReachEnded():
            return None
        case _:
            assert_never(event)
