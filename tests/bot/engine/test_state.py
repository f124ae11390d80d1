"""The state is stored between two messages, and outlives upgrades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.state import SafetyProbe, Seen, State
from nlu.labels import RiskLevel
from records.models import Mode
from tests.bot.engine.support import NOW


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default() -> None:
    state = State.from_json({"level": 3, "mode": "waiting", "added_by_a_later_version": [1]})
    assert (state.level, state.mode, state.locale) == (RiskLevel.HIGH, Mode.WAITING, "zh-CN")
    assert State.from_json({}) == State()


@pytest.mark.parametrize(
    "data",
    [
        {"level": 9},
        {"level": "high"},
        {"mode": "dancing"},
        {"burst": 3},
        {"wrote": "yes"},
        {"locale": 5},
        {"checkins": True},
        {"safety_sent": []},
        {"last_out_at": "yesterday"},
        {"last_out_at": "2026-11-21T14:00:00"},
        {"probe": 1},
        {"owner_name": 7},
    ],
)
def test_a_damaged_field_takes_its_default_and_harms_no_other(data: dict[str, object]) -> None:
    state = State.from_json({**data, "numbers_shown": ["110"]})
    assert state == State(numbers_shown=("110",))


def test_damaged_entries_of_a_list_are_left_out() -> None:
    state = State.from_json({"burst": [1, "x", 3], "categories": ["suicide", "?"], "safety_sent": {"a": "no", "b": 1}})
    assert state.burst == (1, 3)
    assert [category.value for category in state.categories] == ["suicide"]
    assert state.safety_sent == {}


def test_a_probe_is_read_back() -> None:
    assert State.from_json(State(probe=SafetyProbe.CLOSING).to_json()).probe is SafetyProbe.CLOSING


def test_a_clock_that_jumps_back_gives_no_negative_time() -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    assert State().seconds_since(later, NOW) == 0
    assert State().seconds_since(None, NOW) == float("inf")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Seen(now=datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None))
