"""Questions that the knowledge base could not answer, or answered unhelpfully: redacted, and sealed like all words."""

from __future__ import annotations

from records import sql
from records.ids import new_id
from records.sealed import seal_text
from records.tables import gap
from records.tx import Tx

TEXT_LIMIT = 400
_CLASS = "conversation"


async def add(
    tx: Tx, *, seeker_id: str, kind: str, text: str, audience: str | None = None, article: str | None = None
) -> None:
    """Note a gap.

    Args:
        seeker_id: Whose words they were: an erasure takes the gap's words along.
        kind: ``unanswered`` or ``unhelpful``.
        text: Already redacted by the caller; cut to ``TEXT_LIMIT`` characters.
        article: The slug of the article that did not help.
    """
    id_ = new_id(tx.now)
    sealed = await seal_text(tx, seeker_id, _CLASS, "gap", "text_enc", id_, text[:TEXT_LIMIT])
    row = {
        "id": id_, "kind": kind, "audience": audience, "seeker_id": seeker_id, "text_enc": sealed, "article": article,
        "at": tx.now, "retention_class": _CLASS, "legal_hold": False,
    }  # fmt: skip
    await sql.insert(tx, gap, row)
