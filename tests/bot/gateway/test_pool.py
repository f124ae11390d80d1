"""Workers: each conversation by one at a time, each nudge answered."""

from __future__ import annotations

import asyncio
from collections import Counter

from bot.gateway.pool import Pool


async def test_one_conversation_is_never_worked_on_twice_at_once() -> None:
    busy: Counter[str] = Counter()
    most = 0

    async def work(key: str) -> None:
        nonlocal most
        busy[key] += 1
        most = max(most, busy[key])
        await asyncio.sleep(0.001)
        busy[key] -= 1

    pool = Pool(work, workers=8, name="test")
    pool.start()
    for n in range(200):
        await pool.nudge(f"c{n % 3}")
        if n % 7 == 0:
            await asyncio.sleep(0)
    assert await pool.drain(10)
    await pool.aclose()
    assert most == 1


async def test_a_nudge_during_the_work_is_not_lost() -> None:
    seen: list[int] = []
    waiting = 0
    started = asyncio.Event()

    async def work(key: str) -> None:
        seen.append(waiting)
        started.set()
        await asyncio.sleep(0.01)

    pool = Pool(work, workers=1, name="test")
    pool.start()
    await pool.nudge("c")
    await started.wait()
    waiting = 1
    await pool.nudge("c")
    assert await pool.drain(10)
    await pool.aclose()
    assert seen == [0, 1]


async def test_a_failing_conversation_does_not_stop_the_others() -> None:
    done: list[str] = []

    async def work(key: str) -> None:
        if key == "bad":
            raise ValueError(key)
        done.append(key)

    pool = Pool(work, workers=2, name="test")
    pool.start()
    for key in ("a", "bad", "b"):
        await pool.nudge(key)
    assert await pool.drain(10)
    await pool.aclose()
    assert sorted(done) == ["a", "b"]


async def test_s3_what_is_urgent_goes_before_the_crowd() -> None:
    order: list[str] = []
    gate = asyncio.Event()

    async def work(key: str) -> None:
        if key == "first":
            await gate.wait()
        order.append(key)

    pool = Pool(work, workers=1, name="test")
    pool.start()
    await pool.nudge("first")
    await asyncio.sleep(0)
    for n in range(20):
        await pool.nudge(f"calm{n}")
    await pool.nudge("calm19", urgent=True)
    assert pool.crowded
    gate.set()
    assert await pool.drain(10)
    await pool.aclose()
    assert order[:3] == ["first", "calm19", "calm0"]
    assert len(order) == 21, "nothing is worked on twice for being urgent"


async def test_a_talk_in_flood_lets_others_have_their_turn() -> None:
    left = {"flood": 50, "other": 1}
    order: list[str] = []

    async def work(key: str) -> bool:
        order.append(key)
        left[key] -= 1
        return left[key] > 0

    pool = Pool(work, workers=1, name="test")
    pool.start()
    await pool.nudge("flood")
    await pool.nudge("other")
    assert await pool.drain(10)
    await pool.aclose()
    assert order.index("other") == 1
    assert len(order) == 51
