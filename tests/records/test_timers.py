"""The one scheduler: at least once, never twice at once, whatever the clock and the processes do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records import timers
from records.models import Timer
from records.settings import RecordsSettings
from records.store import Store
from records.timers import TimerService
from tests.records.conftest import OpenStore
from tests.records.scene import unit
from tests.support.clock import FrozenClock

LIMIT_S = 30.0


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not true():  # noqa: ASYNC110 - what is waited for happens in code that knows no event of ours
            await asyncio.sleep(0.005)


def reached(items: Sized, n: int) -> bool:
    return len(items) == n


@asynccontextmanager
async def running(service: TimerService) -> AsyncIterator[TimerService]:
    task = asyncio.create_task(service.run(), name="timers")
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def pending(store: Store, ref: str = "r") -> list[Timer]:
    async with store.read() as tx:
        return await timers.pending(tx, ref)


async def settled(store: Store, attempts: list[int]) -> None:
    """Wait until the timers of ``r`` have failed so many times; an empty list: until there is none."""
    async with asyncio.timeout(LIMIT_S):
        while [item.attempts for item in await pending(store)] != attempts:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)


def service(
    store: Store, clock: FrozenClock, owner: str = "p1", **handlers: Callable[[Timer], Awaitable[None]]
) -> TimerService:
    return TimerService(store, handlers, clock, owner)


async def test_a_timer_runs_when_it_is_due_and_not_before(store: Store, frozen_clock: FrozenClock) -> None:
    seen: list[Timer] = []

    async def check(item: Timer) -> None:
        seen.append(item)

    due = frozen_clock() + timedelta(hours=2)
    async with running(service(store, frozen_clock, check=check)):
        await store.write(lambda tx: timers.set_timer(tx, "check", "r", due, {"step": 1}))
        await asyncio.sleep(0.1)
        assert not seen
        frozen_clock.set(due)
        await until(lambda: bool(seen))
        await settled(store, [])
    assert [(item.kind, item.ref, item.payload) for item in seen] == [("check", "r", {"step": 1})]
    assert await pending(store) == []


async def test_setting_a_timer_again_moves_it_and_cancelling_removes_it(
    store: Store, frozen_clock: FrozenClock
) -> None:
    for hours in (1, 3):
        due = frozen_clock() + timedelta(hours=hours)
        await store.write(unit(timers.set_timer, "check", "r", due))
    assert [item.due_at for item in await pending(store)] == [frozen_clock() + timedelta(hours=3)]
    assert await store.write(lambda tx: timers.cancel(tx, "check", "r"))
    assert not await store.write(lambda tx: timers.cancel(tx, "check", "r"))


async def test_a_handler_that_sets_its_own_timer_again_keeps_it(store: Store, frozen_clock: FrozenClock) -> None:
    seen: list[str] = []

    async def rung(item: Timer) -> None:
        await store.write(lambda tx: timers.set_timer(tx, "rung", "r", frozen_clock() + timedelta(minutes=1)))
        seen.append(item.id)

    await store.write(lambda tx: timers.set_timer(tx, "rung", "r", frozen_clock()))
    async with running(service(store, frozen_clock, rung=rung)):
        for n in range(1, 4):
            await until(partial(reached, seen, n))
            frozen_clock.advance(minutes=1)
        await until(lambda: len(seen) == 4)
    assert len(set(seen)) == 4


async def test_a_failing_handler_is_tried_again_later(store: Store, frozen_clock: FrozenClock) -> None:
    attempts: list[int] = []

    async def flaky(item: Timer) -> None:
        attempts.append(item.attempts)
        if item.attempts < 2:
            raise LookupError("on purpose")

    await store.write(lambda tx: timers.set_timer(tx, "flaky", "r", frozen_clock()))
    async with running(service(store, frozen_clock, flaky=flaky)):
        for n in (1, 2, 3):
            await until(partial(reached, attempts, n))
            await settled(store, [n] if n < 3 else [])
            frozen_clock.advance(minutes=2)
    assert attempts == [0, 1, 2]


async def test_a_kind_without_a_handler_waits_for_a_process_that_has_one(
    store: Store, frozen_clock: FrozenClock
) -> None:
    async def other(_item: Timer) -> None:
        raise AssertionError("not mine")

    await store.write(lambda tx: timers.set_timer(tx, "letter", "r", frozen_clock()))
    async with running(service(store, frozen_clock, other=other)):
        await asyncio.sleep(0.1)
    assert [item.kind for item in await pending(store)] == ["letter"]


async def test_a_timer_of_a_process_that_died_is_taken_over_when_its_lease_ends(
    store: Store, frozen_clock: FrozenClock
) -> None:
    started, seen = asyncio.Event(), []

    async def dies(_item: Timer) -> None:
        started.set()
        await asyncio.Event().wait()

    async def lives(item: Timer) -> None:
        seen.append(item.ref)

    await store.write(lambda tx: timers.set_timer(tx, "k", "r", frozen_clock()))
    async with running(service(store, frozen_clock, "dead", k=dies)):
        await started.wait()
    async with running(service(store, frozen_clock, "alive", k=lives)):
        await asyncio.sleep(0.1)
        assert not seen, "the lease still holds"
        frozen_clock.advance(timers.LEASE_S + 1)
        await until(lambda: seen == ["r"])


async def test_a_process_that_starts_again_under_its_name_goes_on_at_once(
    store: Store, frozen_clock: FrozenClock
) -> None:
    started, seen = asyncio.Event(), []

    async def dies(_item: Timer) -> None:
        started.set()
        await asyncio.Event().wait()

    async def lives(item: Timer) -> None:
        seen.append(item.ref)

    await store.write(lambda tx: timers.set_timer(tx, "k", "r", frozen_clock()))
    async with running(service(store, frozen_clock, "embedded", k=dies)):
        await started.wait()
    async with running(service(store, frozen_clock, "embedded", k=lives)):
        await until(lambda: seen == ["r"])


STEP = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 2), st.integers(-5, 40)),
    st.tuples(st.just("cancel"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("jump"), st.just(0), st.integers(-30, 60)),
    st.tuples(st.just("yield"), st.just(0), st.integers(1, 10)),
)


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=4, max_size=14))
async def test_whatever_happens_no_timer_runs_twice_at_once_and_none_is_forgotten(
    store: Store, frozen_clock: FrozenClock, steps: list[tuple[str, int, int]]
) -> None:
    """Three services meet on three timers, while timers are set and cancelled and the clock jumps both ways."""
    inside: Counter[str] = Counter()
    worst: list[int] = []
    ran: Counter[str] = Counter()

    async def handler(item: Timer) -> None:
        inside[item.ref] += 1
        worst.append(inside[item.ref])
        await asyncio.sleep(0.002)
        inside[item.ref] -= 1
        ran[item.ref] += 1

    # Leases longer than all jumps together: what a jump across a lease does is another test's matter.
    made = [TimerService(store, {"k": handler}, frozen_clock, f"p{i}", lease_s=3600) for i in range(3)]
    async with running(made[0]), running(made[1]), running(made[2]):
        for what, n, amount in steps:
            if what == "set":
                due = frozen_clock() + timedelta(seconds=amount)
                await store.write(unit(timers.set_timer, "k", f"r{n}", due))
            elif what == "cancel":
                await store.write(unit(timers.cancel, "k", f"r{n}"))
            elif what == "jump":
                frozen_clock.advance(amount)
            else:
                await asyncio.sleep(amount / 1000)
        ran.clear()
        last = frozen_clock() + timedelta(seconds=1)
        await store.write(lambda tx: timers.set_timer(tx, "k", "last", last))
        frozen_clock.advance(3000)
        for item in made:
            item.wake()
        await until(lambda: ran["last"] == 1)
        refs = ["r0", "r1", "r2", "last"]
        left = 1
        async with asyncio.timeout(LIMIT_S):
            while left:
                left = sum([len(await pending(store, ref)) for ref in refs])
                await asyncio.sleep(0.01)
    assert max(worst) == 1
    assert ran["last"] == 1


async def test_two_processes_share_the_work_of_many_timers(
    settings: RecordsSettings, open_store: OpenStore, frozen_clock: FrozenClock
) -> None:
    stores = [await open_store(settings), await open_store(settings)]
    ran: Counter[str] = Counter()

    async def handler(item: Timer) -> None:
        ran[item.ref] += 1
        await asyncio.sleep(0)

    for n in range(30):
        await stores[0].write(unit(timers.set_timer, "k", f"r{n}", frozen_clock()))
    async with (
        running(service(stores[0], frozen_clock, "a", k=handler)),
        running(service(stores[1], frozen_clock, "b", k=handler)),
    ):
        await until(lambda: len(ran) == 30)
    assert set(ran.values()) == {1}


def test_a_handler_must_end_before_its_lease(local: RecordsSettings) -> None:
    with pytest.raises(ValueError, match="lease"):
        TimerService(None, {}, FrozenClock(), "p", lease_s=5, handler_s=5)  # type: ignore[arg-type] # refused before it is used
