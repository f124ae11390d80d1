"""The desk's face: who may what, what is in the audit trail, what the socket says, and when it stops ringing."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient

from escalation.web import openapi, permission_table
from records import audit, conversations, outbox, samples
from records.models import Delivery, Role
from records.store import Tx
from tests.escalation.desk import Client, Desk, Office
from tests.escalation.house import PASSWORD, House, Scene, eventually


async def frames(socket: ClientWebSocketResponse, kind: str, *, within_s: float = 10.0, **wanted: Any) -> Any:
    """The next frame of this kind with these fields."""
    async with asyncio.timeout(within_s):
        while True:
            frame = await socket.receive_json()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in wanted.items()):
                return frame


async def connected(desk: Desk) -> ClientWebSocketResponse:
    socket = await desk.client.ws_connect("/api/desk/ws")
    await socket.send_json({"type": "hello", "csrf": desk.csrf})
    await frames(socket, "ready")
    return socket


async def actions(house: House, scene: Scene) -> list[tuple[str, str]]:
    async with house.store.read() as tx:
        return [(one.actor, one.action) for one in await audit.entries(tx, scene.conversation.id)]


# Signing in


async def test_unknown_login_wrong_password_and_lockout_get_the_same_answer(office: Office) -> None:
    person = await office.house.person()
    client: Client = TestClient(office.server)
    office.clients.append(client)
    await client.start_server()

    async def tries(login: str, password: str) -> tuple[int, Any]:
        answer = await client.post("/api/desk/session", json={"login": login, "password": password})
        return answer.status, await answer.json()

    unknown = await tries("nobody", PASSWORD)
    assert unknown[0] == 401
    for _ in range(5):
        assert await tries(person.login, "wrong") == unknown
    assert await tries(person.login, PASSWORD) == unknown
    office.house.clock.advance(901)
    assert (await tries(person.login, PASSWORD))[0] == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_ends_when_idle(office: Office) -> None:
    person = await office.house.person()
    desk = await office.desk(person)
    answer = await desk.client.post("/api/desk/session", json={"login": person.login, "password": PASSWORD})
    cookie = answer.cookies["shudong_desk"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert (await desk.get("/session"))[0] == 200
    office.house.clock.advance(office.house.settings.session_idle_s + 1)
    assert (await desk.get("/session"))[0] == 401


async def test_a_change_without_the_token_against_forged_requests_is_refused(office: Office) -> None:
    desk = await office.desk(await office.house.person())
    status, body = await desk.post("/next", csrf="")
    assert (status, body["error"]["data"]) == (403, {"why": "csrf"})


# Who may what


@pytest.mark.parametrize("role", list(Role))
async def test_d9_every_route_opens_for_its_roles_and_for_nobody_else(office: Office, role: Role) -> None:
    desk = await office.desk(await office.house.person(role, on=False))
    stranger: Client = TestClient(office.server)
    office.clients.append(stranger)
    await stranger.start_server()
    for row in permission_table(office.house.service.routes()):
        if not row["path"].startswith("/api/desk") or row["path"].endswith(("/session", "/ws")):
            continue
        path = re.sub(r"\{\w+\}", "x", row["path"])
        request: dict[str, Any] = {} if row["method"] == "GET" else {"json": {}}
        answer = await stranger.request(row["method"], path, **request)
        assert answer.status == 401, row
        headers = {"X-CSRF-Token": desk.csrf}
        answer = await desk.client.request(row["method"], path, headers=headers, **request)
        allowed = str(role) in row["roles"]
        assert (answer.status != 403) == allowed, (row, answer.status)


async def test_unknown_and_not_yours_get_the_same_answer(office: Office) -> None:
    house = office.house
    elsewhere = await house.line("elsewhere")
    scene, ticket = await house.waiting(3, line=elsewhere)
    for role in (Role.COUNSELLOR, Role.SUPERVISOR):
        desk = await office.desk(await house.person(role))
        theirs = await desk.get(f"/conversations/{scene.conversation.id}")
        unknown = await desk.get("/conversations/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        assert theirs == unknown
        assert theirs[0] == 404
        claim = await desk.post(f"/tickets/{ticket.id}/claim", {"fence": 0})
        assert claim == await desk.post("/tickets/01ARZ3NDEKTSV4RRFFQ69G5FAV/claim", {"fence": 0})


async def test_a_counsellor_sees_a_talk_only_while_it_is_theirs(office: Office) -> None:
    house = office.house
    scene, ticket, owner = await house.claimed(3)
    mine, other = await office.desk(owner), await office.desk(await house.person())
    assert (await mine.get(f"/conversations/{scene.conversation.id}"))[0] == 200
    assert (await other.get(f"/conversations/{scene.conversation.id}"))[0] == 404
    await house.service.casework.to_queue(owner, ticket.id, ticket.fence, "")
    assert (await mine.get(f"/conversations/{scene.conversation.id}"))[0] == 404


async def test_s10_every_look_is_in_the_audit_trail(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(3)
    supervisor = await house.person(Role.SUPERVISOR)
    desk = await office.desk(supervisor)
    await desk.get(f"/conversations/{scene.conversation.id}")
    await (await office.desk(owner)).get(f"/conversations/{scene.conversation.id}?after=0")
    assert await actions(house, scene) == [
        (supervisor.id, "conversation.view"),
        (owner.id, "conversation.view"),
    ]
    status, body = await desk.get(f"/audit?conversation={scene.conversation.id}")
    assert status == 200
    assert "ticket.next" in {item["action"] for item in body["items"]}
    assert await audit.verify(house.store) > 0


async def test_while_nothing_is_approved_every_desk_says_so(office: Office) -> None:
    desk = await office.desk(await office.house.person())
    assert (await desk.get("/overview"))[1]["notices"] == []
    office.house.above.articles = 0
    assert (await desk.get("/overview"))[1]["notices"] == ["no_articles"]


# The way of a talk


async def test_a_talk_from_the_queue_to_its_end(office: Office) -> None:
    house = office.house
    scene, ticket = await house.waiting(3)
    person = await house.person()
    desk = await office.desk(person)
    status, body = await desk.get("/overview")
    assert status == 200
    shown = body["queue"][0]
    assert (shown["id"], shown["nickname"], shown["level"]) == (ticket.id, "青苔", 3)
    assert shown["excerpt"] == {"text": "有人吗", "spans": [[0, 1]]}
    status, body = await desk.post("/next")
    fence = body["ticket"]["fence"]
    assert body["ticket"]["owner"]["id"] == person.id
    assert body["ticket"]["first_word"] is not None
    talk = f"/conversations/{scene.conversation.id}"
    status, body = await desk.post(f"{talk}/messages", {"id": "m1", "text": "我在，慢慢说", "fence": fence})
    assert (status, body["message"]["delivery"], body["message"]["staff"]["id"]) == (200, "queued", person.id)
    assert (await desk.post(f"{talk}/notes", {"id": "n1", "text": "家里有人"}))[1]["message"]["kind"] == "note"
    card = await desk.post(f"{talk}/safety-card", {"id": "c1", "fence": fence})
    assert card[1]["message"]["body"]["card"] == "safety"
    status, body = await desk.get(talk)
    kinds = [message["kind"] for message in body["messages"]]
    assert kinds == ["text", "text", "note", "card"]
    assert body["messages"][0]["assessment"]["spans"] == [{"start": 0, "end": 1, "why": "rule"}]
    assert body["timeline"][0]["by"] == "nlu"
    status, body = await desk.post(
        f"/tickets/{ticket.id}/close",
        {"fence": fence, "last_seq": body["last_seq"], "disposition": "helped", "note": "", "reason": "好多了",
         "risk": {"asked": True, "answer": "denied"}},
    )  # fmt: skip
    assert (status, body) == (200, {"state": "closed"})


async def test_errors_carry_codes_that_the_console_translates(office: Office) -> None:
    house = office.house
    _, ticket, owner = await house.claimed(3)
    desk = await office.desk(owner)
    body = {"fence": ticket.fence, "last_seq": 99, "level": 1, "reason": ""}
    assert (await desk.post(f"/tickets/{ticket.id}/lower", body))[1]["error"]["code"] == "reason_missing"
    stale = {"fence": ticket.fence + 5, "note": "", "to": "queue"}
    assert (await desk.post(f"/tickets/{ticket.id}/hand-back", stale))[1]["error"]["code"] == "stale_fence"
    off = await office.desk(await house.person(on=False))
    assert (await off.post("/next"))[1]["error"]["code"] == "off_duty"


async def test_a_burst_from_one_origin_is_one_row_and_level_three_is_never_folded(office: Office) -> None:
    house = office.house
    for _ in range(3):
        await house.waiting(1, origin="aa")
    for _ in range(2):
        await house.waiting(3, origin="aa")
    desk = await office.desk(await house.person())
    queue = (await desk.get("/overview"))[1]["queue"]
    assert [(row["level"], row["burst"]) for row in queue] == [(3, 1), (3, 1), (1, 3)]
    assert [(await desk.post("/next"))[1]["ticket"]["level"] for _ in range(3)] == [3, 3, 1]


# S9, S16, S17


async def packet(house: House, scene: Scene) -> None:
    until = house.clock().replace(year=house.clock().year + 1)
    await house.store.write(
        lambda tx: conversations.seal_locator(tx, scene.conversation.id, {"address": "203.0.113.7"}, until)
    )


async def test_s9_a_supervisor_reveals_with_a_written_reason_and_it_is_on_record(office: Office) -> None:
    house = office.house
    scene, _ = await house.waiting(4)
    await packet(house, scene)
    supervisor = await house.person(Role.SUPERVISOR)
    desk, path = await office.desk(supervisor), f"/conversations/{scene.conversation.id}/reveal"
    assert (await desk.post(path, {"reason": " "}))[1]["error"]["code"] == "reason_missing"
    assert (await desk.post(path, {"reason": "有生命危险"}))[1] == {
        "state": "revealed",
        "packet": {"address": "203.0.113.7"},
    }
    assert (supervisor.id, "reveal.open") in await actions(house, scene)


async def test_s9_alone_it_opens_after_three_minutes_with_alarm_and_review(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(4)
    await packet(house, scene)
    desk, path = await office.desk(owner), f"/conversations/{scene.conversation.id}/reveal"
    assert (await desk.post(path, {"reason": "有生命危险"}))[1]["state"] == "asked"
    house.clock.advance(house.settings.reveal_alone_s - 1)
    assert (await desk.post(path, {"reason": "有生命危险"}))[1]["state"] == "asked"
    house.clock.advance(2)
    assert (await desk.post(path, {"reason": "有生命危险"}))[1]["state"] == "revealed"
    supervisor = await office.desk(await house.person(Role.SUPERVISOR))
    items = (await supervisor.get("/reviews"))[1]["items"]
    assert [(item["kind"], item["state"]) for item in items] == [("reveal", "needs_review")]


async def test_s9_a_supervisor_may_refuse_and_others_may_not_even_ask(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(4)
    desk, path = await office.desk(owner), f"/conversations/{scene.conversation.id}/reveal"
    await desk.post(path, {"reason": "有生命危险"})
    supervisor = await office.desk(await house.person(Role.SUPERVISOR))
    review = (await supervisor.get("/reviews"))[1]["items"][0]
    answer = await supervisor.post(f"/reviews/{review['id']}", {"decision": "reject", "note": "可以先打电话"})
    assert answer == (200, {"state": "refused"})
    house.clock.advance(600)
    assert (await desk.post(path, {"reason": "有生命危险"}))[1]["error"]["code"] == "reveal_refused"
    other = await office.desk(await house.person())
    assert (await other.post(path, {"reason": "好奇"}))[0] == 403


async def test_s16_the_list_of_those_out_of_reach_names_owner_clock_and_reason(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(4)
    await house.store.write(lambda tx: house.service.tickets.out_of_reach(tx, scene.conversation, "blocked"))
    desk = await office.desk(owner)
    item = (await desk.get("/out-of-reach"))[1]["items"][0]
    assert (item["owner"]["id"], item["why"], item["due_at"] is not None) == (owner.id, "blocked", True)
    end = await desk.post(f"/out-of-reach/{scene.conversation.id}/end", {"note": "家长接到了", "outcome": "reached"})
    assert end[0] == 200
    assert (await desk.get("/out-of-reach"))[1]["items"] == []


async def test_s17_supervisors_read_a_sample_of_what_the_bot_had_alone(office: Office) -> None:
    house = office.house
    alone = [await house.scene(level) for level in (0, 1, 2)]
    for scene in alone:
        await house.says(scene, "睡不着", 1)
    await house.waiting(3)
    house.clock.advance(hours=24)
    desk = await office.desk(await house.person(Role.SUPERVISOR))
    items = (await desk.get("/sample"))[1]["items"]
    assert {item["conversation"] for item in items} == {scene.conversation.id for scene in alone}
    first = items[0]["conversation"]
    assert (await desk.post(f"/sample/{first}", {"verdict": "missed", "note": "应该转人工"}))[0] == 200
    assert [item["reviewed"] for item in (await desk.get("/sample"))[1]["items"]].count("missed") == 1

    async def drawn(tx: Tx) -> int:
        day = (await desk.get("/sample"))[1]["date"]
        return len(await samples.for_day(tx, day))

    async with house.store.read() as tx:
        assert await drawn(tx) == 3


# The socket


async def test_the_socket_says_who_waits_and_rings_until_somebody_takes_it(office: Office) -> None:
    house = office.house
    person = await house.person()
    desk = await office.desk(person)
    socket = await connected(desk)
    scene, ticket = await house.waiting(4)
    alert = await frames(socket, "alert")
    assert (alert["ticket"]["id"], alert["why"], alert["round"]) == (ticket.id, "new", 1)
    queue = await frames(socket, "queue")
    assert [row["id"] for row in queue["tickets"]] == [ticket.id]
    house.clock.advance(house.settings.repeat_alert_s(ticket.level))
    assert (await frames(socket, "alert"))["round"] == 2
    await house.act(person)
    assert (await desk.post("/next"))[0] == 200
    assert (await frames(socket, "alert_over"))["ticket"] == ticket.id
    assert (await frames(socket, "conversation", conversation=scene.conversation.id))["mode"] == "human"
    await socket.close()


async def test_d6_seen_mutes_this_desk_for_a_while_and_then_it_rings_again(office: Office) -> None:
    house = office.house
    person = await house.person()
    desk = await office.desk(person)
    socket = await connected(desk)
    _, ticket = await house.waiting(4)
    await frames(socket, "alert")
    assert (await desk.post(f"/tickets/{ticket.id}/seen"))[0] == 204
    house.clock.advance(house.settings.mute_s - 5)
    with pytest.raises(TimeoutError):
        await frames(socket, "alert", within_s=1.5)
    await socket.close()
    socket = await connected(desk)
    house.clock.advance(house.settings.mute_s)
    assert (await frames(socket, "alert"))["round"] > 1
    await socket.close()


async def test_messages_reach_the_owner_and_silent_watchers_and_nobody_else(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(3)
    supervisor, other = await house.person(Role.SUPERVISOR), await house.person()
    mine, watching, beside = [await connected(await office.desk(person)) for person in (owner, supervisor, other)]
    for socket in (watching, beside):
        await socket.send_json({"type": "watch", "conversation": scene.conversation.id})
    assert (await frames(beside, "refused"))["code"] == "not_found"

    async def watched() -> bool:
        return (supervisor.id, "conversation.watch") in await actions(house, scene)

    await eventually(watched)
    await house.says(scene, "你还在吗")
    for socket in (mine, watching):
        frame = await frames(socket, "message", conversation=scene.conversation.id)
        assert frame["message"]["body"] == {"text": "你还在吗"}
    with pytest.raises(TimeoutError):
        await frames(beside, "message", within_s=0.5)
    await watching.send_json({"type": "typing", "conversation": scene.conversation.id, "on": True})
    await watching.send_json({"type": "ping"})
    await frames(watching, "pong")
    assert house.above.typed == []
    await mine.send_json({"type": "typing", "conversation": scene.conversation.id, "on": True})
    await mine.send_json({"type": "ping"})
    await frames(mine, "pong")
    assert house.above.typed == [(scene.conversation.id, True)]
    for socket in (mine, watching, beside):
        await socket.close()


async def test_the_desk_is_told_when_its_words_arrived(office: Office) -> None:
    house = office.house
    scene, ticket, owner = await house.claimed(3)
    desk = await office.desk(owner)
    socket = await connected(desk)
    talk = f"/conversations/{scene.conversation.id}"
    _, body = await desk.post(f"{talk}/messages", {"id": "w1", "text": "我在", "fence": ticket.fence})
    await house.service.wake.publish(scene.conversation.id)
    assert body["message"]["delivery"] == "queued"
    await frames(socket, "conversation", conversation=scene.conversation.id)

    async def arrived(tx: Tx) -> None:
        for row in await outbox.for_conversation(tx, scene.conversation.id):
            if row.message_id == body["message"]["id"]:
                await outbox.done(tx, row.id, Delivery.DELIVERED)

    await house.store.write(arrived)
    assert (await frames(socket, "message", conversation=scene.conversation.id))["message"]["delivery"] == "delivered"
    await socket.close()


async def test_the_desk_sees_that_the_seeker_types(office: Office) -> None:
    house = office.house
    scene, _, owner = await house.claimed(3)
    socket = await connected(await office.desk(owner))
    house.above.seeker_types.add(scene.conversation.id)
    await house.service.wake.publish(scene.conversation.id)
    assert (await frames(socket, "conversation", conversation=scene.conversation.id))["typing"] is True
    await socket.close()


async def test_s4_a_pong_keeps_the_lease_and_a_foreign_page_gets_no_socket(office: Office) -> None:
    house = office.house
    _, ticket, owner = await house.claimed(1)
    desk = await office.desk(owner)
    house.clock.advance(20)
    socket = await connected(desk)
    await frames(socket, "ticket")

    async def renewed() -> bool:
        return (await house.ticket(ticket.id)).lease_until != ticket.lease_until

    await eventually(renewed)
    await socket.close()
    foreign = await desk.client.ws_connect("/api/desk/ws")
    await foreign.send_json({"type": "hello", "csrf": "guess"})
    assert (await foreign.receive()).type.name in {"CLOSE", "CLOSED"}
    assert foreign.close_code == 4400


async def test_s14_a_counsellor_who_stays_silent_is_told_that_the_ticket_is_gone(office: Office) -> None:
    house = office.house
    _, ticket, owner = await house.claimed(4)
    socket = await connected(await office.desk(owner))
    await house.later(61)
    assert await frames(socket, "lost") == {"type": "lost", "ticket": ticket.id, "why": "unanswered"}
    await socket.close()


async def test_d3_a_counsellor_who_comes_online_drains_the_queue_most_urgent_first(office: Office) -> None:
    house = office.house
    for level in (1, 3, 2, 4, 0):
        await house.waiting(level)
        house.clock.advance(1)
    desk = await office.desk(await house.person(on=False, capacity=5))
    assert (await desk.post("/duty", {"on": True, "capacity": 12}))[1] == {"on_duty": True}
    taken = []
    while (ticket := (await desk.post("/next"))[1]["ticket"]) is not None:
        taken.append(ticket["level"])
    # A level 4 takes the whole counsellor: the rest waits for a colleague.
    assert taken == [4]
    other = await office.desk(await house.person(capacity=5))
    assert [(await other.post("/next"))[1]["ticket"]["level"] for _ in range(4)] == [3, 2, 1, 0]


async def test_the_api_page_describes_every_endpoint_of_the_desk(office: Office) -> None:
    document = openapi(office.house.service.routes())
    assert "/api/desk/tickets/{id}/transfer/accept" in document["paths"]
    assert "/api/desk/ws" not in document["paths"]
    assert document["components"]["schemas"]["TicketShape"]["properties"]["fence"] == {
        "title": "Fence",
        "type": "integer",
    }


async def test_s15_the_page_behind_an_outside_link_says_nothing_and_opening_it_changes_nothing(office: Office) -> None:
    house = office.house
    _, ticket = await house.waiting(4)
    await house.fire()
    path = house.pager.calls[0].ack_url.removeprefix("https://desk.example")
    client: Client = TestClient(office.server)
    office.clients.append(client)
    await client.start_server()
    page = await client.get(path)
    assert page.status == 200
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    words = await page.text()
    assert not [word for word in ("树洞", "心理", "危机", ticket.id) if word in words]
    async with house.store.read() as tx:
        assert "alert.ack" not in {one.action for one in await audit.entries(tx, ticket.id)}
    assert (await client.post(path)).status == 200
    assert (await client.get("/ack/unknown")).status == 404
