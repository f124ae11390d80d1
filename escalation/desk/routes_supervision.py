"""The supervisors' pages: conversations, second persons and reviews, the daily sample, the audit trail."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from escalation import lowering, sampling
from escalation.desk import shapes
from escalation.desk.access import visible
from escalation.desk.bodies import AuditQuery, ListQuery, ReviewBody, VerdictBody
from escalation.desk.deps import DeskDeps
from escalation.desk.views import names, nicknames, person
from escalation.errors import TicketNotVisibleError
from escalation.signin import StaffWho
from escalation.web import Call, Route
from records import audit, conversations, lines, samples, tickets
from records.models import Mode
from records.store import Tx

TAGS = ("supervision",)
PAGE = 50


def routes(deps: DeskDeps) -> list[Route]:
    api, guard, base = _Api(deps), deps.guards.supervisor, "/api/desk"
    return [
        Route(method="GET", path=f"{base}/conversations", guard=guard, handler=api.listing, query=ListQuery,
              answer=shapes.Listing, summary="Conversations of one's lines.", tags=TAGS),
        Route(method="GET", path=f"{base}/reviews", guard=guard, handler=api.reviews, answer=shapes.ReviewList,
              summary="Second persons asked for, and reviews due.", tags=TAGS),
        Route(method="POST", path=f"{base}/reviews/{{id}}", guard=guard, handler=api.review, body=ReviewBody,
              answer=shapes.StateAnswer, summary="Confirm or reject.", tags=TAGS),
        Route(method="GET", path=f"{base}/sample", guard=guard, handler=api.sample, answer=shapes.SampleList,
              summary="The sample of yesterday's talks that the bot had alone.", tags=TAGS),
        Route(method="POST", path=f"{base}/sample/{{conversation}}", guard=guard, handler=api.verdict,
              body=VerdictBody, answer=shapes.StateAnswer, summary="What the second look found.", tags=TAGS),
        Route(method="GET", path=f"{base}/audit", guard=guard, handler=api.audit, query=AuditQuery,
              answer=shapes.AuditList, summary="Who looked at a conversation or changed it.", tags=TAGS),
    ]  # fmt: skip


class _Api:
    def __init__(self, deps: DeskDeps) -> None:
        self._deps = deps
        self._room = deps.room

    async def listing(self, call: Call[StaffWho, None, ListQuery]) -> shapes.Listing:
        staff, query = call.who.staff, call.query
        wanted = staff.line_ids & {query.line} if query.line else staff.line_ids
        modes = [query.mode] if query.mode in set(Mode) else None

        async def work(tx: Tx) -> shapes.Listing:
            found = await conversations.recent(
                tx, line_ids=wanted, modes=modes, min_level=query.q_level, created_from=_moment(query.from_),
                created_before=_moment(query.to), before=query.page, limit=PAGE + 1,
            )  # fmt: skip
            called = await nicknames(tx, {one.seeker_id for one in found})
            known = await names(tx)
            await audit.write(
                tx, actor=staff.id, action="conversation.list", object_kind="staff", object_id=staff.id,
                data={"count": len(found[:PAGE])},
            )  # fmt: skip
            items = [
                shapes.Listed(
                    id=one.id, nickname=called[one.seeker_id][0], line=one.line_id, mode=str(one.mode),
                    level=int(one.level), channel=str(one.channel), started_at=one.created_at,
                    last_at=one.last_seeker_at or one.created_at, owner=person(one.owner_id, known),
                )
                for one in found[:PAGE]
            ]  # fmt: skip
            return shapes.Listing(items=items, next=items[-1].id if len(found) > PAGE else None)

        return await self._room.store.write(work)

    async def reviews(self, call: Call[StaffWho, None, None]) -> shapes.ReviewList:
        async with self._room.store.read() as tx:
            found = await lowering.open_rows(tx, call.who.staff.line_ids)
            known = await names(tx)
        return shapes.ReviewList(
            items=[
                shapes.ReviewItem(
                    id=one.id, conversation=one.conversation_id, kind=one.kind, state=one.state,
                    from_level=int(one.from_level), to_level=int(one.to_level), reason=one.reason or "",
                    by=shapes.Person(id=one.by_id, name=known.get(one.by_id, "")), at=one.at, due_at=one.due_at,
                )
                for one in found
            ]
        )  # fmt: skip

    async def review(self, call: Call[StaffWho, ReviewBody, None]) -> shapes.StateAnswer:
        confirm = call.body.decision == "confirm"
        state = await self._deps.closing.review(call.who.staff, call.part("id"), confirm=confirm, note=call.body.note)
        return shapes.StateAnswer(state=state)

    async def sample(self, call: Call[StaffWho, None, None]) -> shapes.SampleList:
        """Drawn at the first look of the day; afterwards it stands."""
        staff = call.who.staff

        async def work(tx: Tx) -> shapes.SampleList:
            settings = self._room.settings
            day = sampling.day_before(tx.now, settings.time_zone)
            await draw(tx, day, settings.time_zone, settings.sample_size)
            items = []
            for one in await samples.for_day(tx, day.isoformat()):
                talk = await conversations.get(tx, one.conversation_id)
                if talk.line_id in staff.line_ids:
                    items.append(
                        shapes.SampleItem(
                            conversation=one.conversation_id, level=int(one.level), why=one.why, reviewed=one.verdict
                        )
                    )
            return shapes.SampleList(date=day.isoformat(), items=items)

        return await self._room.store.write(work)

    async def verdict(self, call: Call[StaffWho, VerdictBody, None]) -> shapes.StateAnswer:
        staff, conversation_id = call.who.staff, call.part("conversation")

        async def work(tx: Tx) -> None:
            await visible(tx, staff, conversation_id)
            day = sampling.day_before(tx.now, self._room.settings.time_zone).isoformat()
            mine = [one for one in await samples.for_day(tx, day) if one.conversation_id == conversation_id]
            if not mine:
                raise TicketNotVisibleError
            await samples.review(tx, mine[0].id, by_id=staff.id, verdict=call.body.verdict, note=call.body.note or None)
            await audit.write(
                tx, actor=staff.id, action=f"sample.{call.body.verdict}", object_kind="conversation",
                object_id=conversation_id,
            )  # fmt: skip

        await self._room.store.write(work)
        return shapes.StateAnswer(state=call.body.verdict)

    async def audit(self, call: Call[StaffWho, None, AuditQuery]) -> shapes.AuditList:
        staff, conversation_id = call.who.staff, call.query.conversation

        async def work(tx: Tx) -> shapes.AuditList:
            await visible(tx, staff, conversation_id)
            found = list(await audit.entries(tx, conversation_id))
            for ticket in await tickets.history(tx, conversation_id):
                found += await audit.entries(tx, ticket.id)
            known = await names(tx)
            await audit.write(
                tx, actor=staff.id, action="audit.view", object_kind="conversation", object_id=conversation_id
            )
            return shapes.AuditList(
                items=[
                    shapes.AuditItem(
                        at=one.at, staff=person(one.actor, known) if one.actor in known else None, action=one.action,
                        object=f"{one.object_kind}:{one.object_id}",
                    )
                    for one in sorted(found, key=lambda one: one.n)
                ]
            )  # fmt: skip

        return await self._room.store.write(work)


async def draw(tx: Tx, day: date, zone: str, size: int) -> None:
    """The sample of ``day`` over all lines, once: a line cannot draw until it likes what it gets."""
    if await samples.for_day(tx, day.isoformat()):
        return
    everywhere = [line.id for line in await lines.all(tx)]
    for one in sampling.pick(await sampling.candidates(tx, day, zone, everywhere), size, day.isoformat()):
        await samples.add(
            tx, day=day.isoformat(), conversation_id=one.conversation_id, seeker_id=one.seeker_id, level=one.level,
            why=f"level_{one.level}",
        )  # fmt: skip


def _moment(value: datetime | date | None) -> datetime | None:
    """A date is midnight UTC; a time without a zone is read as UTC."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
