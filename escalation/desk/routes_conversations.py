"""Reading a conversation and speaking in it. Every look is in the audit trail before the words leave (S10)."""

from __future__ import annotations

from escalation.desk import shapes
from escalation.desk.access import visible
from escalation.desk.bodies import AfterQuery, CardBody, NoteBody, RevealBody, SayBody
from escalation.desk.deps import DeskDeps
from escalation.desk.views import nicknames
from escalation.signin import StaffWho
from escalation.web import Call, Route
from records import assessments, audit, lowerings, seekers, tickets
from records.models import Conversation, Message, Seeker, Ticket
from records.store import Tx

TAGS = ("conversations",)


def routes(deps: DeskDeps) -> list[Route]:
    api, guard, base = _Api(deps), deps.guards.counsellor, "/api/desk/conversations/{id}"
    message = shapes.MessageAnswer
    return [
        Route(method="GET", path=base, guard=guard, handler=api.read, query=AfterQuery,
              answer=shapes.ConversationShape, summary="A conversation, from `after` on; audited.", tags=TAGS),
        Route(method="POST", path=f"{base}/messages", guard=guard, handler=api.say, body=SayBody, answer=message,
              summary="Write to the seeker.", tags=TAGS),
        Route(method="POST", path=f"{base}/safety-card", guard=guard, handler=api.card, body=CardBody, answer=message,
              summary="Send the safety card that fits.", tags=TAGS),
        Route(method="POST", path=f"{base}/notes", guard=guard, handler=api.note, body=NoteBody, answer=message,
              summary="A note for colleagues, never sent.", tags=TAGS),
        Route(method="POST", path=f"{base}/reveal", guard=guard, handler=api.reveal, body=RevealBody,
              answer=shapes.RevealAnswer, summary="Who or where somebody is, to save a life.", tags=TAGS),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._deps = deps
        self._room = deps.room

    async def read(self, call: Call[StaffWho, None, AfterQuery]) -> shapes.ConversationShape:
        staff, conversation_id, after = call.who.staff, call.part("id"), call.query.after

        async def look(tx: Tx) -> None:
            await visible(tx, staff, conversation_id)
            await audit.write(
                tx, actor=staff.id, action="conversation.view", object_kind="conversation",
                object_id=conversation_id, data={"after": after},
            )  # fmt: skip

        await self._room.store.write(look)
        async with self._room.store.read() as tx:
            conversation, ticket = await visible(tx, staff, conversation_id)
            shape = await self._shape(tx, conversation, ticket, after)
        shape.presence = await self._room.ports.presence.of(conversation_id)
        allowance = await self._room.ports.budget.left(conversation)
        if allowance is not None:
            shape.budget = shapes.BudgetShape(left=allowance.left, until=allowance.until)
        return shape

    async def _shape(
        self, tx: Tx, conversation: Conversation, ticket: Ticket | None, after: int
    ) -> shapes.ConversationShape:
        views, seeker = self._deps.views, await seekers.get(tx, conversation.seeker_id)
        earlier = [one for one in await tickets.history(tx, conversation.id) if ticket is None or one.id != ticket.id]
        carried = seekers.carried_level(seeker, tx.now, seekers.KEEP)
        return shapes.ConversationShape(
            id=conversation.id, mode=str(conversation.mode), channel=str(conversation.channel),
            level=int(conversation.level), carried_level=int(carried), version=conversation.version,
            seeker=await self._seeker(tx, seeker), ticket=None if ticket is None else await views.ticket(tx, ticket),
            earlier_tickets=await views.tickets(tx, earlier), timeline=await self._timeline(tx, conversation.id),
            messages=await views.messages(tx, conversation.id, after=after), last_seq=conversation.next_seq - 1,
            presence="away", budget=None,
        )  # fmt: skip

    async def _seeker(self, tx: Tx, seeker: Seeker) -> shapes.SeekerShape:
        nickname, audience = (await nicknames(tx, {seeker.id}))[seeker.id]
        return shapes.SeekerShape(
            nickname=nickname, audience=audience, age_band=seeker.age_band, region=seeker.region, locale=seeker.locale
        )

    async def _timeline(self, tx: Tx, conversation_id: str) -> list[shapes.TimelinePoint]:
        """How the level moved: what was read of each message, and what humans lowered."""
        points = [
            shapes.TimelinePoint(
                at=one.created_at, seq=one.seq, level=int(one.level), running=int(one.running_level),
                by="nlu" if one.by == "nlu" else "staff",
            )
            for one in await assessments.for_conversation(tx, conversation_id)
        ]  # fmt: skip
        for row in await lowerings.for_conversation(tx, conversation_id):
            if row.kind != "reveal" and row.state in {"done", "needs_review"}:
                level = int(row.to_level)
                at = row.done_at or row.at
                points.append(shapes.TimelinePoint(at=at, seq=row.last_seq, level=level, running=level, by="staff"))
        return sorted(points, key=lambda point: (point.at, point.seq))

    async def say(self, call: Call[StaffWho, SayBody, None]) -> shapes.MessageAnswer:
        body = call.body
        return await self._sent(
            await self._deps.speaking.say(call.who.staff, call.part("id"), body.id, body.text, body.fence)
        )

    async def card(self, call: Call[StaffWho, CardBody, None]) -> shapes.MessageAnswer:
        body = call.body
        return await self._sent(
            await self._deps.speaking.safety_card(call.who.staff, call.part("id"), body.id, body.fence)
        )

    async def note(self, call: Call[StaffWho, NoteBody, None]) -> shapes.MessageAnswer:
        staff = call.who.staff
        async with self._room.store.read() as tx:
            conversation, _ = await visible(tx, staff, call.part("id"))
        return await self._sent(await self._deps.speaking.note(staff, conversation, call.body.id, call.body.text))

    async def _sent(self, message: Message) -> shapes.MessageAnswer:
        async with self._room.store.read() as tx:
            return shapes.MessageAnswer(message=await self._deps.views.message(tx, message))

    async def reveal(self, call: Call[StaffWho, RevealBody, None]) -> shapes.RevealAnswer:
        done = await self._deps.reveal.reveal(call.who.staff, call.part("id"), call.body.reason)
        packet = None if done.packet is None else dict(done.packet)
        return shapes.RevealAnswer(state=done.state, packet=packet)
