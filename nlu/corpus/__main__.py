"""``python -m nlu.corpus``: check the corpus and report how varied it is. Exit status 1 when something is wrong."""

from __future__ import annotations

import sys

from nlu.corpus.checks import complaints
from nlu.corpus.reader import PARTS, read_corpus
from nlu.corpus.variety import variety
from nlu.errors import CorpusError


def main() -> int:
    """Print the report. Returns the exit status."""
    try:
        parts = {part: read_corpus(part) for part in PARTS}
    except CorpusError as exc:
        print(exc, file=sys.stderr)
        return 1
    for part, corpus in parts.items():
        print(f"== {part}")
        for name, value in variety(corpus).items():
            print(f"  {name}: {value}")
    wrong = complaints(parts)
    print("\n".join(wrong[:200]), file=sys.stderr)
    print(f"{len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
