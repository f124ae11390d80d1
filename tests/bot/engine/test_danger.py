"""What the seeker is promised when danger is told (S2, S3, S5, S7, S11)."""

from __future__ import annotations

from itertools import product

import pytest

from bot.engine.actions import (
    CallHuman,
    CancelTimer,
    SafetyCategory,
    SafetyReply,
    Say,
    SetLevel,
    SetMode,
    SetTimer,
    ShowNumbers,
    TellTicketSeekerWrote,
)
from bot.engine.events import (
    ActionTapped,
    DeskClaimed,
    DeskClosed,
    LateRaise,
    MessageRead,
    SessionStarted,
    TapAction,
    TimerKind,
)
from bot.engine.numbers import category_of, numbers_for
from bot.engine.state import State
from knowledge_base.directory import Kind as NumberKind
from nlu.assessment import Intent, Layer
from nlu.labels import Category, RiskLevel, Subject
from records.models import Author, Field, Kind, Mode, TicketReason
from tests.bot.engine.support import NUMBERS, Play, assessed, machine_talk, number


def test_s3_danger_is_answered_at_once_and_a_human_is_called() -> None:
    play = Play().write(4, Category.SUICIDE)
    reply = play.one(SafetyReply)
    assert (reply.level, reply.category, reply.subject) == (4, SafetyCategory.SUICIDE, Subject.SELF)
    call = play.one(CallHuman)
    assert (call.reason, call.level, call.message_seq) == (TicketReason.RISK, 4, 1)
    assert play.one(SetLevel).level == 4
    assert play.one(SetMode).mode is Mode.WAITING
    assert TimerKind.CHECKIN in {timer.kind for timer in play.all(SetTimer)}


@pytest.mark.parametrize(
    ("level", "category", "subject"), list(product((3, 4), Category, (Subject.SELF, Subject.OTHER)))
)
def test_s3_every_level_category_and_subject_gets_its_own_row(level: int, category: Category, subject: Subject) -> None:
    reply = Play().write(level, category, subject=subject).one(SafetyReply)
    expected = SafetyCategory.GENERAL if category is Category.EMOTIONAL else SafetyCategory(category.value)
    assert (reply.level, reply.category, reply.subject) == (level, expected, subject)


@pytest.mark.parametrize("category", list(SafetyCategory))
def test_s3_at_level_4_police_and_ambulance_stand_first(category: SafetyCategory) -> None:
    kinds = [item.kind for item in numbers_for(RiskLevel.IMMINENT, category, reversed(NUMBERS))]
    assert set(kinds[:2]) == {NumberKind.POLICE, NumberKind.AMBULANCE}


def test_s3_at_level_3_somebody_who_listens_stands_first_and_urgent_help_is_there() -> None:
    ids = [item.id for item in numbers_for(RiskLevel.HIGH, SafetyCategory.SUICIDE, NUMBERS)]
    assert ids == ["12356", "12355", "120", "110"]


def test_s3_a_beaten_child_sees_the_police_before_the_ambulance() -> None:
    ids = [item.id for item in numbers_for(RiskLevel.IMMINENT, SafetyCategory.ABUSE, NUMBERS)]
    assert ids[:2] == ["110", "120"]


def test_the_weightiest_category_names_the_reply_and_mere_distress_never_does() -> None:
    assert category_of((Category.ABUSE, Category.SUICIDE)) is SafetyCategory.ABUSE
    assert category_of((Category.EMOTIONAL, Category.SUICIDE)) is SafetyCategory.SUICIDE
    assert category_of(()) is SafetyCategory.GENERAL


def test_the_safety_reply_is_not_repeated_for_each_message() -> None:
    play = Play().write(3, Category.SUICIDE)
    for _ in range(5):
        play.wait(5).write(3, Category.SUICIDE)
        assert play.none(SafetyReply)
        assert play.none(Say)
        assert play.none(CallHuman)
        assert play.one(TellTicketSeekerWrote).level == 3


def test_s3_a_rise_and_a_new_kind_of_danger_are_each_answered_once() -> None:
    play = Play().write(3, Category.SUICIDE).wait(5)
    assert play.write(3, Category.ABUSE).one(SafetyReply).category is SafetyCategory.ABUSE
    rise = play.wait(5).write(4, Category.SUICIDE)
    assert rise.one(SafetyReply).level == 4
    assert rise.one(CallHuman).level == 4
    assert play.wait(5).write(3, Category.SUICIDE).none(SafetyReply), "a weaker reply never follows a stronger one"


