"""``python -m knowledge_base.evaluate``: how often search finds what people ask for, and says when it has nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from knowledge_base.article import Article
from knowledge_base.meaning import PARTS as MEANING
from knowledge_base.questions import Question, fitting, read_questions
from knowledge_base.ranking import AUDIENCES, VIEWS, Ranking
from knowledge_base.search import KnowledgeBase, Meaning, SearchSettings
from knowledge_base.shelf import FileShelf, ServePolicy
from nlu.encoder import load_encoder
from nlu.evaluation.metrics import Share

ENCODER: Final = "encoder alone"
REFUSALS: Final = ("unanswerable refused", "answerable wrongly refused")
QUESTIONS: Final = Path("tests/knowledge_base/questions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question and what came of it. ``rank`` is the place of the first fitting article, None when there is none."""

    question: Question
    rank: int | None
    answered: bool
    shown: str


def main() -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.evaluate", description=__doc__)
    parser.add_argument("--questions", type=Path, default=QUESTIONS / "report.tsv", help="a file of questions")
    parser.add_argument("--unasked", action="store_true", help="do not tell the search who asks")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    questions = read_questions(options.questions)
    seen = {name: measure(base, questions, told=not options.unasked) for name, base in engines().items()}
    tables = {name: summary(outcomes) for name, outcomes in seen.items()}
    for row in REFUSALS:
        del tables[ENCODER][row]  # the decision to answer looks at the words too
    for name, table in tables.items():
        print(f"\n{name}\n" + "\n".join(f"  {row:34} {value}" for row, value in table.items()))
    print("\n" + "\n".join(by_style(seen["both"])))
    if options.misses:
        print("\n".join(misses(seen["both"])))
    if options.json:
        plain = {name: {row: _plain(value) for row, value in table.items()} for name, table in tables.items()}
        options.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0


def engines() -> dict[str, KnowledgeBase]:
    """Words alone, the encoder alone, and both, over every article in any state."""
    settings = SearchSettings(policy=ServePolicy.everything())
    encoder, ranking = load_encoder(), Ranking.load()
    from_vectors = np.array([name in (*MEANING, "topic", *AUDIENCES) for name in VIEWS])
    bare = replace(ranking, views=np.where(from_vectors, ranking.views, 0).astype(np.float32))
    return {
        "words alone": KnowledgeBase.load(FileShelf(), settings),
        ENCODER: KnowledgeBase.load(FileShelf(), settings, meaning=Meaning.load(encoder, bare)),
        "both": KnowledgeBase.load(FileShelf(), settings, meaning=Meaning.load(encoder)),
    }


def measure(base: KnowledgeBase, questions: Sequence[Question], *, told: bool = True) -> list[Outcome]:
    """Ask every question; ``told``: the search knows who asks."""
    fits: Mapping[str, Article] = {article.slug: article for article in base.articles}
    out: list[Outcome] = []
    for question in questions:
        found = base.search(question.text, audience=question.audience if told else None, top=len(fits))
        right = fitting(question, [fits[hit.article] for hit in found.hits])
        rank = right.index(True) + 1 if True in right else None
        shown = found.hits[0].article if found.hits else ""
        out.append(Outcome(question=question, rank=rank, answered=found.answerable, shown=shown))
    return out


def summary(outcomes: Sequence[Outcome]) -> dict[str, Share | float]:
    """The figures of the issue's table."""
    asked = [one for one in outcomes if one.question.answerable]
    nothing = [one for one in outcomes if not one.question.answerable]
    return {
        "fitting article first": _share(asked, lambda one: one.rank == 1),
        "among the first three": _share(asked, lambda one: one.rank is not None and one.rank <= 3),
        "mean reciprocal rank": round(sum(1 / one.rank for one in asked if one.rank) / max(1, len(asked)), 3),
        REFUSALS[0]: _share(nothing, lambda one: not one.answered),
        REFUSALS[1]: _share(asked, lambda one: not one.answered),
    }


def by_style(outcomes: Sequence[Outcome]) -> list[str]:
    """Rank 1 by who asks and how."""
    asked = [one for one in outcomes if one.question.answerable]
    groups = sorted({*(one.question.style for one in asked), *(one.question.audience.value for one in asked)})
    lines = []
    for name in groups:
        group = [one for one in asked if name in (one.question.style, one.question.audience.value)]
        lines.append(f"{name:14} first {_share(group, lambda one: one.rank == 1)}")
    return lines


def misses(outcomes: Sequence[Outcome]) -> list[str]:
    """One line for every question that was not served as it should be."""
    out = []
    for one in outcomes:
        topics = ",".join(topic.value for topic in one.question.topics) or one.question.style
        if one.question.answerable and (one.rank != 1 or not one.answered):
            out.append(f"{topics}\trank {one.rank}\tanswered {one.answered}\t{one.shown}\t{one.question.text}")
        if not one.question.answerable and one.answered:
            out.append(f"{topics}\tshould be refused\t{one.shown}\t{one.question.text}")
    return out


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> Share:
    return Share(sum(map(holds, outcomes)), len(outcomes))


def _plain(value: Share | float) -> object:
    return (
        {"share": round(value.value, 4), "hits": value.hits, "of": value.total} if isinstance(value, Share) else value
    )


if __name__ == "__main__":
    sys.exit(main())
