"""The corpus holds its format, its label rules and its split; the reader says where a mistake stands."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.corpus import Corpus, read_conversations, read_corpus, read_messages
from nlu.corpus.checks import Near, complaints, near, repeated
from nlu.corpus.model import Message
from nlu.corpus.reader import PARTS
from nlu.errors import CorpusError
from nlu.labels import Category, RiskLevel, Subject

CORPUS = {part: read_corpus(part) for part in PARTS}
HEADER = "@ level=2 categories=bullying subject=self persona=student-junior register=plain\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "batch.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_line_breaks_a_label_rule_and_train_and_test_share_no_phrasing() -> None:
    assert complaints(CORPUS) == []


def test_the_corpus_is_as_large_and_as_mixed_as_promised() -> None:
    messages = [m for corpus in CORPUS.values() for m in corpus.messages]
    talks = [t for corpus in CORPUS.values() for t in corpus.conversations]
    assert len(messages) >= 12_000
    assert sum(m.subject is Subject.OTHER for m in messages) >= len(messages) / 4
    assert sum(bool(m.slice) for m in messages) >= 3_500
    assert sum(t.escalates_at is not None for t in talks) >= 500
    assert sum(t.escalates_at is None for t in talks) >= 250
    assert {m.level for m in messages} == set(RiskLevel)
    assert {c for m in messages for c in m.categories} == set(Category)


def test_at_least_three_hundred_test_messages_per_level() -> None:
    levels = [m.level for m in CORPUS["test"].messages]
    assert all(levels.count(level) >= 300 for level in RiskLevel)


def test_a_conversation_knows_when_it_calls_a_human(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "@ kind=answer categories=suicide subject=self persona=student-junior\n0 在吗\nb 在的，你说\n3 嗯⏎嗯\n1 算了\n",
    )
    (talk,) = read_conversations(path)
    assert talk.escalates_at == 2
    assert talk.level is RiskLevel.HIGH
    assert talk.turns[2].text == "嗯\n嗯"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("没有题头的一行\n", "batch.txt:1"),
        ("# 说明\n@ level=7 subject=self\n一行\n", "batch.txt:3"),
        ("@ level=2 categories=sad subject=self\n一行\n", "batch.txt:2"),
        ("@ level=2 mood=low\n一行\n", "batch.txt:1"),
        ("@ level\n一行\n", "batch.txt:1"),
    ],
)
def test_a_mistake_names_its_file_and_line(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(CorpusError, match=where):
        list(read_messages(written(tmp_path, text)))


@pytest.mark.parametrize("text", ["@ kind=answer\n", "@ kind=answer\n5 在吗\n", "0 在吗\n", "@ kind=answer\n0\n"])
def test_a_conversation_without_words_or_levels_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CorpusError, match=r"batch\.txt"):
        list(read_conversations(written(tmp_path, text)))


@pytest.mark.parametrize(
    ("level", "categories", "subject"),
    [
        (0, (Category.SUICIDE,), Subject.NONE),
        (0, (), Subject.SELF),
        (1, (Category.BULLYING,), Subject.SELF),
        (3, (), Subject.SELF),
        (3, (Category.EMOTIONAL,), Subject.SELF),
        (4, (Category.SUICIDE,), Subject.NONE),
    ],
)
def test_the_label_rules_are_held(level: int, categories: tuple[Category, ...], subject: Subject) -> None:
    wrong = Message(
        text="一行", level=RiskLevel(level), categories=categories, subject=subject, persona="friend", place="x:1"
    )
    assert complaints({"train": Corpus((wrong,), ())})


def test_one_phrasing_in_two_parts_is_found() -> None:
    def one(text: str, place: str) -> Corpus:
        return Corpus((Message(text=text, level=RiskLevel.NONE, persona="friend", place=place),), ())

    found = complaints(
        {"train": one("今天晚上我们去操场跑步吧", "a:1"), "test": one("今天晚上我们去操场跑步了", "b:1")}
    )
    assert len(found) == 1
    assert "b:1" in found[0]


@given(st.lists(st.text(alphabet="今天晚上我们去操场跑步好吗", min_size=0, max_size=12), max_size=12))
def test_prefix_filtering_finds_every_pair_that_comparing_all_would_find(texts: list[str]) -> None:
    def pairs(text: str) -> set[str]:
        return {text[i : i + 2] for i in range(len(text) - 1)}

    wanted = set()
    for b, text in enumerate(texts):
        for a in range(b):
            one, two = pairs(texts[a]), pairs(text)
            if min(len(one), len(two)) >= 5 and len(one & two) / len(one | two) >= 0.7:
                wanted.add((a, b))
    assert {(found.first, found.second) for found in near(texts)} == wanted
    assert all(isinstance(found, Near) for found in near(texts))


def test_the_same_words_with_other_punctuation_are_the_same() -> None:
    assert repeated(["好累。", "好累！！", "不累"]) == [(0, 1)]
