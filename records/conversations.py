"""Conversations: every change raises ``version``, so that two processes that meet on one seeker notice each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from nlu.labels import RiskLevel
from records import sql
from records.errors import NotFoundError, StaleVersionError
from records.ids import new_id
from records.models import Channel, Conversation, Mode
from records.sealed import open_json, seal_json
from records.tables import conversation
from records.tx import Tx

_CLASS = "conversation"
_LOCATOR = "locator"
_CHANGEABLE = frozenset({
    "identity_id", "channel", "line_id", "mode", "level", "level_at", "model_version", "state", "owner_id",
    "last_owner_id",
    "last_seeker_at", "last_out_at", "closed_at", "origin", "legal_hold",
})  # fmt: skip
_BUMP = {"version": conversation.c.version + 1}


def read(row: sa.Row[Any]) -> Conversation:
    return Conversation(
        id=row.id, seeker_id=row.seeker_id, identity_id=row.identity_id, channel=Channel(row.channel),
        line_id=row.line_id,
        mode=Mode(row.mode), version=row.version, level=RiskLevel(row.level), level_at=row.level_at,
        model_version=row.model_version, state=row.state, next_seq=row.next_seq, owner_id=row.owner_id,
        last_owner_id=row.last_owner_id, created_at=row.created_at, last_seeker_at=row.last_seeker_at,
        last_out_at=row.last_out_at, closed_at=row.closed_at, origin=row.origin,
    )  # fmt: skip


async def create(
    tx: Tx,
    *,
    seeker_id: str,
    identity_id: str,
    channel: str,
    line_id: str,
    level: int,
    origin: str | None = None,
    state: Mapping[str, Any] | None = None,
) -> Conversation:
    """A new talk in mode ``bot``. ``level`` is what the seeker carries from before (S5)."""
    shared: dict[str, Any] = {
        "id": new_id(tx.now), "seeker_id": seeker_id, "identity_id": identity_id, "line_id": line_id, "version": 0,
        "level_at": tx.now if level else None, "state": dict(state or {}), "next_seq": 1, "created_at": tx.now,
        "origin": origin,
    }  # fmt: skip
    values = {**shared, "channel": channel, "mode": Mode.BOT, "level": int(level)}
    await sql.insert(tx, conversation, {**values, "retention_class": _CLASS, "legal_hold": False})
    return Conversation(
        **shared, channel=Channel(channel), mode=Mode.BOT, level=RiskLevel(level), model_version=None, owner_id=None,
        last_owner_id=None, last_seeker_at=None, last_out_at=None, closed_at=None,
    )  # fmt: skip


async def get(tx: Tx, conversation_id: str) -> Conversation:
    """Raises:
    NotFoundError: No such conversation.
    """
    return read(await sql.fetch(tx, conversation, conversation_id))


_OPEN = (
    sa.select(conversation)
    .where(conversation.c.identity_id == sa.bindparam("identity"))
    .order_by(conversation.c.id.desc())
    .limit(1)
)


async def open_for(tx: Tx, identity_id: str) -> Conversation | None:
    """The latest conversation of an account, closed or not: the caller decides whether it goes on."""
    row = (await tx.execute(_OPEN, {"identity": identity_id})).first()
    return None if row is None else read(row)


@cache
def _change(names: tuple[str, ...], guarded: bool) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    statement = sa.update(conversation).where(conversation.c.id == sa.bindparam("w_id"))
    if guarded:
        statement = statement.where(conversation.c.version == sa.bindparam("w_version"))
    return statement.values({**values, **_BUMP}).returning(conversation.c.version)


def _checked(changed: Mapping[str, Any]) -> Mapping[str, Any]:
    if unknown := changed.keys() - _CHANGEABLE:
        raise TypeError(f"not a field of a conversation that may be changed: {sorted(unknown)}")
    return changed


async def save(tx: Tx, conversation_id: str, *, expect_version: int, **changed: Any) -> int:
    """Change fields if the version is still the expected one; answers the new version.

    Raises:
        StaleVersionError: Somebody else changed it: read again, decide again.
    """
    statement = _change(tuple(sorted(_checked(changed))), True)
    bound = {**changed, "w_id": conversation_id, "w_version": expect_version}
    version = (await tx.execute(statement, bound)).scalar()
    if version is None:
        raise StaleVersionError(conversation_id)
    return int(version)


async def bump(tx: Tx, conversation_id: str, **changed: Any) -> int:
    """Change fields whatever the version; answers the new one, which makes running decisions stale.

    Raises:
        NotFoundError: No such conversation.
    """
    statement = _change(tuple(sorted(_checked(changed))), False)
    version = (await tx.execute(statement, {**changed, "w_id": conversation_id})).scalar()
    if version is None:
        raise NotFoundError("conversation", conversation_id)
    return int(version)


async def touch_seeker(tx: Tx, conversation_id: str, at: datetime) -> None:
    """The seeker did something. Not a decision, so the version stays."""
    await sql.update_one(tx, conversation, conversation_id, {"last_seeker_at": at})


_OF_SEEKER = (
    sa.select(conversation).where(conversation.c.seeker_id == sa.bindparam("seeker")).order_by(conversation.c.id)
)


async def of_seeker(tx: Tx, seeker_id: str) -> list[Conversation]:
    """Every talk of a seeker, oldest first."""
    return [read(row) for row in (await tx.execute(_OF_SEEKER, {"seeker": seeker_id})).all()]


async def recent(
    tx: Tx,
    *,
    seeker_id: str | None = None,
    line_ids: Collection[str] | None = None,
    owner_id: str | None = None,
    modes: Collection[str] | None = None,
    min_level: int | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Conversation]:
    """Newest first; ``before`` is the last id of the page before."""
    c = conversation.c
    conditions: list[Any] = [c.erased_at.is_(None)]
    conditions += [c.seeker_id == seeker_id] if seeker_id is not None else []
    conditions += [c.line_id.in_(line_ids)] if line_ids is not None else []
    conditions += [sa.or_(c.owner_id == owner_id, c.last_owner_id == owner_id)] if owner_id is not None else []
    conditions += [c.mode.in_([str(mode) for mode in modes])] if modes is not None else []
    conditions += [c.level >= int(min_level)] if min_level is not None else []
    conditions += [c.created_at >= created_from] if created_from is not None else []
    conditions += [c.created_at < created_before] if created_before is not None else []
    conditions += [c.id < before] if before is not None else []
    statement = sa.select(conversation).where(*conditions).order_by(c.id.desc()).limit(limit)
    return [read(row) for row in (await tx.execute(statement)).all()]


async def seal_locator(tx: Tx, conversation_id: str, packet: Mapping[str, Any], until: datetime) -> None:
    """Keep where an anonymous talk comes from (S9), sealed, for a short, stated time."""
    row = await sql.fetch(tx, conversation, conversation_id)
    sealed = await seal_json(tx, row.seeker_id, _LOCATOR, "conversation", "locator_enc", row.id, packet)
    await sql.update_one(tx, conversation, conversation_id, {"locator_enc": sealed, "locator_until": until})


async def open_locator(tx: Tx, conversation_id: str) -> Mapping[str, Any] | None:
    """None once its time is over. Whoever calls this has written the audit entry in the same transaction."""
    row = await sql.fetch(tx, conversation, conversation_id)
    if row.locator_until is None or row.locator_until <= tx.now:
        return None
    packet = await open_json(tx, row.seeker_id, _LOCATOR, "conversation", "locator_enc", row.id, row.locator_enc)
    return packet if isinstance(packet, dict) else None
