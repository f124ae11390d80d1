"""What holds for every order of events whatever (S3, S5, S6, S17, D7)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.actions import CallHuman, SafetyReply, Say, ShowArticle, ShowNumbers, ShowSteps, Spoken
from bot.engine.decide import decide
from bot.engine.events import (
    ActionTapped,
    BurstQuiet,
    ChoiceTapped,
    DeskClaimed,
    DeskClosed,
    DeskHandedBack,
    DeskLeaseLost,
    DeskLowered,
    DeskTransferred,
    DeskUnanswered,
    Event,
    FeedbackGiven,
    LastRung,
    LateRaise,
    Left,
    MessageRead,
    ProfileGiven,
    SeekerLeft,
    SeekerReturned,
    SessionStarted,
    StaffSpoke,
    TapAction,
    TimerDue,
    TimerKind,
)
from bot.engine.state import Knowledge, Place, Seen, State
from bot.engine.turn import SPOKEN
from bot.replies.loader import LOCALES, Replies
from bot.replies.render import render
from nlu.assessment import Intent, Layer, RiskAssessment
from nlu.labels import Audience, Category, RiskLevel, Subject
from records.models import Author, Field, Kind, Mode
from tests.bot.engine.support import HITS, KNOWN, NOW, NUMBERS, machine_talk, spoken

REPLIES = Replies.load()
CHOICES = (
    *("human", "danger", "call_failed", "abroad", "mainland", "breathing", "reading", "numbers", "withdraw", "privacy"),
    *("probe_yes", "probe_no", "probe_skip", "helped_yes", "helped_some", "helped_no", "here_ok", "nonsense"),
    *("more:exam-night", "article:exam-night", "article:gone"),
    *("danger_alone", "danger_hurt", "danger_with", "danger_ok"),
)

assessments = st.builds(
    RiskAssessment,
    level=st.sampled_from(RiskLevel),
    categories=st.lists(st.sampled_from(Category), max_size=2).map(tuple),
    subject=st.sampled_from(Subject),
    intent=st.sampled_from(Intent),
    layer=st.sampled_from(Layer),
)
seqs = st.integers(1, 500)
levels = st.sampled_from(RiskLevel)
seeker_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        MessageRead,
        seq=seqs,
        kind=st.sampled_from((Kind.TEXT, Kind.TEXT, Kind.MEDIA)),
        field=st.sampled_from(Field),
        assessment=st.one_of(assessments, assessments, st.none()),
    ),
    st.builds(LateRaise, seq=seqs, assessment=assessments),
    st.just(BurstQuiet()),
    st.builds(
        ActionTapped,
        action=st.sampled_from(TapAction),
        seq=seqs,
        assessment=st.one_of(st.none(), st.none(), assessments),
    ),
    st.builds(ChoiceTapped, choice=st.sampled_from(CHOICES), seq=seqs, assessment=st.one_of(st.none(), assessments)),
    st.builds(
        ProfileGiven,
        audience=st.one_of(st.none(), st.sampled_from(Audience)),
        region=st.one_of(st.none(), st.sampled_from(("baotou", "huaian"))),
    ),
    st.builds(
        FeedbackGiven, helped=st.sampled_from((None, "yes", "no")), distress=st.one_of(st.none(), st.integers(0, 10))
    ),
    st.builds(SessionStarted, carried_level=levels, remembered=st.booleans()),
    st.builds(SeekerLeft, how=st.sampled_from(Left)),
    st.just(SeekerReturned()),
    st.builds(TimerDue, kind=st.sampled_from(TimerKind)),
)
desk_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(DeskClaimed, name=st.sampled_from(("林老师", "陈老师"))),
    st.builds(DeskHandedBack, to=st.sampled_from(("queue", "bot")), level=st.one_of(st.none(), levels)),
    st.builds(DeskClosed, level=st.one_of(st.none(), levels)),
    st.builds(DeskLowered, level=levels),
    st.sampled_from((DeskTransferred(), DeskLeaseLost(), DeskUnanswered(), LastRung(), StaffSpoke())),
)


@dataclass(frozen=True)
class Step:
    event: Event
    seen: Seen


@st.composite
def plays(draw: st.DrawFn) -> list[Step]:
    events = draw(st.lists(st.one_of(seeker_events, seeker_events, seeker_events, desk_events), max_size=40))
    now, steps = NOW, []
    for event in events:
        # the clock of a machine may jump back: that must harm nobody
        now += timedelta(seconds=draw(st.sampled_from((0, 1, 3, 90, 200, 700, 4000, -30))))
        on_duty = draw(st.booleans())
        high = draw(st.one_of(st.none(), st.integers(0, 9)))
        known = Place(place=draw(st.integers(1, 9)), low_min=None if high is None else 1, high_min=high)
        place = draw(st.sampled_from((None, known))) if on_duty else None
        kb = draw(st.sampled_from((Knowledge(), KNOWN, Knowledge(hits=HITS))))
        hours = draw(st.sampled_from((None, "18:00-22:00")))
        steps.append(Step(event, Seen(now=now, on_duty=on_duty, place=place, numbers=NUMBERS, kb=kb, hours_open=hours)))
    return steps


def lowers(event: Event, level: RiskLevel) -> bool:
    if isinstance(event, DeskLowered):
        return True
    return isinstance(event, DeskClosed | DeskHandedBack) and event.level is not None and event.level <= level


@given(plays())
@settings(max_examples=150, deadline=None)
def test_no_order_of_events_raises_and_every_text_exists(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        decision = decide(state, step.event, step.seen)
        state = decision.state
        for action in spoken(decision.actions):
            for locale in LOCALES:
                assert render(action, REPLIES, locale)


@given(plays())
@settings(max_examples=120, deadline=None)
def test_the_state_survives_storage_after_every_event(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        state = decide(state, step.event, step.seen).state
        assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


@given(plays())
@settings(max_examples=150, deadline=None)
def test_d7_from_the_claim_until_the_explicit_return_no_machine_text(steps: list[Step]) -> None:
    state, held = State(), False
    for step in steps:
        if isinstance(step.event, DeskClaimed):
            held = True
        elif isinstance(step.event, DeskClosed | DeskHandedBack):
            held = False
        decision = decide(state, step.event, step.seen)
        state = decision.state
        if held:
            assert machine_talk(decision.actions) == []
            assert all(action.author is Author.SYSTEM for action in spoken(decision.actions))
        if state.attended and isinstance(step.event, MessageRead | ChoiceTapped | ActionTapped | TimerDue | LateRaise):
            assert spoken(decision.actions) == [], "while a human is there, not even a notice answers the seeker"


@given(plays())
@settings(max_examples=150, deadline=None)
def test_s5_the_level_falls_only_by_a_human(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        after = decide(state, step.event, step.seen).state
        if after.level < state.level:
            assert lowers(step.event, after.level)
        state = after


@given(plays())
@settings(max_examples=150, deadline=None)
def test_s3_after_any_word_at_level_3_a_human_is_called_or_there(steps: list[Step]) -> None:
    """Followed by its own books, from the actions alone: called, claimed, given back."""
    state, called = State(), False
    for step in steps:
        decision = decide(state, step.event, step.seen)
        state = decision.state
        withdrawn = any(action.type == "withdraw_call" for action in decision.actions)
        if isinstance(step.event, DeskClaimed) or (isinstance(step.event, DeskHandedBack) and step.event.to == "queue"):
            called = True
        elif isinstance(step.event, DeskClosed | DeskHandedBack) or withdrawn:
            called = False
        if any(isinstance(action, CallHuman) for action in decision.actions):
            called = True
        words = isinstance(step.event, MessageRead | ChoiceTapped | FeedbackGiven)
        late = isinstance(step.event, LateRaise) and step.event.assessment.escalate
        if (words or late) and state.level >= RiskLevel.HIGH:
            assert called
            assert state.ticket_open


@given(plays(), assessments)
@settings(max_examples=120, deadline=None)
def test_s3_told_danger_always_reaches_the_ticket(steps: list[Step], assessment: RiskAssessment) -> None:
    state = State()
    for step in steps:
        state = decide(state, step.event, step.seen).state
    decision = decide(state, MessageRead(seq=999, assessment=assessment), Seen(now=NOW, numbers=NUMBERS))
    if assessment.escalate or assessment.unassessed:
        assert decision.state.ticket_open
        assert decision.state.ticket_level >= max(RiskLevel.HIGH, 0 if assessment.unassessed else assessment.level)
        assert decision.state.level >= RiskLevel.HIGH


@given(plays())
@settings(max_examples=150, deadline=None)
def test_s6_from_level_2_on_no_machine_text_is_without_a_next_step(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        decision = decide(state, step.event, step.seen)
        state = decision.state
        if state.level >= RiskLevel.MODERATE and machine_talk(decision.actions):
            assert any(
                isinstance(action, SafetyReply | ShowNumbers | ShowSteps | ShowArticle)
                or (isinstance(action, Say) and (action.choices or action.card))
                for action in decision.actions
            )


@given(plays())
@settings(max_examples=120, deadline=None)
def test_the_mode_says_who_has_the_talk(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        state = decide(state, step.event, step.seen).state
        assert (state.mode is Mode.HUMAN) == state.attended
        if state.mode in (Mode.BOT, Mode.CLOSED):
            assert not state.ticket_open
        if state.mode in (Mode.WAITING, Mode.OUT_OF_REACH):
            assert state.ticket_open
        assert not state.attended or state.held


@given(plays())
@settings(max_examples=100, deadline=None)
def test_s17_the_bot_ends_no_talk_unasked_and_none_above_level_1(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        before = state
        decision = decide(state, step.event, step.seen)
        state = decision.state
        if any(action.type == "end_conversation" for action in decision.actions):
            assert state.level <= RiskLevel.LOW
            assert before.closing_answered or not before.wrote


@given(plays())
@settings(max_examples=100, deadline=None)
def test_the_engine_is_a_function(steps: list[Step]) -> None:
    state = State()
    for step in steps:
        first, again = decide(state, step.event, step.seen), decide(state, step.event, step.seen)
        assert first == again
        state = first.state


def test_spoken_lists_every_kind_of_message_to_the_seeker() -> None:
    assert set(SPOKEN) == set(get_args(Spoken))
