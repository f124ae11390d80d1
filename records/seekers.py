"""Who writes to us: a pseudonym, what they told us, and the level that stays with them (S5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from nlu.labels import Audience, RiskLevel
from records import passwords, sql
from records.ids import new_id
from records.models import Seeker
from records.sealed import open_text, seal_text
from records.tables import UtcDateTime, seeker
from records.tx import Tx

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
KEEP = timedelta(hours=72)

_CLASS = "seeker"
_PLAIN = frozenset({"pseudonym", "age_band", "audience", "locale", "region", "abroad", "legal_hold"})
_WORDS = frozenset({"nickname", "about"})
_RAISE = (
    sa.update(seeker)
    .where(seeker.c.id == sa.bindparam("w_id"))
    .where(
        sa.or_(
            seeker.c.level <= sa.bindparam("w_level"),
            seeker.c.level_at.is_(None),
            seeker.c.level_at < sa.bindparam("w_stale", type_=UtcDateTime()),
        )
    )
    .values(level=sa.bindparam("level"), level_at=sa.bindparam("level_at"))
)


async def create(
    tx: Tx,
    *,
    locale: str,
    pseudonym: str,
    audience: str | None = None,
    age_band: str | None = None,
    region: str | None = None,
) -> Seeker:
    row = {
        "id": new_id(tx.now), "created_at": tx.now, "pseudonym": pseudonym, "age_band": age_band, "audience": audience,
        "locale": locale, "region": region, "abroad": False, "level": 0, "level_at": None, "retention_class": _CLASS,
        "legal_hold": False, "secret_failures": 0,
    }  # fmt: skip
    await sql.insert(tx, seeker, row)
    return Seeker(
        id=str(row["id"]), created_at=tx.now, pseudonym=pseudonym, age_band=age_band,
        audience=Audience(audience) if audience else None, locale=locale, region=region, abroad=False,
        level=RiskLevel.NONE, level_at=None, has_secret=False, nickname=None, about=None,
    )  # fmt: skip


async def get(tx: Tx, seeker_id: str) -> Seeker:
    """Raises:
    NotFoundError: No such seeker.
    """
    row = await sql.fetch(tx, seeker, seeker_id)
    nickname = await open_text(tx, row.id, _CLASS, "seeker", "nickname_enc", row.id, row.nickname_enc)
    about = await open_text(tx, row.id, _CLASS, "seeker", "about_enc", row.id, row.about_enc)
    return Seeker(
        id=row.id, created_at=row.created_at, pseudonym=row.pseudonym, age_band=row.age_band,
        audience=Audience(row.audience) if row.audience else None, locale=row.locale, region=row.region,
        abroad=row.abroad, level=RiskLevel(row.level), level_at=row.level_at, has_secret=row.secret_hash is not None,
        nickname=nickname, about=about, legal_hold=row.legal_hold, erased_at=row.erased_at,
    )  # fmt: skip


async def update(tx: Tx, seeker_id: str, **changed: Any) -> None:
    """Change what is known of a seeker; ``nickname`` and ``about`` are sealed, None removes them.

    Raises:
        NotFoundError: No such seeker.
        TypeError: Not a field that may be changed here.
    """
    if unknown := changed.keys() - _PLAIN - _WORDS:
        raise TypeError(f"not a field of a seeker: {sorted(unknown)}")
    values = {name: value for name, value in changed.items() if name in _PLAIN}
    for name in changed.keys() & _WORDS:
        column = f"{name}_enc"
        values[column] = await seal_text(tx, seeker_id, _CLASS, "seeker", column, seeker_id, changed[name])
    await sql.update_one(tx, seeker, seeker_id, values)


async def raise_level(tx: Tx, seeker_id: str, level: RiskLevel, *, keep: timedelta = KEEP) -> None:
    """Carry this level on. A lower one than before changes nothing until the earlier one is older than ``keep``;
    the same level again starts its time anew."""
    bound = {"w_id": seeker_id, "w_level": int(level), "w_stale": tx.now - keep, "level": int(level)}
    await tx.execute(_RAISE, {**bound, "level_at": tx.now})


async def lower_level(tx: Tx, seeker_id: str, level: RiskLevel) -> None:
    """Only after a human's decision (S5): the caller has its row in ``lowering``."""
    await sql.update_one(tx, seeker, seeker_id, {"level": int(level), "level_at": tx.now})


def carried_level(person: Seeker, now: datetime, keep: timedelta) -> RiskLevel:
    """The level that a new conversation starts with: the last one, for ``keep`` after it was set."""
    if person.level_at is None or now - person.level_at > keep:
        return RiskLevel.NONE
    return person.level


async def set_secret(tx: Tx, seeker_id: str, secret: str) -> None:
    hashed = await passwords.hash_password(secret)
    values = {"secret_hash": hashed, "secret_failures": 0, "secret_locked_until": None}
    await sql.update_one(tx, seeker, seeker_id, values)


async def check_secret(tx: Tx, seeker_id: str, secret: str) -> bool:
    """Whether this is the seeker's own word. Five failures shut the door for 15 minutes, for the right word too."""
    row = await sql.fetch(tx, seeker, seeker_id)
    if row.secret_locked_until is not None and row.secret_locked_until > tx.now:
        return False
    right = await passwords.verify_password(row.secret_hash, secret)
    if right and row.secret_failures == 0:
        return True
    failures = 0 if right else row.secret_failures + 1
    locked = tx.now + LOCK if failures >= MAX_FAILURES else None
    kept = 0 if locked else failures
    await sql.update_one(tx, seeker, seeker_id, {"secret_failures": kept, "secret_locked_until": locked})
    return right
