"""Staff: who may sign in, what they may do, and their sessions. The database keeps hashes of passwords and tokens
only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from records import lines, passwords, sql
from records.ids import hash_token, new_id, new_token
from records.models import Role, Staff
from records.tables import UtcDateTime, staff, staff_role, staff_session
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
SESSION = timedelta(hours=12)

_CHANGEABLE = frozenset({
    "display_name", "organisation_id", "skills", "capacity", "demo", "clearance_until", "disabled_at",
})  # fmt: skip
_ROLES = (
    sa.select(staff_role)
    .where(staff_role.c.staff_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(staff_role.c.id)
)
_ALL = sa.select(staff).order_by(staff.c.id)
_S = staff_session.c
_SESSION = sa.select(_S.staff_id, _S.csrf).where(
    _S.token_hash == sa.bindparam("hash"),
    _S.revoked_at.is_(None),
    _S.expires_at > sa.bindparam("now", type_=UtcDateTime()),
)
_FAILURE = (
    sa.update(staff)
    .where(staff.c.id == sa.bindparam("w_id"))
    .values(failed_logins=staff.c.failed_logins + 1)
    .returning(staff.c.failed_logins)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What came of a sign-in: a person, or nobody and until when the door is shut."""

    staff: Staff | None
    locked_until: datetime | None = None


async def _read(tx: Tx, rows: Sequence[sa.Row[Any]]) -> list[Staff]:
    held: dict[str, list[sa.Row[Any]]] = {row.id: [] for row in rows}
    for group in sql.chunks(held):
        for role in (await tx.execute(_ROLES, {"ids": group})).all():
            held[role.staff_id].append(role)
    return [await _one(tx, row, held[row.id]) for row in rows]


async def _one(tx: Tx, row: sa.Row[Any], roles: Sequence[sa.Row[Any]]) -> Staff:
    own = frozenset(role.line_id for role in roles if role.line_id is not None)
    under = await lines.ids_under(tx, {role.organisation_id for role in roles if role.organisation_id is not None})
    return Staff(
        id=row.id, login=row.login, display_name=row.display_name, organisation_id=row.organisation_id,
        skills=tuple(row.skills), capacity=row.capacity, demo=row.demo,
        roles=frozenset(Role(role.role) for role in roles), line_ids=own | under, disabled_at=row.disabled_at,
    )  # fmt: skip


async def by_login(tx: Tx, login: str) -> Staff | None:
    row = await sql.find(tx, staff, login=login)
    return None if row is None else (await _read(tx, [row]))[0]


async def get(tx: Tx, staff_id: str) -> Staff:
    """Raises:
    NotFoundError: Nobody with this id.
    """
    return (await _read(tx, [await sql.fetch(tx, staff, staff_id)]))[0]


async def all(tx: Tx) -> list[Staff]:  # noqa: A001 - always called as staff.all
    """Everybody, disabled accounts too."""
    return await _read(tx, (await tx.execute(_ALL)).all())


async def create(
    tx: Tx,
    *,
    login: str,
    password: str,
    display_name: str,
    roles: Iterable[Role],
    line_ids: Iterable[str] = (),
    organisation_id: str | None = None,
    skills: Iterable[str] = (),
    capacity: int = 5,
    demo: bool = False,
) -> Staff:
    """Each role holds for each of ``line_ids``; without lines it holds for the lines of the organisation.

    Raises:
        ConflictError: The login is taken.
    """
    row = {
        "id": new_id(tx.now), "login": login, "password_hash": await passwords.hash_password(password),
        "display_name": display_name, "organisation_id": organisation_id, "skills": [str(item) for item in skills],
        "capacity": capacity, "demo": demo, "failed_logins": 0, "created_at": tx.now,
    }  # fmt: skip
    await sql.insert(tx, staff, row)
    await set_roles(tx, str(row["id"]), roles, line_ids, organisation_id)
    return await get(tx, str(row["id"]))


async def set_roles(
    tx: Tx, staff_id: str, roles: Iterable[Role], line_ids: Iterable[str] = (), organisation_id: str | None = None
) -> None:
    """Replace what somebody may do."""
    places: list[tuple[str | None, str | None]] = [(item, None) for item in line_ids] or [(None, organisation_id)]
    rows = [
        {"id": new_id(tx.now), "staff_id": staff_id, "role": role, "line_id": place[0], "organisation_id": place[1]}
        for role in roles
        for place in places
    ]
    await tx.execute(sa.delete(staff_role).where(staff_role.c.staff_id == staff_id))
    if rows:
        await tx.execute(sa.insert(staff_role), rows)


