"""The talk below level 3 (S5, S6, S11, S17)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.engine.actions import (
    CallHuman,
    EndConversation,
    RecordGap,
    SafetyCategory,
    SafetyReply,
    Say,
    SetLevel,
    SetTimer,
    ShowArticle,
    ShowConsent,
    ShowNumbers,
    ShowSteps,
    WithdrawCall,
)
from bot.engine.events import (
    ActionTapped,
    DeskClaimed,
    DeskClosed,
    FeedbackGiven,
    MessageRead,
    ProfileGiven,
    SessionStarted,
    TapAction,
    TimerDue,
    TimerKind,
)
from bot.engine.state import Knowledge, Policy
from nlu.assessment import Evidence, Intent
from nlu.labels import Audience, Category, RiskLevel, Subject
from records.models import Field, Mode, TicketReason
from tests.bot.engine.support import ARTICLE, HITS, KNOWN, Play, assessed, machine_talk, spoken


def test_the_first_line_stands_there_before_anything_is_asked() -> None:
    play = Play()
    assert play.keys == ["greet.first"]
    assert play.on(SessionStarted()).actions == (), "it is said once"


def test_a_burst_of_short_messages_is_answered_once_after_quiet() -> None:
    play = Play()
    for _ in range(4):
        play.write(1)
        assert spoken(play.actions) == []
        assert play.one(SetTimer) == SetTimer(kind=TimerKind.BURST, seconds=2.5)
    play.quiet()
    assert play.keys == ["level1.listen"]
    assert play.one(RecordGap).seqs == (1, 2, 3, 4)
    assert play.quiet().actions == (), "the same burst is not answered twice"


def test_somebody_who_writes_on_and_on_is_answered_all_the_same() -> None:
    play = Play()
    waits = []
    for _ in range(6):
        waits.append(play.write(1).one(SetTimer).seconds)
        play.wait(1.6)
    assert waits[:3] == [2.5, 2.5, 2.5]
    assert waits[-1] == 0.0, "at the latest eight seconds after the first fragment"
    play.quiet()
    assert play.write(1).one(SetTimer).seconds == 2.5, "the next burst has its own time"


def test_the_consent_line_comes_once_and_never_before_the_answer() -> None:
    play = Play().say(0)
    assert isinstance(spoken(play.actions)[-1], ShowConsent)
    assert play.say(0).none(ShowConsent)


def test_a_fitting_article_is_the_answer_with_neighbours_and_a_way_to_a_human() -> None:
    play = Play().say(1, kb=KNOWN)
    steps = play.one(ShowSteps)
    assert steps.article is ARTICLE
    assert play.keys == ["level1.lead"]
    assert {"helped_yes", "helped_no", "human", "article:exam-worry", "article:sleep"} <= play.choice_ids
    assert play.none(RecordGap)


def test_without_a_fitting_article_it_listens_and_never_says_the_same_twice_in_a_row() -> None:
    play = Play()
    said = []
    for _ in range(6):
        say = play.wait(30).say(1).one(Say)
        said.append((say.key, say.variant))
        assert {"human", "breathing"} <= play.choice_ids
    assert all(earlier != later for earlier, later in pairwise(said))


@pytest.mark.parametrize(
    ("intent", "key"),
    [
        (Intent.ASK_BOT, "ask_bot"),
        (Intent.ASK_PRIVACY, "ask_privacy"),
        (Intent.ASK_SERVICE, "ask_service"),
        (Intent.GREET, "greet.again"),
        (Intent.AFFIRM, "affirm"),
        (Intent.DENY, "deny"),
        (Intent.RETRACT, "retract"),
    ],
)
def test_s6_plain_questions_get_plain_answers(intent: Intent, key: str) -> None:
    assert Play().say(0, intent=intent).keys == [key]


def test_asking_for_numbers_gives_numbers() -> None:
    assert Play().say(0, intent=Intent.ASK_NUMBERS).one(ShowNumbers).numbers


def test_a_greeting_with_a_worry_behind_it_is_answered_for_the_worry() -> None:
    play = Play().write(0, intent=Intent.GREET).write(1).quiet(kb=KNOWN)
    assert play.one(ShowSteps).article is ARTICLE


def test_s11_a_human_comes_at_any_level_when_asked() -> None:
    play = Play().write(0, intent=Intent.ASK_HUMAN)
    assert play.one(CallHuman).reason is TicketReason.ASK_HUMAN
    assert play.keys == ["waiting.place"]
    assert play.state.mode is Mode.WAITING


def test_s11_tapping_for_a_human_twice_calls_once_and_tells_the_place_again() -> None:
    play = Play().on(ActionTapped(action=TapAction.HUMAN, seq=1)).wait(20)
    play.on(ActionTapped(action=TapAction.HUMAN, seq=2))
    assert play.none(CallHuman)
    assert play.keys == ["waiting.place"]


def test_the_wish_for_a_human_can_be_taken_back_below_level_2() -> None:
    play = Play().on(ActionTapped(action=TapAction.HUMAN, seq=1))
    assert "withdraw" in play.choice_ids
    play.tap("withdraw")
    assert play.has(WithdrawCall)
    assert play.state.mode is Mode.BOT
    assert not play.state.ticket_open


def test_s5_a_call_for_risk_cannot_be_taken_back() -> None:
    play = Play().write(3, Category.SUICIDE).tap("withdraw")
    assert play.none(WithdrawCall)
    assert play.keys == ["withdraw.kept"]
    assert play.state.ticket_open


def test_s17_the_first_level_2_brings_one_direct_question() -> None:
    play = Play().say(2, Category.SUICIDE)
    assert play.keys == ["level2.heard", "probe.first_level2"]
    assert {"probe_yes", "probe_no", "probe_skip"} <= play.choice_ids
    assert TimerKind.PROBE in {timer.kind for timer in play.all(SetTimer)}
    play.tap("probe_no")
    assert "probe.first_level2" not in play.wait(30).say(2, Category.SUICIDE).keys


def test_s17_about_somebody_else_the_question_asks_about_them() -> None:
    play = Play().write(2, Category.SUICIDE, subject=Subject.OTHER).quiet()
    assert "probe.first_level2_other" in play.keys


@pytest.mark.parametrize("way", ["tap", "word"])
def test_s17_yes_brings_the_safety_reply_and_a_human(way: str) -> None:
    play = Play().say(2, Category.SELF_HARM)
    if way == "tap":
        play.tap("probe_yes")
    else:
        play.say(2, intent=Intent.AFFIRM)
    assert play.one(SafetyReply).category is SafetyCategory.SELF_HARM
    assert play.one(SetLevel).level == 3
    assert play.one(CallHuman).level == 3


@pytest.mark.parametrize("intent", [Intent.NONE, Intent.RETRACT, Intent.THANKS, Intent.GOODBYE, Intent.ASK_BOT])
def test_s17_evasion_brings_a_human(intent: Intent) -> None:
    play = Play().say(2, Category.SUICIDE).say(0, intent=intent)
    assert play.one(CallHuman).reason is TicketReason.RISK
    assert play.keys[0] == "probe.evaded"


def test_s17_an_answer_that_names_the_danger_is_a_yes_and_never_brushed_off() -> None:
    play = Play().say(2, Category.SUICIDE)
    named = replace(assessed(2, Category.SUICIDE), evidence=(Evidence(start=0, end=5, why="suicide.not_live"),))
    play.on(MessageRead(seq=9, assessment=named))
    assert play.one(SafetyReply).category is SafetyCategory.SUICIDE
    assert play.one(CallHuman).level == 3
    assert "probe.evaded" not in play.keys


@pytest.mark.parametrize("why", ["context.evades_suicide", "suicide.past_thoughts"])
def test_s17_what_only_the_context_or_the_past_says_is_no_yes(why: str) -> None:
    play = Play().say(2, Category.SUICIDE)
    put_off = replace(assessed(2, Category.SUICIDE), evidence=(Evidence(start=0, end=3, why=why),))
    play.on(MessageRead(seq=9, assessment=put_off)).quiet()
    assert play.keys[0] == "probe.evaded"
    assert play.one(CallHuman).level == 2


def test_who_the_words_say_is_writing_counts_until_they_tell_us() -> None:
    play = Play().on(MessageRead(seq=1, assessment=assessed(0), writer=Audience.PARENT))
    assert play.state.audience is Audience.PARENT
    play.on(MessageRead(seq=2, assessment=assessed(0), writer=Audience.TEACHER))
    assert play.state.audience is Audience.PARENT


def test_s17_not_wanting_to_say_brings_a_human() -> None:
    assert Play().say(2, Category.SUICIDE).tap("probe_skip").one(CallHuman).level == 2


def test_s17_silence_brings_a_human() -> None:
    play = Play().say(2, Category.SUICIDE).wait(600).on(TimerDue(kind=TimerKind.PROBE))
    assert play.one(CallHuman).reason is TicketReason.RISK
    assert play.keys[0] == "probe.silent"
    assert play.on(TimerDue(kind=TimerKind.PROBE)).actions == ()


def test_s17_a_plain_no_leaves_the_level_and_the_way_to_a_human() -> None:
    play = Play().say(2, Category.SUICIDE).say(0, intent=Intent.DENY)
    assert play.none(CallHuman)
    assert play.state.level == 2
    assert "human" in play.choice_ids


def test_s17_yes_after_the_question_is_gone_still_counts() -> None:
    play = Play().say(1).tap("probe_yes")
    assert play.one(CallHuman).level == 3


@pytest.mark.parametrize("intent", [Intent.GOODBYE, Intent.THANKS])
def test_s17_nobody_goes_unasked(intent: Intent) -> None:
    play = Play().say(0).say(0, intent=intent)
    assert play.keys[-1] == "probe.closing"
    assert play.tap("probe_no").keys == ["probe.no_closing"]
    assert "probe.closing" not in play.say(0, intent=intent).keys, "asked once in a talk"


def test_s17_leaving_by_the_button_is_preceded_by_the_question() -> None:
    play = Play().say(0).on(ActionTapped(action=TapAction.LEAVE, seq=9))
    assert play.keys == ["bye.before", "probe.closing"]


def test_s17_an_idle_talk_ends_only_after_the_question() -> None:
    play = Play().say(1).wait(3600).on(TimerDue(kind=TimerKind.IDLE))
    assert play.keys[-1] == "probe.closing"
    assert play.none(EndConversation)
    play.tap("probe_no").wait(3600).on(TimerDue(kind=TimerKind.IDLE))
    assert play.has(EndConversation)
    assert play.state.mode is Mode.CLOSED


def test_s17_silence_at_the_end_brings_a_human() -> None:
    play = Play().say(1).wait(3600).on(TimerDue(kind=TimerKind.IDLE)).wait(600).on(TimerDue(kind=TimerKind.PROBE))
    assert play.one(CallHuman).level == 1
    assert play.none(EndConversation)


def test_silence_at_the_end_may_be_set_to_call_only_from_a_level_on() -> None:
    policy = Policy(closing_silence_calls_from=RiskLevel.MODERATE)
    play = Play(policy=policy).say(0).wait(3600).on(TimerDue(kind=TimerKind.IDLE)).on(TimerDue(kind=TimerKind.PROBE))
    assert play.none(CallHuman)
    assert play.has(EndConversation)


def test_a_page_on_which_nothing_was_written_ends_without_a_question() -> None:
    play = Play().on(TimerDue(kind=TimerKind.IDLE))
    assert play.has(EndConversation)
    assert spoken(play.actions) == []


def test_a_conversation_at_level_2_is_never_ended_by_idleness() -> None:
    play = Play().say(2, Category.BULLYING).tap("probe_no").wait(3600).on(TimerDue(kind=TimerKind.IDLE))
    play.tap("probe_no").wait(3600).on(TimerDue(kind=TimerKind.IDLE))
    assert play.none(EndConversation)
    assert play.state.mode is Mode.BOT


def test_writing_after_the_end_opens_the_talk_again() -> None:
    play = Play().on(TimerDue(kind=TimerKind.IDLE)).say(1)
    assert play.state.mode is Mode.BOT
    assert "level1.listen" in play.keys


def test_after_a_human_closed_idleness_does_not_call_again() -> None:
    play = Play().write(3, Category.SUICIDE).on(DeskClaimed(name="林老师")).on(DeskClosed(level=RiskLevel.LOW))
    play.wait(3600).on(TimerDue(kind=TimerKind.IDLE))
    assert play.none(CallHuman)
    assert play.has(EndConversation)


def test_a_new_talk_after_a_goodbye_has_its_own_closing_question() -> None:
    play = Play().say(0).say(0, intent=Intent.GOODBYE).tap("probe_no").wait(1900).say(1)
    assert play.wait(60).say(0, intent=Intent.GOODBYE).keys[-1] == "probe.closing"


def test_floods_are_answered_more_slowly_and_nothing_is_forgotten() -> None:
    play = Play()
    for _ in range(10):
        play.wait(1).say(1)
    assert spoken(play.actions) == []
    assert play.one(SetTimer) == SetTimer(kind=TimerKind.BURST, seconds=20.0)
    assert play.wait(61).quiet().keys == ["level1.listen"]


def test_words_in_a_form_are_read_but_calm_ones_are_not_answered() -> None:
    play = Play().write(0, field=Field.NICKNAME)
    assert TimerKind.BURST not in {timer.kind for timer in play.all(SetTimer)}
    assert "probe.first_level2" in play.write(2, Category.SUICIDE, field=Field.ABOUT).quiet().keys


@pytest.mark.parametrize("choice", ["breathing", "privacy", "here_ok", "nonsense", ""])
def test_every_choice_gets_an_answer(choice: str) -> None:
    assert spoken(Play().tap(choice).actions)


def test_more_of_an_article_and_its_neighbour() -> None:
    play = Play().say(1, kb=KNOWN)
    assert play.tap("more:exam-night", kb=KNOWN).one(ShowArticle).article is ARTICLE
    assert play.tap("article:exam-night", kb=KNOWN).one(ShowSteps).article is ARTICLE
    assert play.tap("article:gone", kb=Knowledge()).keys == ["article.gone"]


def test_an_article_that_did_not_help_is_a_gap_for_the_editors() -> None:
    play = Play().say(1, kb=KNOWN).tap("helped_no")
    assert play.one(RecordGap).article == "exam-night"
    assert "human" in play.choice_ids
    assert Play().tap("helped_yes").keys == ["helped.yes"]


def test_reading_while_waiting() -> None:
    play = Play().write(0, intent=Intent.ASK_HUMAN)
    play.tap("reading", kb=Knowledge(hits=HITS))
    assert {"article:exam-night", "article:sleep"} <= play.choice_ids
    assert play.tap("reading").keys == ["reading.none"]


def test_the_form_is_taken_silently() -> None:
    play = Play().on(ProfileGiven(audience=Audience.PARENT, age_band="18_plus", region="baotou"))
    assert play.actions == ()
    assert (play.state.audience, play.state.region) == (Audience.PARENT, "baotou")
    assert play.on(ProfileGiven()).state.audience is Audience.PARENT


def test_s3_the_reply_knows_who_writes() -> None:
    play = Play().on(ProfileGiven(audience=Audience.TEACHER))
    assert play.write(4, Category.SUICIDE, subject=Subject.OTHER).one(SafetyReply).audience is Audience.TEACHER


def test_s7_a_place_told_in_danger_brings_the_numbers_there() -> None:
    play = Play().write(3, Category.SUICIDE).on(ProfileGiven(region="huaian"))
    assert play.one(ShowNumbers).key == "numbers.region"


def test_very_high_distress_in_the_feedback_brings_the_question() -> None:
    play = Play().say(0).on(FeedbackGiven(helped="some", distress=9))
    assert play.keys == ["feedback.heard", "probe.feedback"]
    assert play.tap("probe_yes").one(CallHuman).level == 3


@pytest.mark.parametrize(
    ("helped", "key"), [("no", "feedback.no"), ("yes", "feedback.thanks"), (None, "feedback.thanks")]
)
def test_feedback_is_met_with_thanks_and_a_way_on(helped: str | None, key: str) -> None:
    play = Play().say(0).on(FeedbackGiven(helped=helped, distress=2))  # type: ignore[arg-type]  # parametrize knows only str
    assert play.keys == [key]


def test_s6_at_level_2_every_reply_names_a_next_step() -> None:
    play = Play().say(2, Category.SUICIDE).tap("probe_no")
    for intent in (Intent.NONE, Intent.ASK_BOT, Intent.AFFIRM, Intent.THANKS):
        play.wait(60).say(1, intent=intent)
        assert machine_talk(play.actions)
        assert play.choice_ids
