"""Delivery in order, and nothing from the machine after a claim."""

import asyncio
from datetime import timedelta

from records import messages, outbox
from records.models import Author, Channel, Delivery, OutboxRow
from records.settings import RecordsSettings
from records.store import Store, Tx
from tests.records.conftest import OpenStore
from tests.records.scene import Scene, answer, say, somebody, unit
from tests.support.clock import FrozenClock


async def queue(
    store: Store, scene: Scene, text: str, *, author: Author = Author.BOT, safety: bool = False
) -> OutboxRow:
    async def work(tx: Tx) -> OutboxRow:
        return await outbox.enqueue(tx, await answer(tx, scene, text, author=author), Channel.WECHAT, safety=safety)

    return await store.write(work)


async def test_a_later_row_waits_until_the_earlier_one_of_its_talk_is_settled(
    store: Store, frozen_clock: FrozenClock
) -> None:
    first, other = await somebody(store), await somebody(store)
    rows = [await queue(store, first, str(i)) for i in range(3)]
    apart = await queue(store, other, "x")
    taken = await outbox.lease(store, "p", 10, 30)
    assert {row.id for row in taken} == {rows[0].id, apart.id}
    assert await outbox.lease(store, "q", 10, 30) == []
    await store.write(lambda tx: outbox.retry(tx, rows[0].id, frozen_clock() + timedelta(minutes=1), "timeout"))
    assert await outbox.lease(store, "q", 10, 30) == [], "a retry that waits still holds back what comes after it"
    frozen_clock.advance(minutes=1)
    order = []
    while taken := [
        row for row in await outbox.lease(store, "p", 10, 3000) if row.conversation_id == first.conversation.id
    ]:
        order += [row.id for row in taken]
        await store.write(unit(outbox.done, taken[0].id, Delivery.SENT, "prov-1"))
    assert order == [row.id for row in rows]
    async with store.read() as tx:
        assert [m.delivery for m in await messages.listing(tx, first.conversation.id)] == [Delivery.SENT] * 3


async def test_safety_texts_of_other_talks_go_first(store: Store) -> None:
    scenes = [await somebody(store) for _ in range(3)]
    for scene in scenes[:2]:
        await queue(store, scene, "a")
    urgent = await queue(store, scenes[2], "b", safety=True)
    assert [row.id for row in await outbox.lease(store, "p", 1, 30)] == [urgent.id]


async def test_a_lease_that_ran_out_frees_its_row(store: Store, frozen_clock: FrozenClock) -> None:
    row = await queue(store, await somebody(store), "a")
    assert [item.id for item in await outbox.lease(store, "dead", 5, 30)] == [row.id]
    frozen_clock.advance(31)
    assert [item.id for item in await outbox.lease(store, "alive", 5, 30)] == [row.id]


async def test_two_processes_never_lease_one_row_and_keep_the_order(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    scenes = [await somebody(stores[0]) for _ in range(4)]
    for i in range(5):
        for scene in scenes:
            await queue(stores[0], scene, str(i))
    sent: dict[str, list[int]] = {scene.conversation.id: [] for scene in scenes}

    async def courier(n: int) -> None:
        while sum(map(len, sent.values())) < 20:
            for row in await outbox.lease(stores[n % 2], f"p{n}", 2, 3000):
                sent[row.conversation_id].append(row.seq)
                await stores[n % 2].write(unit(outbox.done, row.id, Delivery.SENT))

    async with asyncio.timeout(120):
        await asyncio.gather(*(courier(n) for n in range(4)))
    assert all(seqs == [1, 2, 3, 4, 5] for seqs in sent.values())


async def test_s6_a_claim_cancels_what_the_machine_still_wanted_to_say(store: Store, frozen_clock: FrozenClock) -> None:
    scene = await somebody(store)
    running = await queue(store, scene, "running")
    waiting = await queue(store, scene, "waiting")
    notice = await queue(store, scene, "notice", author=Author.SYSTEM)
    await outbox.lease(store, "p", 5, 30)
    cancelled = await store.write(lambda tx: outbox.cancel_machine(tx, scene.conversation.id))
    assert set(cancelled) == {running.message_id, waiting.message_id}
    await store.write(lambda tx: outbox.retry(tx, running.id, frozen_clock(), "timeout"))
    assert [row.id for row in await outbox.lease(store, "p", 5, 30)] == [notice.id]


async def test_what_the_page_has_shown_is_delivered(store: Store) -> None:
    scene = await somebody(store)
    await store.write(lambda tx: say(tx, scene, "hi"))
    rows = [await queue(store, scene, str(i)) for i in range(3)]
    await store.write(lambda tx: outbox.delivered_up_to(tx, scene.conversation.id, rows[1].seq))
    async with store.read() as tx:
        states = [row.state for row in await outbox.for_conversation(tx, scene.conversation.id)]
    assert states == [Delivery.DELIVERED, Delivery.DELIVERED, Delivery.QUEUED]


async def test_failed_and_unknown_outcomes_stay_visible(store: Store) -> None:
    scene = await somebody(store)
    rows = [await queue(store, scene, str(i)) for i in range(3)]
    for row, state in zip(rows, (Delivery.FAILED, Delivery.UNKNOWN, Delivery.SENT), strict=True):
        await store.write(unit(outbox.done, row.id, state))
    async with store.read() as tx:
        assert {row.id for row in await outbox.problems(tx)} == {rows[0].id, rows[1].id}
