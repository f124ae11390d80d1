"""Questions with their right answers, for learning and for measuring: one a line, fields apart by tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.article import Article
from knowledge_base.errors import DataFileError
from nlu.labels import Audience
from nlu.topics import Topic

NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody typed. Without topics nothing on the shelf may answer it; ``style`` then names the reason."""

    text: str
    audience: Audience
    topics: tuple[Topic, ...]
    style: str

    @property
    def answerable(self) -> bool:
        """Whether the shelf is meant to answer it."""
        return bool(self.topics)


def read_questions(path: Path) -> list[Question]:
    """Lines ``audience, topics, style, text``; ``#`` begins a comment.

    Raises:
        DataFileError: A line has other fields, or names an unknown audience or topic.
    """
    rows = enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
    return [_read(line, f"{path.name}:{number}") for number, line in rows if line.strip() and not line.startswith("#")]


def _read(line: str, where: str) -> Question:
    fields = line.split("\t")
    if len(fields) != 4 or not all(field.strip() for field in fields):
        raise DataFileError(where, "a line needs audience, topics, style and text, apart by tabs")
    audience, topics, style, text = (field.strip() for field in fields)
    try:
        named = () if topics == NONE else tuple(Topic(topic) for topic in topics.split(","))
        return Question(text=text, audience=Audience(audience), topics=named, style=style)
    except ValueError as exc:
        raise DataFileError(where, "an unknown audience or topic") from exc


def fitting(question: Question, articles: Sequence[Article]) -> list[bool]:
    """Which articles answer: those that bear a topic of the question."""
    return [bool(set(question.topics) & set(article.topics)) for article in articles]
