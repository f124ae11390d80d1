"""Units of work: committed together, taken back alone, never half done."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from records import conversations, messages, seekers
from records.errors import (
    ConflictError,
    DuplicateMessageError,
    StaleVersionError,
    StoreBusyError,
    StoreClosedError,
)
from records.settings import RecordsSettings
from records.store import Store, Tx
from records.tables import meta
from tests.records.conftest import OpenStore
from tests.records.scene import say, somebody, unit


async def put(tx: Tx, key: str, value: str = "x") -> str:
    await tx.execute(sa.insert(meta).values(key=key, value=value))
    return value


async def keys(store: Store) -> set[str]:
    async with store.read() as tx:
        return set((await tx.execute(sa.select(meta.c.key).where(meta.c.key.like("t%")))).scalars())


async def test_a_unit_that_raises_takes_back_only_itself(store: Store) -> None:
    async def bad(tx: Tx) -> None:
        await put(tx, "t-bad")
        raise LookupError("on purpose")

    done = await asyncio.gather(
        *(store.write(unit(put, f"t{i}")) for i in range(5)),
        store.write(bad),
        *(store.write(unit(put, f"t{i}")) for i in range(5, 10)),
        return_exceptions=True,
    )
    assert [type(item) for item in done].count(LookupError) == 1
    assert await keys(store) == {f"t{i}" for i in range(10)}


async def test_a_unit_whose_statement_fails_takes_back_only_itself(store: Store) -> None:
    async def twice(tx: Tx) -> None:
        await put(tx, "t-twice")
        await put(tx, "t-twice")

    done = await asyncio.gather(
        store.write(lambda tx: put(tx, "t1")), store.write(twice), store.write(lambda tx: put(tx, "t2")),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(done[1], ConflictError)
    assert await keys(store) == {"t1", "t2"}


async def test_what_was_answered_is_on_disk_before_the_answer(local: RecordsSettings, open_store: OpenStore) -> None:
    """Group commit: seen from another connection the row is there at the moment the caller goes on."""
    store = await open_store(local)
    file = local.database_file
    assert file is not None

    async def one(i: int) -> bool:
        await store.write(lambda tx: put(tx, f"t{i}"))
        with sqlite3.connect(file) as other:
            found = other.execute("SELECT count(*) FROM meta WHERE key = ?", (f"t{i}",)).fetchone()
        other.close()
        return bool(found[0])

    assert all(await asyncio.gather(*(one(i) for i in range(40))))


async def test_a_cancelled_caller_does_not_break_the_others(store: Store) -> None:
    started = asyncio.Event()

    async def slow(tx: Tx) -> None:
        await put(tx, "t-slow")
        started.set()
        await asyncio.sleep(0.1)

    first = asyncio.create_task(store.write(slow), name="first")
    others = [asyncio.create_task(store.write(unit(put, f"t{i}")), name="other") for i in range(5)]
    await started.wait()
    first.cancel()
    others[4].cancel()
    done = await asyncio.gather(first, *others, return_exceptions=True)
    assert [isinstance(item, asyncio.CancelledError) for item in done] == [True, False, False, False, False, True]
    assert {f"t{i}" for i in range(4)} <= await keys(store)
    await store.write(lambda tx: put(tx, "t-after"))
    assert "t-after" in await keys(store)


async def test_a_unit_that_hangs_is_given_up_and_the_others_go_on(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    from dataclasses import replace

    store = await open_store(replace(settings, unit_s=1.0))

    async def hang(tx: Tx) -> None:
        await put(tx, "t-hang")
        await asyncio.Event().wait()

    done = await asyncio.gather(
        store.write(hang), *(store.write(unit(put, f"t{i}")) for i in range(3)), return_exceptions=True
    )
    assert isinstance(done[0], StoreBusyError)
    assert await keys(store) == {"t0", "t1", "t2"}


async def test_calls_after_commit_run_in_order_and_their_failure_is_not_passed_on(store: Store) -> None:
    seen: list[str] = []

    async def later() -> None:
        seen.append("later")

    def broken() -> None:
        raise RuntimeError("on purpose")

    async def work(tx: Tx) -> str:
        tx.after_commit(lambda: seen.append("first"))
        tx.after_commit(broken)
        tx.after_commit(later)
        assert not seen
        return await put(tx, "t")

    assert await store.write(work) == "x"
    assert seen == ["first", "later"]


async def test_calls_after_commit_do_not_run_when_the_unit_is_taken_back(store: Store) -> None:
    seen: list[str] = []

    async def work(tx: Tx) -> None:
        tx.after_commit(lambda: seen.append("never"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(work)
    assert not seen


async def test_a_unit_inside_a_unit_is_refused_instead_of_waiting_for_itself(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await store.write(lambda inner: put(inner, "t"))

    with pytest.raises(RuntimeError):
        await store.write(work)


async def test_a_reading_transaction_cannot_write_and_sees_one_moment(store: Store) -> None:
    async with store.read() as tx:
        before = (await tx.execute(sa.select(sa.func.count()).select_from(meta))).scalar()
        await store.write(lambda other: put(other, "t"))
        assert (await tx.execute(sa.select(sa.func.count()).select_from(meta))).scalar() == before
    with pytest.raises(Exception, match=r"refused|read-only|readonly"):
        async with store.read() as tx:
            await put(tx, "t-no")
    assert await keys(store) == {"t"}


async def test_a_transaction_is_of_no_use_once_it_has_ended(store: Store) -> None:
    kept: list[Tx] = []

    async def work(tx: Tx) -> None:
        kept.append(tx)

    await store.write(work)
    with pytest.raises(RuntimeError):
        await kept[0].execute(sa.select(meta))


async def test_a_closed_store_says_so(settings: RecordsSettings, open_store: OpenStore) -> None:
    store = await open_store(settings)
    await store.aclose()
    with pytest.raises(StoreClosedError):
        await store.write(lambda tx: put(tx, "t"))


async def test_two_stores_that_open_one_new_database_at_once_do_not_clash(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    first, second = await asyncio.gather(open_store(settings), open_store(settings))
    await asyncio.gather(first.write(lambda tx: put(tx, "t1")), second.write(lambda tx: put(tx, "t2")))
    assert await keys(first) == await keys(second) == {"t1", "t2"}


async def test_s1_a_message_is_stored_once_however_often_the_channel_repeats_it(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    """Repeats meet in two processes at the same moment; every one of them learns the id of the first."""
    stores = [await open_store(settings), await open_store(settings)]
    scene = await somebody(stores[0])
    done = await asyncio.gather(
        *(stores[i % 2].write(lambda tx: say(tx, scene, "在吗", channel_id="m-1")) for i in range(12)),
        return_exceptions=True,
    )
    first = [item for item in done if not isinstance(item, BaseException)]
    again = [item for item in done if isinstance(item, DuplicateMessageError)]
    assert len(first) == 1
    assert len(again) == 11
    assert {(item.message_id, item.seq) for item in again} == {(first[0].id, first[0].seq)}
    follow = await stores[0].write(lambda tx: say(tx, scene, "还在", channel_id="m-2"))
    async with stores[1].read() as tx:
        assert [item.seq for item in await messages.listing(tx, scene.conversation.id)] == [1, 2]
    assert follow.seq == 2


async def test_s1_sixty_four_writers_leave_no_gap_and_no_double_in_seq(store: Store) -> None:
    scenes = [await somebody(store) for _ in range(2)]

    async def writer(n: int) -> list[int]:
        scene = scenes[n % 2]
        return [(await store.write(unit(say, scene, f"{n}-{i}"))).seq for i in range(3)]

    done = await asyncio.gather(*(writer(n) for n in range(64)))
    assert all(seqs == sorted(seqs) for seqs in done), "what one writer says keeps its order"
    async with store.read() as tx:
        for scene in scenes:
            found = await messages.listing(tx, scene.conversation.id)
            assert [item.seq for item in found] == list(range(1, 97))
            assert sorted(found, key=lambda item: item.id) == found


async def test_of_two_decisions_on_one_version_one_wins_and_the_other_is_told(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    scene = await somebody(stores[0])

    async def decide(store: Store, level: int) -> int:
        return await store.write(
            lambda tx: conversations.save(tx, scene.conversation.id, expect_version=0, level=level)
        )

    done = await asyncio.gather(*(decide(stores[i % 2], i % 5) for i in range(8)), return_exceptions=True)
    assert [item for item in done if isinstance(item, int)] == [1]
    assert sum(isinstance(item, StaleVersionError) for item in done) == 7


async def test_s1_database_full_of_planted_failures_keeps_every_acknowledged_row(
    local: RecordsSettings, open_store: OpenStore
) -> None:
    """The writing connection breaks under a unit; the others of its batch are written all the same."""
    store = await open_store(local)
    assert store._group is not None

    async def breaks(tx: Tx) -> None:
        connection = store._group._connection if store._group else None
        assert connection is not None
        await connection.invalidate()
        raise OSError("on purpose")

    done = await asyncio.gather(
        *(store.write(unit(put, f"t{i}")) for i in range(4)), store.write(breaks),
        *(store.write(unit(put, f"t{i}")) for i in range(4, 8)), return_exceptions=True,
    )  # fmt: skip
    assert isinstance(done[4], StoreBusyError)
    assert await keys(store) == {f"t{i}" for i in range(8)}


async def test_a_locked_database_is_waited_for_and_then_refused_by_name(tmp_path: Path, open_store: OpenStore) -> None:
    settings = RecordsSettings(data_dir=tmp_path / "locked", busy_s=0.2)
    store = await open_store(settings)
    assert settings.database_file is not None
    other = sqlite3.connect(settings.database_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError):
        await store.write(lambda tx: put(tx, "t-locked"))
    other.execute("ROLLBACK")
    other.close()
    await store.write(lambda tx: put(tx, "t-free"))
    assert await keys(store) == {"t-free"}


async def test_the_secret_word_shuts_the_door_after_five_failures(store: Store) -> None:
    scene = await somebody(store)
    await store.write(lambda tx: seekers.set_secret(tx, scene.seeker.id, "萤火虫"))
    assert await store.write(lambda tx: seekers.check_secret(tx, scene.seeker.id, "萤火虫"))
    for _ in range(5):
        assert not await store.write(lambda tx: seekers.check_secret(tx, scene.seeker.id, "猜的"))
    assert not await store.write(lambda tx: seekers.check_secret(tx, scene.seeker.id, "萤火虫"))
    store.clock.advance(minutes=16)  # type: ignore[attr-defined] # the fixture's FrozenClock
    assert await store.write(lambda tx: seekers.check_secret(tx, scene.seeker.id, "萤火虫"))
