"""The circuit breaker: who keeps failing is left alone, and tried with one request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.breaker import Breaker, Circuit


class Hand:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def breaker(hand: Hand) -> Breaker:
    return Breaker(failures=3, rest_s=10.0, monotonic=hand)


def fail(one: Breaker, times: int) -> None:
    for _ in range(times):
        assert one.lets_through()
        one.failed()


def test_a_few_failures_open_nothing_when_an_answer_comes_between() -> None:
    one = breaker(Hand())
    for _ in range(5):
        fail(one, 2)
        assert one.lets_through()
        one.succeeded()
    assert one.circuit is Circuit.CLOSED


def test_failures_in_a_row_open_it_and_one_trial_passes_after_the_rest() -> None:
    hand = Hand()
    one = breaker(hand)
    fail(one, 3)
    assert (one.circuit, one.lets_through()) == (Circuit.OPEN, False)
    hand.now += 10.0
    assert (one.lets_through(), one.lets_through()) == (True, False), "one trial, not a flood"
    one.succeeded()
    assert (one.circuit, one.lets_through()) == (Circuit.CLOSED, True)


def test_a_failed_trial_begins_a_new_rest() -> None:
    hand = Hand()
    one = breaker(hand)
    fail(one, 3)
    hand.now += 10.0
    fail(one, 1)
    hand.now += 9.0
    assert not one.lets_through()
    hand.now += 1.0
    assert one.lets_through()


def test_a_trial_that_we_gave_up_leaves_the_next_one_free() -> None:
    hand = Hand()
    one = breaker(hand)
    fail(one, 3)
    hand.now += 10.0
    assert one.lets_through()
    one.abandoned()
    assert one.lets_through()


@given(st.lists(st.sampled_from(["fail", "succeed", "abandon", "wait"])))
def test_whatever_happens_it_lets_through_again_after_the_rest(steps: list[str]) -> None:
    hand = Hand()
    one = breaker(hand)
    for step in steps:
        if step == "wait":
            hand.now += 4.0
        elif one.lets_through():
            {"fail": one.failed, "succeed": one.succeeded, "abandon": one.abandoned}[step]()
    hand.now += 10.0
    assert one.lets_through()
