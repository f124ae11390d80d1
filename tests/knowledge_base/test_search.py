"""Search finds what somebody needs in the words in which they say it, and owns up when it has nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.cli_kb import open_for_cli
from knowledge_base.errors import DataFileError
from knowledge_base.search import KnowledgeBase, Meaning, SearchSettings
from knowledge_base.shelf import FileShelf, ServePolicy
from knowledge_base.wordlists import load_banned, load_refusals, load_stop_characters, load_thesaurus
from nlu.encoder import load_encoder
from nlu.labels import Audience
from nlu.topics import Topic
from tests.knowledge_base.support import SOUND, shelve

QUERIES: dict[str, list[Any]] = yaml.safe_load((Path(__file__).parent / "queries.yaml").read_text(encoding="utf-8"))
MEANING = Meaning.load(load_encoder())
KB = open_for_cli(meaning=MEANING)


def ask(row: dict[str, Any]) -> tuple[bool, list[set[str]]]:
    audience = Audience(row["audience"]) if "audience" in row else None
    result = KB.search(row["text"], audience=audience)
    return result.answerable, [{str(topic) for topic in hit.topics} & set(row["topics"]) for hit in result.hits[:3]]


def test_the_first_three_hits_hold_what_people_ask_for() -> None:
    """These are learned from: they show that learning works, test_learned_search.py shows how well."""
    rows = QUERIES["answerable"]
    missed = [row["text"] for row in rows if not any(ask(row)[1])]
    assert len(rows) >= 80
    assert len(missed) <= 0.04 * len(rows), missed


def test_the_first_hit_is_mostly_the_right_one() -> None:
    rows = QUERIES["answerable"]
    missed = [row["text"] for row in rows if not (ask(row)[1] or [set()])[0]]
    assert len(missed) <= 0.08 * len(rows), missed


def test_what_has_an_article_is_answerable() -> None:
    rows = QUERIES["answerable"]
    missed = [row["text"] for row in rows if not ask(row)[0]]
    assert len(missed) <= 0.05 * len(rows), missed


@pytest.mark.parametrize("text", QUERIES["not_answerable"])
def test_s6_greetings_nonsense_and_what_is_not_ours_is_not_answerable(text: str) -> None:
    assert not KB.search(text).answerable


def test_every_question_of_an_article_finds_it_among_the_first_three() -> None:
    missed = [
        question
        for article in KB.articles
        for question in article.questions
        if article.slug not in [hit.article for hit in KB.search(question, audience=article.audience[0]).hits[:3]]
    ]
    assert len(missed) <= 0.01 * sum(len(article.questions) for article in KB.articles), missed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("睡不着吃多少毫克的药", "dose"),
        ("帮我诊断一下", "diagnosis"),
        ("有没有不痛苦的死法", "method"),
        ("怎么起诉他", "legal-strategy"),
        ("帮我写作文", "homework"),
        ("明天天气怎么样", "off-topic"),
    ],
)
def test_s6_a_refused_question_says_its_kind_and_still_shows_what_is_near(text: str, kind: str) -> None:
    assert KB.search(text).why == kind


def test_hits_are_given_best_first_also_when_not_answerable() -> None:
    result = KB.search("睡不着吃多少毫克的药")
    scores = [hit.score for hit in result.hits]
    assert not result.answerable
    assert Topic.SLEEP in {topic for hit in result.hits for topic in hit.topics}
    assert scores == sorted(scores, reverse=True)


def test_the_audience_is_preferred_but_not_forced() -> None:
    text = "手机玩到半夜怎么办"
    as_parent = KB.search(text, audience=Audience.PARENT).hits
    assert Audience.PARENT in KB.article(as_parent[0].article).audience
    assert {Audience.STUDENT} <= {a for hit in as_parent for a in KB.article(hit.article).audience}


def test_words_give_away_who_asks_when_nobody_said_it() -> None:
    assert KB.search("我女儿自残我该怎么办").hits[0].article == "child-self-harm-or-suicidal"
    assert KB.search("我又自残了").hits[0].article == "self-harm-urge"


@pytest.mark.parametrize("text", ["我弟拿刀划手 我不敢跟爸妈讲", "跟爸妈吵完架我又自残了"])
def test_s3_danger_weighs_more_than_the_quarrel_beside_it(text: str) -> None:
    assert {"self-harm", "suicide-help-other", "suicide-help-self"} & set(KB.search(text).hits[0].topics)


@pytest.mark.parametrize("typed", ["失 眠", "失\u200b眠", "失眠眠眠眠", "睡不著"])
def test_spaces_invisible_letters_and_traditional_script_change_nothing(typed: str) -> None:
    assert KB.search(typed).hits[0].article == "sleep"


def test_no_more_hits_than_asked_for() -> None:
    assert len(KB.search("睡不着", top=1).hits) == 1
    assert KB.search("睡不着", top=0).hits == ()
    assert KB.search("睡不着", top=-3).hits == ()


@given(st.text(st.characters(codec=None), max_size=300), st.sampled_from([None, *Audience]), st.integers(-1, 9))
def test_search_takes_any_text(text: str, audience: Audience | None, top: int) -> None:
    result = KB.search(text, audience=audience, top=top)
    assert len(result.hits) <= max(0, top)
    assert all(hit.score > 0 for hit in result.hits)


@given(st.sampled_from([row["text"] for row in QUERIES["answerable"]]), st.integers(1, 5))
def test_the_same_question_gives_the_same_answer_and_fewer_hits_are_its_beginning(text: str, top: int) -> None:
    assert KB.search(text, top=top).hits == KB.search(text, top=5).hits[:top]


def test_a_very_long_text_is_read_from_its_beginning() -> None:
    assert KB.search("睡不着" + "。" * 20_000).hits[0].article == "sleep"


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (load_refusals, "- {kind: x, words: [a]}"),
        (load_refusals, "- {kind: x, reason: y}"),
        (load_refusals, "- {kind: x, reason: y, patterns: ['(']}"),
        (load_refusals, "x: ["),
        (load_banned, "[7]"),
        (load_stop_characters, "- {reason: y}"),
        (load_thesaurus, "[]"),
        (load_thesaurus, "concepts: [{concept: a, reason: b, topics: [dreams], words: [c]}]"),
        (load_thesaurus, "concepts: [{concept: a, reason: b, words: [c]}]"),
        (load_thesaurus, "concepts: []\nvoices: [{audience: dog, reason: b, words: [c]}]"),
    ],
)
def test_a_damaged_word_list_stops_the_start_and_is_named(load: Any, text: str, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"list\.yaml"):
        load(path)


def test_questions_that_the_word_lists_were_never_tuned_on_keep_their_measured_level() -> None:
    """Measured in November 2026: 26 of 27 among the first three, 24 answerable, all 16 others refused."""
    held = yaml.safe_load((Path(__file__).parent / "queries_held_out.yaml").read_text(encoding="utf-8"))
    answers = [ask(row) for row in held["answerable"]]
    wrongly_answered = [text for text in held["not_answerable"] if KB.search(text).answerable]

    assert sum(any(hits) for _, hits in answers) >= 24
    assert sum(answerable for answerable, _ in answers) >= 21
    assert len(wrongly_answered) <= 1, wrongly_answered


@pytest.mark.parametrize("text", ["谢谢你的建议，我会试试放松", "好的，谢谢", "嗯嗯谢谢你听我说睡眠的事"])
def test_a_thank_you_asks_for_nothing(text: str) -> None:
    assert KB.search(text).why == "thanks"


@pytest.mark.parametrize("text", ["谢谢你，可是我还是睡不着", "谢谢你们 我不想活了"])
def test_a_thank_you_with_a_trouble_behind_it_is_still_answered(text: str) -> None:
    assert KB.search(text).answerable


def test_a_topic_that_the_shelf_lacks_is_owned_up_to(tmp_path: Path) -> None:
    settings = SearchSettings(policy=ServePolicy.everything())
    base = KnowledgeBase.load(FileShelf(shelve(tmp_path, sound=SOUND)), settings)
    assert base.search("晚上睡不着").answerable
    assert not base.search("有人晚上在厕所催吐 我好害怕陪我坐一会儿").answerable
