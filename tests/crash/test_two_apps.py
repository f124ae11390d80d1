"""kill -9 under load with two apps on PostgreSQL and Valkey: each of the three alone, and in pairs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.crash.house import Blow, Distributed, hold, survives
from tests.crash.seekers import Crowd

pytestmark = [pytest.mark.crash, pytest.mark.exclusive, pytest.mark.slow, pytest.mark.postgresql]


@pytest.mark.timeout(1500)
async def test_s1_d1_nothing_acknowledged_is_lost_when_postgresql_is_killed(tmp_path: Path) -> None:
    rng = Random(20260303)
    with Distributed(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=50, messages=2000, polling=6)
        hold(await survives(house, crowd, rng, [house.crash_postgres] * 5))


@pytest.mark.timeout(1500)
async def test_s1_s4_nothing_is_lost_and_no_ticket_has_two_owners_when_valkey_is_killed(tmp_path: Path) -> None:
    rng = Random(20260304)
    with Distributed(tmp_path) as house:
        crowd = Crowd(house.urls, rng, seekers=40, messages=1500, polling=5, danger=0.5)
        hold(await survives(house, crowd, rng, [house.crash_valkey] * 5))


@pytest.mark.timeout(1500)
async def test_s1_d1_nothing_acknowledged_is_lost_when_two_of_three_are_killed_at_once(tmp_path: Path) -> None:
    rng = Random(20260305)
    with Distributed(tmp_path) as house:
        one, other = partial(house.crash_app, 0), partial(house.crash_app, 1)
        blows: list[Blow] = [
            partial(_both, house.postgres.kill, house.crash_valkey, house.postgres.start),
            partial(_both, house.apps[0].kill, house.crash_valkey, house.apps[0].start),
            partial(_both, house.apps[1].kill, house.crash_postgres, house.apps[1].start),
            partial(_both, house.apps[0].kill, other, house.apps[0].start),
            one,
            partial(_both, house.apps[1].kill, house.crash_valkey, house.apps[1].start),
        ]
        rng.shuffle(blows)
        crowd = Crowd(house.urls, rng, seekers=50, messages=1500, polling=6, danger=0.4)
        hold(await survives(house, crowd, rng, blows))


def _both(first: Blow, second: Blow, back: Blow) -> None:
    """The first falls, the second falls and comes back, then the first comes back."""
    first()
    second()
    back()
