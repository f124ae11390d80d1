"""The audit trail: a chain of keyed hashes that no row can leave, enter or change unseen (S10).

Entries carry ids and codes only. They are written at the end of their transaction, under a lock on the chain's head,
so that ``n`` is dense and the lock is held shortly. The head (last ``n`` and hash) stands in ``meta``: cutting off
the end is found, too. The database itself refuses UPDATE and DELETE on the table.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from records import sql
from records.errors import AuditBrokenError
from records.ids import new_id
from records.models import AuditEntry
from records.tables import audit, meta
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

HEAD = "audit_head"
START = "0" * 64
_MAX_TEXT = 200
_PAGE = 2000

_HEAD = sa.select(meta.c.value).where(meta.c.key == HEAD)
_HEAD_LOCKED = _HEAD.with_for_update()
_MOVE = sa.update(meta).where(meta.c.key == HEAD).values(value=sa.bindparam("head"))
_INSERT = sa.insert(audit)
_OF = sa.select(audit).where(audit.c.object_id == sa.bindparam("object")).order_by(audit.c.n)
_FROM = sa.select(audit).where(audit.c.n > sa.bindparam("n")).order_by(audit.c.n).limit(_PAGE)
_RECENT = (
    sa.select(audit).where(audit.c.n < sa.bindparam("before")).order_by(audit.c.n.desc()).limit(sa.bindparam("limit"))
)


async def write(
    tx: Tx, *, actor: str, action: str, object_kind: str, object_id: str, data: Mapping[str, Any] | None = None
) -> None:
    """Add an entry to this transaction. ``actor`` is a staff id, ``seeker`` or ``machine``.

    Raises:
        ValueError: ``data`` holds something other than ids, codes, numbers and lists of them.
    """
    _check(data or {})
    waiting: list[dict[str, Any]] = tx.notes.setdefault("audit", [])
    if not waiting:
        tx.before_commit(lambda: _flush(tx, waiting))
    waiting.append({
        "id": new_id(tx.now), "at": tx.now, "actor": actor, "action": action, "object_kind": object_kind,
        "object_id": object_id, "data": dict(data or {}),
    })  # fmt: skip


def _check(value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check(key)
            _check(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _check(item)
    elif isinstance(value, str):
        if len(value) > _MAX_TEXT or not value.isascii():
            raise ValueError("audit data carries ids and codes, never words")
    elif not (value is None or isinstance(value, int | float)):
        raise ValueError(f"audit data cannot carry {type(value).__name__}")


async def _flush(tx: Tx, waiting: list[dict[str, Any]]) -> None:
    n, previous = await _take_head(tx)
    rows = []
    for entry in waiting:
        n += 1
        row = {**entry, "n": n, "previous": previous}
        previous = row["hash"] = digest(tx.vault.chain_key(), row)
        rows.append(row)
    await tx.execute(_INSERT, rows)
    await tx.execute(_MOVE, {"head": f"{n}:{previous}"})
    waiting.clear()


async def _take_head(tx: Tx) -> tuple[int, str]:
    """Lock the head until the commit. The first entry ever puts it there; whoever loses that race waits for the
    winner."""
    statement = _HEAD_LOCKED if tx.dialect == "postgresql" else _HEAD
    head = (await tx.execute(statement)).scalar()
    if head is None:
        await sql.insert_new(tx, meta, {"key": HEAD, "value": f"0:{START}"}, ("key",))
        head = (await tx.execute(statement)).scalar_one()
    n, _, last = head.partition(":")
    return int(n), last


def digest(key: bytes, row: Mapping[str, Any]) -> str:
    """HMAC-SHA256 over the canonical JSON of everything but the hash itself."""
    at: datetime = row["at"]
    names = ("n", "id", "actor", "action", "object_kind", "object_id", "data", "previous")
    plain = {name: row[name] for name in names} | {"at": at.isoformat(timespec="microseconds")}
    text = orjson.dumps(orjson.loads(sql.to_json(plain)), option=orjson.OPT_SORT_KEYS)
    return hmac.new(key, text, sha256).hexdigest()


async def verify(store: Store) -> int:
    """Walk the whole chain in one snapshot; answers how many entries it has.

    Raises:
        AuditBrokenError: With the number of the first entry that does not hold.
    """
    async with store.read() as tx:
        n, previous, key = 0, START, store.vault.chain_key()
        while rows := (await tx.execute(_FROM, {"n": n})).all():
            for row in rows:
                n = _check_row(row, n + 1, previous, key)
                previous = row.hash
        head = (await tx.execute(_HEAD)).scalar() or f"0:{START}"
        if head != f"{n}:{previous}":
            raise AuditBrokenError(n + 1)
        return n


def _check_row(row: sa.Row[Any], n: int, previous: str, key: bytes) -> int:
    if row.n != n or row.previous != previous:
        raise AuditBrokenError(n)
    if not hmac.compare_digest(row.hash, digest(key, dict(row._mapping))):  # noqa: SLF001 - SQLAlchemy's public name for it
        raise AuditBrokenError(n)
    return n


def _read(row: sa.Row[Any]) -> AuditEntry:
    return AuditEntry(
        n=row.n, at=row.at, actor=row.actor, action=row.action, object_kind=row.object_kind, object_id=row.object_id,
        data=row.data,
    )  # fmt: skip


async def entries(tx: Tx, object_id: str) -> list[AuditEntry]:
    """What was done to one object, oldest first. Entries of the running transaction are not among them yet."""
    return [_read(row) for row in (await tx.execute(_OF, {"object": object_id})).all()]


async def recent(tx: Tx, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
    """The newest entries first; ``before`` is the last ``n`` of the page before."""
    bound = {"before": before if before is not None else 2**31 - 1, "limit": limit}
    return [_read(row) for row in (await tx.execute(_RECENT, bound)).all()]
