"""Which topics each article bears, as numbers: for all articles of a shelf at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from knowledge_base.article import Article
from knowledge_base.meaning import Row
from knowledge_base.vectors import Matrix
from knowledge_base.wordlists import Concept
from nlu.topics import Topic

SECOND: Final = 0.7
"""The part of a topic's points that an article gets for which it is not the first one."""
_TOPICS: Final = tuple(Topic)


@dataclass(frozen=True, slots=True)
class TopicTable:
    """``places`` is ``(articles, topics)``: 1.0 for the first topic of an article, ``SECOND`` for a further one."""

    slugs: tuple[str, ...]
    places: Matrix = field(repr=False)

    @classmethod
    def build(cls, articles: Sequence[Article]) -> TopicTable:
        """Of these articles, in their order."""
        places = np.zeros((len(articles), len(_TOPICS)), np.float32)
        for row, article in enumerate(articles):
            for rank, topic in enumerate(article.topics):
                places[row, _TOPICS.index(topic)] = 1.0 if rank == 0 else SECOND
        return cls(tuple(article.slug for article in articles), places)

    def share(self, odds: Mapping[str, float]) -> Row:
        """How much of a question with these topic odds each article is about, ``(articles,)``."""
        row = np.array([odds.get(topic.value, 0.0) for topic in _TOPICS], np.float32)
        shares: Row = (self.places * row).max(axis=1, initial=0.0)
        return shares

    def points(self, concepts: Sequence[Concept]) -> Row:
        """Points for named subjects, 1.0 for one of full weight that an article is about first of all."""
        total = np.zeros(len(self.places), np.float32)
        for concept in concepts:
            ranks = [1.0 if rank == 0 else SECOND for rank in range(len(concept.topics))]
            columns = self.places[:, [_TOPICS.index(topic) for topic in concept.topics]]
            total += concept.weight * (columns * np.array(ranks, np.float32)).max(axis=1, initial=0.0)
        return total

    def scores(self, concepts: Sequence[Concept]) -> dict[str, float]:
        """The same by slug, without the zeros."""
        points = self.points(concepts)
        return {self.slugs[i]: float(points[i]) for i in np.flatnonzero(points)}