def test_s3_told_again_after_half_an_hour_it_is_answered_again() -> None:
    play = Play().write(3, Category.SUICIDE).wait(1801)
    assert play.write(3, Category.SUICIDE).one(SafetyReply).level == 3


def test_danger_answers_what_was_waiting_for_a_common_answer() -> None:
    play = Play().write(1).write(0).write(3, Category.SELF_HARM)
    assert TimerKind.BURST in {action.kind for action in play.all(CancelTimer)}
    assert play.quiet().actions == ()


@pytest.mark.parametrize("kind", [Kind.MEDIA, Kind.EVENT])
def test_s2_what_cannot_be_read_goes_to_a_human_as_level_3(kind: Kind) -> None:
    play = Play()
    play.on(MessageRead(seq=1, kind=kind))
    assert play.one(SafetyReply).category is SafetyCategory.UNASSESSED
    call = play.one(CallHuman)
    assert (call.reason, call.level) == (TicketReason.UNASSESSED, 3)


def test_s2_a_failed_assessment_counts_as_level_3_whatever_it_says() -> None:
    play = Play()
    play.on(MessageRead(seq=1, assessment=assessed(0, layer=Layer.FAILURE)))
    assert play.one(CallHuman).reason is TicketReason.UNASSESSED
    assert play.state.level == 3


def test_s2_danger_told_after_a_picture_turns_the_ticket_into_one_of_risk() -> None:
    play = Play()
    play.seq = 1
    play.on(MessageRead(seq=1, kind=Kind.MEDIA)).write(4, Category.SUICIDE)
    assert play.one(CallHuman).reason is TicketReason.RISK
    assert play.wait(2000).on(MessageRead(seq=9, kind=Kind.MEDIA)).one(CallHuman).reason is TicketReason.RISK


def test_s2_a_late_raise_is_acted_on_like_a_message() -> None:
    play = Play().say(1)
    play.on(LateRaise(seq=1, assessment=assessed(4, Category.SUICIDE)))
    assert play.one(SafetyReply).level == 4
    assert play.one(CallHuman).message_seq == 1


def test_s17_a_late_second_level_brings_the_safety_question() -> None:
    play = Play().say(0)
    play.on(LateRaise(seq=1, assessment=assessed(2, Category.SUICIDE))).quiet()
    assert "probe.first_level2" in play.keys


def test_s2_a_late_answer_that_is_calm_changes_nothing() -> None:
    play = Play().write(3, Category.SUICIDE)
    play.on(LateRaise(seq=1, assessment=assessed(1)))
    assert play.state.level == 3
    assert play.actions == ()


def test_s11_the_danger_button_is_level_4_and_asks_one_thing() -> None:
    play = Play().on(ActionTapped(action=TapAction.DANGER, seq=1))
    reply = play.one(SafetyReply)
    assert (reply.level, reply.category, reply.subject) == (4, SafetyCategory.GENERAL, Subject.SELF)
    assert play.one(CallHuman).reason is TicketReason.RISK
    assert play.keys[-1] == "danger.ask"
    assert {"danger_alone", "danger_hurt"} <= play.choice_ids


def test_s11_the_danger_button_tapped_again_shows_the_numbers_again() -> None:
    play = Play().on(ActionTapped(action=TapAction.DANGER, seq=1)).wait(5)
    play.on(ActionTapped(action=TapAction.DANGER, seq=2))
    assert play.one(ShowNumbers).key == "numbers.emergency"
    assert play.none(SafetyReply)


def test_the_danger_button_keeps_the_kind_that_was_told_before() -> None:
    play = Play().write(3, Category.ABUSE).on(ActionTapped(action=TapAction.DANGER, seq=2))
    assert play.one(SafetyReply).category is SafetyCategory.ABUSE


def test_somebody_is_hurting_me_gets_the_reply_for_abuse() -> None:
    play = Play().on(ActionTapped(action=TapAction.DANGER, seq=1)).tap("danger_hurt")
    assert (play.one(SafetyReply).category, play.one(SafetyReply).level) == (SafetyCategory.ABUSE, 4)
    assert play.one(CallHuman).categories == (Category.ABUSE,)


