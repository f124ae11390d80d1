"""S4: the database decides who has a ticket."""

import asyncio
from datetime import timedelta

import pytest

from records import lowerings, tickets
from records.errors import ConflictError
from records.models import Ticket, TicketReason, TicketState
from records.settings import RecordsSettings
from records.store import Store
from tests.records.conftest import OpenStore
from tests.records.scene import Scene, colleague, somebody
from tests.support.clock import FrozenClock


async def call(store: Store, scene: Scene, level: int = 3) -> Ticket:
    return await store.write(
        lambda tx: tickets.insert(
            tx, conversation_id=scene.conversation.id, seeker_id=scene.seeker.id, line_id=scene.conversation.line_id,
            level=level, reason=TicketReason.RISK, categories=["suicide"], subject="self", message_seq=1,
        )
    )  # fmt: skip


async def test_s4_of_two_claims_at_once_one_wins(settings: RecordsSettings, open_store: OpenStore) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    ticket = await call(stores[0], await somebody(stores[0]))
    people = [await colleague(stores[0], f"desk{i}") for i in range(6)]

    async def claim(n: int) -> bool:
        return await stores[n % 2].write(
            lambda tx: tickets.swap(
                tx, ticket.id, expect_state=TicketState.WAITING, expect_fence=0, new_fence=True,
                state=TicketState.CLAIMED, owner_id=people[n].id, claimed_at=tx.now,
            )
        )  # fmt: skip

    won = await asyncio.gather(*(claim(n) for n in range(6)))
    assert sum(won) == 1
    async with stores[1].read() as tx:
        after = await tickets.get(tx, ticket.id)
        assert [item.id for item in await tickets.claimed_by(tx, people[won.index(True)].id)] == [ticket.id]
    assert (after.owner_id, after.fence, after.state) == (people[won.index(True)].id, 1, TicketState.CLAIMED)


async def test_s4_a_write_with_an_old_fence_changes_nothing(store: Store) -> None:
    ticket = await call(store, await somebody(store))
    await store.write(lambda tx: tickets.swap(tx, ticket.id, expect_state=TicketState.WAITING, new_fence=True, rung=1))
    stale = await store.write(
        lambda tx: tickets.swap(tx, ticket.id, expect_state=TicketState.WAITING, expect_fence=0, rung=9, note="x")
    )
    async with store.read() as tx:
        assert not stale
        assert (await tickets.get(tx, ticket.id)).rung == 1
        assert (await tickets.words(tx, ticket.id)).note is None


async def test_s4_a_conversation_has_one_open_ticket_at_most(settings: RecordsSettings, open_store: OpenStore) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    scene = await somebody(stores[0])
    done = await asyncio.gather(*(call(stores[i % 2], scene) for i in range(4)), return_exceptions=True)
    assert sum(isinstance(item, Ticket) for item in done) == 1
    assert sum(isinstance(item, ConflictError) for item in done) == 3


async def test_the_most_urgent_and_longest_waiting_ticket_comes_first(store: Store, frozen_clock: FrozenClock) -> None:
    made = []
    for level in (2, 4, 3, 4):
        made.append((await call(store, await somebody(store), level)).id)
        frozen_clock.advance(1)
    async with store.read() as tx:
        assert [item.id for item in await tickets.waiting(tx)] == [made[1], made[3], made[2], made[0]]
        assert await tickets.waiting(tx, "another line") == []


async def test_a_claimed_ticket_whose_desk_fell_silent_is_found(store: Store, frozen_clock: FrozenClock) -> None:
    ticket = await call(store, await somebody(store))
    until = frozen_clock() + timedelta(seconds=30)
    await store.write(
        lambda tx: tickets.swap(
            tx, ticket.id, expect_state=TicketState.WAITING, state=TicketState.CLAIMED, lease_until=until
        )
    )
    async with store.read() as tx:
        assert await tickets.lapsed(tx, until) == []
        assert [item.id for item in await tickets.lapsed(tx, until + timedelta(seconds=1))] == [ticket.id]


async def test_the_words_on_a_ticket_are_sealed_and_come_back(store: Store) -> None:
    ticket = await call(store, await somebody(store))
    await store.write(
        lambda tx: tickets.swap(
            tx, ticket.id, expect_state=TicketState.WAITING, note="听了很久", transfer_note="请接手"
        )
    )
    async with store.read() as tx:
        words = await tickets.words(tx, ticket.id)
    assert (words.note, words.transfer_note) == ("听了很久", "请接手")
    assert "听" not in repr(words)


async def test_a_field_that_no_ticket_has_is_refused(store: Store) -> None:
    ticket = await call(store, await somebody(store))
    with pytest.raises(TypeError):
        await store.write(lambda tx: tickets.swap(tx, ticket.id, expect_state=TicketState.WAITING, fence=7))


async def test_s5_a_message_voids_a_lowering_that_waits_for_a_second_human(store: Store) -> None:
    scene, one, two = await somebody(store), await colleague(store, "one"), await colleague(store, "two")
    made = await store.write(
        lambda tx: lowerings.insert(
            tx, conversation_id=scene.conversation.id, ticket_id=None, seeker_id=scene.seeker.id, kind="lower",
            from_level=4, to_level=2, by_id=one.id, state="needs_second", last_seq=3, reason="谈过了",
        )
    )  # fmt: skip
    assert made.reason == "谈过了"
    assert await store.write(lambda tx: lowerings.void(tx, scene.conversation.id)) == 1
    settled = await store.write(
        lambda tx: lowerings.settle(tx, made.id, expect_state="needs_second", state="done", second_id=two.id)
    )
    async with store.read() as tx:
        assert not settled
        assert await lowerings.pending(tx, scene.conversation.id) is None
        assert (await lowerings.get(tx, made.id)).state == "void"
