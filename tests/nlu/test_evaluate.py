"""Figures are counted right, carry their uncertainty, and the command reads parts and files."""

import json
from pathlib import Path

import pytest

from nlu.assessment import RiskAssessment
from nlu.corpus import Conversation, Message, SeekerTurn, SpokenTurn
from nlu.evaluate import main
from nlu.evaluation.answers import Answer, TalkAnswer, View
from nlu.evaluation.metrics import Share, calibration_error, f1, macro_f1
from nlu.evaluation.report import measure, text_of
from nlu.labels import Category, RiskLevel, Subject


def answer(true: int, said: int, *, alarm: float = 0.5, **more: str) -> Answer:
    kinds = (Category.SUICIDE,) if true >= 2 else ()
    message = Message(text="一行", level=RiskLevel(true), categories=kinds, persona="student-junior", **more)  # type: ignore[arg-type]  # only texts
    fused = RiskAssessment(level=RiskLevel(said), categories=kinds, subject=Subject.NONE)
    return Answer(message, dict.fromkeys(View, RiskLevel(said)), fused, alarm)


def talk(levels: list[int], called: int | None) -> TalkAnswer:
    turns: list[SeekerTurn | SpokenTurn] = [SeekerTurn("好", RiskLevel(level)) for level in levels]
    kind = "answer" if max(levels) >= 3 else "calm-worry"
    return TalkAnswer(Conversation(turns=(*turns, SpokenTurn("嗯")), kind=kind), dict.fromkeys(View, called))


def test_an_interval_narrows_with_size_and_stays_between_nothing_and_all() -> None:
    few, many = Share(9, 10), Share(900, 1000)
    assert few.value == many.value
    assert few.interval[0] < many.interval[0] < 0.9 < many.interval[1] < few.interval[1]
    assert Share(10, 10).interval[1] == pytest.approx(1.0)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(1, 2)).endswith("1/2")


def test_f1_counts_both_kinds_of_error() -> None:
    pairs = [(3, 3), (3, 0), (0, 3), (0, 0)]
    assert f1(pairs, 3) == pytest.approx(0.5)
    assert macro_f1(pairs, range(5)) == pytest.approx(0.5)
    assert macro_f1([], range(5)) == 0.0


def test_calibration_is_zero_for_promises_kept_and_large_for_boasts() -> None:
    assert calibration_error([(1.0, True), (0.0, False)]) == 0.0
    assert calibration_error([(0.95, False)] * 10) == pytest.approx(0.95)
    assert calibration_error([]) == 0.0


def test_recall_false_alarms_and_confusion_are_those_of_the_answers() -> None:
    answers = [answer(4, 3), answer(3, 2), answer(3, 4), answer(0, 3, slice="game"), answer(1, 1), answer(2, 3)]
    figures = measure(answers, [])
    view = figures["views"]["fusion"]
    assert (view["recall_3"]["hits"], view["recall_3"]["of"]) == (2, 3)
    assert (view["recall_4_as_3"]["hits"], view["recall_4"]["hits"]) == (1, 0)
    assert (view["false_alarms"]["hits"], view["false_alarms"]["of"]) == (1, 2)
    assert view["false_alarms_per_1000"] == 500.0
    assert figures["confusion"][3] == [0, 0, 1, 0, 1]
    assert figures["slices"]["slice"]["game"]["false_alarms"]["hits"] == 1
    assert "macro-F1" in text_of(figures)


def test_a_call_after_the_turn_is_late_and_one_in_a_calm_talk_is_wrong() -> None:
    talks = [talk([0, 3], 1), talk([3, 0], 1), talk([0, 4], None), talk([0, 1], 0), talk([0, 1], None)]
    view = measure([], talks)["conversations"]["fusion"]
    assert (view["in_time"]["hits"], view["in_time"]["of"]) == (1, 3)
    assert view["ever"]["hits"] == 2
    assert (view["wrongly"]["hits"], view["wrongly"]["of"]) == (1, 2)


def test_the_command_reads_files_of_messages_and_of_conversations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages, talks, out = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "out.json"
    messages.write_text(
        "@ level=4 categories=suicide subject=self persona=friend\n我今晚就要自杀\n\n"
        "@ level=0 subject=none persona=friend slice=game\n你好\n",
        encoding="utf-8",
    )
    talks.write_text("@ kind=calm-thanks subject=none persona=friend\n0 你好\nb 你好\n0 谢谢你\n", encoding="utf-8")
    assert main([str(messages), str(talks), "--json", str(out), "--misses"]) == 0
    assert "recall of level >= 3" in capsys.readouterr().out
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["views"]["fusion"]["recall_3"] == {"value": 1.0, "low": 0.2065, "high": 1.0, "hits": 1, "of": 1}
    assert figures["conversations"]["fusion"]["wrongly"]["of"] == 1


def test_a_file_that_breaks_the_format_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("@ level=9\n一行\n", encoding="utf-8")
    assert main([str(wrong)]) == 2
    assert "wrong.txt:2" in capsys.readouterr().err
