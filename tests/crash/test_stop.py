"""A clean stop under load: the doors shut first, then everything that was acknowledged is processed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.crash.desk import Desk
from tests.crash.house import SETTLE_S, Embedded
from tests.crash.seekers import Crowd, eventually
from tests.crash.verdict import bugs_in, judge, record, unprocessed

pytestmark = [pytest.mark.crash, pytest.mark.exclusive, pytest.mark.slow]


@pytest.mark.timeout(900)
async def test_s1_a_clean_stop_under_load_leaves_nothing_unprocessed(tmp_path: Path) -> None:
    rng = Random(20260308)
    with Embedded(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=30, messages=600, polling=6, danger=0.5)
        async with crowd, Desk(house.urls, rng) as desk:
            for mark in (120, 300, 480):
                await crowd.reached(mark)
                assert await asyncio.to_thread(house.app.stop) == 0
                async with record(house.settings) as store:
                    assert await unprocessed(store) == []
                await asyncio.to_thread(house.app.start)
            await crowd.finished()
            async with record(house.settings) as store:
                await eventually(lambda: unprocessed(store), SETTLE_S)
        assert await asyncio.to_thread(house.app.stop) == 0
        async with record(house.settings) as store:
            figures = await judge(store, crowd, desk.claims)
        assert figures.wrong == []
        assert (figures.lost, figures.doubled, figures.disordered, figures.unprocessed) == (0, 0, 0, 0)
        assert not bugs_in(house.app.log)
