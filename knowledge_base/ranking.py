"""How the views of a question are weighed: learned numbers, from questions that people would type (``make search``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import DataFileError
from knowledge_base.meaning import PARTS, Projection, Row
from knowledge_base.vectors import MODELS_DIR, Matrix

RANKING: Final = MODELS_DIR / "ranking.npz"
AUDIENCES: Final = ("same_audience", "other_audience", "student_unasked")
VIEWS: Final = (*PARTS, "topic", "words", "concepts", *AUDIENCES)
"""Columns of what is known of an article when a question is asked."""
SIGNS: Final = (
    "best", "lead", "nearest_question", "best_words", "topic", "nothing", "concept", "worry", "coverage", "length",
)  # fmt: skip
"""What speaks for or against there being an answer at all."""
NOTHING: Final = "-"
"""The class of what no topic is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All learned numbers of search.

    Attributes:
        encoder: Version of the encoder they belong to.
        projection: Where likeness is measured.
        topic_weight, topic_bias: From a question's vector to topics, ``(classes, size)`` and ``(classes,)``.
        classes: Names of these classes: topic slugs and ``NOTHING``.
        views: Weight of each of ``VIEWS``.
        signs, sign_bias: The decision whether anything answers; above 0 it does.
    """

    encoder: str
    projection: Projection
    topic_weight: Matrix = field(repr=False)
    topic_bias: Row = field(repr=False)
    classes: tuple[str, ...]
    views: Row
    signs: Row
    sign_bias: float

    @classmethod
    def load(cls, path: Path = RANKING) -> Ranking:
        """Read the file that ``make search`` wrote.

        Raises:
            DataFileError: It is missing or damaged, or belongs to other code.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return cls.of({name: stored[name] for name in stored.files})
        except Exception as exc:  # a damaged archive raises whatever it likes: zip, zlib, end of file, tokens
            raise DataFileError(path.name, "the learned numbers of search cannot be read; run `make search`") from exc

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[Any]]) -> Ranking:
        """From the arrays of the file.

        Raises:
            ValueError, KeyError: An array is missing or of another width.
        """
        if len(stored["views"]) != len(VIEWS) or len(stored["signs"]) != len(SIGNS):
            raise ValueError("other views")
        return cls(
            encoder=str(stored["encoder"]),
            projection=Projection(mean=stored["mean"], matrix=stored["matrix"].astype(np.float32)),
            topic_weight=stored["topic_weight"].astype(np.float32),
            topic_bias=stored["topic_bias"],
            classes=tuple(str(name) for name in stored["classes"]),
            views=stored["views"],
            signs=stored["signs"],
            sign_bias=float(stored["sign_bias"]),
        )

    def topics(self, vector: Row) -> dict[str, float]:
        """Probability of each class for a question's vector (not projected)."""
        logits = self.topic_weight @ vector + self.topic_bias
        odds = np.exp(logits - logits.max())
        return dict(zip(self.classes, (odds / odds.sum()).tolist(), strict=True))

    def points(self, views: Matrix) -> Row:
        """How well each article fits, ``(articles,)``, from ``(articles, len(VIEWS))``."""
        weighed: Row = views @ self.views
        return weighed

    def answers(self, signs: Row) -> float:
        """Above 0: something answers."""
        return float(self.signs @ signs) + self.sign_bias
