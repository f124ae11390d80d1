"""What seekers tell about themselves, put with the seeker. Free text is sealed; everything is optional."""

from __future__ import annotations

from records import seekers
from records.models import Message
from records.store import Tx

_PLAIN = ("audience", "age_band", "region", "nickname", "about")


async def remember_profile(tx: Tx, row: Message) -> None:
    """Take over what a ``profile`` row or a change of place says; other rows change nothing."""
    body = row.body
    if body.get("event") == "profile":
        told = {name: body[name] for name in _PLAIN if body.get(name)}
        if told:
            await seekers.update(tx, row.seeker_id, **told)
    elif body.get("event") == "action" and body.get("action") in ("abroad", "mainland"):
        await seekers.update(tx, row.seeker_id, abroad=body["action"] == "abroad")
