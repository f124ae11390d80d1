"""Brings a database to the newest schema, and checks that it belongs to this key file and key store."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from records import engine as engines
from records.errors import KeyMissingError, SettingsError
from records.tables import meta
from records.vault import Vault

_LOCK = 0x5368_7564_6F6E_6701
_MIGRATIONS = Path(__file__).parent / "migrations"


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's settings; it works on the given connection and logs nothing of its own below warnings."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS))
    made.attributes["connection"] = connection
    return made


async def to_newest(engine: AsyncEngine, limit_s: float) -> Mapping[str, str]:
    """Migrate under a lock, so that processes that start together do not meet; answers the rows of ``meta``.

    Raises:
        SettingsError: The database was written by a newer version of this program.
        StoreBusyError: Locked or away for longer than ``limit_s``.
    """
    if engine.dialect.name == "sqlite":
        await engines.prepare_sqlite(engine)

    async def attempt() -> Mapping[str, str]:
        async with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            # On SQLite the transaction began IMMEDIATE: it is the lock.
            await connection.run_sync(_upgrade)
            rows = (await connection.execute(sa.select(meta))).all()
            return {row.key: row.value for row in rows}

    return await engines.patiently(attempt, limit_s)


def _upgrade(connection: sa.Connection) -> None:
    script = ScriptDirectory.from_config(config())
    found = MigrationContext.configure(connection).get_current_revision()
    if found == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise SettingsError(f"the database has schema {found}, which this version does not know: use a newer one")
    command.upgrade(config(connection), "head")


async def check_keys(engine: AsyncEngine, vault: Vault, limit_s: float) -> None:
    """Raises:
    KeyMissingError: The database was written with another key file or key store; the sentence says which.
    """
    wanted = {"key_check": vault.check_value(), "keystore": vault.keystore.id}

    async def attempt() -> dict[str, str]:
        async with engine.connect() as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            found = {row.key: row.value for row in (await connection.execute(sa.select(meta))).all()}
            for key in wanted.keys() - found.keys():
                await connection.execute(sa.insert(meta).values(key=key, value=wanted[key]))
            return {**wanted, **found}

    found = await engines.patiently(attempt, limit_s)
    if found["key_check"] != wanted["key_check"]:
        raise KeyMissingError("the key file is not the one that this database was written with: restore the right one")
    if found["keystore"] != wanted["keystore"]:
        raise KeyMissingError(
            "the key store is not the one that this database was written with: restore its backup, or set keystore_url"
        )
