"""S7, S14, S16: nobody waits unheard, no claim without a word, nobody just disappears."""

from __future__ import annotations

import pytest

from escalation import clocks
from escalation.alerts import rows as alert_rows
from escalation.errors import NotOwnerError, ReasonMissingError, SettingsError
from escalation.events import LastRung, ReachEnded, StaffWord, TransferDeclined, Transferred, Unanswered
from escalation.settings import EscalationSettings
from nlu.labels import RiskLevel
from records import audit, lines, tickets, timers
from records.models import Mode, TicketState
from tests.escalation.house import House


async def ways(house: House, ticket_id: str) -> list[tuple[int, str]]:
    async with house.store.read() as tx:
        return [(one.rung, one.way) for one in await alert_rows.of_ticket(tx, ticket_id)]


@pytest.mark.parametrize(("level", "times"), [(4, (0, 30, 60, 180)), (3, (60, 180, 300, 600))])
async def test_s7_an_unanswered_ticket_climbs_its_ladder_rung_by_rung(
    both: House, level: int, times: tuple[int]
) -> None:
    owner = await both.person()
    scene, ticket = await both.waiting(level)
    await both.fire()
    now = 0
    for number, at in enumerate(times, start=1):
        if at > now:
            await both.act(owner)
            await both.later(at - now - 1)
            assert (await both.ticket(ticket.id)).rung == number - 1
            await both.act(owner)
            await both.later(1)
            now = at
        assert (await both.ticket(ticket.id)).rung == number
    assert [rung for rung, way in await ways(both, ticket.id) if way == "pager"] == [3, 4]
    assert (await both.events(scene))[-1] == LastRung(ticket_id=ticket.id, level=level)


async def test_s7_after_the_last_rung_everybody_is_called_again_and_the_seeker_is_told_once(house: House) -> None:
    await house.person()
    scene, ticket = await house.waiting(4)
    for _ in range(10):
        await house.later(60)
    assert len(house.pager.calls) >= 6
    assert (await house.ticket(ticket.id)).rung > 4
    assert sum(isinstance(one, LastRung) for one in await house.events(scene)) == 1


async def test_s7_with_nobody_on_duty_people_outside_are_called_at_once(house: House) -> None:
    await house.person(on=False)
    _, ticket = await house.waiting(3)
    await house.fire()
    assert [call.ticket_id for call in house.pager.calls] == [ticket.id]


async def test_s7_a_gentle_wish_for_a_human_wakes_nobody_outside(house: House) -> None:
    _, ticket = await house.waiting(1)
    await house.fire()
    for _ in range(6):
        await house.later(300)
    assert house.pager.calls == []
    assert (await house.ticket(ticket.id)).rung >= 2


async def test_s7_a_claim_ends_the_ladder(house: House) -> None:
    scene, ticket, owner = await house.claimed(4)
    await house.service.speaking.say(owner, scene.conversation.id, "m1", "我在", ticket.fence)
    await house.later(300)
    assert house.pager.calls == []
    async with house.store.read() as tx:
        assert clocks.LADDER not in {one.kind for one in await timers.pending(tx, ticket.id)}


async def test_s7_a_raise_starts_the_ladder_from_the_bottom(house: House) -> None:
    await house.person()
    scene, ticket = await house.waiting(1)
    await house.later(181)
    assert (await house.ticket(ticket.id)).rung == 1
    await house.call(scene, 4)
    assert (await house.ticket(ticket.id)).rung == 0
    await house.fire()
    assert (await house.ticket(ticket.id)).rung == 1


async def test_s7_at_the_last_rung_the_neighbour_line_may_take_it(house: House) -> None:
    near = await house.line("near")
    home = await house.line("home", neighbour_id=near.id)
    neighbour = await house.person(line=near)
    _, ticket = await house.waiting(4, line=home)
    assert await house.service.casework.next(neighbour) is None
    await house.later(0)
    for _ in range(4):
        await house.later(60)
    await house.act(neighbour)
    taken = await house.service.casework.next(neighbour)
    assert taken is not None
    assert taken.id == ticket.id
    async with house.store.read() as tx:
        assert (await lines.get(tx, taken.line_id)).slug == "home"


