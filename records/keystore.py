"""The key store: data keys (wrapped) and the erasure ledger, in a database of their own with backups of their own.

Destroying a key here destroys the words that it sealed in every old backup of the main database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from records import engine as engines
from records.ids import new_id
from records.settings import RecordsSettings
from records.sql import insert_new_statement
from records.tables import UtcDateTime

metadata = sa.MetaData()

data_key = sa.Table(
    "data_key", metadata, sa.Column("id", sa.String(26), primary_key=True), sa.Column("seeker_id", sa.String(26),
    nullable=False),
    sa.Column("retention_class", sa.String(16), nullable=False), sa.Column("version", sa.Integer, nullable=False),
    sa.Column("master_version", sa.Integer, nullable=False), sa.Column("wrapped", sa.LargeBinary, nullable=True),
    sa.Column("created_at", UtcDateTime(), nullable=False), sa.Column("retired_at", UtcDateTime(), nullable=True),
    sa.Column("destroyed_at", UtcDateTime(), nullable=True), sa.Column("final", sa.Boolean, nullable=False,
    default=False),
    sa.UniqueConstraint("seeker_id", "retention_class", "version"),
)  # fmt: skip

erasure_ledger = sa.Table(
    "erasure_ledger", metadata, sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("seeker_id", sa.String(26), nullable=False, index=True), sa.Column("at", UtcDateTime(), nullable=False),
    sa.Column("by", sa.String(40), nullable=False), sa.Column("done_at", UtcDateTime(), nullable=True),
)  # fmt: skip

keystore_meta = sa.Table(
    "keystore_meta",
    metadata,
    sa.Column("key", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

_KEY = sa.select(data_key).where(
    data_key.c.seeker_id == sa.bindparam("seeker"), data_key.c.retention_class == sa.bindparam("kind")
)
_NEWEST = _KEY.order_by(data_key.c.version.desc()).limit(1)
_VERSION = _KEY.where(data_key.c.version == sa.bindparam("version"))
_LOCK = 0x5368_7564_6F6E_4B01


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One data key as it is stored. ``wrapped`` is None once it is destroyed; ``final``: no newer one may follow."""

    version: int
    master_version: int
    wrapped: bytes | None
    retired_at: datetime | None
    destroyed_at: datetime | None
    final: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    id: str
    seeker_id: str
    at: datetime
    by: str
    done_at: datetime | None


def _row(row: sa.Row[Any]) -> KeyRow:
    return KeyRow(row.version, row.master_version, row.wrapped, row.retired_at, row.destroyed_at, row.final)


