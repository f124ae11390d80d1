"""``python -m knowledge_base.training``: writes ``ranking.npz`` and ``vectors.npz``, in a minute or two."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from knowledge_base.questions import read_questions
from knowledge_base.ranking import RANKING
from knowledge_base.search import SearchSettings
from knowledge_base.shelf import FileShelf, ServePolicy
from knowledge_base.training.run import learn
from knowledge_base.vectors import SHIPPED
from nlu.encoder import load_encoder

QUESTIONS = Path("tests/knowledge_base/questions")
PARTS = ("learn", "tune")


def main() -> int:
    """Learn and write. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make search", description=__doc__)
    parser.add_argument(
        "--questions", type=Path, default=QUESTIONS, help="folder of questions; the reported ones are not read"
    )
    options = parser.parse_args()
    settings = SearchSettings(policy=ServePolicy.everything())
    questions = [one for part in PARTS for one in read_questions(options.questions / f"{part}.tsv")]
    learn(FileShelf(), settings, load_encoder(), questions, RANKING, SHIPPED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
