"""S4 as a property: in whatever order people act, a talk has one open ticket, a ticket one owner; fences only rise."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from escalation.closing import Ending
from escalation.errors import EscalationError, RefusedTransitionError
from escalation.machine import MOVES, Move, check
from escalation.redis_client import connect
from nlu.labels import RiskLevel
from records import tables, tickets
from records.models import Role, Staff, Ticket, TicketState
from records.settings import RecordsSettings
from records.store import Store
from tests.escalation.house import House, Scene
from tests.support.clock import FrozenClock

T = TypeVar("T")
ENDING = Ending(disposition="helped", note="", risk={"asked": True, "answer": "denied"}, reason="好多了")
people = st.integers(0, 2)
talks = st.integers(0, 1)
old = st.integers(0, 1)


class Desk(RuleBasedStateMachine):
    """Two talks, three people (one a supervisor), one store for all runs."""

    runner: ClassVar[asyncio.Runner]
    house: ClassVar[House]
    persons: ClassVar[list[Staff]]

    def __init__(self) -> None:
        super().__init__()
        self.fences: dict[str, int] = {}
        self.scenes: list[Scene] = [self.do(self.house.scene(1)) for _ in range(2)]

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def attempt(self, work: Coroutine[Any, Any, object]) -> None:
        """Refusals are answers, too; anything else is a fault."""
        with suppress(EscalationError):
            self.do(work)

    def newest(self, talk: int) -> Ticket | None:
        async def look() -> Ticket | None:
            async with self.house.store.read() as tx:
                found = await tickets.history(tx, self.scenes[talk].conversation.id)
            return found[-1] if found else None

        return self.do(look())

    @rule(talk=talks, level=st.integers(0, 4))
    def somebody_is_called(self, talk: int, level: int) -> None:
        self.do(self.house.call(self.scenes[talk], level))

    @rule(talk=talks, level=st.sampled_from([0, 3]))
    def the_seeker_writes(self, talk: int, level: int) -> None:
        self.do(self.house.says(self.scenes[talk], level=level))

    @rule(who=people)
    def takes_the_next(self, who: int) -> None:
        self.do(self.house.act(self.persons[who]))
        self.attempt(self.house.service.casework.next(self.persons[who]))

    @rule(who=people, talk=talks, stale=old)
    def claims(self, who: int, talk: int, stale: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            self.attempt(self.house.service.casework.claim(self.persons[who], ticket.id, ticket.fence - stale))

    @rule(who=people, talk=talks, stale=old)
    def hands_back(self, who: int, talk: int, stale: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            fence = ticket.fence - stale
            self.attempt(self.house.service.casework.to_queue(self.persons[who], ticket.id, fence, ""))

    @rule(who=people, to=people, talk=talks)
    def offers(self, who: int, to: int, talk: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            self.attempt(
                self.house.service.casework.offer(
                    self.persons[who], ticket.id, ticket.fence, "", to_line=None, to_staff=self.persons[to].id
                )
            )

    @rule(who=people, talk=talks, yes=st.booleans())
    def answers_an_offer(self, who: int, talk: int, yes: bool) -> None:
        if (ticket := self.newest(talk)) is not None:
            casework, person = self.house.service.casework, self.persons[who]
            if yes:
                self.attempt(casework.accept(person, ticket.id, ticket.fence))
            else:
                self.attempt(casework.decline(person, ticket.id, ticket.fence, ""))

    @rule(who=people, talk=talks)
    def closes(self, who: int, talk: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            closing = self.house.service.closing
            self.attempt(closing.close(self.persons[who], ticket.id, ticket.fence, 999, ENDING))

    @rule(who=people, talk=talks)
    def lowers(self, who: int, talk: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            closing = self.house.service.closing
            self.attempt(closing.lower(self.persons[who], ticket.id, ticket.fence, 999, RiskLevel.LOW, "好多了"))

    @rule(who=people, talk=talks)
    def speaks(self, who: int, talk: int) -> None:
        if (ticket := self.newest(talk)) is not None:
            say = self.house.service.speaking.say
            scene, fence = self.scenes[talk], ticket.fence
            self.attempt(say(self.persons[who], scene.conversation.id, f"{fence}-{who}", "在", fence))

    @rule(seconds=st.sampled_from([1, 31, 200]))
    def time_passes(self, seconds: int) -> None:
        self.house.clock.advance(seconds)
        self.do(self.house.service.reconciler.round())

    @rule()
    def redis_forgets_everything(self) -> None:
        async def forget() -> None:
            await self.house.clients.commands.flushall()

        self.do(forget())
        self.do(self.house.service.reconciler.round())

    @invariant()
    def one_open_ticket_one_owner_and_fences_that_only_rise(self) -> None:
        async def look() -> list[tuple[Ticket, ...]]:
            async with self.house.store.read() as tx:
                return [tuple(await tickets.history(tx, one.conversation.id)) for one in self.scenes]

        for history in self.do(look()):
            assert sum(ticket.state is not TicketState.CLOSED for ticket in history) <= 1
            for ticket in history:
                assert ticket.fence >= self.fences.get(ticket.id, 0)
                self.fences[ticket.id] = ticket.fence
                if ticket.state is not TicketState.CLOSED:
                    assert (ticket.owner_id is None) == (ticket.state is TicketState.WAITING)

    @invariant()
    def the_talk_names_the_owner_of_its_ticket(self) -> None:
        talk, ticket = tables.conversation.c, tables.ticket.c
        joined = sa.select(talk.owner_id.label("of_talk"), ticket.owner_id.label("of_ticket")).where(
            ticket.conversation_id == talk.id, ticket.state == "claimed"
        )

        async def look() -> list[tuple[str, str]]:
            async with self.house.store.read() as tx:
                return [(one.of_talk, one.of_ticket) for one in await tx.execute(joined)]

        assert all(one == other for one, other in self.do(look()))

    @invariant()
    def the_queue_holds_exactly_what_waits(self) -> None:
        async def look() -> tuple[set[str], set[str]]:
            async with self.house.store.read() as tx:
                waiting = await tickets.waiting(tx)
            lines = {one.conversation.line_id for one in self.scenes}
            return {one.id for one in waiting}, set(await self.house.service.room.queue.candidates(lines, 10_000) or ())

        waiting, queued = self.do(look())
        assert waiting == queued


@pytest.fixture
def desk(redis_url: str) -> Iterator[type[Desk]]:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        clock, clients = FrozenClock(), connect(redis_url)
        Desk.runner = runner
        store = runner.run(Store.open(RecordsSettings(data_dir=Path(folder)), clock=clock))
        Desk.house = house = House(store, clients, clock)
        roles = (Role.COUNSELLOR, Role.COUNSELLOR, Role.SUPERVISOR)
        Desk.persons = [runner.run(house.person(role, capacity=50)) for role in roles]
        yield Desk
        runner.run(house.service.room.feed.aclose())
        runner.run(clients.aclose())
        runner.run(store.aclose())


@pytest.mark.slow
def test_s4_no_order_of_actions_gives_a_talk_two_tickets_or_a_ticket_two_owners(desk: type[Desk]) -> None:
    run_state_machine_as_test(
        desk,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


async def test_every_move_is_refused_from_every_state_that_it_does_not_name(house: House) -> None:
    _, ticket = await house.waiting(1)
    for move, (allowed, _) in MOVES.items():
        for state in TicketState:
            one = dataclasses.replace(ticket, state=state)
            if state in allowed:
                check(one, move)
                continue
            with pytest.raises(RefusedTransitionError) as refused:
                check(one, move)
            assert (refused.value.transition, refused.value.state) == (move, state)
    assert set(MOVES) == set(Move)
