"""An article is read into typed parts, or the editor is told what is wrong with it."""

import pytest

from knowledge_base.article import ArticleState, Worry, parse_article
from knowledge_base.errors import ArticleFormatError
from nlu.labels import Audience
from nlu.topics import Topic
from tests.knowledge_base.support import SOUND, spoil


def test_an_article_becomes_bubbles_a_numbered_card_and_rungs_of_help() -> None:
    article = parse_article(SOUND, where="sound.md")

    assert article.audience == (Audience.STUDENT,)
    assert article.topics == (Topic.SLEEP,)
    assert article.state is ArticleState.CHECKED
    assert article.opening[1] == "我们先不和睡意较劲。"
    assert len(article.steps) == 3
    assert article.steps[0].startswith("起来坐一会儿")
    assert [rung.worry for rung in article.help] == [Worry.WAIT, Worry.SOON, Worry.NOW]
    assert article.help[0].when == "偶尔几个晚上"


def test_shown_text_has_the_label_of_a_link_and_the_entry_stands_beside_it() -> None:
    article = parse_article(SOUND, where="sound.md")

    assert article.where[0].text == "想有人听你说：12356 心理援助热线"
    assert article.where[0].link is not None
    assert article.where[0].link.entry_id == "12356"
    assert article.where[1].link is None
    assert "directory:" not in article.body


def test_export_writes_back_what_was_read() -> None:
    assert parse_article(SOUND, where="a").markdown == SOUND
    assert parse_article(SOUND.replace("\n", "\r\n"), where="a").markdown == SOUND


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("---\nslug", "slug", "front matter"),
        ("slug: sound", "slug: [", "valid YAML"),
        ("slug: sound", "- slug", "valid YAML"),
        ("title: 一篇好好的文章\n", "", "lacks the field title"),
        ("title: 一篇好好的文章", "title: 12", "title must be a text"),
        ("audience: [student]", "audience: [pupil]", "audience"),
        ("audience: [student]", "audience: student", "audience must be a list"),
        ("topics: [sleep]", "topics: [dreams]", "topics"),
        ("questions: [睡不着怎么办", "questions: [7", "questions"),
        ("state: checked", "state: done", "state"),
        ("review_due: 2027-11-22", "review_due: soon", "review_due must be a date"),
        ("year: 2021}", "year: MMXXI}", "sources"),
        ("publisher: 教育部办公厅, ", "", "sources"),
        ("review_due: 2027-11-22", "review_due: 2027-11-22\nmood: fine", "unknown fields: mood"),
        ("## 先别这样做 {#avoid}", "## 先别这样做", "sections"),
        ("{#avoid}", "{#help}", "sections"),
        ("## 想对你说", "你好\n\n## 想对你说", "before the first section"),
        ("1. 起来", "起来", "steps"),
        ("- 下午以后", "* 下午以后", "avoid"),
        ("- **偶尔几个晚上**：先照着", "- 先照着", "must read"),
        ("- **偶尔几个晚上**：先照着上面的办法做一个星期，记下每天起床的时间。\n", "", "three bullets"),
        ("- 学校的心理", "- [12355](directory:12355)[110](directory:110)", "one directory entry"),
    ],
)
def test_a_damaged_article_says_which_file_and_what_is_wrong(old: str, new: str, problem: str) -> None:
    with pytest.raises(ArticleFormatError, match=problem) as caught:
        parse_article(spoil(old, new), where="sound.md")
    assert caught.value.where == "sound.md"


def test_a_list_in_place_of_front_matter_is_refused() -> None:
    with pytest.raises(ArticleFormatError, match="not a list of fields"):
        parse_article("---\n- a\n---\n", where="x")


def test_states_are_ordered_from_draft_to_approved() -> None:
    assert ArticleState.DRAFT.rank < ArticleState.CHECKED.rank < ArticleState.APPROVED.rank
