"""The order of the queue, who is fit, what a burst looks like, what who waits is told, which talks are read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation import priority
from escalation.sampling import Candidate, bounds, day_before, pick
from escalation.settings import EscalationSettings
from escalation.waiting import Place, minutes
from nlu.labels import Audience, RiskLevel, Subject
from records.models import Staff, Ticket, TicketReason, TicketState
from tests.escalation.house import House

SETTINGS = EscalationSettings()
START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def ticket(level: int, after_s: float = 0.0, *, id_: str = "t", origin: str | None = None) -> Ticket:
    at = START + timedelta(seconds=after_s)
    return Ticket(
        id=id_, conversation_id="c", seeker_id="s", line_id="l", level=RiskLevel(level), reason=TicketReason.RISK,
        state=TicketState.WAITING, fence=0, categories=(), subject=Subject.SELF, owner_id=None, lease_until=None,
        message_seq=None, rung=0, origin=origin, skip_staff=(), created_at=at, waiting_since=at, claimed_at=None,
        first_word_at=None, word_due_at=None, out_of_reach_at=None, closed_at=None, transfer_line_id=None,
        transfer_staff_id=None, transfer_by_id=None, disposition=None, risk=None,
    )  # fmt: skip


def person(*skills: str, capacity: int = 5) -> Staff:
    return Staff(
        id="p", login="p", display_name="值班", organisation_id=None, skills=skills, capacity=capacity, demo=False,
        roles=frozenset(), line_ids=frozenset({"l"}), disabled_at=None,
    )  # fmt: skip


levels = st.integers(0, 4)
waits = st.floats(0, 10 * 86_400, allow_nan=False)


@given(levels, waits, levels, waits)
def test_no_wait_lifts_a_ticket_across_level_three_or_four(a: int, wait_a: float, b: int, wait_b: float) -> None:
    if max(a, 2) > max(b, 2):
        assert priority.score(ticket(a, wait_a), SETTINGS) < priority.score(ticket(b, wait_b), SETTINGS)


@given(st.integers(0, 2), st.integers(0, 2), waits)
def test_within_zero_to_two_a_level_is_worth_a_stated_wait_and_no_more(a: int, b: int, start: float) -> None:
    lead = (a - b) * SETTINGS.ageing_s
    older, younger = ticket(b, start), ticket(a, start + lead + 1)
    assert priority.score(older, SETTINGS) < priority.score(younger, SETTINGS)


@given(st.lists(st.tuples(levels, waits), max_size=30))
def test_the_order_is_the_same_however_the_tickets_come(entries: list[tuple[int, float]]) -> None:
    listed = [ticket(level, wait, id_=f"t{number:03}") for number, (level, wait) in enumerate(entries)]
    ordered = priority.in_order(listed, SETTINGS)
    assert ordered == priority.in_order(reversed(listed), SETTINGS)
    urgent = [max(2, one.level) for one in ordered]
    assert urgent == sorted(urgent, reverse=True)


def need(level: int, *, audience: Audience | None = None, locale: str = "zh-CN", after_s: float = 0) -> priority.Need:
    return priority.Need(ticket=ticket(level, after_s), audience=audience, locale=locale)


@pytest.mark.parametrize(
    ("skills", "wanted", "fit"),
    [
        ((), need(3, audience=Audience.PARENT, locale="en"), True),
        (("student",), need(1, audience=Audience.STUDENT), True),
        (("student",), need(1, audience=Audience.PARENT), False),
        (("student",), need(3, audience=Audience.STUDENT), False),
        (("student", "crisis"), need(3, audience=Audience.STUDENT), True),
        (("student",), need(1, audience=Audience.STUDENT, locale="en"), False),
        (("student", "en"), need(1, audience=Audience.STUDENT, locale="en"), True),
    ],
)
def test_skills_decide_who_is_fit(skills: tuple[str, ...], wanted: priority.Need, fit: bool) -> None:
    assert priority.is_skilled(person(*skills), wanted, START, SETTINGS) is fit


def test_level_four_stops_asking_for_skills_after_fifteen_seconds_and_passes_any_cap_at_once() -> None:
    four = need(4, audience=Audience.PARENT)
    assert not priority.is_skilled(person("student"), four, START + timedelta(seconds=14), SETTINGS)
    assert priority.is_skilled(person("student"), four, START + timedelta(seconds=15), SETTINGS)
    full = [ticket(1)] * 5
    assert priority.has_room(RiskLevel.IMMINENT, full, 5)
    assert not priority.has_room(RiskLevel.NONE, full, 5)


@given(st.lists(levels, max_size=12), st.integers(1, 8))
def test_d5_weights_never_let_anybody_have_more_than_their_cap(incoming: list[int], capacity: int) -> None:
    held: list[Ticket] = []
    for level in incoming:
        if level < 4 and priority.has_room(RiskLevel(level), held, capacity):
            held.append(ticket(level))
        assert priority.load(held, capacity) <= capacity
    assert not priority.has_room(RiskLevel.NONE, [ticket(4)], capacity)


@given(st.lists(st.tuples(levels, st.sampled_from(["a", "b", None])), max_size=20))
def test_folding_a_burst_loses_nobody_and_touches_nothing_from_level_three_on(
    entries: list[tuple[int, str | None]],
) -> None:
    listed = [
        ticket(level, number, id_=f"t{number:02}", origin=origin) for number, (level, origin) in enumerate(entries)
    ]
    rows = priority.fold(priority.in_order(listed, SETTINGS), SETTINGS.burst_window_s)
    assert sum(count for _, count in rows) == len(listed)
    assert sum(one.level >= 3 for one, _ in rows) == sum(level >= 3 for level, _ in entries)
    assert all(count == 1 for one, count in rows if one.level >= 3 or one.origin is None)


# What a waiting seeker is told


@given(st.lists(st.floats(0, 7200), max_size=60), st.floats(0, 7200))
def test_a_range_is_either_honest_or_not_given(seen: list[float], waited: float) -> None:
    low, high = minutes(seen, waited)
    if len(seen) < 5:
        assert (low, high) == (None, None)
    else:
        assert low is not None
        assert high is not None
        assert 1 <= low < high


async def test_s12_d12_the_place_is_true_and_nobody_on_duty_is_said(house: House) -> None:
    first, _ = await house.waiting(1)
    house.clock.advance(1)
    second, _ = await house.waiting(3)
    assert await house.service.waiting.place(second.conversation.id) == Place(
        place=1, low_min=None, high_min=None, on_duty=False
    )
    owner = await house.person()
    place = await house.service.waiting.place(first.conversation.id)
    assert place is not None
    assert (place.place, place.on_duty) == (2, True)
    await house.service.casework.next(owner)
    place = await house.service.waiting.place(first.conversation.id)
    assert place is not None
    assert place.place == 1
    assert await house.service.waiting.place(second.conversation.id) is None


async def test_d12_the_range_is_what_people_lately_waited(house: House) -> None:
    owner = await house.person(capacity=50)
    for _ in range(8):
        await house.waiting(1)
        house.clock.advance(minutes=5)
        await house.act(owner)
        assert await house.service.casework.next(owner) is not None
    scene, _ = await house.waiting(1)
    await house.act(owner)
    place = await house.service.waiting.place(scene.conversation.id)
    assert place is not None
    assert (place.low_min, place.high_min) == (5, 6)


# The daily sample


def crowd(size: int) -> list[Candidate]:
    return [Candidate(conversation_id=f"c{n:03}", seeker_id="s", level=n % 3) for n in range(size)]


@given(st.integers(0, 60), st.integers(0, 20), st.text(max_size=5))
def test_s17_the_draw_depends_on_day_and_seed_alone(size: int, wanted: int, seed: str) -> None:
    drawn = pick(crowd(size), wanted, seed)
    assert drawn == pick(reversed(crowd(size)), wanted, seed)
    assert len({one.conversation_id for one in drawn}) == min(size, wanted)
    assert [one.level for one in drawn] == sorted((one.level for one in drawn), reverse=True)


def test_s17_riskier_talks_are_drawn_more_often() -> None:
    counts = [0, 0, 0]
    for day in range(300):
        for one in pick(crowd(60), 6, str(day)):
            counts[one.level] += 1
    assert counts[2] > 1.5 * counts[1] > 1.5 * counts[0]


def test_s17_the_day_is_the_day_where_the_line_is() -> None:
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # past midnight in Shanghai
    day = day_before(late, "Asia/Shanghai")
    assert day.isoformat() == "2026-03-02"
    start, end = bounds(day, "Asia/Shanghai")
    assert (start.astimezone(UTC).hour, end - start) == (16, timedelta(days=1))
