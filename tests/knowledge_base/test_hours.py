"""Hours say open only when they know it."""

from datetime import UTC, datetime

import pytest

from knowledge_base.hours import Hours, HoursKind, OpenState, parse_hours

WEEKDAYS = {"days": ["mon", "tue"], "from": "09:00", "to": "17:00"}
NIGHT = {"days": ["sun"], "from": "20:00", "to": "02:00"}


def weekly(*rows: object) -> Hours:
    return parse_hours({"kind": "weekly", "note": "工作日", "weekly": list(rows)})


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (datetime(2026, 11, 23, 0, 59, tzinfo=UTC), OpenState.CLOSED),  # Monday 08:59 in China
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), OpenState.OPEN),
        (datetime(2026, 11, 23, 8, 59, tzinfo=UTC), OpenState.OPEN),
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), OpenState.CLOSED),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), OpenState.CLOSED),  # Wednesday
    ],
)
def test_weekly_hours_are_read_in_china_time(moment: datetime, state: OpenState) -> None:
    assert weekly(WEEKDAYS).state(moment) is state


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), OpenState.OPEN),  # Sunday 20:00
        (datetime(2026, 11, 22, 17, 59, tzinfo=UTC), OpenState.OPEN),  # Monday 01:59
        (datetime(2026, 11, 22, 18, 0, tzinfo=UTC), OpenState.CLOSED),
        (datetime(2026, 11, 21, 17, 0, tzinfo=UTC), OpenState.CLOSED),  # Sunday 01:00, the night before
    ],
)
def test_hours_that_cross_midnight_and_the_end_of_the_week(moment: datetime, state: OpenState) -> None:
    assert weekly(NIGHT).state(moment) is state


def test_s7_unknown_hours_are_never_open() -> None:
    assert Hours(kind=HoursKind.UNKNOWN, note="各地不同").state(datetime.now(UTC)) is OpenState.UNKNOWN


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        weekly(WEEKDAYS).state(datetime(2026, 11, 23))  # noqa: DTZ001 - a naive time is what is tested


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {"kind": "always"},
        {"kind": "sometimes", "note": "x"},
        {"kind": "weekly", "note": "x"},
        {"kind": "always", "note": "x", "weekly": [WEEKDAYS]},
        {"kind": "weekly", "note": "x", "weekly": [{"days": ["mo"], "from": "09:00", "to": "17:00"}]},
        {"kind": "weekly", "note": "x", "weekly": [{"days": ["mon"], "from": "nine", "to": "17:00"}]},
    ],
)
def test_hours_in_no_known_form_are_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_hours(raw)