async def update(tx: Tx, staff_id: str, **changed: Any) -> Staff:
    """Raises:
    NotFoundError: Nobody with this id.
    TypeError: Not a field that may be changed here.
    """
    if unknown := changed.keys() - _CHANGEABLE:
        raise TypeError(f"not a field of staff: {sorted(unknown)}")
    await sql.update_one(tx, staff, staff_id, changed)
    return await get(tx, staff_id)


async def disable(tx: Tx, staff_id: str) -> None:
    """They can no longer sign in, and every session of theirs ends."""
    await sql.update_one(tx, staff, staff_id, {"disabled_at": tx.now})
    await revoke_all_sessions(tx, staff_id)


async def set_password(tx: Tx, staff_id: str, password: str) -> None:
    """A new password opens a shut door and ends every session."""
    values = {"password_hash": await passwords.hash_password(password), "failed_logins": 0, "locked_until": None}
    await sql.update_one(tx, staff, staff_id, values)
    await revoke_all_sessions(tx, staff_id)


# Signing in


async def sign_in(store: Store, login: str, password: str) -> SignIn:
    """Check a password. Five failures shut the door for 15 minutes, for the right password too.

    The hash is computed outside any transaction, and takes as long for a login that nobody has.
    """
    async with store.read() as tx:
        row, now = await sql.find(tx, staff, login=login), tx.now
    right = await passwords.verify_password(None if row is None else row.password_hash, password)
    if row is None or row.disabled_at is not None:
        return SignIn(staff=None)
    if row.locked_until is not None and row.locked_until > now:
        return SignIn(staff=None, locked_until=row.locked_until)
    if not right:
        return SignIn(staff=None, locked_until=await store.write(lambda tx: count_failure(tx, row.id)))

    async def welcome(tx: Tx) -> Staff:
        if row.failed_logins:
            await clear_failures(tx, row.id)
        return await get(tx, row.id)

    return SignIn(staff=await store.write(welcome))


async def locked_until(tx: Tx, staff_id: str) -> datetime | None:
    """Until when the door is shut, or None."""
    until: datetime | None = (await sql.fetch(tx, staff, staff_id)).locked_until
    return until if until is not None and until > tx.now else None


async def count_failure(tx: Tx, staff_id: str) -> datetime | None:
    """One more wrong password; answers until when the door is shut, if it is now."""
    failures = (await tx.execute(_FAILURE, {"w_id": staff_id})).scalar()
    if failures is None or failures < MAX_FAILURES:
        return None
    until = tx.now + LOCK
    await sql.update_one(tx, staff, staff_id, {"failed_logins": 0, "locked_until": until})
    return until


async def clear_failures(tx: Tx, staff_id: str) -> None:
    await sql.update_one(tx, staff, staff_id, {"failed_logins": 0, "locked_until": None})


# Sessions


async def open_session(tx: Tx, staff_id: str, *, ttl: timedelta = SESSION) -> tuple[str, str]:
    """Answers the token for the cookie, which is kept nowhere, and the token against forged requests."""
    token, csrf = new_token(), new_token()
    row = {
        "id": new_id(tx.now), "staff_id": staff_id, "token_hash": hash_token(token), "csrf": csrf, "created_at": tx.now,
        "last_seen_at": tx.now, "expires_at": tx.now + ttl,
    }  # fmt: skip
    await sql.insert(tx, staff_session, row)
    return token, csrf


async def session(tx: Tx, token: str) -> tuple[Staff, str] | None:
    """Whose session this is, with its token against forged requests; None when it is over or its owner disabled."""
    found = (await tx.execute(_SESSION, {"hash": hash_token(token), "now": tx.now})).first()
    if found is None:
        return None
    person = await get(tx, found.staff_id)
    return None if person.disabled_at is not None else (person, found.csrf)


async def touch_session(tx: Tx, token: str) -> None:
    await sql.update(tx, staff_session, {"token_hash": hash_token(token)}, {"last_seen_at": tx.now})


async def revoke_session(tx: Tx, token: str) -> None:
    await sql.update(tx, staff_session, {"token_hash": hash_token(token)}, {"revoked_at": tx.now})


async def revoke_all_sessions(tx: Tx, staff_id: str) -> None:
    await sql.update(tx, staff_session, {"staff_id": staff_id}, {"revoked_at": tx.now})
