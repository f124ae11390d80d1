"""The migrations make exactly what the tables say, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from records.settings import RecordsSettings
from records.store import Store
from records.tables import metadata
from tests.records.conftest import OpenStore


async def test_the_migrated_schema_is_the_one_in_the_tables(store: Store) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, metadata)
        return found

    async with store._engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_changes_nothing(settings: RecordsSettings, open_store: OpenStore) -> None:
    first = await open_store(settings)
    second = await open_store(settings)
    tables = sa.text("SELECT version_num FROM alembic_version")
    for store in (first, second):
        async with store.read() as tx:
            assert list((await tx.execute(tables)).scalars()) == ["0001"]
