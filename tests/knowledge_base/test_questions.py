"""The questions by which search is measured: enough of them, by other hands, and never those that it learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.errors import DataFileError
from knowledge_base.evaluate import QUESTIONS
from knowledge_base.grams import plain
from knowledge_base.questions import fitting, read_questions
from knowledge_base.shelf import FileShelf
from nlu.labels import Audience
from nlu.topics import Topic

REPORT = read_questions(QUESTIONS / "report.tsv")
LEARNED = [one for path in sorted(QUESTIONS.glob("*.tsv")) if path.stem != "report" for one in read_questions(path)]
ARTICLES = FileShelf().articles()


def test_there_are_enough_questions_and_enough_that_nothing_answers() -> None:
    assert len(REPORT) + len(LEARNED) >= 600
    assert sum(not one.answerable for one in [*REPORT, *LEARNED]) >= 80
    assert {one.audience for one in REPORT} == set(Audience)


def test_no_reported_question_was_learned_or_stands_in_an_article() -> None:
    seen = {plain(one.text) for one in LEARNED} | {plain(q) for article in ARTICLES for q in article.questions}
    assert [one.text for one in REPORT if plain(one.text) in seen] == []


def test_every_answerable_question_has_an_article_that_fits() -> None:
    assert [one.text for one in [*REPORT, *LEARNED] if one.answerable and not any(fitting(one, ARTICLES))] == []


@pytest.mark.parametrize(
    "line",
    ["student\tsleep\tshort", "student\tsleep\tshort\t ", "aunt\tsleep\tshort\t睡不着", "student\tnap\tshort\t睡不着"],
)
def test_a_line_that_cannot_be_read_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.tsv"
    path.write_text(f"# one\nstudent\t-\thomework\t帮我写作文\n{line}\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"q\.tsv:3"):
        read_questions(path)


def test_a_question_without_topics_is_answered_by_nothing(tmp_path: Path) -> None:
    path = tmp_path / "q.tsv"
    path.write_text("parent\tsleep,low-mood\tshort\t娃不睡\nstudent\t-\thomework\t帮我写作文\n", encoding="utf-8")
    first, second = read_questions(path)
    assert (first.audience, first.topics, first.answerable) == (Audience.PARENT, (Topic.SLEEP, Topic.LOW_MOOD), True)
    assert any(fitting(first, ARTICLES))
    assert not second.answerable
    assert not any(fitting(second, ARTICLES))
