"""S5: the machine only raises; a human lowers, with a reason, at level 4 not alone; a new message voids it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation import lowering
from escalation.closing import Ending
from escalation.errors import (
    NewerMessagesError,
    ReasonMissingError,
    RefusedTransitionError,
    StaleFenceError,
    TicketNotVisibleError,
)
from escalation.events import Closed, HandedBack, Lowered
from nlu.labels import RiskLevel
from records import audit, lowerings, messages, seekers
from records.lowerings import Lowering
from records.models import Kind, Mode, Role, TicketState
from tests.escalation.house import House, Scene

DENIED = {"asked": True, "answer": "denied"}
PRESENT = {"asked": True, "answer": "present"}


def ending(reason: str = "说好了明天见老师", risk: dict[str, object] | None = None) -> Ending:
    return Ending(disposition="helped", note="聊了很久", risk=risk or DENIED, reason=reason)


async def newest(house: House, scene: Scene) -> int:
    async with house.store.read() as tx:
        found = await messages.last(tx, scene.conversation.id, 50)
    return max(one.seq for one in found)


async def rows(house: House, scene: Scene) -> list[Lowering]:
    async with house.store.read() as tx:
        return await lowerings.for_conversation(tx, scene.conversation.id)


async def carried(house: House, scene: Scene) -> RiskLevel:
    async with house.store.read() as tx:
        return (await seekers.get(tx, scene.conversation.seeker_id)).level


async def test_s5_level_three_is_lowered_by_one_human_with_a_reason(both: House) -> None:
    scene, ticket, owner = await both.claimed(3)
    seq = await newest(both, scene)
    lower = both.service.closing.lower
    with pytest.raises(ReasonMissingError):
        await lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "  ")
    with pytest.raises(RefusedTransitionError):
        await lower(owner, ticket.id, ticket.fence, seq, RiskLevel.HIGH, "没有变")
    assert await lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "他和妈妈在一起") == "lowered"
    assert (await both.talk(scene)).level is RiskLevel.LOW
    assert (await both.ticket(ticket.id)).level is RiskLevel.LOW
    assert await carried(both, scene) is RiskLevel.LOW
    event = Lowered(level=1, from_level=3, staff_id=owner.id, ticket_id=ticket.id)
    assert (await both.events(scene))[-1] == event
    assert [(row.state, row.reason) for row in await rows(both, scene)] == [("done", "他和妈妈在一起")]


async def test_s5_level_four_takes_two_humans_when_two_are_there(both: House) -> None:
    scene, ticket, owner = await both.claimed(4)
    supervisor = await both.person(Role.SUPERVISOR)
    seq = await newest(both, scene)
    state = await both.service.closing.lower(owner, ticket.id, ticket.fence, seq, RiskLevel.MODERATE, "安全了")
    assert state == "needs_second"
    assert (await both.talk(scene)).level is RiskLevel.IMMINENT
    row = (await rows(both, scene))[0]
    assert await both.service.closing.review(supervisor, row.id, confirm=True, note="同意") == "done"
    assert (await both.talk(scene)).level is RiskLevel.MODERATE
    last = (await both.events(scene))[-1]
    assert isinstance(last, Lowered)
    assert (last.staff_id, last.second_id) == (owner.id, supervisor.id)
    with pytest.raises(RefusedTransitionError):
        await both.service.closing.review(supervisor, row.id, confirm=True, note="")


async def test_s5_nobody_is_their_own_second_human(house: House) -> None:
    scene, _ = await house.waiting(4)
    supervisor, _other = await house.person(Role.SUPERVISOR), await house.person()
    ticket = await house.service.casework.next(supervisor)
    assert ticket is not None
    seq = await newest(house, scene)
    await house.service.closing.lower(supervisor, ticket.id, ticket.fence, seq, RiskLevel.LOW, "安全了")
    row = (await rows(house, scene))[0]
    with pytest.raises(RefusedTransitionError, match="own"):
        await house.service.closing.review(supervisor, row.id, confirm=True, note="")
    stranger = await house.person(Role.SUPERVISOR, line=await house.line("elsewhere"))
    with pytest.raises(TicketNotVisibleError):
        await house.service.closing.review(stranger, row.id, confirm=True, note="")


async def test_s5_alone_on_duty_level_four_is_lowered_at_once_with_a_review_within_a_day(both: House) -> None:
    scene, ticket, owner = await both.claimed(4)
    seq = await newest(both, scene)
    state = await both.service.closing.lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "救护车到了")
    assert state == "lowered"
    row = (await rows(both, scene))[0]
    assert (row.state, row.due_at) == ("needs_review", both.clock() + timedelta(hours=24))
    async with both.store.read() as tx:
        assert [one.id for one in await lowering.open_rows(tx, owner.line_ids)] == [row.id]


async def test_s5_a_reviewer_who_sees_danger_brings_the_level_and_a_ticket_back(house: House) -> None:
    scene, ticket, owner = await house.claimed(4)
    seq = await newest(house, scene)
    await house.service.closing.close(owner, ticket.id, ticket.fence, seq, ending())
    assert (await house.talk(scene)).level is RiskLevel.MODERATE
    row = (await rows(house, scene))[0]
    supervisor = await house.person(Role.SUPERVISOR)
    assert await house.service.closing.review(supervisor, row.id, confirm=False, note="不放心") == "refused"
    talk = await house.talk(scene)
    assert (talk.level, talk.mode) == (RiskLevel.IMMINENT, Mode.WAITING)
    assert len(await house.queued([talk.line_id])) == 1


async def test_s5_a_message_that_arrives_meanwhile_voids_lowering_and_closing(both: House) -> None:
    scene, ticket, owner = await both.claimed(4)
    supervisor = await both.person(Role.SUPERVISOR)
    seq = await newest(both, scene)
    await both.says(scene, "等等")
    with pytest.raises(NewerMessagesError):
        await both.service.closing.lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "安全了")
    with pytest.raises(NewerMessagesError):
        await both.service.closing.close(owner, ticket.id, ticket.fence, seq, ending())
    seq = await newest(both, scene)
    await both.service.closing.lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "安全了")
    row = (await rows(both, scene))[0]
    await both.says(scene, "开玩笑的")
    assert (await rows(both, scene))[0].state == "void"
    with pytest.raises(RefusedTransitionError):
        await both.service.closing.review(supervisor, row.id, confirm=True, note="")
    assert (await both.talk(scene)).level is RiskLevel.IMMINENT


async def test_s5_closing_at_level_three_needs_a_reason_and_keeps_the_level_with_the_seeker(both: House) -> None:
    scene, ticket, owner = await both.claimed(3)
    seq = await newest(both, scene)
    close = both.service.closing.close
    with pytest.raises(ReasonMissingError):
        await close(owner, ticket.id, ticket.fence, seq, ending(reason=""))
    assert await close(owner, ticket.id, ticket.fence, seq, ending()) == "closed"
    after, talk = await both.ticket(ticket.id), await both.talk(scene)
    assert (after.state, after.disposition, after.risk) == (TicketState.CLOSED, "helped", DENIED)
    assert (talk.mode, talk.owner_id, talk.level) == (Mode.BOT, None, RiskLevel.MODERATE)
    assert await carried(both, scene) is RiskLevel.HIGH
    assert (await both.events(scene))[-1] == Closed(ticket_id=ticket.id, staff_id=owner.id, disposition="helped")


async def test_s5_closing_while_the_risk_is_present_lowers_nothing(house: House) -> None:
    scene, ticket, owner = await house.claimed(3)
    seq = await newest(house, scene)
    await house.service.closing.close(owner, ticket.id, ticket.fence, seq, ending(risk=PRESENT))
    assert (await house.talk(scene)).level is RiskLevel.HIGH


async def test_s5_closing_at_level_four_waits_for_the_second_human_and_is_then_carried_out(both: House) -> None:
    scene, ticket, owner = await both.claimed(4)
    supervisor = await both.person(Role.SUPERVISOR)
    seq = await newest(both, scene)
    assert await both.service.closing.close(owner, ticket.id, ticket.fence, seq, ending()) == "needs_second"
    assert (await both.ticket(ticket.id)).state is TicketState.CLAIMED
    row = (await rows(both, scene))[0]
    await both.service.closing.review(supervisor, row.id, confirm=True, note="")
    after = await both.ticket(ticket.id)
    assert (after.state, after.disposition) == (TicketState.CLOSED, "helped")


async def test_s5_handing_back_to_the_bot_counts_as_lowering_and_to_the_queue_does_not(both: House) -> None:
    scene, ticket, owner = await both.claimed(3)
    to_bot = both.service.closing.to_bot
    with pytest.raises(NewerMessagesError):
        await to_bot(owner, ticket.id, ticket.fence, "", "好些了", None)
    await both.service.speaking.say(owner, scene.conversation.id, "m1", "我在", ticket.fence)
    with pytest.raises(ReasonMissingError):
        await to_bot(owner, ticket.id, ticket.fence, "", "", None)
    assert await to_bot(owner, ticket.id, ticket.fence, "", "好些了", None) == "handed_back"
    assert (await both.events(scene))[-1] == HandedBack(ticket_id=ticket.id, staff_id=owner.id, to="bot")
    assert (await both.talk(scene)).level is RiskLevel.HIGH
    _, other, second = await both.claimed(4)
    back = await both.service.casework.to_queue(second, other.id, other.fence, "我要下班了")
    assert (back.state, back.level) == (TicketState.WAITING, RiskLevel.IMMINENT)


async def test_notes_of_a_hand_back_stand_where_the_next_person_reads_and_never_reach_the_seeker(house: House) -> None:
    scene, ticket, owner = await house.claimed(2)
    await house.service.casework.to_queue(owner, ticket.id, ticket.fence, "喜欢画画")
    async with house.store.read() as tx:
        everything = await messages.listing(tx, scene.conversation.id)
        shown = await messages.listing(tx, scene.conversation.id, to_seeker_only=True)
    assert [one.text for one in everything if one.kind is Kind.NOTE] == ["喜欢画画"]
    assert not [one for one in shown if one.kind is Kind.NOTE]


async def test_s4_closing_twice_is_refused(house: House) -> None:
    scene, ticket, owner = await house.claimed(1)
    seq = await newest(house, scene)
    await house.service.closing.close(owner, ticket.id, ticket.fence, seq, ending())
    with pytest.raises((StaleFenceError, RefusedTransitionError)):
        await house.service.closing.close(owner, ticket.id, ticket.fence, seq, ending())


async def test_s10_lowering_and_closing_are_in_the_audit_trail_and_the_chain_holds(house: House) -> None:
    scene, ticket, owner = await house.claimed(3)
    seq = await newest(house, scene)
    await house.service.closing.lower(owner, ticket.id, ticket.fence, seq, RiskLevel.LOW, "好些了")
    await house.service.closing.close(owner, ticket.id, ticket.fence, seq, ending())
    async with house.store.read() as tx:
        entries = await audit.entries(tx, ticket.id)
    done = [(one.actor, one.action) for one in entries]
    assert (owner.id, "ticket.lower") in done
    assert (owner.id, "ticket.close") in done
    assert await audit.verify(house.store) >= len(entries)
