"""``HeadModel``: one vector per message, and what the heads make of it together with the lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlu.assessment import Context, Evidence, Layer, RiskAssessment
from nlu.heads.arrays import CATEGORIES, SUBJECTS, Heads, Numbers, level_shares, ordered, sigmoid
from nlu.heads.fusion import features, level_of, weigh
from nlu.heads.intents import read_intent, with_intent
from nlu.heads.windows import Piece, around, clauses, in_context, pieces
from nlu.labels import Category, RiskLevel, Subject
from nlu.ports import Encoder, Judged, Vector

_QUICK_PIECES = 4  # pieces of a long text that are read within the budget: both ends and where the lexicon points
_MOST_CLAUSES = 8  # clauses that are compared to find the place that speaks
_SHORT = 24  # a message this short is its own evidence
_DILUTED = 60  # in a message longer than this a few words may drown
_MOST_POINTED = 4


@dataclass(frozen=True, slots=True)
class _Seen:
    """One stretch of the message, its vector and its level logits."""

    piece: Piece
    vector: Vector
    logits: Numbers


class HeadModel:
    """The shipped model. Immutable, pure, safe to share between threads."""

    def __init__(self, encoder: Encoder, heads: Heads) -> None:
        self._encoder = encoder
        self._heads = heads
        self.version = f"{encoder.version}+{heads.version}"

    @property
    def encoder(self) -> Encoder:
        """The same encoder serves search."""
        return self._encoder

    def judge(self, first: RiskAssessment, text: str, context: Context, *, whole: bool) -> Judged:
        """Read the message, alone and in its context, and weigh it with the lexicon's answer."""
        if not text.strip():
            return Judged(replace(first, model_version=self._named(first)))
        every = pieces(text)
        chosen = every if whole else _likeliest(every, first.evidence)
        seen = [self._see(text, piece) for piece in dict.fromkeys([*chosen, *_pointed(text, first.evidence)])]
        loudest = max(seen, key=_loudness)
        window = self._window(text, context)
        steps = weigh(self._heads, features(loudest.logits, window.logits if window else None, first))
        answer = self._answer(first, text, loudest, window, steps)
        if len(every) == 1:
            answer = with_intent(answer, read_intent(self._heads, seen[0].vector))
        return Judged(answer, complete=len(chosen) == len(every))

    def steps(self, first: RiskAssessment, text: str, context: Context) -> dict[str, Numbers]:
        """Probability that the level is above 0, 1, 2 and 3, as each layer sees it: for ``--explain`` and measurements.

        ``encoder`` is the model's view of the message alone, ``in_context`` the one with what came before it (absent
        when nothing did), ``fusion`` both weighed with the lexicon.
        """
        loudest, window = self._whole(first, text, context)
        views = {"encoder": ordered(sigmoid(loudest.logits))}
        if window is not None:
            views["in_context"] = ordered(sigmoid(window.logits))
        logits = window.logits if window else None
        return views | {"fusion": weigh(self._heads, features(loudest.logits, logits, first))}

    def fusion_input(self, first: RiskAssessment, text: str, context: Context) -> Numbers:
        """What the fusion is given for a message read to its end: training fits it on these very numbers."""
        loudest, window = self._whole(first, text, context)
        return features(loudest.logits, window.logits if window else None, first)

    def _whole(self, first: RiskAssessment, text: str, context: Context) -> tuple[_Seen, _Seen | None]:
        places = dict.fromkeys([*pieces(text), *_pointed(text, first.evidence)])
        loudest = max((self._see(text, piece) for piece in places), key=_loudness)
        return loudest, self._window(text, context)

    def _see(self, text: str, piece: Piece) -> _Seen:
        vector = self._encoder.encode(text[piece.start : piece.end])
        return _Seen(piece, vector, self._heads.level(vector))

    def _window(self, text: str, context: Context) -> _Seen | None:
        joined = in_context(context.turns, text)
        if joined is None:
            return None
        vector = self._encoder.encode(joined)
        return _Seen(Piece(0, len(text)), vector, self._heads.window(vector))

    def _answer(
        self, first: RiskAssessment, text: str, loudest: _Seen, window: _Seen | None, steps: Numbers
    ) -> RiskAssessment:
        speaking = window if window is not None and _loudness(window) > _loudness(loudest) else loudest
        level = level_of(self._heads, steps, in_talk=window is not None)
        shares = level_shares(steps)
        named = replace(first, model_version=self._named(first), layer=Layer.FUSION)
        if level == RiskLevel.NONE:
            return replace(
                named, level=level, categories=(), subject=Subject.NONE, confidence=float(shares[0]), evidence=()
            )
        return replace(
            named,
            level=level,
            categories=self._categories(level, speaking.vector, first),
            subject=self._subject(speaking.vector, first, level, in_talk=window is not None),
            confidence=float(shares[level]),
            evidence=self._evidence(first, text, level, loudest),
        )

    def _categories(self, level: RiskLevel, vector: Vector, first: RiskAssessment) -> tuple[Category, ...]:
        if level == RiskLevel.LOW:
            return (Category.EMOTIONAL,)
        odds = self._heads.categories(vector)
        named = [(c, p) for c, p, cut in zip(CATEGORIES, odds, self._heads.category_cuts, strict=True) if p >= cut]
        chosen = [category for category, _ in sorted(named, key=lambda item: -item[1])]
        believed = first.level >= level or first.decisive
        told = [c for c in first.categories if c is not Category.EMOTIONAL] if believed else []
        return tuple(dict.fromkeys([*chosen, *told])) or (CATEGORIES[int(np.argmax(odds))],)

    def _subject(self, vector: Vector, first: RiskAssessment, level: RiskLevel, *, in_talk: bool) -> Subject:
        """In a talk the lexicon knows whom the question was about, which a bare answer does not say."""
        if in_talk and first.level >= level and first.subject is not Subject.NONE:
            return first.subject
        return SUBJECTS[int(self._heads.about_other(vector) >= 0.5)]

    def _evidence(self, first: RiskAssessment, text: str, level: RiskLevel, loudest: _Seen) -> tuple[Evidence, ...]:
        """The lexicon's places, and the model's own where the lexicon saw less."""
        if first.level >= level:
            return first.evidence
        place = self._speaking(text, loudest)
        mine = Evidence(start=place.start, end=place.end, why=f"encoder.level_{int(level)}")
        return tuple(sorted((*first.evidence, mine), key=lambda item: (item.start, item.end)))

    def _speaking(self, text: str, loudest: _Seen) -> Piece:
        """The clause whose words alone sound gravest, in the piece that spoke loudest."""
        start, end = loudest.piece.start, loudest.piece.end
        inside = clauses(text[start:end])
        if end - start <= _SHORT or not 1 < len(inside) <= _MOST_CLAUSES:
            return loudest.piece
        heard = max(inside, key=lambda c: _loudness(self._see(text, Piece(start + c.start, start + c.end))))
        return Piece(start + heard.start, start + heard.end)

    def _named(self, first: RiskAssessment) -> str:
        return f"{first.model_version}+{self.version}"


def _loudness(seen: _Seen) -> float:
    """Expected level."""
    return float(np.sum(ordered(sigmoid(seen.logits))))


def _pointed(text: str, evidence: Sequence[Evidence]) -> list[Piece]:
    """The gravest-looking places of a longer message, each with little around it."""
    if len(text) <= _DILUTED:
        return []
    return [around(text, item.start, item.end) for item in evidence[:_MOST_POINTED]]


def _likeliest(every: Sequence[Piece], evidence: Sequence[Evidence]) -> list[Piece]:
    """Both ends, then where the lexicon points: what fits the budget, in the order of the text."""
    if len(every) <= _QUICK_PIECES:
        return list(every)
    pointed = [p for p in every[1:-1] if any(item.start < p.end and p.start < item.end for item in evidence)]
    chosen = {every[0], every[-1], *pointed[: _QUICK_PIECES - 2]}
    return [piece for piece in every if piece in chosen]
