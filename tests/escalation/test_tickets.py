"""S3, S4, S6: a ticket stands with the assessment, is never lost and never taken twice, and quiets the machine."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from escalation.errors import AlreadyClaimedError, NotOwnerError, RefusedTransitionError, StaleFenceError
from escalation.events import Claimed, LeaseLost
from escalation.redis_client import connect
from nlu.labels import RiskLevel, Subject
from records import conversations, messages, outbox, tickets
from records.errors import StaleVersionError
from records.models import Author, Delivery, Kind, Mode, Role, TicketReason, TicketState
from records.store import Tx
from tests.escalation.house import House


async def test_s3_the_ticket_is_written_in_the_transaction_of_the_assessment_or_not_at_all(both: House) -> None:
    scene = await both.scene(3)

    async def work(tx: Tx) -> None:
        await both.service.tickets.call(
            tx, scene.conversation, level=RiskLevel.HIGH, reason=TicketReason.RISK, categories=(), subject=Subject.SELF,
            message_seq=None,
        )  # fmt: skip
        await conversations.save(tx, scene.conversation.id, expect_version=99, mode=Mode.WAITING)

    with pytest.raises(StaleVersionError):
        await both.store.write(work)
    async with both.store.read() as tx:
        assert await tickets.open_for(tx, scene.conversation.id) is None
    assert await both.queued([scene.conversation.line_id]) == []
    ticket = await both.call(scene, 3)
    assert await both.queued([ticket.line_id]) == [ticket.id]


async def test_s4_of_two_counsellors_who_take_at_once_one_wins_two_hundred_times(house: House) -> None:
    one, other = await house.person(capacity=50), await house.person(capacity=50)
    scene, _ = await house.waiting(1)
    for _ in range(200):
        await house.act(one, other)
        taken = await asyncio.gather(house.service.casework.next(one), house.service.casework.next(other))
        winners = [ticket for ticket in taken if ticket is not None]
        assert len(winners) == 1
        owner = one if winners[0].owner_id == one.id else other
        await house.service.speaking.say(owner, scene.conversation.id, f"m{winners[0].fence}", "在的", winners[0].fence)
        back = await house.service.casework.to_queue(owner, winners[0].id, winners[0].fence, "")
        await house.store.write(
            lambda tx, back=back: tickets.swap(tx, back.id, expect_state=TicketState.WAITING, skip_staff=[])  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )


@pytest.mark.postgresql
async def test_s4_many_counsellors_share_many_tickets_without_taking_one_twice(both: House) -> None:
    people = [await both.person(capacity=3) for _ in range(4)]
    made = {(await both.waiting(1))[1].id for _ in range(8)}
    taken = await asyncio.gather(*(both.service.casework.next(one) for one in people for _ in range(3)))
    ids = [ticket.id for ticket in taken if ticket is not None]
    assert Counter(ids) == Counter(made)
    owners = Counter(ticket.owner_id for ticket in taken if ticket is not None)
    assert max(owners.values()) <= 3


async def test_s4_losing_all_of_redis_loses_no_ticket_and_no_order(house: House) -> None:
    made = []
    for level in (1, 4, 2, 3, 0, 4):
        made.append((await house.waiting(level))[1])
        house.clock.advance(1)
    line = made[0].line_id
    before = await house.queued([line])
    assert [(await house.ticket(one)).level for one in before] == [4, 4, 3, 2, 1, 0]
    await house.clients.commands.flushall()
    assert await house.queued([line]) == []
    await house.service.reconciler.round()
    assert await house.queued([line]) == before
    await house.service.room.feed.aclose()


async def test_s4_the_reconciler_takes_out_what_the_database_does_not_know_as_waiting(house: House) -> None:
    _, ticket, _ = await house.claimed(3)
    await house.service.room.queue.put(ticket)
    await house.service.reconciler.round()
    assert await house.queued([ticket.line_id]) == []
    await house.service.room.feed.aclose()


async def test_s4_d4_a_silent_desk_loses_its_ticket_which_goes_back_to_its_old_place(both: House) -> None:
    scene, ticket, owner = await both.claimed(3)
    both.clock.advance(10)
    await both.waiting(3)
    both.clock.advance(both.settings.lease_s)
    await both.service.reconciler.round()
    after = await both.ticket(ticket.id)
    assert (after.state, after.owner_id) == (TicketState.WAITING, None)
    assert (after.waiting_since, after.fence) == (ticket.waiting_since, ticket.fence + 1)
    assert (await both.queued([ticket.line_id]))[0] == ticket.id
    assert (await both.talk(scene)).mode is Mode.WAITING
    assert (await both.events(scene))[-1] == LeaseLost(ticket_id=ticket.id, staff_id=owner.id)
    assert scene.conversation.id in both.above.nudged
    await both.service.room.feed.aclose()


async def test_s4_a_renewed_lease_is_kept(house: House) -> None:
    from escalation import rows

    _, ticket, owner = await house.claimed(1)
    house.clock.advance(20)
    until = house.clock.advance(0)
    await house.store.write(lambda tx: rows.renew_leases(tx, owner.id, until.replace(year=until.year + 1)))
    house.clock.advance(20)
    await house.service.reconciler.round()
    assert (await house.ticket(ticket.id)).state is TicketState.CLAIMED
    await house.service.room.feed.aclose()


async def test_s4_a_write_with_an_old_fence_is_refused_whatever_it_is(both: House) -> None:
    scene, ticket, owner = await both.claimed(1)
    await both.service.casework.to_queue(owner, ticket.id, ticket.fence, "")
    second = await both.person()
    taken = await both.service.casework.next(second)
    assert taken is not None
    assert taken.fence == ticket.fence + 2
    say = both.service.speaking.say
    with pytest.raises(NotOwnerError):
        await say(owner, scene.conversation.id, "m1", "还在", ticket.fence)
    with pytest.raises(StaleFenceError):
        await say(second, scene.conversation.id, "m1", "还在", ticket.fence)
    with pytest.raises(StaleFenceError):
        await both.service.casework.to_queue(second, ticket.id, ticket.fence, "")
    with pytest.raises(StaleFenceError):
        await both.service.casework.offer(second, ticket.id, ticket.fence, "", to_line=None, to_staff=owner.id)


async def test_s4_without_any_redis_tickets_are_opened_taken_answered_and_lapse(house: House, tmp_path: Path) -> None:
    nobody = connect(f"unix://{tmp_path}/nobody.sock")
    alone = House(house.store, nobody, house.clock)
    await alone.service.start()
    assert alone.service.healthy
    low, high = await alone.waiting(1), await alone.waiting(4)
    owner = await alone.person()
    taken = await alone.service.casework.next(owner)
    assert taken is not None
    assert taken.id == high[1].id
    place = await alone.service.waiting.place(low[0].conversation.id)
    assert place is not None
    assert (place.place, place.on_duty) == (1, True)
    await alone.service.speaking.say(owner, high[0].conversation.id, "m1", "我在", taken.fence)
    alone.clock.advance(alone.settings.lease_s + 1)
    await alone.service.reconciler.round()
    assert (await alone.ticket(taken.id)).state is TicketState.WAITING
    await alone.service.aclose()
    await nobody.aclose()


async def test_a_supervisor_may_pick_and_a_counsellor_may_not(house: House) -> None:
    _, ticket = await house.waiting(2)
    supervisor, counsellor = await house.person(Role.SUPERVISOR), await house.person()
    with pytest.raises(NotOwnerError):
        await house.service.casework.claim(counsellor, ticket.id, ticket.fence)
    taken = await house.service.casework.claim(supervisor, ticket.id, ticket.fence)
    assert taken.owner_id == supervisor.id
    with pytest.raises(AlreadyClaimedError):
        await house.service.casework.claim(await house.person(Role.SUPERVISOR), ticket.id, ticket.fence)


async def test_s6_from_the_claim_on_nothing_that_the_machine_had_queued_is_sent(both: House) -> None:
    scene, _ = await both.waiting(2)

    async def work(tx: Tx) -> str:
        message = await messages.append(
            tx, conversation_id=scene.conversation.id, seeker_id=scene.conversation.seeker_id, author=Author.BOT,
            kind=Kind.TEXT, body={"text": "还要等一会儿"}, delivery=Delivery.QUEUED,
        )  # fmt: skip
        await outbox.enqueue(tx, message, scene.conversation.channel)
        return message.id

    message_id = await both.store.write(work)
    owner = await both.person()
    taken = await both.service.casework.next(owner)
    assert taken is not None
    async with both.store.read() as tx:
        assert (await messages.get(tx, message_id)).delivery is Delivery.CANCELLED
    talk = await both.talk(scene)
    assert (talk.mode, talk.owner_id) == (Mode.HUMAN, owner.id)
    events = await both.events(scene)
    assert events == [Claimed(ticket_id=taken.id, staff_id=owner.id, fence=taken.fence)]


async def test_a_claim_raises_the_version_so_that_the_engine_decides_again(house: House) -> None:
    scene, _ = await house.waiting(2)
    before = (await house.talk(scene)).version
    await house.service.casework.next(await house.person())
    with pytest.raises(StaleVersionError):
        await house.store.write(
            lambda tx: conversations.save(tx, scene.conversation.id, expect_version=before, mode=Mode.BOT)
        )


async def test_there_is_one_open_ticket_however_often_people_are_called_and_its_level_only_rises(both: House) -> None:
    scene, first = await both.waiting(2)
    second = await both.call(scene, 4, seq=1)
    third = await both.call(scene, 3)
    assert first.id == second.id == third.id
    assert third.level is RiskLevel.IMMINENT
    assert [str(one) for one in third.categories] == ["suicide"]
    await both.service.casework.next(await both.person())
    assert (await both.call(scene, 1)).id == first.id


async def test_danger_after_a_closed_ticket_opens_a_new_one(house: House) -> None:
    scene, ticket, owner = await house.claimed(1)
    from escalation.closing import Ending

    ending = Ending(disposition="helped", note="", risk={"asked": True, "answer": "denied"})
    await house.service.closing.close(owner, ticket.id, ticket.fence, 99, ending)
    again = await house.call(scene, 3)
    assert again.id != ticket.id
    assert (await house.talk(scene)).mode is Mode.WAITING


async def test_a_wish_for_a_human_may_be_taken_back_before_anybody_came_and_below_level_two_only(house: House) -> None:
    scene = await house.scene(1)
    ticket = await house.call(scene, 1, reason=TicketReason.ASK_HUMAN)
    await house.store.write(lambda tx: house.service.tickets.withdraw(tx, scene.conversation))
    assert (await house.ticket(ticket.id)).state is TicketState.CLOSED
    assert await house.queued([ticket.line_id]) == []
    other, _ = await house.waiting(3)
    with pytest.raises(RefusedTransitionError):
        await house.store.write(lambda tx: house.service.tickets.withdraw(tx, other.conversation))


async def test_a_message_sent_twice_by_a_desk_is_one_message(house: House) -> None:
    scene, ticket, owner = await house.claimed(2)
    first = await house.service.speaking.say(owner, scene.conversation.id, "same", "在的", ticket.fence)
    again = await house.service.speaking.say(owner, scene.conversation.id, "same", "在的", ticket.fence)
    assert first.id == again.id
    async with house.store.read() as tx:
        rows_ = await outbox.for_conversation(tx, scene.conversation.id)
    assert len(rows_) == 1
