"""Taking, giving back, transferring, closing, lowering."""

from __future__ import annotations

from escalation.closing import Ending
from escalation.desk import shapes
from escalation.desk.bodies import (
    AnswerTransferBody,
    CloseBody,
    EmptyBody,
    FenceBody,
    HandBackBody,
    LowerBody,
    TransferBody,
)
from escalation.desk.deps import DeskDeps
from escalation.errors import TicketNotVisibleError
from escalation.feed import Change
from escalation.rows import known_ticket
from escalation.signin import StaffWho
from escalation.web import Call, Route
from records.models import Ticket

TAGS = ("tickets",)


def routes(deps: DeskDeps) -> list[Route]:
    api, guard, base = _Api(deps), deps.guards.counsellor, "/api/desk/tickets/{id}"
    ticket, state = shapes.TicketAnswer, shapes.StateAnswer
    return [
        Route(method="POST", path="/api/desk/next", guard=guard, handler=api.next, body=EmptyBody, answer=ticket,
              summary="Take the most urgent ticket that fits.", tags=TAGS),
        Route(method="POST", path=f"{base}/claim", guard=guard, handler=api.claim, body=FenceBody, answer=ticket,
              summary="A supervisor picks one, or the addressee takes a transfer.", tags=TAGS),
        Route(method="POST", path=f"{base}/hand-back", guard=guard, handler=api.hand_back, body=HandBackBody,
              answer=state, summary="Give it back to the queue or the bot.", tags=TAGS),
        Route(method="POST", path=f"{base}/transfer", guard=guard, handler=api.transfer, body=TransferBody,
              answer=ticket, summary="Offer it to a line or a person.", tags=TAGS),
        Route(method="POST", path=f"{base}/transfer/accept", guard=guard, handler=api.accept, body=AnswerTransferBody,
              answer=ticket, summary="Take the duty that was offered.", tags=TAGS),
        Route(method="POST", path=f"{base}/transfer/decline", guard=guard, handler=api.decline,
              body=AnswerTransferBody, answer=state, summary="Give the offer back.", tags=TAGS),
        Route(method="POST", path=f"{base}/close", guard=guard, handler=api.close, body=CloseBody, answer=state,
              summary="End it.", tags=TAGS),
        Route(method="POST", path=f"{base}/lower", guard=guard, handler=api.lower, body=LowerBody, answer=state,
              summary="Lower the level, with a reason.", tags=TAGS),
        Route(method="POST", path=f"{base}/seen", guard=guard, handler=api.seen, body=EmptyBody,
              summary="Mute this alert on this desk for a short while.", tags=TAGS),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._deps = deps
        self._work = deps.casework

    async def next(self, call: Call[StaffWho, EmptyBody, None]) -> shapes.TicketAnswer:
        return await self._answer(await self._work.next(call.who.staff))

    async def claim(self, call: Call[StaffWho, FenceBody, None]) -> shapes.TicketAnswer:
        return await self._answer(await self._work.claim(call.who.staff, call.part("id"), call.body.fence))

    async def hand_back(self, call: Call[StaffWho, HandBackBody, None]) -> shapes.StateAnswer:
        staff, ticket_id, body = call.who.staff, call.part("id"), call.body
        if body.to == "queue":
            await self._work.to_queue(staff, ticket_id, body.fence, body.note, body.reason)
            return shapes.StateAnswer(state="waiting")
        state = await self._deps.closing.to_bot(staff, ticket_id, body.fence, body.note, body.reason, body.last_seq)
        return shapes.StateAnswer(state=state)

    async def transfer(self, call: Call[StaffWho, TransferBody, None]) -> shapes.TicketAnswer:
        body = call.body
        ticket = await self._work.offer(
            call.who.staff, call.part("id"), body.fence, body.note, to_line=body.to_line, to_staff=body.to_staff
        )
        return await self._answer(ticket)

    async def accept(self, call: Call[StaffWho, AnswerTransferBody, None]) -> shapes.TicketAnswer:
        return await self._answer(await self._work.accept(call.who.staff, call.part("id"), call.body.fence))

    async def decline(self, call: Call[StaffWho, AnswerTransferBody, None]) -> shapes.StateAnswer:
        staff, body = call.who.staff, call.body
        ticket = await self._work.decline(staff, call.part("id"), body.fence, body.note)
        if ticket.transfer_by_id is not None:
            # An offer to a whole line stands; it only stops ringing here.
            await self._mute(staff.id, ticket)
        return shapes.StateAnswer(state="declined")

    async def close(self, call: Call[StaffWho, CloseBody, None]) -> shapes.StateAnswer:
        body = call.body
        ending = Ending(
            disposition=body.disposition, note=body.note, risk=body.risk.model_dump(exclude_none=True),
            reason=body.reason,
        )  # fmt: skip
        state = await self._deps.closing.close(call.who.staff, call.part("id"), body.fence, body.last_seq, ending)
        return shapes.StateAnswer(state=state)

    async def lower(self, call: Call[StaffWho, LowerBody, None]) -> shapes.StateAnswer:
        body = call.body
        state = await self._deps.closing.lower(
            call.who.staff, call.part("id"), body.fence, body.last_seq, body.level, body.reason
        )
        return shapes.StateAnswer(state=state)

    async def seen(self, call: Call[StaffWho, EmptyBody, None]) -> None:
        async with self._deps.room.store.read() as tx:
            ticket = await known_ticket(tx, call.part("id"))
            reachable = await self._deps.casework.reachable(tx, call.who.staff)
        mine = ticket.owner_id == call.who.staff.id or ticket.line_id in call.who.staff.line_ids
        if not mine and ticket not in reachable and ticket.transfer_line_id not in call.who.staff.line_ids:
            raise TicketNotVisibleError
        await self._mute(call.who.staff.id, ticket)

    async def _mute(self, staff_id: str, ticket: Ticket) -> None:
        # Over the stream: the socket of this desk may be on another process.
        change = Change(kind="alert", line_id=ticket.line_id, ticket_id=ticket.id, staff_id=staff_id, why="seen")
        await self._deps.room.feed.publish(change)

    async def _answer(self, ticket: Ticket | None) -> shapes.TicketAnswer:
        if ticket is None:
            return shapes.TicketAnswer(ticket=None)
        return shapes.TicketAnswer(ticket=await self._shape(ticket))

    async def _shape(self, ticket: Ticket) -> shapes.TicketShape:
        async with self._deps.room.store.read() as tx:
            return await self._deps.views.ticket(tx, ticket)