@pytest.mark.parametrize("choice", ["danger_alone", "danger_with", "danger_ok"])
def test_s6_each_answer_about_who_is_near_gets_a_next_step(choice: str) -> None:
    play = Play().on(ActionTapped(action=TapAction.DANGER, seq=1)).tap(choice)
    assert play.keys == [choice]
    assert "call_failed" in play.choice_ids


def test_s7_no_answer_gives_the_next_number_and_raises_the_ticket() -> None:
    play = Play().write(3, Category.SUICIDE)
    shown = [item.id for item in play.one(SafetyReply).numbers]
    offered: list[str] = []
    for _ in range(3):
        play.tap("call_failed")
        assert play.one(CallHuman).level == 4
        offered += [item.id for item in play.one(ShowNumbers).numbers]
    assert len(set(offered)) == 3
    assert shown[0] not in offered, "the one that did not answer is not offered again while others are left"


def test_s7_when_all_numbers_were_tried_they_start_again() -> None:
    play = Play().write(3, Category.SUICIDE)
    keys = []
    for _ in range(6):
        play.wait(61).tap("call_failed")
        keys.append(play.one(ShowNumbers).key)
        assert play.one(ShowNumbers).numbers
    assert "numbers.again" in keys


def test_s7_no_answer_below_level_3_calls_a_human_too() -> None:
    play = Play().write(1, intent=Intent.CALL_FAILED)
    assert play.one(CallHuman).level == 2
    assert play.state.mode is Mode.WAITING


def test_abroad_changes_the_numbers() -> None:
    play = Play()
    abroad = (number("emergency-abroad", NumberKind.EMERGENCY),)
    play.on(ActionTapped(action=TapAction.ABROAD, seq=1), numbers=abroad)
    assert [item.id for item in play.one(ShowNumbers).numbers] == ["emergency-abroad"]
    reply = play.write(4, Category.SUICIDE, numbers=abroad).one(SafetyReply)
    assert [item.id for item in reply.numbers] == ["emergency-abroad"]
    assert "mainland" in play.choice_ids


def test_s5_taking_it_back_lowers_nothing_and_is_met_kindly() -> None:
    play = Play().write(3, Category.SUICIDE).wait(5).write(0, intent=Intent.RETRACT)
    assert play.state.level == 3
    assert play.state.ticket_open
    assert play.keys == ["waiting.retract"]


@pytest.mark.parametrize("field", [Field.NICKNAME, Field.ABOUT, Field.FEEDBACK])
def test_s13_danger_told_in_any_field_is_answered(field: Field) -> None:
    play = Play().write(4, Category.SUICIDE, field=field)
    assert play.one(SafetyReply).level == 4
    assert play.one(CallHuman).level == 4


def test_s13_the_note_beside_a_button_is_read() -> None:
    play = Play().on(ActionTapped(action=TapAction.LEAVE, seq=1, assessment=assessed(4, Category.SUICIDE)))
    assert play.one(SafetyReply).category is SafetyCategory.SUICIDE


def test_s5_a_carried_level_brings_a_human_with_the_first_word() -> None:
    play = Play(State()).on(SessionStarted(carried_level=RiskLevel.HIGH, remembered=True))
    assert play.keys == ["greet.carried"]
    assert play.none(CallHuman), "an open page without a word is no call yet"
    play.write(0, intent=Intent.GREET)
    assert play.one(CallHuman).level == 3
    assert play.keys[0] == "reopened"


def test_s5_danger_after_the_ticket_was_closed_calls_again() -> None:
    play = Play().write(3, Category.SUICIDE).on(DeskClaimed(name="林老师"))
    play.on(DeskClosed(disposition="talked", level=RiskLevel.LOW))
    assert play.state.level == 1
    play.write(3, Category.SUICIDE)
    assert play.one(CallHuman).level == 3
    assert play.one(SafetyReply).author is Author.BOT


def test_the_writer_is_at_risk_unless_somebody_else_is_named() -> None:
    play = Play()
    play.on(MessageRead(seq=1, assessment=assessed(0, layer=Layer.FAILURE)))
    assert play.one(SafetyReply).subject is Subject.SELF


def test_machine_talk_below_danger_is_by_the_bot() -> None:
    assert {action.author for action in machine_talk(Play().say(1).actions)} == {Author.BOT}