async def test_s7_a_failing_way_out_is_tried_again_and_then_recorded_as_failed(house: House) -> None:
    house.pager.failures = 99
    _, ticket = await house.waiting(4)
    await house.fire()
    for _ in range(house.settings.outside_tries):
        await house.later(20)
    async with house.store.read() as tx:
        first = next(one for one in await alert_rows.of_ticket(tx, ticket.id) if one.way == "pager")
    assert (first.state, first.attempts) == ("failed", house.settings.outside_tries)


async def test_s7_the_link_in_the_call_acknowledges_once_pauses_the_rung_and_claims_nothing(house: House) -> None:
    _, ticket = await house.waiting(4)
    await house.fire()
    link = house.pager.calls[0].ack_url
    assert link.startswith("https://desk.example/ack/")
    token = link.rsplit("/", 1)[1]
    assert await house.service.outside.known(token)
    assert not await house.service.outside.acknowledge(token + "x")
    before = len(house.pager.calls)
    assert await house.service.outside.acknowledge(token)
    for _ in range(4):
        await house.later(60)
    assert len(house.pager.calls) == before
    assert (await house.ticket(ticket.id)).state is TicketState.WAITING
    async with house.store.read() as tx:
        assert "alert.ack" in {one.action for one in await audit.entries(tx, ticket.id)}
    for _ in range(3):
        await house.later(60)
    assert len(house.pager.calls) > before


@pytest.mark.parametrize(("level", "seconds"), [(4, 60), (3, 180)])
async def test_s14_a_claim_without_a_word_goes_to_somebody_else(both: House, level: int, seconds: int) -> None:
    scene, ticket, owner = await both.claimed(level)
    other = await both.person()
    both.clock.advance(seconds - 1)
    await both.fire()
    assert (await both.ticket(ticket.id)).owner_id == owner.id
    await both.later(2)
    after = await both.ticket(ticket.id)
    assert (after.state, after.waiting_since) == (TicketState.WAITING, ticket.waiting_since)
    assert Unanswered(ticket_id=ticket.id, staff_id=owner.id) in await both.events(scene)
    await both.act(owner, other)
    assert await both.service.casework.next(owner) is None
    taken = await both.service.casework.next(other)
    assert taken is not None
    assert taken.owner_id == other.id


async def test_s14_only_a_human_word_stops_the_clock_and_the_next_message_starts_it_again(both: House) -> None:
    scene, ticket, owner = await both.claimed(4)
    await both.service.speaking.safety_card(owner, scene.conversation.id, "card", ticket.fence)
    assert (await both.ticket(ticket.id)).word_due_at is not None
    await both.service.speaking.say(owner, scene.conversation.id, "m1", "我在", ticket.fence)
    after = await both.ticket(ticket.id)
    assert (after.word_due_at, after.first_word_at) == (None, both.clock())
    assert isinstance((await both.events(scene))[-1], StaffWord)
    await both.later(120)
    assert (await both.ticket(ticket.id)).owner_id == owner.id
    await both.says(scene, "还在吗")
    due = (await both.ticket(ticket.id)).word_due_at
    both.clock.advance(30)
    await both.says(scene, "？")
    assert (await both.ticket(ticket.id)).word_due_at == due
    await both.later(31)
    assert (await both.ticket(ticket.id)).state is TicketState.WAITING


async def test_s14_s6_a_rise_under_a_counsellor_starts_the_clock(house: House) -> None:
    scene, ticket, owner = await house.claimed(1)
    assert ticket.word_due_at is None
    await house.service.speaking.say(owner, scene.conversation.id, "m1", "我在", ticket.fence)
    await house.call(scene, 4)
    after = await house.ticket(ticket.id)
    assert after.owner_id == owner.id
    assert after.word_due_at is not None
    assert (await house.talk(scene)).mode is Mode.HUMAN


