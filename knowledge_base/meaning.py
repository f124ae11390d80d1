"""What an article means: its vectors, and how near a question's vector comes to each of its parts. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from knowledge_base.article import Article
from knowledge_base.vectors import Matrix, VectorMemory

Row = npt.NDArray[np.float32]
PARTS: Final = ("title", "body", "best_question", "all_questions")
"""The four likenesses of a question and an article, columns of ``MeaningIndex.likeness``."""
_SOFT: Final = 12.0
"""How sharply the nearest of several questions stands out in ``all_questions``."""
_BODY_CHARS: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A learned view of the encoder's vectors in which questions lie near the articles that answer them.

    ``mean`` is that of the articles' vectors, ``(size,)``; ``matrix`` is ``(size, width)``.
    """

    mean: Row
    matrix: Matrix

    def __call__(self, rows: Matrix) -> Matrix:
        """Rows of length one, ``(n, width)``."""
        seen = ((rows - self.mean) @ self.matrix).astype(np.float32)
        scaled: Matrix = seen / np.maximum(np.linalg.norm(seen, axis=-1, keepdims=True), np.float32(1e-6))
        return scaled


@dataclass(frozen=True, slots=True)
class MeaningIndex:
    """Title, body and every question of every article, each as a row of its own."""

    slugs: tuple[str, ...]
    titles: Matrix = field(repr=False)
    bodies: Matrix = field(repr=False)
    questions: Matrix = field(repr=False)
    starts: npt.NDArray[np.intp] = field(repr=False)
    """Where each article's questions begin."""

    @classmethod
    def build(cls, articles: Sequence[Article], memory: VectorMemory, project: Projection) -> MeaningIndex:
        """Vectors come from memory; what is new is encoded."""
        counts = [max(1, len(article.questions)) for article in articles]
        return cls(
            tuple(article.slug for article in articles),
            project(memory.of([article.title for article in articles])),
            project(memory.of([body_of(article) for article in articles])),
            project(memory.of([q for article in articles for q in article.questions or (article.title,)])),
            np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp),
        )

    def likeness(self, question: Row) -> Matrix:
        """Cosines of the projected question, ``(articles, len(PARTS))``."""
        each = self.questions @ question
        soft = np.log(np.add.reduceat(np.exp(_SOFT * each), self.starts)) / _SOFT
        parts = (self.titles @ question, self.bodies @ question, np.maximum.reduceat(each, self.starts), soft)
        return np.stack(parts, axis=1).astype(np.float32)


def body_of(article: Article) -> str:
    """What the vector of an article's body is made of: its summary and how it begins."""
    return f"{article.summary}{''.join(article.opening)}"[:_BODY_CHARS]


def texts_of(articles: Sequence[Article]) -> list[str]:
    """Everything of these articles that has a vector."""
    return [text for one in articles for text in (one.title, body_of(one), *one.questions)]
