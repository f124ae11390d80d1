"""Search: which articles answer what somebody wrote, and whether any of them honestly does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Protocol

import structlog

from knowledge_base.article import Article
from knowledge_base.bm25 import Bm25Index
from knowledge_base.errors import ArticleNotFoundError, DataFileError
from knowledge_base.grams import QUERY_LIMIT, grams, plain
from knowledge_base.learned import Asked, LearnedRanker
from knowledge_base.meaning import MeaningIndex, Row, texts_of
from knowledge_base.ranking import RANKING, Ranking
from knowledge_base.shelf import ServePolicy, Shelf
from knowledge_base.topic_table import TopicTable
from knowledge_base.vectors import VectorMemory
from knowledge_base.wordlists import Concept, Refusal, Thesaurus, load_refusals, load_thesaurus
from nlu.labels import Audience
from nlu.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, read once: what the words say."""

    text: str = field(repr=False)
    grams: Counter[str] = field(repr=False)
    concepts: tuple[Concept, ...]
    worry: bool
    audience: Audience | None


class Encoder(Protocol):
    """From a text to one vector, as ``nlu.encoder`` does it. Safe to use from several threads."""

    @property
    def version(self) -> str: ...

    def encode(self, text: str) -> Row: ...


_log = structlog.get_logger(__name__)
_END: Final = 70
"""Characters of each end of a long question that the encoder is given."""
SHOWN: Final = 3
"""Hits that a seeker may be offered; the first of them that names the topic is what makes a question answerable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One article that fits. ``score`` orders hits of one search; it means nothing across searches."""

    article: str
    title: str
    topics: tuple[Topic, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Hits, best first, also when ``answerable`` is false: an editor wants to see what was near.

    ``why`` names the ground of the decision: ``meaning``, ``topic``, ``words``, ``nothing_near``, or a refused kind.
    """

    answerable: bool
    hits: tuple[Hit, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """What an operator may set, and what tests hold steady."""

    policy: ServePolicy = field(default_factory=ServePolicy)
    topic_points: float = 9.0
    """Points of a concept of weight 1.0 for an article whose first topic it names; about three telling word pairs."""
    preferred: float = 1.25
    """Factor for an article written for the one who asks."""
    other: float = 0.75
    """Factor for an article written for somebody else: preferred, never forced."""
    youth: float = 1.15
    """Factor for an article written for students while nobody knows who asks: most who write here are young."""
    enough_coverage: float = 0.5
    """With no topic named: the share of the question's telling pairs that the best article must speak of."""
    near_points: float = 3.2
    """Points that are enough when the question sounds like a worry …"""
    near_points_per_pair: float = 0.3
    """… and so many for each of its pairs, because a long text gathers points by chance."""
    enough_pairs: int = 3
    """… and at least so many pairs, so that two chance characters answer nothing."""


class Meaning:
    """The encoder, what it said of the articles, and the learned numbers."""

    def __init__(self, encoder: Encoder, ranking: Ranking, memory: VectorMemory) -> None:
        self._encoder, self._ranking, self._memory = encoder, ranking, memory

    @classmethod
    def load(cls, encoder: Encoder, ranking: Ranking | None = None) -> Meaning:
        """With what the package ships, or with other learned numbers.

        Raises:
            DataFileError: Damaged, or made for another encoder.
        """
        ranking = ranking or Ranking.load()
        if ranking.encoder != encoder.version:
            raise DataFileError(RANKING.name, "search was trained on another encoder; run `make search`")
        memory = VectorMemory(encoder.encode, encoder.version)
        memory.load()
        return cls(encoder, ranking, memory)

    @staticmethod
    def seen(text: str) -> str:
        """What the encoder is given of a question: of a long one its beginning and its end."""
        return text if len(text) <= 2 * _END else f"{text[:_END]}…{text[-_END:]}"

    def vector(self, text: str) -> Row:
        """A question's vector, not projected."""
        return self._encoder.encode(self.seen(text))

    def ranker(self, articles: tuple[Article, ...], topics: TopicTable) -> LearnedRanker:
        """For these articles; what is new among them is encoded, what is gone is forgotten."""
        index = MeaningIndex.build(articles, self._memory, self._ranking.projection)
        self._memory.keep_only(texts_of(articles))
        return LearnedRanker.build(self._ranking, index, articles, topics)


def read(text: str, audience: Audience | None, thesaurus: Thesaurus) -> Query:
    """A question with what the word lists hear in it."""
    text = text[:QUERY_LIMIT]
    form = plain(text)
    return Query(
        text=form,
        grams=grams(text),
        concepts=thesaurus.concepts_in(form),
        worry=thesaurus.sounds_like_a_worry(form),
        audience=audience or thesaurus.audience_of(form),
    )


def ask(query: Query, vector: Row, words: Bm25Index, topics: TopicTable) -> Asked:
    """Everything that is known of a question."""
    points = words.score(query.grams)
    best = max(points, key=lambda slug: (points[slug], slug), default=None)
    return Asked(
        vector=vector,
        words=points,
        concepts=topics.points(query.concepts),
        audience=query.audience,
        names_subject=bool(query.concepts),
        worry=query.worry,
        coverage=words.coverage(query.grams, best) if best else 0.0,
        length=len(query.text),
    )


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything that one state of the shelf gives; replaced whole, so a search never sees half of two."""

    version: str
    articles: Mapping[str, Article]
    index: Bm25Index
    topics: TopicTable
    learned: LearnedRanker | None


class KnowledgeBase:
    """The served articles, ready to be searched. Safe to share: searching changes nothing."""

    def __init__(
        self,
        shelf: Shelf,
        settings: SearchSettings,
        thesaurus: Thesaurus,
        refusals: tuple[Refusal, ...],
        meaning: Meaning | None,
    ) -> None:
        self._shelf = shelf
        self._settings = settings
        self._thesaurus = thesaurus
        self._refusals = refusals
        self._meaning = meaning
        self._building = Lock()
        self._state = self._build()

    @classmethod
    def load(
        cls, shelf: Shelf, settings: SearchSettings | None = None, *, meaning: Meaning | None = None
    ) -> KnowledgeBase:
        """Read the shelf and build the index.

        Args:
            shelf: The files alone, or files with published revisions.
            settings: Policy and thresholds; the default serves approved articles only.
            meaning: Reads what a question means. Without it, words and word lists decide alone.

        Raises:
            ArticleFormatError: An article is damaged.
            DataFileError: A word list is damaged.
        """
        return cls(shelf, settings or SearchSettings(), load_thesaurus(), load_refusals(), meaning)

    @property
    def articles(self) -> tuple[Article, ...]:
        """The served articles, by slug. Empty while nothing has the state that the policy wants: show the banner."""
        return tuple(self._state.articles.values())

    def article(self, slug: str) -> Article:
        """One served article.

        Raises:
            ArticleNotFoundError: Unknown, or held back by the policy: one answer for both.
        """
        try:
            return self._state.articles[slug]
        except KeyError as exc:
            raise ArticleNotFoundError(slug) from exc

    def refresh(self) -> bool:
        """Take in what changed on the shelf. Returns whether anything did; on an error the old state stays.

        Raises:
            ArticleFormatError: A new or changed article is damaged.
        """
        with self._building:
            if self._shelf.version() == self._state.version:
                return False
            self._state = self._build()
        return True

    def search(self, text: str, *, audience: Audience | None = None, top: int = 5) -> SearchResult:
        """Find articles for what somebody wrote. Never raises for any text; blocks for some milliseconds.

        Args:
            text: As received. The first 4,000 code points are read.
            audience: Who asks, if they said so; else it is taken from the words, if these say it.
            top: At most so many hits.
        """
        state = self._state
        query = read(text, audience, self._thesaurus)
        ranked, answerable, why = self._found(state, query, text)
        refused = next((r.kind for r in self._refusals if r.pattern.search(query.text)), None)
        if refused is not None:
            answerable, why = False, refused
        hits = tuple(_hit(state.articles[slug], score) for slug, score in ranked[: max(0, top)])
        return SearchResult(answerable=answerable, hits=hits, why=why)

    def _found(self, state: _Snapshot, query: Query, text: str) -> tuple[list[tuple[str, float]], bool, str]:
        if state.learned is None or self._meaning is None or not state.articles or not query.text:
            ranked = self._rank(state, query)
            return ranked, *self._judge(state, query, ranked)
        try:
            vector = self._meaning.vector(text[:QUERY_LIMIT])
        except Exception as exc:  # whatever the encoder met, nobody may stay without an answer: the words decide
            _log.error("search_encoder_failed", error=type(exc).__name__)
            ranked = self._rank(state, query)
            return ranked, *self._judge(state, query, ranked)
        ranked, surely = state.learned.rank(ask(query, vector, state.index, state.topics))
        return ranked, surely > 0, "meaning" if surely > 0 else "nothing_near"

    def _build(self) -> _Snapshot:
        version = self._shelf.version()
        served = tuple(article for article in self._shelf.articles() if self._settings.policy.allows(article))
        index = Bm25Index.build(served)
        topics = TopicTable.build(served)
        learned = self._meaning.ranker(served, topics) if self._meaning and served else None
        return _Snapshot(version, {one.slug: one for one in served}, index, topics, learned)

    def _rank(self, state: _Snapshot, query: Query) -> list[tuple[str, float]]:
        totals = state.index.score(query.grams)
        for slug, share in state.topics.scores(query.concepts).items():
            totals[slug] = totals.get(slug, 0.0) + share * self._settings.topic_points
        ranked = (
            (slug, points * self._preference(state.articles[slug], query.audience)) for slug, points in totals.items()
        )
        return sorted(ranked, key=lambda pair: (-pair[1], pair[0]))

    def _preference(self, article: Article, audience: Audience | None) -> float:
        if audience is None:
            return self._settings.youth if Audience.STUDENT in article.audience else 1.0
        return self._settings.preferred if audience in article.audience else self._settings.other

    def _judge(self, state: _Snapshot, query: Query, ranked: list[tuple[str, float]]) -> tuple[bool, str]:
        if not ranked:
            return False, "nothing_near"
        if query.concepts and self._names_topic(state, query, ranked):
            return True, "topic"
        near = self._is_near(query, ranked[0][1]) or self._says_enough(state, query, ranked[0][0])
        return (True, "words") if near else (False, "nothing_near")

    def _is_near(self, query: Query, points: float) -> bool:
        """Whether something that sounds like a worry, and names no topic that the shelf lacks, has points enough."""
        unanswered = any(concept.weight >= 1.0 for concept in query.concepts)
        pairs = sum(1 for gram in query.grams if len(gram) > 1)
        wanted = max(self._settings.near_points, self._settings.near_points_per_pair * pairs)
        return query.worry and not unanswered and points >= wanted

    def _names_topic(self, state: _Snapshot, query: Query, ranked: list[tuple[str, float]]) -> bool:
        """Whether one of the articles that would be shown is about something that the question names."""
        named = {topic for concept in query.concepts for topic in concept.topics[:1]}
        return any(named & set(state.articles[slug].topics) for slug, _ in ranked[:SHOWN])

    def _says_enough(self, state: _Snapshot, query: Query, slug: str) -> bool:
        """Without a named topic: whether the best article speaks of most of what the question tells."""
        pairs = sum(1 for gram in query.grams if len(gram) > 1 and slug in state.index.postings.get(gram, {}))
        covered = state.index.coverage(query.grams, slug)
        return pairs >= self._settings.enough_pairs and covered >= self._settings.enough_coverage


def _hit(article: Article, score: float) -> Hit:
    return Hit(article=article.slug, title=article.title, topics=article.topics, score=round(score, 4))
