"""Signing in, duty, the first screen, the socket."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from escalation import lowering
from escalation.desk import shapes
from escalation.desk.bodies import DutyBody, SignInBody
from escalation.desk.deps import DeskDeps
from escalation.desk.guards import COOKIE
from escalation.desk.people import everybody
from escalation.desk.socket import DeskSocket
from escalation.desk.views import staff_shape
from escalation.feed import Change
from escalation.signin import StaffWho
from escalation.web import PUBLIC, Call, Route, json_response
from records import audit, lines
from records.models import Role, Staff
from records.store import Tx

TAGS = ("desk",)


def routes(deps: DeskDeps) -> list[Route]:
    api, guard, path = _Api(deps), deps.guards, "/api/desk/session"
    return [
        Route(method="POST", path=path, guard=PUBLIC, handler=api.sign_in, body=SignInBody,
              answer=shapes.SessionAnswer, summary="Sign in.", tags=TAGS),
        Route(method="GET", path=path, guard=guard.staff, handler=api.session, answer=shapes.SessionAnswer,
              summary="Who is signed in.", tags=TAGS),
        Route(method="DELETE", path=path, guard=guard.staff, handler=api.sign_out, summary="Sign out.", tags=TAGS),
        Route(method="GET", path="/api/desk/overview", guard=guard.staff, handler=api.overview,
              answer=shapes.Overview, summary="Everything for the first screen.", tags=TAGS),
        Route(method="POST", path="/api/desk/duty", guard=guard.counsellor, handler=api.duty, body=DutyBody,
              answer=shapes.DutyAnswer, summary="Go on or off duty.", tags=TAGS),
        Route(method="GET", path="/api/desk/people", guard=guard.counsellor, handler=api.people,
              answer=shapes.People, summary="Lines, and colleagues with their load.", tags=TAGS),
        Route(method="GET", path="/api/desk/ws", guard=guard.staff, handler=api.socket, summary="The desk's socket.",
              hidden=True),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._deps = deps
        self._room = deps.room

    async def sign_in(self, call: Call[None, SignInBody, None]) -> web.Response:
        who = await self._deps.sessions.sign_in(call.body.login, call.body.password)
        answer = json_response(shapes.SessionAnswer(staff=staff_shape(who.staff), csrf=who.csrf))
        settings = self._room.settings
        answer.set_cookie(
            COOKIE, who.token, path="/", httponly=True, samesite="Strict", secure=settings.behind_tls,
            max_age=int(settings.session_absolute_s),
        )  # fmt: skip
        return answer

    async def session(self, call: Call[StaffWho, None, None]) -> shapes.SessionAnswer:
        return shapes.SessionAnswer(staff=staff_shape(call.who.staff), csrf=call.who.csrf)

    async def sign_out(self, call: Call[StaffWho, None, None]) -> web.Response:
        await self._room.presence.switch(call.who.staff, on=False)
        await self._deps.sessions.end(call.who)
        await self._tell_duty(call.who.staff)
        answer = web.Response(status=204)
        answer.del_cookie(COOKIE, path="/")
        return answer

    async def overview(self, call: Call[StaffWho, None, None]) -> shapes.Overview:
        staff = call.who.staff
        duty = await self._room.presence.of(staff)
        cares, supervises = bool({Role.COUNSELLOR, Role.SUPERVISOR} & staff.roles), Role.SUPERVISOR in staff.roles
        async with self._room.store.read() as tx:
            known = [line for line in await lines.all(tx) if line.id in staff.line_ids]
            answer = shapes.Overview(
                staff=staff_shape(staff),
                lines=[shapes.LineShape(id=line.id, name=line.name) for line in known],
                on_duty=self._room.presence.counts(duty),
                capacity=duty.capacity,
                queue=await self._deps.views.queue(tx, staff) if cares else [],
                mine=await self._deps.views.mine(tx, staff) if cares else [],
                reviews=len(await lowering.open_rows(tx, staff.line_ids)) if supervises else 0,
                notices=[] if self._room.ports.articles.served() else ["no_articles"],
                server_time=tx.now,
            )
        shown = [ticket.id for ticket in answer.queue]

        async def work(tx: Tx) -> None:
            # The list shows the words that raised each ticket: that is a look, too (S10).
            await audit.write(
                tx, actor=staff.id, action="queue.view", object_kind="staff", object_id=staff.id,
                data={"tickets": shown},
            )  # fmt: skip

        await self._room.store.write(work)
        return answer

    async def duty(self, call: Call[StaffWho, DutyBody, None]) -> shapes.DutyAnswer:
        staff = call.who.staff
        duty = await self._room.presence.switch(staff, on=call.body.on, capacity=call.body.capacity)

        async def work(tx: Tx) -> None:
            action = "duty.on" if call.body.on else "duty.off"
            await audit.write(tx, actor=staff.id, action=action, object_kind="staff", object_id=staff.id)

        await self._room.store.write(work)
        await self._tell_duty(staff)
        return shapes.DutyAnswer(on_duty=self._room.presence.counts(duty))

    async def _tell_duty(self, staff: Staff) -> None:
        for line_id in staff.line_ids:
            await self._room.feed.publish(Change(kind="duty", line_id=line_id, staff_id=staff.id))

    async def people(self, call: Call[StaffWho, None, None]) -> shapes.People:
        return await everybody(self._deps, call.who.staff)

    async def socket(self, call: Call[StaffWho, None, None]) -> Any:
        return await DeskSocket(self._deps, call.who).serve(call.request)
