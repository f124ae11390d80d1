"""What search counts: character uni- and bigrams of Chinese, whole words of Latin script and digits."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Final

from knowledge_base.wordlists import load_stop_characters
from nlu.text import normalise

QUERY_LIMIT: Final = 4000
"""Code points of a question that search reads. Nobody's question is longer; what follows would only dilute it."""

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """The normal form that every word list and index is matched against: one script, lower case, no spaces."""
    return _SPACE.sub("", normalise(text).text).lower()


def grams(text: str) -> Counter[str]:
    """Count the informative grams of a text. Never raises.

    A character that carries no topic (我, 的, 了, 么) is no gram of its own, nor is a pair of two such characters.
    """
    stop = _stop()
    counts: Counter[str] = Counter()
    for run in _RUN.findall(normalise(text).text.lower()):
        if run[0] < "\u3400":
            counts[run] += 1
            continue
        counts.update(char for char in run if char not in stop)
        counts.update(a + b for a, b in pairwise(run) if a not in stop or b not in stop)
    return counts


@lru_cache(maxsize=1)
def _stop() -> frozenset[str]:
    return load_stop_characters()
