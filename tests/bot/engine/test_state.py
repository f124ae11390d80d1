"""The state is stored between two messages, and outlives upgrades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.actions import SetMode
from bot.engine.events import DeskClaimed, DeskLeaseLost, DeskUnanswered, Event
from bot.engine.state import SafetyProbe, Seen, State
from nlu.labels import Category, RiskLevel
from records.models import Mode
from tests.bot.engine.support import NOW, Play, spoken


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


def test_d7_a_claim_that_the_engine_has_not_heard_of_yet_already_silences_it() -> None:
    state = State(burst=(4,), probe=SafetyProbe.CLOSING).facing(Mode.HUMAN, RiskLevel.NONE)
    assert (state.attended, state.held, state.ticket_open, state.burst, state.probe) == (True, True, True, (), None)
    play = Play(state)
    play.seq = 4
    assert spoken(play.write(4, Category.SUICIDE).actions) == []
    assert play.none(SetMode), "the counsellor keeps the talk"
    assert play.on(DeskClaimed(name="林老师")).keys == ["desk.claimed"], "and is announced when the event comes"


def test_s14_a_lost_counsellor_is_not_taken_for_a_human() -> None:
    claimed = State(mode=Mode.HUMAN, held=True, attended=True, ticket_open=True, level=RiskLevel.HIGH)
    state = claimed.facing(Mode.WAITING, RiskLevel.HIGH)
    assert (state.attended, state.held, state.mode) == (False, True, Mode.WAITING)
    assert claimed.facing(Mode.HUMAN, RiskLevel.HIGH) == claimed


@pytest.mark.parametrize("event", [DeskLeaseLost(), DeskUnanswered()])
def test_d4_s14_a_lost_counsellor_whom_the_record_dropped_first_is_told_all_the_same(event: Event) -> None:
    play = Play(State()).on(DeskClaimed(name="林老师"))
    play.state = play.state.facing(Mode.WAITING, RiskLevel.HIGH)
    assert play.on(event).keys[0] in ("desk.lease_lost", "desk.unanswered")
    assert "desk.lease_lost" not in play.on(event).keys, "and once only"


def test_s2_a_ticket_that_was_opened_without_the_engine_is_known_to_it() -> None:
    state = State().facing(Mode.WAITING, RiskLevel.HIGH)
    assert (state.ticket_open, state.mode, state.level) == (True, Mode.WAITING, RiskLevel.HIGH)


def test_a_burst_that_was_overtaken_by_a_ticket_is_not_answered_beside_it() -> None:
    play = Play(State(burst=(4,)).facing(Mode.WAITING, RiskLevel.HIGH)).quiet()
    assert spoken(play.actions) == []
    assert play.state.burst == ()


def test_s5_a_lower_level_waits_for_its_event() -> None:
    assert State(level=RiskLevel.HIGH).facing(Mode.BOT, RiskLevel.LOW).level is RiskLevel.HIGH


def test_a_clock_that_jumps_back_gives_no_negative_time() -> None:
    later = (NOW + timedelta(hours=1)).isoformat()
    assert State().seconds_since(later, NOW) == 0
    assert State().seconds_since(None, NOW) == float("inf")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Seen(now=datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None))
