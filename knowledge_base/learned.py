"""Ranking with the encoder: all views of a question on every article, weighed by learned numbers. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.article import Article
from knowledge_base.meaning import PARTS, MeaningIndex, Row
from knowledge_base.ranking import NOTHING, VIEWS, Ranking
from knowledge_base.topic_table import TopicTable
from knowledge_base.vectors import Matrix
from nlu.labels import Audience

_PER_E = 3.0
"""Points by which an article stands behind the best one when its score is 1/e of it."""
_ABOUT_NOTHING = 0.5
"""From this probability on a question without a named subject is about no topic, however many words it shares with an
article: "how do I tell Mum" must not bring the death of a pet."""
_HALF_WORDS = 8.0
"""BM25 points at which the words have said half of what they can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as the learned ranking sees it.

    Attributes:
        vector: The encoder's, not projected.
        words: BM25 points by slug.
        concepts: Points for named subjects, ``(articles,)``.
        coverage: Share of the question's telling pairs that the best article by words speaks of.
        names_subject, worry: What the word lists hear.
        length: Characters.
    """

    vector: Row
    words: Mapping[str, float]
    concepts: Row
    audience: Audience | None
    names_subject: bool
    worry: bool
    coverage: float
    length: int


@dataclass(frozen=True, slots=True)
class LearnedRanker:
    """One state of the shelf, ready to be asked."""

    ranking: Ranking
    index: MeaningIndex
    topics: TopicTable
    places: Mapping[str, int]
    """Row of each slug."""
    audiences: Mapping[Audience, Row]
    """1.0 for every article that was written for them."""

    @classmethod
    def build(
        cls, ranking: Ranking, index: MeaningIndex, articles: Sequence[Article], topics: TopicTable
    ) -> LearnedRanker:
        """Of these articles, in one order everywhere."""
        written = {who: np.array([who in one.audience for one in articles], np.float32) for who in Audience}
        return cls(ranking, index, topics, {slug: row for row, slug in enumerate(index.slugs)}, written)

    def rank(self, asked: Asked) -> tuple[list[tuple[str, float]], float]:
        """Slugs with scores, the best with 1.0 first, and how surely anything answers (above 0: something does)."""
        odds = self.ranking.topics(asked.vector)
        views = self.views(asked, odds)
        points = self.ranking.points(views)
        order = np.argsort(-points, kind="stable")
        best = float(points[order[0]])
        ranked = [(self.index.slugs[i], math.exp((float(points[i]) - best) / _PER_E)) for i in order]
        if odds.get(NOTHING, 0.0) >= _ABOUT_NOTHING and not asked.names_subject:
            return ranked, -math.inf
        return ranked, self.ranking.answers(signs(asked, odds, views, points))

    def views(self, asked: Asked, odds: Mapping[str, float]) -> Matrix:
        """``(articles, len(VIEWS))``."""
        likeness = self.index.likeness(self.ranking.projection(asked.vector[None, :])[0])
        rest = (self.topics.share(odds), self._words(asked), asked.concepts, *self._audience(asked.audience))
        return np.concatenate([likeness, np.stack(rest, axis=1)], axis=1)

    def _words(self, asked: Asked) -> Row:
        out = np.zeros(len(self.places), np.float32)
        for slug, points in asked.words.items():
            out[self.places[slug]] = points / (points + _HALF_WORDS)
        return out

    def _audience(self, audience: Audience | None) -> tuple[Row, Row, Row]:
        """Written for who asks, for somebody else, and for students while nobody knows who asks."""
        nobody = np.zeros(len(self.places), np.float32)
        if audience is None:
            return nobody, nobody, self.audiences[Audience.STUDENT]
        mine = self.audiences[audience]
        return mine, 1 - mine, nobody


def signs(asked: Asked, odds: Mapping[str, float], views: Matrix, points: Row) -> Row:
    """What speaks for there being an answer, ``(len(SIGNS),)``."""
    best = int(points.argmax())
    next_ones = np.sort(points)[-6:-1]
    topics = [value for name, value in odds.items() if name != NOTHING]
    return np.array(
        [
            points[best],
            points[best] - float(next_ones.mean()) if len(next_ones) else 0.0,
            views[:, PARTS.index("best_question")].max(),
            views[:, VIEWS.index("words")].max(),
            max(topics, default=0.0),
            odds.get(NOTHING, 0.0),
            float(asked.names_subject),
            float(asked.worry),
            asked.coverage,
            math.log1p(asked.length),
        ],
        np.float32,
    )
