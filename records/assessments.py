"""What was said about a message's danger, by the machine and by people who corrected it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from nlu.labels import Category, RiskLevel, Subject
from records import sql
from records.ids import new_id
from records.models import Message, StoredAssessment
from records.tables import assessment
from records.tx import Tx

MACHINES = ("machine", "nlu")
"""Who an assessment is ``by`` when no person gave it."""

_OF = (
    sa.select(assessment)
    .where(assessment.c.conversation_id == sa.bindparam("conversation"))
    .order_by(assessment.c.seq, assessment.c.id)
)


async def add(
    tx: Tx,
    message: Message,
    *,
    level: int,
    categories: Iterable[str],
    subject: str,
    confidence: float,
    evidence: Iterable[Mapping[str, Any]],
    layer: str,
    model_version: str,
    running_level: int,
    by: str = "machine",
) -> StoredAssessment:
    """Evidence names places (turn, start, end) and rules, never words. ``by`` is ``machine`` or a staff id."""
    plain: dict[str, Any] = {
        "id": new_id(tx.now), "message_id": message.id, "conversation_id": message.conversation_id, "seq": message.seq,
        "confidence": float(confidence), "layer": layer, "model_version": model_version, "by": by, "created_at": tx.now,
    }  # fmt: skip
    kinds, places = tuple(Category(item) for item in categories), tuple(dict(item) for item in evidence)
    labels = {"level": int(level), "subject": str(subject), "running_level": int(running_level)}
    await sql.insert(tx, assessment, {**plain, **labels, "categories": kinds, "evidence": places})
    return StoredAssessment(
        **plain, level=RiskLevel(level), categories=kinds, subject=Subject(subject), evidence=places,
        running_level=RiskLevel(running_level),
    )  # fmt: skip


async def for_conversation(tx: Tx, conversation_id: str) -> list[StoredAssessment]:
    """What the machine read, in the order of the messages, and of the assessments of one message."""
    return [one for one in await _all(tx, conversation_id) if one.by in MACHINES]


async def judged(tx: Tx, conversation_id: str) -> dict[str, StoredAssessment]:
    """What people last said about a message, by its id. It teaches; it moves no level."""
    return {one.message_id: one for one in await _all(tx, conversation_id) if one.by not in MACHINES}


async def _all(tx: Tx, conversation_id: str) -> list[StoredAssessment]:
    return [_read(row) for row in (await tx.execute(_OF, {"conversation": conversation_id})).all()]


def _read(row: sa.Row[Any]) -> StoredAssessment:
    return StoredAssessment(
        id=row.id, message_id=row.message_id, conversation_id=row.conversation_id, seq=row.seq,
        level=RiskLevel(row.level), categories=tuple(Category(item) for item in row.categories),
        subject=Subject(row.subject), confidence=row.confidence, evidence=tuple(row.evidence), layer=row.layer,
        model_version=row.model_version, running_level=RiskLevel(row.running_level), by=row.by,
        created_at=row.created_at,
    )  # fmt: skip
