"""Learns all numbers of search. What weighs the learned parts is fitted on questions that these parts did not see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import KFold

from knowledge_base.article import Article
from knowledge_base.bm25 import Bm25Index
from knowledge_base.learned import Asked, LearnedRanker, signs
from knowledge_base.meaning import MeaningIndex, Projection, texts_of
from knowledge_base.questions import Question, fitting
from knowledge_base.ranking import SIGNS, VIEWS, Ranking
from knowledge_base.search import Encoder, Meaning, SearchSettings, ask, read
from knowledge_base.shelf import Shelf
from knowledge_base.topic_table import TopicTable
from knowledge_base.training import fit
from knowledge_base.training.lessons import Lesson, first_topic, from_articles, from_intents, from_questions
from knowledge_base.vectors import Matrix, VectorMemory
from knowledge_base.wordlists import load_thesaurus
from nlu.topics import Topic

_FOLDS = 5
_MOST_REFUSED = 0.03
_PLAN = fit.Plan()


@dataclass(frozen=True, slots=True)
class Desk:
    """What all steps share."""

    articles: tuple[Article, ...]
    memory: VectorMemory
    plan: fit.Plan

    def vectors(self, lessons: Sequence[Lesson]) -> Matrix:
        return self.memory.of([lesson.text for lesson in lessons])


def learn(
    shelf: Shelf,
    settings: SearchSettings,
    encoder: Encoder,
    questions: Sequence[Question],
    ranking: Path,
    vectors: Path,
) -> Ranking:
    """Learn from the shelf's own questions, the authored topics and ``questions``; write both files.

    Args:
        shelf: The articles.
        settings: Which of them count.
        encoder: The one that the numbers belong to.
        questions: Written by other hands, for tuning.
        ranking: Where the numbers are written.
        vectors: Where the vectors of the articles are written.
    """
    articles = tuple(article for article in shelf.articles() if settings.policy.allows(article))
    memory = VectorMemory(encoder.encode, encoder.version)
    desk = Desk(articles, memory, _PLAN)
    found = fitted(desk, questions)
    memory.save(texts_of(articles), vectors)
    np.savez_compressed(
        ranking, encoder=np.array(encoder.version), mean=found.projection.mean,
        matrix=found.projection.matrix.astype(np.float16), topic_weight=found.topic_weight.astype(np.float16),
        topic_bias=found.topic_bias, classes=np.array(found.classes), views=found.views, signs=found.signs,
        sign_bias=np.array(found.sign_bias, np.float32),
    )  # fmt: skip
    return Ranking.load(ranking)


def fitted(desk: Desk, questions: Sequence[Question]) -> Ranking:
    """All numbers. Weights of views and signs come from questions that topic head and projection did not see."""
    own = [*from_articles(desk.articles), *from_intents()]
    seen = [one for fold in _folds(desk, own, questions) for one in fold]
    known = [one for one in seen if one.fits.any()]
    weights = fit.view_weights([one.views for one in known], [one.fits for one in known], desk.plan)
    told = [signs(one.asked, one.odds, one.views, (one.views @ weights).astype(np.float32)) for one in seen]
    answerable = np.array([one.question.answerable for one in seen])
    rule, bias = fit.answer_rule(np.stack(told), answerable, desk.plan, _MOST_REFUSED)
    whole = _parts(desk, [*own, *from_questions(questions)])
    return replace(whole, views=weights, signs=rule, sign_bias=bias)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A question as numbers see it that did not learn from it."""

    question: Question
    asked: Asked
    odds: dict[str, float]
    views: Matrix
    fits: fit.Truth


def _folds(desk: Desk, own: Sequence[Lesson], questions: Sequence[Question]) -> Iterator[list[_Seen]]:
    """Each question twice: when it is known who asks, and when it is not."""
    topics = TopicTable.build(desk.articles)
    for here, there in KFold(_FOLDS, shuffle=True, random_state=desk.plan.seed).split(questions):
        partial = _parts(desk, [*own, *from_questions([questions[i] for i in here])])
        index = MeaningIndex.build(desk.articles, desk.memory, partial.projection)
        ranker = LearnedRanker.build(partial, index, desk.articles, topics)
        held = [questions[i] for i in there]
        for told in (True, False):
            yield [
                _look(desk, ranker, one, asked) for one, asked in zip(held, ask_all(desk, held, told=told), strict=True)
            ]


def _look(desk: Desk, ranker: LearnedRanker, question: Question, asked: Asked) -> _Seen:
    odds = ranker.ranking.topics(asked.vector)
    fits = np.array(fitting(question, desk.articles))
    mine = fits & np.array([asked.audience in article.audience for article in desk.articles])
    # Where an article for the one who asks fits, it is the one to be found.
    fits = mine if mine.any() else fits
    return _Seen(question=question, asked=asked, odds=odds, views=ranker.views(asked, odds), fits=fits)


def _parts(desk: Desk, lessons: Sequence[Lesson]) -> Ranking:
    """Topic head and projection; the rest is still neutral."""
    vectors = desk.vectors(lessons)
    weight, bias, classes = fit.topic_head(vectors, [first_topic(lesson) for lesson in lessons], desk.plan)
    return Ranking(
        encoder=desk.memory.version,
        projection=_projection(desk, lessons, vectors),
        topic_weight=weight,
        topic_bias=bias,
        classes=classes,
        views=np.zeros(len(VIEWS), np.float32),
        signs=np.zeros(len(SIGNS), np.float32),
        sign_bias=0.0,
    )


def _projection(desk: Desk, lessons: Sequence[Lesson], vectors: Matrix) -> Projection:
    """Every question with topics is drawn to the parts of articles that are about them first, never to itself."""
    texts = [text for article in desk.articles for text in texts_of([article])]
    firsts = [article.topics[0] for article in desk.articles for _ in texts_of([article])]
    named = [i for i, lesson in enumerate(lessons) if lesson.topics]
    about = np.array([[topic.value in lessons[i].topics for topic in Topic] for i in named], np.float32)
    positive = about @ np.array([[topic is first for first in firsts] for topic in Topic], np.float32) > 0
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text, []).append(place)
    for row, i in enumerate(named):
        positive[row, places.get(lessons[i].text, [])] = False
    useful = np.flatnonzero(positive.any(1))
    rows = [named[i] for i in useful]
    return fit.projection(vectors[rows], desk.memory.of(texts), positive[useful], desk.plan)


def ask_all(desk: Desk, questions: Sequence[Question], *, told: bool) -> list[Asked]:
    """The questions as search sees them; ``told``: it knows who asks."""
    thesaurus, words, topics = load_thesaurus(), Bm25Index.build(desk.articles), TopicTable.build(desk.articles)
    rows = desk.memory.of([Meaning.seen(question.text) for question in questions])
    return [
        ask(read(question.text, question.audience if told else None, thesaurus), row, words, topics)
        for question, row in zip(questions, rows, strict=True)
    ]
