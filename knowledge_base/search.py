"""Search: which articles answer what somebody wrote, and whether any of them honestly does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from knowledge_base.article import Article
from knowledge_base.bm25 import Bm25Index
from knowledge_base.errors import ArticleNotFoundError
from knowledge_base.grams import QUERY_LIMIT, grams, plain
from knowledge_base.shelf import ServePolicy, Shelf
from knowledge_base.wordlists import Concept, Refusal, Thesaurus, load_refusals, load_thesaurus
from nlu.labels import Audience
from nlu.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, read once: what every scorer gets."""

    text: str = field(repr=False)
    grams: Counter[str] = field(repr=False)
    concepts: tuple[Concept, ...]
    worry: bool
    audience: Audience | None


class Scorer(Protocol):
    """One view of how well articles fit. A scorer over vectors joins the same way.

    Scores are >= 0 and add up across scorers, so each states its own scale.
    """

    def score(self, query: Query) -> Mapping[str, float]:
        """``{slug: score}``; articles left out count as 0. Never raises."""
        ...


SHOWN: Final = 3
"""Hits that a seeker may be offered; the first of them that names the topic is what makes a question answerable."""

ScorerFactory = Callable[[tuple[Article, ...]], Scorer]
"""Builds a scorer for one state of the shelf."""


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

    ``why`` names the ground of the decision: ``topic``, ``words``, ``nothing_near``, or a refused kind.
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
    second_topic: float = 0.7
    """The part of them that an article gets when the topic is one of its further ones."""
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


@dataclass(frozen=True, slots=True)
class _WordScorer:
    index: Bm25Index

    def score(self, query: Query) -> Mapping[str, float]:
        return self.index.score(query.grams)


@dataclass(frozen=True, slots=True)
class _TopicScorer:
    """Points for articles whose topics the question's concepts name."""

    articles: tuple[Article, ...]
    settings: SearchSettings

    def score(self, query: Query) -> Mapping[str, float]:
        points = ((a.slug, sum(self._fit(a, concept) for concept in query.concepts)) for a in self.articles)
        return {slug: value for slug, value in points if value > 0}

    def _fit(self, article: Article, concept: Concept) -> float:
        best = 0.0
        for rank, topic in enumerate(concept.topics):
            if topic in article.topics:
                place = 1.0 if article.topics[0] is topic else self.settings.second_topic
                best = max(best, place * (1.0 if rank == 0 else self.settings.second_topic))
        return best * concept.weight * self.settings.topic_points


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Everything that one state of the shelf gives; replaced whole, so a search never sees half of two."""

    version: str
    articles: Mapping[str, Article]
    index: Bm25Index
    scorers: tuple[Scorer, ...]


class KnowledgeBase:
    """The served articles, ready to be searched. Safe to share: searching changes nothing."""

    def __init__(
        self,
        shelf: Shelf,
        settings: SearchSettings,
        thesaurus: Thesaurus,
        refusals: tuple[Refusal, ...],
        more: Sequence[ScorerFactory],
    ) -> None:
        self._shelf = shelf
        self._settings = settings
        self._thesaurus = thesaurus
        self._refusals = refusals
        self._more = tuple(more)
        self._state = self._build()

    @classmethod
    def load(
        cls, shelf: Shelf, settings: SearchSettings | None = None, *, more: Sequence[ScorerFactory] = ()
    ) -> KnowledgeBase:
        """Read the shelf and build the index.

        Args:
            shelf: The files alone, or files with published revisions.
            settings: Policy and thresholds; the default serves approved articles only.
            more: Further scorers, whose points are added.

        Raises:
            ArticleFormatError: An article is damaged.
            DataFileError: A word list is damaged.
        """
        return cls(shelf, settings or SearchSettings(), load_thesaurus(), load_refusals(), more)

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
        if self._shelf.version() == self._state.version:
            return False
        self._state = self._build()
        return True

    def search(self, text: str, *, audience: Audience | None = None, top: int = 5) -> SearchResult:
        """Find articles for what somebody wrote. Never raises for any text; blocks for about a millisecond.

        Args:
            text: As received. The first 4,000 code points are read.
            audience: Who asks, if they said so; else it is taken from the words, if these say it.
            top: At most so many hits.
        """
        state = self._state
        query = self._read(text, audience)
        ranked = self._rank(state, query)
        answerable, why = self._judge(state, query, ranked)
        hits = tuple(_hit(state.articles[slug], score) for slug, score in ranked[: max(0, top)])
        return SearchResult(answerable=answerable, hits=hits, why=why)

    def _build(self) -> _Snapshot:
        version = self._shelf.version()
        served = tuple(article for article in self._shelf.articles() if self._settings.policy.allows(article))
        index = Bm25Index.build(served)
        own: tuple[Scorer, ...] = (_WordScorer(index), _TopicScorer(served, self._settings))
        more = tuple(factory(served) for factory in self._more)
        return _Snapshot(version, {article.slug: article for article in served}, index, own + more)

    def _read(self, text: str, audience: Audience | None) -> Query:
        text = text[:QUERY_LIMIT]
        form = plain(text)
        return Query(
            text=form,
            grams=grams(text),
            concepts=self._thesaurus.concepts_in(form),
            worry=self._thesaurus.sounds_like_a_worry(form),
            audience=audience or self._thesaurus.audience_of(form),
        )

    def _rank(self, state: _Snapshot, query: Query) -> list[tuple[str, float]]:
        totals: dict[str, float] = {}
        for scorer in state.scorers:
            for slug, score in scorer.score(query).items():
                points = score * self._preference(state.articles[slug], query.audience)
                totals[slug] = totals.get(slug, 0.0) + points
        return sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))

    def _preference(self, article: Article, audience: Audience | None) -> float:
        if audience is None:
            return self._settings.youth if Audience.STUDENT in article.audience else 1.0
        return self._settings.preferred if audience in article.audience else self._settings.other

    def _judge(self, state: _Snapshot, query: Query, ranked: list[tuple[str, float]]) -> tuple[bool, str]:
        refused = next((r.kind for r in self._refusals if r.pattern.search(query.text)), None)
        if refused is not None:
            return False, refused
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
