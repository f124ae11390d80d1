"""The checker lets no article through that breaks a house rule."""

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.article import ArticleState, parse_article
from knowledge_base.checker import Checker, check_shelf
from knowledge_base.directory import Directory
from knowledge_base.grams import plain
from knowledge_base.shelf import ARTICLES_DIR, FileShelf
from knowledge_base.wordlists import load_banned
from nlu.labels import Audience
from tests.knowledge_base.support import SOUND, TODAY, shelve, spoil


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker.load(today=TODAY)


def rules(checker: Checker, markdown: str) -> set[str]:
    return {finding.rule for finding in checker.check(parse_article(markdown, where="sound.md"))}


def test_every_article_that_ships_passes() -> None:
    assert [str(finding) for finding in check_shelf(ARTICLES_DIR, today=TODAY)] == []


def test_the_first_shelf_serves_all_three_audiences_and_none_claims_a_professionals_approval() -> None:
    articles = FileShelf().articles()

    assert len(articles) >= 15
    assert {audience for article in articles for audience in article.audience} == set(Audience)
    assert not [article.slug for article in articles if article.state is ArticleState.APPROVED]


def test_s3_no_number_outside_the_directory_stands_in_any_article() -> None:
    known = Directory.load().numbers()
    for article in FileShelf().articles():
        shown = re.findall(
            r"\d[\d-]{2,}", f"{article.title}{article.summary}{article.body}{''.join(article.questions)}"
        )
        assert {number.replace("-", "") for number in shown} <= known, article.slug


def test_the_sound_article_has_no_finding(checker: Checker) -> None:
    assert rules(checker, SOUND) == set()


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("slug", "slug: sound", "slug: So_und"),
        ("language", "zh-CN", "en"),
        ("region", "region: null", "region: atlantis"),
        ("region", "region: null", "region: Baotou"),
        ("audience", "[student]", "[student, student]"),
        ("topics", "[sleep]", "[sleep, sleep]"),
        ("sources", "year: 2021", "year: 2031"),
        ("length", "summary: 这一篇只在测试里用，什么毛病也没有的一篇文章。", "summary: 短"),
        ("length", "title: 一篇好好的文章", "title: 短"),
        ("length", "下午再看它。", "下午再看它。" + "慢慢来" * 300),
        ("bubble", "下午再看它。", "下午再看它" + "，慢慢来" * 20),
        ("bubble", "较劲。", "较劲" + "，先坐一会儿" * 12 + "。"),
        ("questions", ", 白天好困", ""),
        ("questions", "白天好困", "不想睡觉"),
        ("questions", "白天好困", "困"),
        ("structure", "3. 对家里人说：“我这几天睡得不好，你能陪我坐一会儿吗？”\n", ""),
        ("structure", "- 下午以后喝奶茶和咖啡，夜里会更加清醒难睡。\n", ""),
        ("structure", "[12356](directory:12356)", "去问问"),
        ("structure", "夜里一个人醒着，听得见钟走的声音，这样的时候很长。\n我们先不和睡意较劲。", ""),
        ("address", "我们先不", "我们陪您先不"),
        ("address", "audience: [student]", "audience: [parent]"),
        ("link", "directory:12356", "directory:nowhere"),
        ("link", "[12356]", "[12355]"),
        ("link", "[12356](directory:12356)", "[12356](directory:12356) [看](https://example.org)"),
        ("number", "心理辅导室", "心理辅导室 4001234567"),
        ("number", "title: 一篇好好的文章", "title: 睡不着打 4001234567"),
        ("banned", "较劲。", "较劲，你要想开点。"),
        ("review", "checked_by: second reader", "checked_by: null"),
        ("review", "checked_on: 2026-11-20", "checked_on: 2026-12-20"),
        ("review", "review_due: 2027-11-22", "review_due: 2026-11-21"),
        ("review", "review_due: 2027-11-22", "review_due: 2036-11-21"),
    ],
)
def test_each_kind_of_fault_is_found(checker: Checker, rule: str, old: str, new: str) -> None:
    assert rule in rules(checker, spoil(old, new))


def test_a_draft_needs_no_reader_yet(checker: Checker) -> None:
    draft = spoil(
        "state: checked\nchecked_by: second reader\nchecked_on: 2026-11-20",
        "state: draft\nchecked_by: null\nchecked_on: null",
    )
    assert rules(checker, draft) == set()


def test_an_article_becomes_due_when_its_day_has_passed() -> None:
    late = Checker.load(today=date(2027, 11, 23))
    assert rules(late, SOUND) == {"review"}


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("diagnosis", "你这是抑郁症"),
        ("dose", "每天吃两片"),
        ("success-words", "自杀成功"),
        ("think-positive", "凡事往好处想"),
        ("think-positive", "一切都会好"),
        ("scolding", "你这样太矫情"),
        ("why", "你为什么不说"),
        ("promise", "这里绝对保密"),
        ("false-voice", "加油"),
        ("false-voice", "你很棒！"),
        ("moralising", "早恋是错的"),
        ("labels", "他是疯子"),
    ],
)
def test_s6_banned_phrases_are_found_however_they_are_typed(rule: str, sentence: str) -> None:
    phrases = {phrase.rule: phrase for phrase in load_banned()}
    for typed in (sentence, " ".join(sentence), sentence.replace("抑", "\u200b抑")):
        assert phrases[rule].pattern.search(plain(typed)), typed


def test_s6_a_method_is_forbidden_in_the_questions_too() -> None:
    everywhere = {phrase.rule for phrase in load_banned() if phrase.everywhere}
    assert {"method", "dose"} <= everywhere


def test_a_banned_question_is_found(checker: Checker) -> None:
    assert "banned" in rules(checker, spoil("白天好困", "白天吃安眠药"))


def test_an_article_written_twice_is_found(tmp_path: Path) -> None:
    twin = spoil("slug: sound", "slug: twin")
    twin = spoil("title: 一篇好好的文章", "title: 另外一篇文章", twin)
    folder = shelve(tmp_path, sound=SOUND, twin=twin)

    messages = [finding.message for finding in check_shelf(folder, today=TODAY) if finding.rule == "double"]
    assert any("of it stands in sound too" in message for message in messages)
    assert any("睡不着怎么办" in message for message in messages)


def test_the_same_title_is_found(tmp_path: Path) -> None:
    folder = shelve(tmp_path, sound=SOUND, twin=spoil("slug: sound", "slug: twin"))
    assert "double" in {finding.rule for finding in check_shelf(folder, today=TODAY)}


def test_one_unreadable_file_hides_no_other_finding(tmp_path: Path) -> None:
    folder = shelve(tmp_path, broken="nothing", other=spoil("zh-CN", "en"))
    (folder / "bytes.md").write_bytes(b"\xff\xfe\xfa")

    findings = {(finding.file, finding.rule) for finding in check_shelf(folder, today=TODAY)}
    assert {("broken.md", "format"), ("bytes.md", "format"), ("other.md", "slug"), ("sound.md", "language")} <= findings
