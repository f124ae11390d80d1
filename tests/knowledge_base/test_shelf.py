"""Articles come from files and from what editors published; people see only what the operator allows."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge_base.article import Article, ArticleState, parse_article
from knowledge_base.errors import ArticleFormatError, ArticleNotFoundError
from knowledge_base.search import KnowledgeBase, SearchSettings
from knowledge_base.shelf import FileShelf, MergedShelf, ServePolicy
from tests.knowledge_base.support import SOUND, shelve, spoil

EVERYTHING = SearchSettings(policy=ServePolicy.everything())


@dataclass
class Published:
    """Revisions as the database's adapter hands them over."""

    kept: tuple[Article, ...] = ()
    number: int = 0

    def version(self) -> str:
        return str(self.number)

    def articles(self) -> tuple[Article, ...]:
        return self.kept

    def publish(self, markdown: str) -> None:
        self.kept = (*self.kept, parse_article(markdown, where="revision"))
        self.number += 1


def test_a_published_revision_wins_by_slug_and_new_ones_join(tmp_path: Path) -> None:
    published = Published()
    merged = MergedShelf(FileShelf(shelve(tmp_path, sound=SOUND)), published)
    before = merged.version()
    published.publish(spoil("title: 一篇好好的文章", "title: 编辑改过的文章"))
    published.publish(spoil("slug: sound", "slug: another"))

    assert merged.version() != before
    assert [(a.slug, a.title) for a in merged.articles()] == [
        ("another", "一篇好好的文章"),
        ("sound", "编辑改过的文章"),
    ]


def test_a_new_article_is_found_without_a_restart(tmp_path: Path) -> None:
    published = Published()
    base = KnowledgeBase.load(MergedShelf(FileShelf(shelve(tmp_path, sound=SOUND)), published), EVERYTHING)
    assert not base.refresh()
    assert [hit.article for hit in base.search("养的仓鼠不见了").hits] == ["sound"]

    published.publish(spoil("白天好困", "养的仓鼠不见了", spoil("slug: sound", "slug: hamster")))
    assert base.refresh()
    assert base.search("养的仓鼠不见了").hits[0].article == "hamster"


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    shelf = FileShelf(shelve(tmp_path, sound=SOUND))
    before = shelf.version()
    os.utime(tmp_path / "sound.md", ns=(1, 1))
    assert shelf.version() != before


def test_a_damaged_new_article_leaves_what_was_served(tmp_path: Path) -> None:
    base = KnowledgeBase.load(FileShelf(shelve(tmp_path, sound=SOUND)), EVERYTHING)
    shelve(tmp_path, broken="nothing")
    with pytest.raises(ArticleFormatError, match=r"broken\.md"):
        base.refresh()
    assert base.article("sound").slug == "sound"


def test_only_what_the_operator_allows_is_served(tmp_path: Path) -> None:
    approved = spoil("slug: sound", "slug: approved", spoil("state: checked", "state: approved"))
    shelf = FileShelf(shelve(tmp_path, sound=SOUND, approved=approved))

    by_default = KnowledgeBase.load(shelf)
    assert [article.slug for article in by_default.articles] == ["approved"]
    with pytest.raises(ArticleNotFoundError):
        by_default.article("sound")
    checked = KnowledgeBase.load(shelf, SearchSettings(policy=ServePolicy(ArticleState.CHECKED)))
    assert len(checked.articles) == 2


def test_with_nothing_approved_nothing_is_served_and_nothing_is_answerable() -> None:
    base = KnowledgeBase.load(FileShelf())
    result = base.search("睡不着")
    assert base.articles == ()
    assert (result.answerable, result.hits) == (False, ())


@pytest.mark.parametrize("content", [SOUND.encode(), b"\xff\xfe\xfa"])
def test_a_file_with_another_name_or_other_bytes_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.md").write_bytes(content)
    with pytest.raises(ArticleFormatError, match=r"other\.md"):
        FileShelf(tmp_path).articles()
