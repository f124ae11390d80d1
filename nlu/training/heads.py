"""``make train``: from the corpus and the finished encoder to the heads that ship. Minutes on two cores.

Linear heads are fitted on the training batches, one text encoded at a time as at run time. The fusion with the
lexicon, and the probability from which each question counts as yes, are fitted on the held-out ``dev`` batches,
which neither the encoder nor the heads have seen.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from nlu.assess import Assessor
from nlu.assessment import Context, RiskAssessment, Turn, Who
from nlu.corpus import Conversation, Corpus, read_corpus
from nlu.corpus.model import SeekerTurn
from nlu.encoder.load import MODELS, load_encoder
from nlu.encoder.manifest import write_manifest
from nlu.heads.arrays import CATEGORIES, LEVEL_STEPS, NO_INTENT, Heads, Linear, Numbers, ordered, sigmoid
from nlu.heads.fusion import FEATURES
from nlu.heads.judge import HeadModel
from nlu.labels import RiskLevel
from nlu.ports import Encoder
from nlu.training.corpus_texts import intent_examples, intent_names, risk_examples
from nlu.training.costs import best_cut, best_level_cuts
from nlu.training.examples import UNKNOWN, Example, kinds, may_be_placed, of_message, openings, placed

_STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0)
_FUSION_STRENGTH = 0.3
_MOST_STEPS = 400
_PLACED = 8000
_SEED = 7

Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Case:
    """One held-out message or turn: what the lexicon said, what the model sees, what is true."""

    first: RiskAssessment
    text: str
    context: Context
    level: int
    alone: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the heads. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make train", description=__doc__)
    parser.add_argument(
        "--encoder", default="", help="a sentence-transformers model on disk instead of the shipped one"
    )
    parser.add_argument("--target", type=Path, default=MODELS, help="where the heads are written")
    options = parser.parse_args(arguments)
    encoder = load_encoder(options.encoder)
    stored = train(encoder, read_corpus("dev"))
    options.target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.target / "heads.npz", **stored)  # type: ignore[arg-type]  # numpy's stub takes no mapping
    print(
        write_manifest(options.target, "heads", ["heads.npz"], size=encoder.size, max_tokens=0, encoder=encoder.version)
    )
    return 0


def train(encoder: Encoder, dev: Corpus) -> Arrays:
    """All numbers of ``heads.npz``."""
    lessons = [*risk_examples("train"), *placed_examples(read_corpus("train")), *intent_examples()]
    vectors = encode_all(encoder, [item.text for item in lessons])
    held = risk_examples("dev")
    held_vectors = encode_all(encoder, [item.text for item in held])
    stored = _linear_heads(lessons, vectors, held, held_vectors)
    stored["intents"] = np.array([*intent_names(), NO_INTENT])
    stored |= _neutral_fusion()
    heads = Heads.of(stored, "unfinished")
    cases = dev_cases(dev)
    seen = fusion_inputs(encoder, heads, cases)
    stored |= _fusion(seen, cases)
    fused = Heads.of(stored, "unfinished")
    steps = np.stack([ordered(sigmoid(fused.fusion(row))) for row in seen])
    levels, talking = np.array([case.level for case in cases]), np.array([bool(case.context.turns) for case in cases])
    stored["cuts"] = np.stack(
        [best_level_cuts(steps[talking == side], levels[talking == side]) for side in (False, True)]
    )
    stored["category_cuts"] = _category_cuts(fused, dev, encoder)
    return stored


def placed_examples(corpus: Corpus) -> list[Example]:
    """Some messages once more, each after the calm beginning of some talk; the same ones every time."""
    rng = random.Random(_SEED)
    starts = openings(corpus.conversations)
    fit_for = [item for item in map(of_message, corpus.messages) if may_be_placed(item)]
    return [placed(item, rng.choice(starts)) for item in rng.sample(fit_for, min(_PLACED, len(fit_for)))]


def encode_all(encoder: Encoder, texts: Sequence[str]) -> Numbers:
    """Vectors, one text at a time, on two threads."""
    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(encoder.encode, texts)))


def _linear_heads(lessons: Sequence[Example], vectors: Numbers, held: Sequence[Example], seen: Numbers) -> Arrays:
    out: Arrays = {}
    for name, window in (("level", False), ("window", True)):
        mine = [i for i, item in enumerate(lessons) if item.level != UNKNOWN and item.in_context is window]
        judge = [i for i, item in enumerate(held) if item.in_context is window]
        levels, truth = np.array([lessons[i].level for i in mine]), np.array([held[i].level for i in judge])
        rows = [fit(vectors[mine], levels > step, seen[judge], truth > step) for step in range(LEVEL_STEPS)]
        out |= _stacked(name, rows)
    known = [i for i, item in enumerate(lessons) if item.categories is not None]
    held_known = [i for i, item in enumerate(held) if item.categories is not None]
    kinds_here = np.array([lessons[i].categories for i in known]) > 0
    kinds_held = np.array([held[i].categories for i in held_known]) > 0
    rows = [fit(vectors[known], kinds_here[:, k], seen[held_known], kinds_held[:, k]) for k in range(len(CATEGORIES))]
    out |= _stacked("category", rows)
    told = [i for i, item in enumerate(lessons) if item.subject != UNKNOWN]
    held_told = [i for i, item in enumerate(held) if item.subject != UNKNOWN]
    about = np.array([lessons[i].subject for i in told]) == 1
    out |= _stacked(
        "subject", [fit(vectors[told], about, seen[held_told], np.array([held[i].subject for i in held_told]) == 1)]
    )
    out |= _intent_head(lessons, vectors)
    return out


def _intent_head(lessons: Sequence[Example], vectors: Numbers) -> Arrays:
    """One answer per authored intent, and one more for harmless words that ask for nothing."""
    asked = {item.text for item in lessons if item.intent != UNKNOWN}
    asked |= {message.text for message in read_corpus("train").messages if message.slice == "service"}
    telling = [
        i for i, item in enumerate(lessons) if item.level == 0 and not item.in_context and item.text not in asked
    ]
    named = [i for i, item in enumerate(lessons) if item.intent != UNKNOWN]
    truth = [lessons[i].intent for i in named] + [len(intent_names())] * len(telling)
    model = LogisticRegression(C=10.0, max_iter=_MOST_STEPS).fit(vectors[named + telling], np.array(truth))
    return {"intent.weight": model.coef_.astype(np.float32), "intent.bias": model.intercept_.astype(np.float32)}


def fit(here: Numbers, truth: npt.NDArray[np.bool_], held: Numbers, held_truth: npt.NDArray[np.bool_]) -> Linear:
    """One yes-or-no question; of several strengths of regularisation the one that is best on the held-out batches."""
    best: tuple[float, Linear] | None = None
    for strength in _STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=_MOST_STEPS).fit(here, truth)
        line = Linear(model.coef_.astype(np.float32), model.intercept_.astype(np.float32))
        loss = _log_loss(sigmoid(held @ line.weight[0] + line.bias[0]), held_truth)
        if best is None or loss < best[0]:
            best = (loss, line)
    if best is None:
        raise AssertionError("no strength was tried")
    return best[1]


def _log_loss(odds: Numbers, truth: npt.NDArray[np.bool_]) -> float:
    clipped = np.clip(odds, 1e-4, 1 - 1e-4)
    return float(-np.mean(np.where(truth, np.log(clipped), np.log(1 - clipped))))


def _stacked(name: str, rows: Sequence[Linear]) -> Arrays:
    return {
        f"{name}.weight": np.concatenate([row.weight for row in rows]),
        f"{name}.bias": np.concatenate([row.bias for row in rows]),
    }


def _neutral_fusion() -> Arrays:
    """What later steps fill in, so that the heads can already be used for reading."""
    return {
        "fusion.weight": np.zeros((LEVEL_STEPS, FEATURES), np.float32),
        "fusion.bias": np.zeros(LEVEL_STEPS, np.float32),
        "cuts": np.full((2, LEVEL_STEPS), 0.5, np.float32),
        "category_cuts": np.full(len(CATEGORIES), 0.5, np.float32),
    }


def dev_cases(dev: Corpus) -> list[Case]:
    """Every held-out message, and every held-out turn after the turns before it, read by the lexicon."""
    lexicon = Assessor.load()
    alone = [Case(lexicon.first(m.text), m.text, Context(), int(m.level), alone=True) for m in dev.messages]
    return alone + [case for talk in dev.conversations for case in _turn_cases(lexicon, talk)]


def _turn_cases(lexicon: Assessor, talk: Conversation) -> list[Case]:
    out: list[Case] = []
    turns: list[Turn] = []
    for turn in talk.turns:
        if isinstance(turn, SeekerTurn):
            context = Context(turns=tuple(turns))
            out.append(Case(lexicon.first(turn.text, context), turn.text, context, int(turn.level), alone=not turns))
        turns.append(Turn(who=Who.USER if isinstance(turn, SeekerTurn) else Who.BOT, text=turn.text))
    return out


def fusion_inputs(encoder: Encoder, heads: Heads, cases: Sequence[Case]) -> Numbers:
    """The fusion's features of every case, made by the very code that reads messages."""
    model = HeadModel(encoder, heads)
    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(lambda c: model.fusion_input(c.first, c.text, c.context), cases)))


def _fusion(seen: Numbers, cases: Sequence[Case]) -> Arrays:
    levels = np.array([case.level for case in cases])
    rows = []
    for step in range(LEVEL_STEPS):
        model = LogisticRegression(C=_FUSION_STRENGTH, max_iter=_MOST_STEPS).fit(seen, levels > step)
        rows.append(Linear(model.coef_.astype(np.float32), model.intercept_.astype(np.float32)))
    return _stacked("fusion", rows)


def _category_cuts(heads: Heads, dev: Corpus, encoder: Encoder) -> Numbers:
    """Per kind of danger the cut with the best F1 on held-out messages of level 2 and above."""
    grave = [m for m in dev.messages if m.level >= RiskLevel.MODERATE]
    odds = np.stack([heads.categories(encoder.encode(m.text)) for m in grave])
    truth = np.array([kinds(m.categories, m.level) for m in grave]) > 0
    return np.array([best_cut(odds[:, k], truth[:, k]) for k in range(len(CATEGORIES))], np.float32)


if __name__ == "__main__":
    sys.exit(main())
