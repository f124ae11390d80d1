"""The database is stopped for a while: nothing is acknowledged that is not written, and no app has to start anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from tests.crash.house import Distributed, hold, stopped, survives
from tests.crash.seekers import Crowd

pytestmark = [pytest.mark.crash, pytest.mark.exclusive, pytest.mark.slow, pytest.mark.postgresql]


@pytest.mark.timeout(900)
async def test_s1_what_is_said_while_the_database_is_away_is_kept_by_the_page_and_stored_later(tmp_path: Path) -> None:
    rng = Random(20260310)
    with Distributed(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=30, messages=500, polling=6, danger=0.4)
        seen: list[int] = []

        async def away() -> None:
            await crowd.reached(crowd.total // 3)
            async with stopped(house.postgres):
                await asyncio.sleep(1.0)  # acknowledgements that were on their way have come by now
                seen.append(crowd.acknowledged)
                await asyncio.sleep(4.0)
                seen.append(crowd.acknowledged)

        going_away = asyncio.create_task(away(), name="database-away")
        try:
            figures = await survives(house, crowd, rng, [])
        finally:
            await going_away
        hold(figures)
        assert seen[0] == seen[1] < crowd.total, "something was acknowledged while nothing could be written"
        for app in house.apps:
            assert app.log.read_text(encoding="utf-8").count("Shudong is ready") == 1, "an app had to start anew"
