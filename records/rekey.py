"""Making erased words unreadable in old backups: rows that stay move to a newer data key, then the old one is
destroyed.

A key is retired first (it seals no longer) and destroyed only when no process can still have it in its cache, so that
a message that arrives meanwhile is never sealed with a key that is about to die.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from records.errors import KeyDestroyedError, KeyMissingError, UnreadableError
from records.tables import metadata
from records.tx import Tx

if TYPE_CHECKING:
    from records.store import Store

GRACE = timedelta(minutes=2)
"""Longer than any cache of data keys (60 s at most) and any running transaction."""


def _columns() -> dict[str, list[tuple[sa.Table, str]]]:
    """Every sealed column by its retention class."""
    found: dict[str, list[tuple[sa.Table, str]]] = {}
    for table in metadata.sorted_tables:
        for column in table.c:
            if column.name.endswith("_enc"):
                kind = "locator" if column.name == "locator_enc" else str(table.c.retention_class.default.arg)  # type: ignore[union-attr] # every table with words has this default
                found.setdefault(kind, []).append((table, column.name))
    return found


SEALED = _columns()


def person(table: sa.Table) -> sa.Column[Any]:
    """The column that says whose row it is."""
    return table.c.id if table.name == "seeker" else table.c.seeker_id


async def reseal(tx: Tx, seeker_id: str, kind: str, up_to: int) -> int:
    """Move what is still sealed with a key up to this version to the newest one; answers how many values."""
    moved = 0
    for table, column in SEALED.get(kind, []):
        statement = sa.select(table.c.id, table.c[column].label("sealed")).where(
            person(table) == seeker_id, table.c[column].is_not(None)
        )
        for row in (await tx.execute(statement)).all():
            moved += await _move(tx, seeker_id, kind, table, column, row.id, row.sealed, up_to)
    return moved


async def _move(
    tx: Tx, seeker_id: str, kind: str, table: sa.Table, column: str, row_id: str, sealed: bytes, up_to: int
) -> int:
    if tx.vault.version_of(sealed) > up_to:
        return 0
    place = (seeker_id, kind, table.name, column, row_id)
    try:
        plain = await tx.vault.open(*place, sealed)
    except (KeyDestroyedError, KeyMissingError, UnreadableError):
        return 0  # gone already; it must not keep the living ones from moving
    fresh = await tx.vault.seal(*place, plain)
    await tx.execute(sa.update(table).where(table.c.id == row_id).values({column: fresh}))
    return 1


async def retire(store: Store, seeker_id: str, kind: str) -> int:
    """Let a newer key seal from now on; answers the newest version that is retired (0: there was no key)."""
    newest = await store.vault.keystore.newest(seeker_id, kind)
    if newest is None:
        return 0
    if newest.retired_at is None and newest.destroyed_at is None:
        await store.vault.retire(seeker_id, kind, newest.version)
    return newest.version


async def finish(store: Store, before: datetime) -> int:
    """Destroy the keys that were retired before then, after moving what they still seal; answers how many."""
    retired = await store.vault.keystore.retired(before)
    for seeker_id, kind, version in retired:
        await move_and_destroy(store, seeker_id, kind, version)
    return len(retired)


async def move_and_destroy(store: Store, seeker_id: str, kind: str, version: int) -> None:
    if version:
        await store.write(lambda tx: reseal(tx, seeker_id, kind, version), long=True)
        await store.vault.destroy(seeker_id, kind, version, final=False)
