"""Which rules act alone: measured on the labelled messages that no model and no threshold is judged by (never test)."""

from collections import Counter
from functools import cache

import pytest

from nlu.assess import Assessor
from nlu.corpus import Message, read_corpus
from nlu.labels import ESCALATION_LEVEL
from nlu.lexicon.loader import load_data

PRECISION = 0.98
HITS = 60
HITS_OF_A_RULE = 5


@cache
def messages() -> tuple[Message, ...]:
    return tuple(message for part in ("train", "dev") for message in read_corpus(part).messages)


@cache
def decided() -> tuple[tuple[Message, frozenset[str]], ...]:
    """Messages on which the lexicon acts alone, with the rules that do."""
    assessor = Assessor.load()
    names = {entry.id for entry in load_data().entries if entry.decisive}
    found = []
    for message in messages():
        first = assessor.first(message.text)
        if first.decisive:
            found.append((message, frozenset(item.why for item in first.evidence) & names))
    return tuple(found)


def test_s3_what_acts_alone_is_right_in_at_least_98_of_100_messages() -> None:
    wrong = [message.text for message, _ in decided() if message.level < ESCALATION_LEVEL]
    assert len(decided()) >= HITS
    assert len(wrong) <= (1 - PRECISION) * len(decided()), wrong


def test_every_rule_that_acts_alone_was_seen_often_enough_to_be_measured() -> None:
    hits = Counter(rule for _, rules in decided() for rule in rules)
    wrong = Counter(rule for message, rules in decided() if message.level < ESCALATION_LEVEL for rule in rules)
    names = {entry.id for entry in load_data().entries if entry.decisive}
    assert {name for name in names if hits[name] < HITS_OF_A_RULE} == set()
    # A rule with few hits may not hide behind the others: one error in fewer than fifty is one too many.
    assert {name for name in names if wrong[name] > (1 - PRECISION) * hits[name]} == set()


def test_a_rule_that_acts_alone_says_escalation_and_stands_among_the_measured() -> None:
    for entry in load_data().entries:
        assert entry.decisive == entry.id.endswith(".sure"), entry.id
        assert not entry.decisive or entry.level >= ESCALATION_LEVEL, entry.id


@pytest.mark.parametrize(
    ("danger", "harmless"),
    [
        ("室友坐在阳台栏杆外面", "室友坐在阳台栏杆外面，原来是拍婚纱照的道具台"),
        ("我爸在踹门", "我爸在踹门，哈哈，钥匙又落屋里了"),
        ("今晚就自杀", "今晚就自杀哈哈，数学考成这样"),
        ("孩子口吐白沫", "孩子口吐白沫，其实是刷牙没漱口"),
    ],
)
def test_s3_a_harmless_cause_close_by_takes_the_right_to_act_alone_and_nothing_else(
    assessor: Assessor, danger: str, harmless: str
) -> None:
    assert assessor.first(danger).decisive
    doubted = assessor.first(harmless)
    assert not doubted.decisive
    # What the lexicon says stays as loud as it was: the model decides with it, not instead of it.
    assert doubted.level >= ESCALATION_LEVEL


@pytest.mark.parametrize(
    "text", ["那年他坐在阳台栏杆外面，被人拉了回来", "每次吵架我爸就在踹门", "如果今晚就自杀，谁会知道"]
)
def test_what_is_past_habit_or_condition_does_not_act_alone(assessor: Assessor, text: str) -> None:
    assert not assessor.first(text).decisive
