"""Who is out of reach (S16), articles to hand on, deliveries that failed."""

from __future__ import annotations

import sqlalchemy as sa

from escalation import clocks
from escalation.desk import shapes
from escalation.desk.bodies import EndReachBody, SearchQuery
from escalation.desk.deps import DeskDeps
from escalation.desk.views import names, nicknames, person
from escalation.signin import StaffWho
from escalation.web import Call, Route
from records import conversations, outbox, tables, tickets, timers

TAGS = ("care",)


def routes(deps: DeskDeps) -> list[Route]:
    api, guard, reach = _Api(deps), deps.guards.counsellor, "/api/desk/out-of-reach"
    return [
        Route(method="GET", path=reach, guard=guard, handler=api.out_of_reach, answer=shapes.OutOfReachList,
              summary="Who disappeared, with owner and clock.", tags=TAGS),
        Route(method="POST", path=f"{reach}/{{conversation}}/end", guard=guard, handler=api.end, body=EndReachBody,
              answer=shapes.StateAnswer, summary="A human ends it.", tags=TAGS),
        Route(method="GET", path="/api/desk/articles", guard=guard, handler=api.articles, query=SearchQuery,
              answer=shapes.Hits, summary="Articles of the knowledge base.", tags=TAGS),
        Route(method="GET", path="/api/desk/outbox", guard=guard, handler=api.outbox, answer=shapes.OutboxList,
              summary="Deliveries that failed, or whose outcome nobody knows.", tags=TAGS),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._deps = deps
        self._room = deps.room

    async def out_of_reach(self, call: Call[StaffWho, None, None]) -> shapes.OutOfReachList:
        row = tables.ticket.c
        query = sa.select(row.id).where(
            row.state != "closed", row.out_of_reach_at.is_not(None), row.line_id.in_(call.who.staff.line_ids)
        )
        async with self._room.store.read() as tx:
            found = [await tickets.get(tx, one) for one in (await tx.execute(query)).scalars().all()]
            called = await nicknames(tx, {ticket.seeker_id for ticket in found})
            known = await names(tx)
            items = []
            for ticket in sorted(found, key=lambda one: (-one.level, one.out_of_reach_at or one.created_at)):
                clock = [one for one in await timers.pending(tx, ticket.id) if one.kind == clocks.REACH]
                items.append(
                    shapes.OutOfReachItem(
                        conversation=ticket.conversation_id, ticket=ticket.id, nickname=called[ticket.seeker_id][0],
                        level=int(ticket.level), since=ticket.out_of_reach_at or ticket.created_at,
                        due_at=clock[0].due_at if clock else None, owner=person(ticket.owner_id, known),
                        why=str(clock[0].payload.get("why", "")) if clock else "",
                    )
                )  # fmt: skip
        return shapes.OutOfReachList(items=items)

    async def end(self, call: Call[StaffWho, EndReachBody, None]) -> shapes.StateAnswer:
        await self._deps.closing.end_reach(call.who.staff, call.part("conversation"), call.body.note, call.body.outcome)
        return shapes.StateAnswer(state="closed")

    async def articles(self, call: Call[StaffWho, None, SearchQuery]) -> shapes.Hits:
        if not call.query.q.strip():
            return shapes.Hits(hits=[])
        found = await self._room.ports.articles.search(call.query.q)
        return shapes.Hits(hits=[shapes.Hit.model_validate(dict(one)) for one in found])

    async def outbox(self, call: Call[StaffWho, None, None]) -> shapes.OutboxList:
        staff = call.who.staff
        async with self._room.store.read() as tx:
            items = []
            for row in await outbox.problems(tx):
                conversation = await conversations.get(tx, row.conversation_id)
                if conversation.line_id in staff.line_ids:
                    items.append(
                        shapes.OutboxItem(
                            id=row.id, conversation=row.conversation_id, seq=row.seq, state=str(row.state),
                            channel=str(row.channel), attempts=row.attempts, at=row.created_at,
                        )
                    )  # fmt: skip
        return shapes.OutboxList(items=items)
