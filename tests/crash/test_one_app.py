"""kill -9 of the embedded app and of its queue server under load: one process, SQLite, as ``make run`` starts it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.crash.house import Embedded, hold, survives
from tests.crash.seekers import Crowd

pytestmark = [pytest.mark.crash, pytest.mark.exclusive, pytest.mark.slow]


@pytest.mark.timeout(1500)
async def test_s1_d1_nothing_acknowledged_is_lost_when_the_app_is_killed(tmp_path: Path) -> None:
    rng = Random(20260301)
    with Embedded(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=60, messages=4000, polling=8)
        hold(await survives(house, crowd, rng, [house.crash_app] * 6))


@pytest.mark.timeout(1500)
async def test_s1_s4_the_app_heals_its_queue_server_and_takes_messages_meanwhile(tmp_path: Path) -> None:
    rng = Random(20260302)
    with Embedded(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=30, messages=1000, polling=4)
        hold(await survives(house, crowd, rng, [house.kill_queue] * 5))
        log = house.app.log.read_text(encoding="utf-8")
    # A kill may hit the new one before it answers: then it is started once more for both.
    assert log.count("embedded_valkey_died") == 5
    assert log.count("embedded_valkey_restarted") + log.count("embedded_valkey_restart_failed") == 5
    assert log.count("Shudong is ready") == 1, "the app itself never went away"
