"""What search learns from: the articles' own questions, authored topic sentences, and questions by other hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge_base.article import Article
from knowledge_base.questions import Question
from knowledge_base.ranking import NOTHING

INTENTS = Path(__file__).parent.parent.parent / "nlu" / "rasa" / "data"
_TOPIC = "topic_"
_ASK = "ask_"
"""Requests to the service: the engine answers them, and some of them are about what the shelf explains too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One question; ``topics`` empty: nothing answers."""

    text: str
    topics: tuple[str, ...]


def from_articles(articles: Sequence[Article]) -> list[Lesson]:
    """The questions that articles list."""
    return [
        Lesson(text=question, topics=tuple(article.topics)) for article in articles for question in article.questions
    ]


def from_intents(folder: Path = INTENTS) -> list[Lesson]:
    """The authored sentences of the Rasa project: those of ``topic_*`` name a topic, the others name none."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))]
    out: list[Lesson] = []
    for block in (block for loaded in files for block in loaded["nlu"]):
        name = str(block.get("intent", ""))
        lines = [line[2:].strip() for line in str(block.get("examples", "")).split("\n") if line.startswith("- ")]
        topics = (name.removeprefix(_TOPIC),) if name.startswith(_TOPIC) else ()
        out.extend(Lesson(text=line, topics=topics) for line in lines if name and not name.startswith(_ASK))
    return out


def from_questions(questions: Sequence[Question]) -> list[Lesson]:
    """Questions that other hands wrote."""
    return [Lesson(text=one.text, topics=tuple(topic.value for topic in one.topics)) for one in questions]


def first_topic(lesson: Lesson) -> str:
    """The class that the topic head learns."""
    return lesson.topics[0] if lesson.topics else NOTHING
