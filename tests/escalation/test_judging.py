"""Confirming or correcting what was read in a message: it teaches, and moves nothing."""

from __future__ import annotations

import pytest

from records import assessments, audit, conversations, messages
from records.models import Role
from tests.escalation.desk import Desk, Office
from tests.escalation.house import House, Scene

CORRECT = {"level": 2, "categories": ["bullying"], "subject": "self"}


async def first_words(house: House, scene: Scene) -> str:
    async with house.store.read() as tx:
        return (await messages.listing(tx, scene.conversation.id))[0].id


def place(scene: Scene, message_id: str) -> str:
    return f"/conversations/{scene.conversation.id}/messages/{message_id}/level"


async def test_s5_a_corrected_message_is_remembered_and_moves_no_level(office: Office) -> None:
    house = office.house
    scene, ticket, owner = await house.claimed(3)
    desk, message_id = await office.desk(owner), await first_words(house, scene)
    status, answer = await desk.post(place(scene, message_id), CORRECT)
    assert status == 200
    judged = answer["judged"]
    assert (judged["level"], judged["categories"], judged["by"]["id"]) == (2, ["bullying"], owner.id)
    _, talk = await desk.get(f"/conversations/{scene.conversation.id}")
    (shown,) = [one for one in talk["messages"] if one["id"] == message_id]
    assert shown["judged"] == judged
    assert shown["assessment"]["level"] == 3, "what the machine read stays beside it"
    assert [point["by"] for point in talk["timeline"]] == ["nlu"], "and the timeline knows nothing of it"
    assert talk["level"] == 3
    assert (await house.ticket(ticket.id)).level == 3
    async with house.store.read() as tx:
        assert (await conversations.get(tx, scene.conversation.id)).level == 3


async def test_s10_each_judgement_is_in_the_audit_trail_and_the_last_one_holds(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(3)
    desk, message_id = await office.desk(owner), await first_words(house, scene)
    await desk.post(place(scene, message_id), CORRECT)
    await desk.post(place(scene, message_id), {**CORRECT, "level": 3})
    async with house.store.read() as tx:
        assert (await assessments.judged(tx, scene.conversation.id))[message_id].level == 3
        entries = [one for one in await audit.entries(tx, scene.conversation.id) if one.action == "message.level"]
    assert [one.data for one in entries] == [{"message": message_id, "level": level} for level in (2, 3)]
    assert {one.actor for one in entries} == {owner.id}


@pytest.mark.parametrize(
    "body",
    [
        {"level": 0, "categories": ["suicide"], "subject": "self"},
        {"level": 1, "categories": ["suicide"], "subject": "self"},
        {"level": 3, "categories": [], "subject": "self"},
        {"level": 3, "categories": ["suicide"], "subject": "none"},
        {"level": 5, "categories": ["suicide"], "subject": "self"},
    ],
)
async def test_labels_that_break_the_label_page_are_refused(office: Office, body: dict[str, object]) -> None:
    scene, _, owner = await office.house.claimed(3)
    desk = await office.desk(owner)
    status, _ = await desk.post(place(scene, await first_words(office.house, scene)), body)
    assert 400 <= status < 500


async def test_d9_only_who_may_see_the_talk_may_judge_it_and_only_words_of_its_seeker(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(3)
    mine, message_id = await office.desk(owner), await first_words(house, scene)
    stranger: Desk = await office.desk(await house.person())
    unknown = await stranger.post("/conversations/01ARZ3NDEKTSV4RRFFQ69G5FAV/messages/x/level", CORRECT)
    assert await stranger.post(place(scene, message_id), CORRECT) == unknown
    assert unknown[0] == 404
    elsewhere, _ = await house.waiting(3)
    foreign = await first_words(house, elsewhere)
    assert (await mine.post(place(scene, foreign), CORRECT))[0] == 404
    supervisor = await office.desk(await house.person(Role.SUPERVISOR))
    assert (await supervisor.post(place(scene, message_id), CORRECT))[0] == 200
