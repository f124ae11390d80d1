"""How fast search answers, and how its cost grows with the shelf: ``python -m bench.search``.

Larger shelves are made: copies of the articles with their sentences shuffled and their vectors moved a little, so that
neither words nor meanings repeat. Times of one search with and without the encoding of the question, index build time,
memory. One process for each size.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from knowledge_base.article import Article
from knowledge_base.questions import read_questions
from knowledge_base.ranking import Ranking
from knowledge_base.search import KnowledgeBase, Meaning, SearchSettings
from knowledge_base.shelf import FileShelf, ServePolicy
from knowledge_base.vectors import Matrix, VectorMemory
from nlu.encoder import RecentVectors, load_encoder

RESULTS = Path(__file__).parent / "results"
QUESTIONS = Path("tests/knowledge_base/questions/tune.tsv")
_SIZES = (0, 1_000, 5_000, 20_000)
"""0: the shelf as it ships."""
_MOVED = 0.35
Row = dict[str, Any]


class MadeShelf:
    """The shipped articles, then shuffled copies of them up to ``size``."""

    def __init__(self, size: int) -> None:
        self._real = FileShelf().articles()
        self._size = size or len(self._real)

    def version(self) -> str:
        return str(self._size)

    def articles(self) -> tuple[Article, ...]:
        rng = random.Random(5)
        made = (_shuffled(rng.choice(self._real), n, rng) for n in range(self._size - len(self._real)))
        return (*self._real, *made)


def _shuffled(article: Article, number: int, rng: random.Random) -> Article:
    def mixed(text: str) -> str:
        return "".join(rng.sample(text, len(text)))

    return replace(
        article,
        slug=f"{article.slug}-{number}",
        title=mixed(article.title),
        summary=mixed(article.summary),
        questions=tuple(map(mixed, article.questions)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(_measured(options.one, options.repeats)))
        return
    rows = list(_rows(options.repeats))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "search.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _rows(repeats: int) -> Iterator[Row]:
    for size in _SIZES:
        command = [sys.executable, "-m", "bench.search", "--one", str(size), "--repeats", str(repeats)]
        row = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        yield row


def _measured(size: int, repeats: int) -> Row:
    encoder = load_encoder()
    rng = np.random.default_rng(5)
    direction = rng.normal(size=(64, encoder.size)).astype(np.float32)

    def near(text: str) -> Matrix:
        """A made text has the vector of nothing: one of a real text, moved."""
        moved = direction[len(text) % 64] + _MOVED * rng.normal(size=encoder.size).astype(np.float32)
        vector: Matrix = moved / np.linalg.norm(moved)
        return vector

    memory = VectorMemory(near, encoder.version)
    shipped = memory.load()
    shelf = MadeShelf(size)
    started = time.perf_counter()
    remembering = RecentVectors(encoder)
    meaning = Meaning(remembering, Ranking.load(), memory)
    base = KnowledgeBase.load(shelf, SearchSettings(policy=ServePolicy.everything()), meaning=meaning)
    built = time.perf_counter() - started
    questions = [one.text for one in read_questions(QUESTIONS)][:repeats]
    fresh = [_timed(base, text) for text in questions]
    again = [_timed(base, text) for text in questions]
    return {
        "articles": len(base.articles),
        "shipped_vectors": shipped,
        "build_s": round(built, 2),
        "p50_ms": round(statistics.median(fresh), 2),
        "p99_ms": round(float(np.quantile(fresh, 0.99)), 2),
        "p50_ms_vector_known": round(statistics.median(again), 2),
        "p99_ms_vector_known": round(float(np.quantile(again, 0.99)), 2),
        "per_second": round(1000 / statistics.fmean(fresh), 1),
        "memory_mb": round(psutil.Process().memory_info().rss / 2**20),
    }


def _timed(base: KnowledgeBase, text: str) -> float:
    started = time.perf_counter()
    base.search(text)
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