async def test_s14_an_open_desk_without_a_human_is_not_on_duty(house: House) -> None:
    owner = await house.person()
    assert await house.service.presence.switched_on(owner)
    for _ in range(40):
        house.clock.advance(10)
        await house.service.presence.alive(owner)
    assert not await house.service.presence.switched_on(owner)
    await house.act(owner)
    assert await house.service.presence.switched_on(owner)


async def test_transfer_leaves_the_duty_with_the_sender_until_a_person_accepts(both: House) -> None:
    scene, ticket, owner = await both.claimed(3)
    near = await both.line("near")
    other = await both.person(line=near)
    casework = both.service.casework
    offered = await casework.offer(
        owner, ticket.id, ticket.fence, "要一位会家长工作的人", to_line=near.id, to_staff=None
    )
    assert (offered.owner_id, offered.fence) == (owner.id, ticket.fence)
    taken = await casework.accept(other, ticket.id, ticket.fence)
    assert (taken.owner_id, taken.line_id, taken.level) == (other.id, near.id, RiskLevel.HIGH)
    assert taken.fence == ticket.fence + 1
    assert (await both.talk(scene)).line_id == near.id
    assert isinstance((await both.events(scene))[-1], Transferred)


async def test_a_transfer_that_nobody_accepts_comes_back(house: House) -> None:
    scene, ticket, owner = await house.claimed(1)
    other = await house.person()
    await house.service.casework.offer(owner, ticket.id, ticket.fence, "", to_line=None, to_staff=other.id)
    await house.later(house.settings.transfer_s + 1)
    after = await house.ticket(ticket.id)
    assert (after.owner_id, after.transfer_staff_id) == (owner.id, None)
    assert (await house.events(scene))[-1] == TransferDeclined(ticket_id=ticket.id, why="timeout")


async def test_s16_who_disappears_at_level_three_has_an_owner_and_a_clock_until_a_human_ends_it(both: House) -> None:
    scene = await both.scene(3)
    await both.store.write(lambda tx: both.service.tickets.out_of_reach(tx, scene.conversation, "quick_exit"))
    async with both.store.read() as tx:
        ticket = await tickets.open_for(tx, scene.conversation.id)
        assert ticket is not None
        kinds = {one.kind: one.payload for one in await timers.pending(tx, ticket.id)}
    assert ticket.out_of_reach_at is not None
    assert kinds[clocks.REACH] == {"why": "quick_exit"}
    await both.later(both.settings.out_of_reach_due_s(RiskLevel.HIGH) + 1)
    async with both.store.read() as tx:
        assert clocks.REACH in {one.kind for one in await timers.pending(tx, ticket.id)}
    owner = await both.person()
    end = both.service.closing.end_reach
    with pytest.raises(ReasonMissingError):
        await end(owner, scene.conversation.id, " ", "reached")
    await end(owner, scene.conversation.id, "班主任说他在教室", "reached")
    assert (await both.ticket(ticket.id)).state is TicketState.CLOSED
    assert isinstance((await both.events(scene))[-1], ReachEnded)
    assert (await both.talk(scene)).level is RiskLevel.HIGH


async def test_s16_coming_back_ends_it_by_itself_and_a_colleague_cannot_end_what_somebody_has(house: House) -> None:
    scene, ticket, _owner = await house.claimed(4)
    await house.store.write(lambda tx: house.service.tickets.out_of_reach(tx, scene.conversation, "left"))
    other = await house.person()
    with pytest.raises(NotOwnerError):
        await house.service.closing.end_reach(other, scene.conversation.id, "找到了", "reached")
    await house.says(scene, "我回来了")
    assert (await house.ticket(ticket.id)).out_of_reach_at is None


def test_settings_that_would_cost_a_desk_its_tickets_are_refused() -> None:
    with pytest.raises(SettingsError, match="lease_s"):
        EscalationSettings(lease_s=15, ping_s=10)
    ladders = dict(EscalationSettings().ladders)
    ladders[RiskLevel.HIGH] = tuple(reversed(ladders[RiskLevel.HIGH]))
    with pytest.raises(SettingsError, match="order"):
        EscalationSettings(ladders=ladders)
