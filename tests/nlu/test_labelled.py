"""The engine against messages and conversations that were labelled by the table of levels."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from nlu.assess import Assessor
from nlu.assessment import Turn, Who

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Message:
    level: int
    categories: list[str]
    subject: str
    text: str


def messages() -> list[Message]:
    raw = yaml.safe_load((DATA / "messages.yaml").read_text(encoding="utf-8"))["messages"]
    return [Message(level, categories, subject, str(text)) for level, categories, subject, text in raw]


def conversations() -> list[tuple[int, int | None, list[Turn]]]:
    raw = yaml.safe_load((DATA / "conversations.yaml").read_text(encoding="utf-8"))["conversations"]
    who = {"u": Who.USER, "b": Who.BOT}
    return [(level, at, [Turn(who=who[turn[0]], text=turn[2:]) for turn in turns]) for level, at, turns in raw]


def test_the_set_is_large_enough_to_mean_something() -> None:
    labelled = messages()
    assert len(labelled) >= 250
    assert len(conversations()) >= 40
    assert {message.level for message in labelled} == {0, 1, 2, 3, 4}
    assert len({category for message in labelled for category in message.categories}) == 11


def test_s3_danger_is_recognised_and_calm_is_left_calm(assessor: Assessor) -> None:
    labelled = messages()
    read = {message.text: assessor.first(message.text) for message in labelled}
    high = [m for m in labelled if m.level >= 3]
    calm = [m for m in labelled if m.level <= 1]
    missed = [m.text for m in high if read[m.text].level < 3]
    alarmed = [m.text for m in calm if read[m.text].level >= 3]
    exact = sum(read[m.text].level == m.level for m in labelled) / len(labelled)
    recall = 1 - len(missed) / len(high)
    print(f"{len(labelled)} messages: exact {exact:.3f}, recall of >=3 {recall:.3f}, alarms {len(alarmed)}/{len(calm)}")
    assert recall >= 0.9, missed
    assert len(alarmed) <= 0.02 * len(calm), alarmed
    assert exact >= 0.8


def test_kind_and_person_at_risk_are_named(assessor: Assessor) -> None:
    told = [m for m in messages() if m.level >= 2]
    kinds = sum(m.categories[0] in {c.value for c in assessor.first(m.text).categories} for m in told)
    persons = sum(m.subject == assessor.first(m.text).subject.value for m in told)
    assert kinds >= 0.85 * len(told)
    assert persons >= 0.85 * len(told)


def test_a_decisive_rule_is_right(assessor: Assessor) -> None:
    wrong = [m.text for m in messages() if assessor.first(m.text).decisive and m.level < 3]
    assert wrong == []


def test_conversations_reach_the_level_at_the_turn_that_shows_it(assessor: Assessor) -> None:
    labelled = conversations()
    wrong = []
    for level, at, turns in labelled:
        result = assessor.assess_conversation(turns)
        if (result.level, result.escalated_at) != (level, at):
            wrong.append((level, at, int(result.level), result.escalated_at, [turn.text for turn in turns]))
    assert len(wrong) <= 0.1 * len(labelled), wrong


@pytest.mark.parametrize(
    ("danger", "innocent"),
    [
        ("我想死", "作业多到想死哈哈"),
        ("我女儿说不想活了", "小说里的女儿说不想活了"),
        ("我站在天台边", "站在天台上看星星的照片"),
        ("想自杀", "从没想过自杀"),
        ("爸爸又打我", "爸爸又打我电话"),
        ("去死一了百了", "想去死海看看"),
        ("刚吞了一瓶药", "刚去药店买了点药膏"),
        ("我想紫砂", "我想买紫砂壶"),
        ("叔叔摸我下面", "叔叔摸了摸我的头"),
    ],
)
def test_twins_are_told_apart(assessor: Assessor, danger: str, innocent: str) -> None:
    assert assessor.first(danger).level >= 2
    assert assessor.first(innocent).level == 0
