"""Sessions of the web chat. The token lives in one tab; a device token lets a browser be recognised, and opens
nothing (S15)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from records import sql
from records.ids import hash_token, new_id
from records.tables import UtcDateTime, seeker, web_session
from records.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    id: str
    seeker_id: str
    identity_id: str
    conversation_id: str | None
    locale: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    unlocked_at: datetime | None = None
    device_hash: str | None = field(default=None, repr=False)


_C = web_session.c
_LIVE = _C.expires_at > sa.bindparam("now", type_=UtcDateTime())
_FIND = sa.select(web_session).where(_C.token_hash == sa.bindparam("hash"), _C.revoked_at.is_(None), _LIVE)
_DEVICE = (
    sa.select(web_session)
    .where(_C.device_hash == sa.bindparam("hash"), _C.revoked_at.is_(None))
    .order_by(_C.id.desc())
    .limit(1)
)


def _read(row: sa.Row[Any]) -> WebSession:
    return WebSession(
        id=row.id, seeker_id=row.seeker_id, identity_id=row.identity_id, conversation_id=row.conversation_id,
        locale=row.locale, created_at=row.created_at, last_seen_at=row.last_seen_at, expires_at=row.expires_at,
        unlocked_at=row.unlocked_at, device_hash=row.device_hash,
    )  # fmt: skip


async def create(
    tx: Tx,
    *,
    token: str,
    seeker_id: str,
    identity_id: str,
    conversation_id: str | None,
    device: str | None = None,
    locale: str,
    ttl: timedelta,
) -> WebSession:
    """Token and device are kept as hashes."""
    row = {
        "id": new_id(tx.now), "token_hash": hash_token(token), "seeker_id": seeker_id, "identity_id": identity_id,
        "conversation_id": conversation_id, "device_hash": None if device is None else hash_token(device),
        "locale": locale, "created_at": tx.now, "last_seen_at": tx.now, "expires_at": tx.now + ttl,
    }  # fmt: skip
    await sql.insert(tx, web_session, row)
    return WebSession(
        id=str(row["id"]), seeker_id=seeker_id, identity_id=identity_id, conversation_id=conversation_id, locale=locale,
        created_at=tx.now, last_seen_at=tx.now, expires_at=tx.now + ttl,
        device_hash=None if device is None else hash_token(device),
    )  # fmt: skip


async def get(tx: Tx, session_id: str) -> WebSession:
    return _read(await sql.fetch(tx, web_session, session_id))


async def find(tx: Tx, token: str) -> WebSession | None:
    """The session of a token, unless it is over or revoked."""
    row = (await tx.execute(_FIND, {"hash": hash_token(token), "now": tx.now})).first()
    return None if row is None else _read(row)


async def find_device(tx: Tx, device: str) -> WebSession | None:
    """The latest session of a browser, also when its tab is long gone: it tells whose browser this was, no more."""
    row = (await tx.execute(_DEVICE, {"hash": hash_token(device)})).first()
    return None if row is None else _read(row)


_OWNER = (
    sa.select(web_session)
    .join(seeker, seeker.c.id == _C.seeker_id)
    .where(_C.device_hash == sa.bindparam("hash"), seeker.c.secret_hash.is_not(None))
    .order_by(_C.id)
    .limit(1)
)


async def owner_of_device(tx: Tx, device_hash: str) -> WebSession | None:
    """The first session of a browser whose seeker set a secret word: what that word opens again (S15)."""
    row = (await tx.execute(_OWNER, {"hash": device_hash})).first()
    return None if row is None else _read(row)


async def set_device(tx: Tx, session_id: str, device: str, ttl: timedelta) -> None:
    """The seeker chose to be remembered in this browser."""
    values = {"device_hash": hash_token(device), "expires_at": tx.now + ttl}
    await sql.update_one(tx, web_session, session_id, values)


async def join(tx: Tx, session_id: str, *, earlier: WebSession, conversation_id: str | None) -> WebSession:
    """After the secret word: this session is the earlier seeker's, and shows ``conversation_id``."""
    values = {
        "seeker_id": earlier.seeker_id, "identity_id": earlier.identity_id, "conversation_id": conversation_id,
        "unlocked_at": tx.now,
    }  # fmt: skip
    await sql.update_one(tx, web_session, session_id, values)
    return await get(tx, session_id)


async def bind(tx: Tx, session_id: str, conversation_id: str) -> None:
    """The talk goes on in another conversation."""
    await sql.update_one(tx, web_session, session_id, {"conversation_id": conversation_id})


async def unlock(tx: Tx, session_id: str) -> None:
    """The secret word was given: earlier talks may be shown in this session."""
    await sql.update_one(tx, web_session, session_id, {"unlocked_at": tx.now})


async def touch(tx: Tx, session_id: str, ttl: timedelta | None = None) -> None:
    """Seen just now; with ``ttl`` its time starts anew."""
    more = {} if ttl is None else {"expires_at": tx.now + ttl}
    await sql.update_one(tx, web_session, session_id, {"last_seen_at": tx.now, **more})


async def revoke(tx: Tx, session_id: str) -> None:
    await sql.update_one(tx, web_session, session_id, {"revoked_at": tx.now})


async def revoke_all(tx: Tx, seeker_id: str) -> None:
    await sql.update(tx, web_session, {"seeker_id": seeker_id}, {"revoked_at": tx.now})
