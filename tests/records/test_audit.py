"""S10: nobody changes the trail unseen."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from records import audit
from records.errors import AuditBrokenError, RecordsError
from records.settings import RecordsSettings
from records.store import Store, Tx
from records.tables import audit as table
from records.tables import meta
from tests.records.conftest import OpenStore
from tests.records.scene import unit

COLUMNS = ["id", "at", "actor", "action", "object_kind", "object_id", "data", "previous", "hash"]


async def entry(tx: Tx, /, object_id: str = "o", **data: Any) -> None:
    await audit.write(tx, actor="machine", action="test", object_kind="thing", object_id=object_id, data=data)


async def unguarded(store: Store, work: Any) -> None:
    """What somebody with the database's own password could do: take the guards away, change, put them back."""

    async def run(tx: Tx) -> None:
        if tx.dialect == "postgresql":
            await tx.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            await tx.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_UPDATE"))
            await tx.execute(sa.text("DROP TRIGGER IF EXISTS audit_no_DELETE"))
        await work(tx)

    await store.write(run)


async def test_s10_entries_of_many_processes_form_one_dense_chain(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    await asyncio.gather(*(stores[i % 2].write(unit(entry, f"o{i}")) for i in range(20)))
    assert await audit.verify(stores[0]) == 20
    async with stores[0].read() as tx:
        assert [item.n for item in await audit.recent(tx)] == list(range(20, 0, -1))
        assert [item.object_id for item in await audit.entries(tx, "o7")] == ["o7"]


async def test_s10_an_entry_lives_and_dies_with_its_transaction(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await entry(tx)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    await store.write(entry)
    assert await audit.verify(store) == 1


async def test_s10_the_database_itself_refuses_to_change_or_remove_entries(store: Store) -> None:
    await store.write(entry)
    for statement in (sa.update(table).values(actor="somebody"), sa.delete(table)):
        with pytest.raises((DBAPIError, RecordsError)):
            await store.write(unit(Tx.execute, statement))
    assert await audit.verify(store) == 1


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.sampled_from([*COLUMNS, "delete", "cut", "swap", "rehash"]), n=st.integers(1, 6),
    letter=st.sampled_from("xyz")
)  # fmt: skip
async def test_s10_any_change_of_any_row_is_found(store: Store, column: str, n: int, letter: str) -> None:
    """Also by somebody who took the guards away, removed a row or the end, or made the plain hashes fit again."""
    async with store.read() as tx:
        size = (await tx.execute(sa.select(sa.func.count()).select_from(table))).scalar() or 0
    if size < 6:
        for i in range(6 - size):
            await store.write(unit(entry, f"o{i}", level=i))
    async with store.read() as tx:
        rows = [dict(row._mapping) for row in (await tx.execute(sa.select(table).order_by(table.c.n))).all()]
    assert await audit.verify(store) == 6

    async def spoil(tx: Tx) -> None:
        if column in {"delete", "cut"}:
            where = table.c.n == n if column == "delete" else table.c.n >= n
            await tx.execute(sa.delete(table).where(where))
        elif column == "swap":
            first, second = rows[n - 1], rows[n % 6]
            for row, other in ((first, second), (second, first)):
                await tx.execute(
                    sa.update(table).where(table.c.n == row["n"]).values(object_id=other["object_id"] + "'")
                )
        elif column == "rehash":
            wrong = {**rows[n - 1], "actor": "somebody"}
            forged = audit.digest(b"guessed key", wrong)
            await tx.execute(sa.update(table).where(table.c.n == n).values(actor="somebody", hash=forged))
        else:
            await tx.execute(
                sa.update(table).where(table.c.n == n).values({column: spoiled(rows[n - 1][column], letter)})
            )

    await unguarded(store, spoil)
    with pytest.raises(AuditBrokenError):
        await audit.verify(store)

    async def mend(tx: Tx) -> None:
        await tx.execute(sa.delete(table))
        await tx.execute(sa.insert(table), rows)

    await unguarded(store, mend)
    assert await audit.verify(store) == 6


def spoiled(value: Any, letter: str) -> Any:
    if isinstance(value, str):
        return ("0" if value[0] != "0" else "1") + value[1:]
    if isinstance(value, dict):
        return {**value, letter: 1}
    return value.replace(year=2020)


async def test_s10_a_forged_head_does_not_hide_a_missing_end(store: Store) -> None:
    for _ in range(3):
        await store.write(entry)

    async def cut(tx: Tx) -> None:
        await tx.execute(sa.delete(table).where(table.c.n == 3))
        await tx.execute(sa.update(meta).where(meta.c.key == audit.HEAD).values(value="3:" + "0" * 64))

    await unguarded(store, cut)
    with pytest.raises(AuditBrokenError):
        await audit.verify(store)


async def test_s8_the_trail_carries_ids_and_never_words(store: Store) -> None:
    for words in ("今天不想说话", "x" * 201):
        with pytest.raises(ValueError, match="never words"):
            await store.write(unit(entry, reason=words))
