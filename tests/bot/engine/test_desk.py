"""Hand-over, waiting room, check-ins, out of reach (S6, S7, S12, S14, S16; D7, D12)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.actions import (
    BackInReach,
    CallHuman,
    CancelTimer,
    OutOfReach,
    OutOfReachWhy,
    SafetyReply,
    Say,
    SetMode,
    SetTimer,
    ShowNumbers,
    TellTicketSeekerWrote,
)
from bot.engine.events import (
    ActionTapped,
    DeskClaimed,
    DeskClosed,
    DeskHandedBack,
    DeskLeaseLost,
    DeskLowered,
    DeskTransferred,
    DeskUnanswered,
    Event,
    LastRung,
    Left,
    SeekerLeft,
    SeekerReturned,
    SessionStarted,
    StaffSpoke,
    TapAction,
    TimerDue,
    TimerKind,
)
from bot.engine.state import Place, State
from nlu.assessment import Intent
from nlu.labels import Category, RiskLevel
from records.models import Author, Mode
from tests.bot.engine.support import Play, machine_talk, spoken

CHECKIN = TimerDue(kind=TimerKind.CHECKIN)
WAITING = TimerDue(kind=TimerKind.WAITING)


def waiting(**changed: Any) -> Play:
    return Play(**changed).write(3, Category.SUICIDE)


def claimed() -> Play:
    return waiting().on(DeskClaimed(name="林老师"))


def test_d12_the_waiting_card_tells_place_and_honest_range() -> None:
    card = next(say for say in waiting().all(Say) if say.card == "waiting")
    assert (card.key, card.params, card.author) == ("waiting.place", {"place": "2", "range": "3–6"}, Author.SYSTEM)
    assert {"breathing", "reading", "numbers"} <= {choice.id for choice in card.choices}


@pytest.mark.parametrize(
    ("place", "key", "params"),
    [
        (Place(place=1, low_min=2, high_min=2), "waiting.next", {"range": "2"}),
        (Place(place=3, low_min=4, high_min=1), "waiting.place", {"place": "3", "range": "4"}),
        (None, "waiting.soon", {}),
        (Place(place=2, low_min=None, high_min=None), "waiting.place_only", {"place": "2"}),
        (Place(place=1, low_min=None, high_min=None), "waiting.next_only", {}),
    ],
)
def test_d12_place_and_range_read_well(place: Place | None, key: str, params: dict[str, str]) -> None:
    card = next(say for say in waiting(place=place).all(Say) if say.card == "waiting")
    assert (card.key, dict(card.params)) == (key, params)


def test_s7_with_nobody_on_duty_it_says_so_and_gives_numbers_that_answer() -> None:
    play = Play(on_duty=False, place=None).write(0, intent=Intent.ASK_HUMAN)
    assert play.keys == ["waiting.nobody"]
    assert play.one(ShowNumbers).numbers
    told = Play(on_duty=False, hours_open="18:00-22:00").write(3, Category.SUICIDE)
    assert next(say for say in told.all(Say)).params == {"hours": "18:00-22:00"}
    assert told.one(SafetyReply).numbers, "the safety reply has brought the numbers, they are not sent twice"
    assert told.none(ShowNumbers)


def test_s12_a_changed_place_is_told_at_most_every_few_minutes() -> None:
    play = waiting()
    assert spoken(play.wait(60).on(WAITING, place=Place(place=1, low_min=1, high_min=3)).actions) == []
    assert spoken(play.wait(120).on(WAITING).actions) == [], "nothing changed"
    play.on(WAITING, place=Place(place=1, low_min=1, high_min=3))
    assert play.keys == ["waiting.next"]
    assert play.one(SetTimer).kind is TimerKind.WAITING


def test_s12_a_place_that_was_not_known_at_first_follows_soon() -> None:
    play = waiting(place=None)
    assert SetTimer(kind=TimerKind.WAITING, seconds=20.0) in play.actions
    play.wait(20).on(WAITING, place=Place(place=4, low_min=5, high_min=9))
    assert play.one(Say).params == {"place": "4", "range": "5–9"}


def test_s12_somebody_coming_on_duty_is_told() -> None:
    play = waiting(on_duty=False, place=None).wait(200)
    assert play.on(WAITING, on_duty=True).keys == ["waiting.soon"]


def test_s12_what_is_written_while_waiting_is_acknowledged_now_and_then() -> None:
    play = waiting()
    assert spoken(play.wait(10).write(1).actions) == []
    play.wait(200).write(1)
    assert play.keys == ["waiting.ack"]
    assert play.has(TellTicketSeekerWrote)


def test_danger_told_while_waiting_for_a_human_raises_the_ticket() -> None:
    play = Play().write(0, intent=Intent.ASK_HUMAN).write(2, Category.SUICIDE)
    assert play.one(CallHuman).level == 2
    assert play.write(4, Category.SUICIDE).one(CallHuman).level == 4


@pytest.mark.parametrize(
    ("intent", "key"),
    [(Intent.GOODBYE, "waiting.stay"), (Intent.ASK_BOT, "ask_bot"), (Intent.RETRACT, "waiting.retract")],
)
def test_questions_while_waiting_are_answered(intent: Intent, key: str) -> None:
    assert waiting().wait(5).write(0, intent=intent).keys == [key]


def test_numbers_while_waiting() -> None:
    assert waiting().wait(5).write(0, intent=Intent.ASK_NUMBERS).one(ShowNumbers).numbers


def test_d7_the_claim_is_announced_and_then_the_machine_is_silent() -> None:
    play = claimed()
    notice = play.one(Say)
    assert (notice.author, notice.event, notice.params) == (Author.SYSTEM, "claimed", {"name": "林老师"})
    assert play.state.mode is Mode.HUMAN
    assert {action.kind for action in play.all(CancelTimer)} >= {TimerKind.CHECKIN, TimerKind.BURST}
    for level in (0, 1, 2, 3):
        assert spoken(play.write(level, Category.SUICIDE).actions) == []
        assert play.has(TellTicketSeekerWrote)


def test_s6_a_raise_during_a_human_talk_alarms_the_desk_without_a_word() -> None:
    play = claimed().write(4, Category.SUICIDE)
    assert play.one(CallHuman).level == 4
    assert spoken(play.actions) == []
    play.on(ActionTapped(action=TapAction.DANGER, seq=5))
    assert spoken(play.actions) == []


@pytest.mark.parametrize("event", [DeskLeaseLost(), DeskUnanswered()])
def test_s14_a_lost_counsellor_is_told_and_the_next_is_looked_for(event: Event) -> None:
    play = claimed().on(event)
    assert play.state.mode is Mode.WAITING
    assert machine_talk(play.actions) == []
    assert play.keys[0] in ("desk.lease_lost", "desk.unanswered")
    assert play.on(event).actions == (), "told once"


def test_s3_danger_told_while_the_counsellor_is_lost_is_still_answered_as_a_notice() -> None:
    play = claimed().on(DeskLeaseLost()).write(4, Category.SUICIDE)
    assert play.one(SafetyReply).author is Author.SYSTEM
    assert machine_talk(play.actions) == []


def test_s14_transfer_is_told_and_changes_nothing_else() -> None:
    play = claimed()
    before = play.state
    play.on(DeskTransferred())
    assert play.keys == ["desk.transferred"]
    assert play.state.attended
    assert play.state.owner_name == before.owner_name
    assert play.on(DeskClaimed(name="陈老师")).one(Say).params == {"name": "陈老师"}


def test_handed_back_to_the_queue_the_seeker_waits_again() -> None:
    play = claimed().on(DeskHandedBack(to="queue"))
    assert play.state.mode is Mode.WAITING
    assert play.state.ticket_open
    assert play.keys == ["desk.back_to_queue", "waiting.place"]


def test_d7_after_the_explicit_return_the_bot_speaks_again() -> None:
    play = claimed().on(DeskHandedBack(to="bot", level=RiskLevel.LOW))
    assert play.state.mode is Mode.BOT
    assert play.state.level == 1
    assert machine_talk(play.actions)
    assert machine_talk(play.say(1).actions)


def test_closing_a_ticket_does_not_end_the_conversation() -> None:
    play = claimed().on(DeskClosed(disposition="talked", level=RiskLevel.LOW))
    assert play.keys == ["desk.closed", "desk.after"]
    assert play.state.mode is Mode.BOT
    assert {"helped_yes", "human"} <= play.choice_ids


def test_s5_closed_without_lowering_the_next_word_calls_again() -> None:
    play = claimed().on(DeskClosed())
    assert play.state.level == 3
    assert play.write(0).one(CallHuman).level == 3


def test_s5_only_a_human_lowers() -> None:
    play = claimed().on(DeskLowered(level=RiskLevel.MODERATE))
    assert play.state.level == 2
    assert play.actions == ()
    assert play.on(DeskLowered(level=RiskLevel.IMMINENT)).state.level == 2, "lowering never raises"


def test_s7_at_the_last_rung_the_seeker_is_told_that_nobody_has_come() -> None:
    play = waiting().on(LastRung())
    assert play.keys == ["waiting.last_rung"]
    assert play.one(ShowNumbers).numbers
    assert spoken(claimed().on(LastRung()).actions) == []


def test_silence_at_level_3_three_check_ins_then_out_of_reach() -> None:
    play = waiting()
    for expected, pause in enumerate((180, 300, 600)):
        play.wait(pause).on(CHECKIN)
        assert (play.one(Say).key, play.one(Say).variant) == ("checkin", expected)
        assert play.one(SetTimer).kind is TimerKind.CHECKIN
    play.wait(600).on(CHECKIN)
    assert play.one(OutOfReach).why is OutOfReachWhy.SILENT
    assert play.one(SetMode).mode is Mode.OUT_OF_REACH
    assert play.wait(600).on(CHECKIN).actions == ()


def test_a_timer_that_fires_twice_uses_up_one_check_in() -> None:
    play = waiting().wait(180).on(CHECKIN).on(CHECKIN)
    assert spoken(play.actions) == []
    assert play.one(SetTimer).kind is TimerKind.CHECKIN
    assert play.state.checkins == 1


def test_an_answer_starts_the_check_ins_anew() -> None:
    play = waiting().wait(180).on(CHECKIN).tap("here_ok")
    assert play.keys == ["here_ok"]
    assert play.state.checkins == 0
    assert TimerKind.CHECKIN in {timer.kind for timer in play.all(SetTimer)}


def test_no_check_in_while_a_human_is_there_or_below_level_3() -> None:
    assert claimed().on(CHECKIN).actions == ()
    assert Play().say(1).on(CHECKIN).actions == ()


@pytest.mark.parametrize("how", list(Left))
def test_s16_who_leaves_in_danger_is_visibly_out_of_reach(how: Left) -> None:
    play = waiting().on(SeekerLeft(how=how))
    assert play.one(OutOfReach).why == how.value
    assert play.state.mode is Mode.OUT_OF_REACH
    watched = TimerKind.CHECKIN in {timer.kind for timer in play.all(SetTimer)}
    assert watched is how.reachable
    assert play.on(SeekerLeft(how=how)).none(OutOfReach), "said once"


def test_s16_leaving_below_level_3_is_nobodys_business() -> None:
    assert Play().say(1).on(SeekerLeft(how=Left.TAB_CLOSED)).actions == ()


def test_s16_leaving_with_a_carried_level_and_no_ticket_calls_a_human() -> None:
    play = Play(State()).on(SessionStarted(carried_level=RiskLevel.HIGH)).on(SeekerLeft(how=Left.TAB_CLOSED))
    assert play.one(CallHuman).level == 3
    assert play.has(OutOfReach)


def test_s16_quick_exit_says_nothing_and_is_out_of_reach() -> None:
    play = waiting().on(ActionTapped(action=TapAction.QUICK_EXIT, seq=2))
    assert spoken(play.actions) == []
    assert play.one(OutOfReach).why is OutOfReachWhy.QUICK_EXIT


def test_s16_coming_back_is_welcomed_and_the_place_is_told() -> None:
    play = waiting().on(SeekerLeft(how=Left.TAB_CLOSED)).wait(60).on(SeekerReturned())
    assert play.has(BackInReach)
    assert play.keys == ["welcome_back", "waiting.place"]
    assert play.state.mode is Mode.WAITING


def test_s16_a_message_is_coming_back_too() -> None:
    play = waiting().on(SeekerLeft(how=Left.TAB_CLOSED)).wait(60).write(1)
    assert play.has(BackInReach)
    assert play.keys == ["waiting.ack"]


def test_s16_leaving_a_human_talk_marks_the_ticket_and_leaves_the_talk_to_the_human() -> None:
    play = claimed().on(SeekerLeft(how=Left.TAB_CLOSED))
    assert play.has(OutOfReach)
    assert play.state.mode is Mode.HUMAN
    play.on(SeekerReturned())
    assert play.has(BackInReach)
    assert spoken(play.actions) == []


def test_s16_returning_without_having_been_away_changes_nothing() -> None:
    assert waiting().on(SeekerReturned()).actions == ()


def test_a_counsellors_word_is_noted() -> None:
    play = claimed().on(StaffSpoke())
    assert play.actions == ()
    assert play.state.last_staff_at is not None
