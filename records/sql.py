"""Small helpers over SQLAlchemy Core: prepared statements that are built once and found again by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from records.errors import NotFoundError

if TYPE_CHECKING:
    from records.store import Tx

PREFIX = "w_"
"""Of bound names in WHERE, so that they cannot meet a column of the same name in SET."""


def _default(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


def to_json(value: Any) -> bytes:
    """Compact JSON. Mappings of any kind, tuples, sets, string enums and lone surrogates are welcome."""
    try:
        return orjson.dumps(value, default=_default)
    except TypeError:
        # A lone surrogate is no UTF-8, but somebody sent it: kept as an escape, so that text is stored as received.
        return json.dumps(value, default=_default, separators=(",", ":")).encode("ascii")


def from_json(text: str | bytes) -> Any:
    """What ``to_json`` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def json_text(value: Any) -> str:
    return to_json(value).decode()


@cache
def _update(table: sa.Table, names: tuple[str, ...], where: tuple[str, ...]) -> sa.Update:
    conditions = [table.c[name] == sa.bindparam(PREFIX + name) for name in where]
    return sa.update(table).where(*conditions).values({name: sa.bindparam(name) for name in names})


async def update(tx: Tx, table: sa.Table, where: Mapping[str, Any], changed: Mapping[str, Any]) -> int:
    """Set columns where others equal given values; answers how many rows changed.

    Raises:
        KeyError: A column that the table does not have.
    """
    if not changed:
        return 0
    statement = _update(table, tuple(sorted(changed)), tuple(sorted(where)))
    result = await tx.execute(statement, {**changed, **{PREFIX + name: value for name, value in where.items()}})
    return result.rowcount


async def update_one(tx: Tx, table: sa.Table, id_: str, changed: Mapping[str, Any]) -> None:
    """Raises:
    NotFoundError: No row with this id.
    """
    if changed and await update(tx, table, {"id": id_}, changed) == 0:
        raise NotFoundError(table.name, id_)


@cache
def _by(table: sa.Table, names: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(table).where(*[table.c[name] == sa.bindparam(PREFIX + name) for name in names])


async def find(tx: Tx, table: sa.Table, **where: Any) -> sa.Row[Any] | None:
    """The first row where the named columns equal the values."""
    result = await tx.execute(_by(table, tuple(sorted(where))), {PREFIX + name: value for name, value in where.items()})
    return result.first()


async def fetch(tx: Tx, table: sa.Table, id_: str) -> sa.Row[Any]:
    """Raises:
    NotFoundError: No row with this id.
    """
    row = await find(tx, table, id=id_)
    if row is None:
        raise NotFoundError(table.name, id_)
    return row


@cache
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


async def insert(tx: Tx, table: sa.Table, values: Mapping[str, Any]) -> None:
    await tx.execute(_insert(table), values)


@cache
def insert_new_statement(table: sa.Table, dialect: str, conflict: tuple[str, ...]) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing(index_elements=list(conflict) or None)


async def insert_new(tx: Tx, table: sa.Table, values: Mapping[str, Any], conflict: Sequence[str]) -> bool:
    """Insert unless a row with the same ``conflict`` columns (none named: any unique place) is there. False: it was.

    Unlike a failed INSERT this leaves the transaction usable on PostgreSQL.
    """
    result = await tx.execute(insert_new_statement(table, tx.dialect, tuple(conflict)), values)
    return bool(result.rowcount)


def chunks(items: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    """Ids in groups small enough for one IN list."""
    listed = list(items)
    return (listed[start : start + size] for start in range(0, len(listed), size))
