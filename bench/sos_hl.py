"""A public yardstick: SOS-HL-1K, high against low risk among posts on suicide. ``python -m bench.sos_hl``.

The data are read from where they lie (``--data``), never copied into the project, never used for the shipped model.
Everything is cross-validated inside the training split: frozen vectors of the shipped encoder, character n-grams, the
encoder tuned further on each fold (with ``--tune``; needs ``build/encoder/tuned.pt`` of ``make encoder``), and means of
their probabilities. Reported: F1 of the high-risk class at 0.5, mean over seeds, with a 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from nlu.encoder import load_encoder

RESULTS = Path(__file__).parent / "results"
TUNED = Path("build/encoder/tuned.pt")
_SEEDS = (1, 2, 3, 4, 5)
_FOLDS = 5

Odds = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Learner = Callable[[Indices, Indices, int], Odds]
"""Rows to learn from, rows to judge, seed -> probability of high risk for the judged rows."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="train.tsv of SOS-HL-1K")
    parser.add_argument("--tune", action="store_true", help="also tune the encoder on every fold (long)")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    texts, truth = read(options.data)
    learners = _learners(texts, truth, tune=options.tune)
    rows = _cross_validated(learners, truth, _SEEDS[: options.seeds])
    for row in rows:
        print(f"{row['what']:44} F1 {row['f1']:.2f} +- {row['half']:.2f}  AUC {row['auc']:.2f}  seeds {row['seeds']}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "sos_hl.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def read(path: Path) -> tuple[list[str], Indices]:
    """Comments and labels (1 = high risk)."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [line[2] for line in lines], np.array([int(line[1]) for line in lines])


def _learners(texts: Sequence[str], truth: Indices, *, tune: bool) -> dict[str, Learner]:
    encoder = load_encoder()
    vectors = np.stack([encoder.encode(text) for text in texts])
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)

    def linear(here: Indices, there: Indices, seed: int) -> Odds:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=1000))
        return _high(model.fit(vectors[here], truth[here]), vectors[there])

    def machine(here: Indices, there: Indices, seed: int) -> Odds:
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
        calibrated = CalibratedClassifierCV(SVC(C=1.0), cv=folds, ensemble=False)
        model = make_pipeline(StandardScaler(), calibrated)
        return _high(model.fit(vectors[here], truth[here]), vectors[there])

    def words(here: Indices, there: Indices, seed: int) -> Odds:
        seen = grams.fit_transform([texts[i] for i in here])
        model = LogisticRegression(C=3.0, max_iter=1000).fit(seen, truth[here])
        return _high(model, grams.transform([texts[i] for i in there]))

    learners: dict[str, Learner] = {
        "characters (TF-IDF, linear)": words,
        "shipped vector, frozen, linear": linear,
        "shipped vector, frozen, kernel": machine,
    }
    if tune:
        from bench.sos_tuned import tuned_learner

        learners["encoder tuned on the fold"] = tuned_learner(TUNED, texts, truth)
    return learners


def _high(model: Any, rows: Any) -> Odds:
    odds: Odds = model.predict_proba(rows)[:, 1]
    return odds


def _cross_validated(learners: dict[str, Learner], truth: Indices, seeds: Sequence[int]) -> list[dict[str, Any]]:
    scores: dict[str, list[tuple[float, float]]] = {}
    for seed in seeds:
        odds = {name: np.zeros(len(truth)) for name in learners}
        for here, there in StratifiedKFold(_FOLDS, shuffle=True, random_state=seed).split(truth, truth):
            for name, learner in learners.items():
                odds[name][there] = learner(here, there, seed)
        odds["mean of all"] = np.mean(list(odds.values()), axis=0)
        for name, value in odds.items():
            scores.setdefault(name, []).append((100 * f1_score(truth, value >= 0.5), 100 * roc_auc_score(truth, value)))
        print(f"seed {seed} done", file=sys.stderr)
    return [_row(name, values, truth) for name, values in scores.items()]


def _row(name: str, values: Sequence[tuple[float, float]], truth: Indices) -> dict[str, Any]:
    """The interval is that of one F1 on this many posts (normal), which is wider than the spread over seeds."""
    f1 = statistics.fmean(value[0] for value in values)
    half = 196 * float(np.sqrt(f1 / 100 * (1 - f1 / 100) / max(1, int(truth.sum()))))
    return {
        "what": name,
        "f1": round(f1, 2),
        "half": round(half, 2),
        "spread": round(statistics.pstdev(value[0] for value in values), 2),
        "auc": round(statistics.fmean(value[1] for value in values), 2),
        "seeds": len(values),
    }


if __name__ == "__main__":
    sys.exit(main())
