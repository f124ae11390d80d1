"""What may be learnt from: messages whose level a person confirmed or corrected, of seekers who agreed to it.

Everything else stays out, and is counted by its reason. The words come as they were written: whoever takes them out
of the record removes names and numbers first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from nlu.labels import Category, RiskLevel, Subject
from records import messages
from records.assessments import MACHINES
from records.consents import TRAINING
from records.sealed import open_text
from records.tables import assessment, consent, message, seeker
from records.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A message with the labels that a person gave it, and what is known of its writer."""

    message_id: str
    text: str = field(repr=False)
    level: RiskLevel
    categories: tuple[Category, ...]
    subject: Subject
    audience: str | None
    nickname: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """``left_out`` counts by reason: ``no_consent``, ``erased``, ``changed`` (edited or recalled after the judging)."""

    lines: tuple[Lesson, ...]
    left_out: Mapping[str, int]


_LAST_SAID = (
    sa.select(sa.func.max(assessment.c.id)).where(assessment.c.by.not_in(MACHINES)).group_by(assessment.c.message_id)
)
_LAST_CONSENT = sa.select(sa.func.max(consent.c.id)).where(consent.c.purpose == TRAINING).group_by(consent.c.seeker_id)
_GIVEN = sa.select(consent.c.seeker_id).where(consent.c.id.in_(_LAST_CONSENT), consent.c.state == "given")
_JUDGED = (
    sa.select(
        message, assessment.c.level, assessment.c.categories, assessment.c.subject,
        assessment.c.created_at.label("judged_at"), seeker.c.audience, seeker.c.nickname_enc,
        seeker.c.erased_at.label("seeker_erased_at"), message.c.seeker_id.in_(_GIVEN).label("given"),
    )
    .join(assessment, assessment.c.message_id == message.c.id)
    .join(seeker, seeker.c.id == message.c.seeker_id)
    .where(assessment.c.id.in_(_LAST_SAID))
    .order_by(message.c.id)
)  # fmt: skip


async def lessons(tx: Tx) -> Lessons:
    """All of them as they stand now, oldest message first. The last judgement of a message holds."""
    lines: list[Lesson] = []
    left_out: Counter[str] = Counter()
    for row in (await tx.execute(_JUDGED)).all():
        why = _barred(row)
        lesson = await _lesson(tx, row) if why is None else None
        if lesson is None:
            left_out[why or "erased"] += 1
        else:
            lines.append(lesson)
    return Lessons(lines=tuple(lines), left_out=dict(sorted(left_out.items())))


def _barred(row: sa.Row[Any]) -> str | None:
    if row.erased_at is not None or row.seeker_erased_at is not None:
        return "erased"
    if not row.given:
        return "no_consent"
    if row.recalled_at is not None or (row.edited_at is not None and row.edited_at > row.judged_at):
        return "changed"
    return None


async def _lesson(tx: Tx, row: sa.Row[Any]) -> Lesson | None:
    """None: its key is destroyed, so the words are gone."""
    said = await messages.read(tx, row)
    if not said.text:
        return None
    place = ("seeker", "seeker", "nickname_enc", row.seeker_id)
    return Lesson(
        message_id=row.id, text=said.text, level=RiskLevel(row.level),
        categories=tuple(Category(item) for item in row.categories), subject=Subject(row.subject),
        audience=row.audience, nickname=await open_text(tx, row.seeker_id, *place, row.nickname_enc),
    )  # fmt: skip
