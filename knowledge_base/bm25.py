"""BM25 over the fields of an article (BM25F): what the words say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from knowledge_base.article import Article
from knowledge_base.grams import grams

FIELD_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"title": 3.0, "questions": 2.5, "summary": 1.5, "body": 0.7}
)
_DIGITS = re.compile(r"\d+")
_SATURATION: Final = 1.2  # k1 of Robertson's BM25
_LENGTH: Final = 0.5  # b: long articles are longer because they say more, so half of the usual 0.75 … 1.0
_SINGLE: Final = 0.3  # a lone character is weak evidence beside a pair


@dataclass(frozen=True, slots=True)
class Bm25Index:
    """Immutable; built once per state of the shelf. Memory: one float per (gram, article) that occurs."""

    postings: Mapping[str, Mapping[str, float]] = field(repr=False)
    size: int

    @classmethod
    def build(cls, articles: tuple[Article, ...]) -> Bm25Index:
        """Index the articles' title, questions, summary and body."""
        fields = {article.slug: _fields(article) for article in articles}
        average = {
            name: sum(counts[name].total() for counts in fields.values()) / max(1, len(fields))
            for name in FIELD_WEIGHTS
        }
        postings: dict[str, dict[str, float]] = {}
        for slug, counts in fields.items():
            for name, weight in FIELD_WEIGHTS.items():
                length = 1 - _LENGTH + _LENGTH * counts[name].total() / max(1.0, average[name])
                for gram, count in counts[name].items():
                    row = postings.setdefault(gram, {})
                    row[slug] = row.get(slug, 0.0) + weight * count / length
        return cls(postings, len(articles))

    def weight(self, gram: str) -> float:
        """How much a gram tells: its inverse document frequency, less for a single character."""
        found = len(self.postings.get(gram, ()))
        idf = math.log(1 + (self.size - found + 0.5) / (found + 0.5))
        return idf * (_SINGLE if len(gram) == 1 else 1.0)

    def score(self, query: Counter[str]) -> dict[str, float]:
        """``{slug: score > 0}`` for every article that shares a gram with the query."""
        scores: dict[str, float] = {}
        for gram in query:
            weight = self.weight(gram)
            for slug, frequency in self.postings.get(gram, {}).items():
                gain = weight * frequency * (1 + _SATURATION) / (frequency + _SATURATION)
                scores[slug] = scores.get(slug, 0.0) + gain
        return scores

    def coverage(self, query: Counter[str], slug: str) -> float:
        """The share, 0.0 to 1.0, of what the query's pairs and words tell that the article also speaks of."""
        telling = [gram for gram in query if len(gram) > 1]
        total = sum(self.weight(gram) for gram in telling)
        shared = sum(self.weight(gram) for gram in telling if slug in self.postings.get(gram, {}))
        return shared / total if total else 0.0


def _fields(article: Article) -> dict[str, Counter[str]]:
    return {
        "title": grams(article.title),
        "questions": grams("\n".join(article.questions)),
        "summary": grams(article.summary),
        # Numbers stand at the end of nearly every article; they tell who listens there, not what it is about.
        "body": grams(_DIGITS.sub(" ", article.body)),
    }
