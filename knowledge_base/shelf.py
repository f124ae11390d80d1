"""Where articles come from: the files that ship, and what editors published over them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from knowledge_base.article import Article, ArticleState, parse_article
from knowledge_base.errors import ArticleFormatError

ARTICLES_DIR: Final = Path(__file__).parent / "articles"


class Shelf(Protocol):
    """A source of articles. Reading is cheap and blocking; a shelf over a database keeps its own copy in memory."""

    def version(self) -> str:
        """A text that changes whenever ``articles()`` would answer something else."""
        ...

    def articles(self) -> tuple[Article, ...]:
        """All articles in every state, ordered by slug, each slug once.

        Raises:
            ArticleFormatError: An article is damaged. The caller keeps what it had.
        """
        ...


@dataclass(frozen=True, slots=True)
class FileShelf:
    """The Markdown files of one folder."""

    folder: Path = ARTICLES_DIR

    def version(self) -> str:
        """Changes with the name, size or time of any file."""
        digest = hashlib.sha256()
        for path in self._paths():
            stat = path.stat()
            digest.update(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:16]

    def articles(self) -> tuple[Article, ...]:
        """Every article of the folder; the file's name must be its slug."""
        return _by_slug(self._read(path) for path in self._paths())

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.md"))

    @staticmethod
    def _read(path: Path) -> Article:
        try:
            markdown = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as exc:
            raise ArticleFormatError(path.name, "the file is not UTF-8") from exc
        article = _parsed(markdown, path.name)
        if article.slug != path.stem:
            raise ArticleFormatError(path.name, f"the slug {article.slug} is not the file's name")
        return article


@dataclass(frozen=True, slots=True)
class MergedShelf:
    """One shelf over another: an article of ``published`` replaces the one of ``base`` with the same slug."""

    base: Shelf
    published: Shelf

    def version(self) -> str:
        """Changes when either shelf does."""
        return f"{self.base.version()}+{self.published.version()}"

    def articles(self) -> tuple[Article, ...]:
        """The union; a published revision wins by slug."""
        merged = {article.slug: article for article in self.base.articles()}
        merged.update((article.slug, article) for article in self.published.articles())
        return _by_slug(merged.values())


@dataclass(frozen=True, slots=True)
class ServePolicy:
    """Which articles people get to see: those whose state is at least ``minimal``."""

    minimal: ArticleState = ArticleState.APPROVED

    @classmethod
    def everything(cls) -> ServePolicy:
        """What the demo and the command line serve."""
        return cls(ArticleState.DRAFT)

    def allows(self, article: Article) -> bool:
        """Whether this article may be served."""
        return article.state.rank >= self.minimal.rank


@lru_cache(maxsize=2048)
def _parsed(markdown: str, where: str) -> Article:
    """The same text is the same article: a shelf of which one file changed is not read anew as a whole."""
    return parse_article(markdown, where=where)


def _by_slug(articles: Iterable[Article]) -> tuple[Article, ...]:
    return tuple(sorted(articles, key=lambda article: article.slug))