class KeyStore:
    """Short transactions, each durable before it returns."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], datetime], busy_s: float) -> None:
        self._engine = engine
        self._clock = clock
        self._busy_s = busy_s
        self._sqlite = engines.is_sqlite(engine.url)
        self._lock = asyncio.Lock()
        self.id = ""

    @classmethod
    async def open(cls, settings: RecordsSettings, *, clock: Callable[[], datetime]) -> KeyStore:
        """Open or create the tables. A fresh store gets a fresh ``id``."""
        file = settings.keystore_file
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.touch(mode=0o600)
        self = cls(engines.writer_engine(settings.keystore, 2), clock=clock, busy_s=settings.busy_s)
        try:
            await self._prepare()
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def _prepare(self) -> None:
        if self._sqlite:
            await engines.prepare_sqlite(self._engine)

        async def create() -> str:
            async with self._begin() as connection:
                if not self._sqlite:
                    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                await connection.run_sync(metadata.create_all)
                return await _own_id(connection, new_id(self._clock()))

        self.id = await engines.patiently(create, self._busy_s)

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection, connection.begin():
            yield connection

    async def _write(self, work: Callable[[AsyncConnection], Any]) -> Any:
        async def attempt() -> Any:
            async with self._begin() as connection:
                return await work(connection)

        async with self._lock:
            return await engines.patiently(attempt, self._busy_s)

    async def newest(self, seeker_id: str, kind: str) -> KeyRow | None:
        return await self._one(_NEWEST, {"seeker": seeker_id, "kind": kind})

    async def version(self, seeker_id: str, kind: str, version: int) -> KeyRow | None:
        return await self._one(_VERSION, {"seeker": seeker_id, "kind": kind, "version": version})

    async def _one(self, statement: sa.Select[Any], parameters: dict[str, Any]) -> KeyRow | None:
        # On SQLite a read takes the writer's connection too: keys are cached, so reads are rare.
        rows = await self._write(lambda connection: _fetch(connection, statement, parameters))
        return _row(rows[0]) if rows else None

    async def add(self, seeker_id: str, keys: Iterable[tuple[str, int, int, bytes]]) -> bool:
        """Insert ``(class, version, master version, wrapped)``; a place that another process took meanwhile stays
        its. True: every one is known to have gone in."""
        now = self._clock()
        values = [
            {"id": new_id(now), "seeker_id": seeker_id, "retention_class": kind, "version": version,
            "master_version": master,
             "wrapped": wrapped, "created_at": now, "final": False}
            for kind, version, master, wrapped in keys
        ]  # fmt: skip
        statement = insert_new_statement(
            data_key, self._engine.dialect.name, ("seeker_id", "retention_class", "version")
        )
        result = await self._write(lambda connection: connection.execute(statement, values))
        return bool(result.rowcount == len(values))

    async def retire(self, seeker_id: str, kind: str, before: int) -> None:
        """Versions up to ``before`` seal no longer; they still open."""
        statement = (
            _mark(seeker_id, kind, before).where(data_key.c.retired_at.is_(None)).values(retired_at=self._clock())
        )
        await self._write(lambda connection: connection.execute(statement))

    async def destroy(self, seeker_id: str, kind: str, up_to: int, *, final: bool) -> None:
        """Overwrite the keys up to this version. ``final``: the person is erased, no newer key may follow."""
        statement = _mark(seeker_id, kind, up_to).values(
            wrapped=None,
            destroyed_at=sa.func.coalesce(data_key.c.destroyed_at, sa.literal(self._clock(), UtcDateTime())),
            final=final,
        )
        await self._write(lambda connection: connection.execute(statement))
        await self._scrub()

    async def _scrub(self) -> None:
        """The write-ahead log still holds the old page: fold it in, and cut the file."""
        if not self._sqlite:
            return
        async with self._lock:
            await engines.pragma(self._engine, "wal_checkpoint(TRUNCATE)")

    async def retired(self, before: datetime) -> list[tuple[str, str, int]]:
        """Keys that seal no longer since before then and still exist: ``(seeker, class, version)``."""
        c = data_key.c
        statement = sa.select(c.seeker_id, c.retention_class, c.version).where(
            c.retired_at < before, c.destroyed_at.is_(None)
        )
        rows = await self._write(lambda connection: _fetch(connection, statement, {}))
        return [(row.seeker_id, row.retention_class, row.version) for row in rows]

    async def versions(self, seeker_id: str, kind: str) -> list[KeyRow]:
        rows = await self._write(
            lambda c: _fetch(c, _KEY.order_by(data_key.c.version), {"seeker": seeker_id, "kind": kind})
        )
        return [_row(row) for row in rows]

    async def rewrap(self, master_version: int, again: Callable[[str, str, int, int, bytes], bytes]) -> int:
        """Wrap every living key with a newer master key; answers how many."""
        c = data_key.c

        async def work(connection: AsyncConnection) -> int:
            old = sa.select(data_key).where(c.master_version < master_version, c.wrapped.is_not(None))
            rows = await _fetch(connection, old, {})
            for row in rows:
                wrapped = again(row.seeker_id, row.retention_class, row.version, row.master_version, row.wrapped)
                new = sa.update(data_key).where(c.id == row.id).values(wrapped=wrapped, master_version=master_version)
                await connection.execute(new)
            return len(rows)

        return int(await self._write(work))

    async def begin_erasure(self, seeker_id: str, by: str) -> str:
        """Write into the ledger that this person is to be erased, before anything is touched."""
        now = self._clock()
        values = {"id": new_id(now), "seeker_id": seeker_id, "at": now, "by": by}
        await self._write(lambda connection: connection.execute(sa.insert(erasure_ledger), values))
        return values["id"]  # type: ignore[return-value] # the dict's values are of several types, this one is the id

    async def finish_erasure(self, ledger_id: str) -> None:
        statement = sa.update(erasure_ledger).where(erasure_ledger.c.id == ledger_id).values(done_at=self._clock())
        await self._write(lambda connection: connection.execute(statement))

    async def ledger(self) -> list[LedgerRow]:
        rows = await self._write(lambda c: _fetch(c, sa.select(erasure_ledger).order_by(erasure_ledger.c.id), {}))
        return [LedgerRow(row.id, row.seeker_id, row.at, row.by, row.done_at) for row in rows]

    async def aclose(self) -> None:
        await self._engine.dispose()


def _mark(seeker_id: str, kind: str, up_to: int) -> sa.Update:
    c = data_key.c
    return sa.update(data_key).where(c.seeker_id == seeker_id, c.retention_class == kind, c.version <= up_to)


async def _fetch(
    connection: AsyncConnection, statement: sa.Select[Any], parameters: dict[str, Any]
) -> Sequence[sa.Row[Any]]:
    rows: Sequence[sa.Row[Any]] = (await connection.execute(statement, parameters)).all()
    return rows


async def _own_id(connection: AsyncConnection, fresh: str) -> str:
    found = (await connection.execute(sa.select(keystore_meta.c.value).where(keystore_meta.c.key == "id"))).scalar()
    if found is None:
        await connection.execute(sa.insert(keystore_meta).values(key="id", value=fresh))
    return str(found or fresh)
