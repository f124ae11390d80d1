"""Shares with confidence intervals, F1, calibration. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_Z = 1.96  # 95 %
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` out of ``total``, with Wilson's 95 % interval."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0 when there is nothing to share."""
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end; ``(0, 1)`` when nothing was counted. Wilson, JASA 22 (1927)."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} [{low:.3f}–{high:.3f}] {self.hits}/{self.total}"


def share(items: Iterable[T], chosen: Callable[[T], bool]) -> Share:
    """How many of the items are chosen."""
    flags = [chosen(item) for item in items]
    return Share(sum(flags), len(flags))


def f1(pairs: Sequence[tuple[int, int]], label: int) -> float:
    """F1 of one label from pairs of truth and answer."""
    hit = sum(1 for truth, said in pairs if truth == said == label)
    wrong = sum(1 for truth, said in pairs if (truth == label) != (said == label))
    return 2 * hit / (2 * hit + wrong) if hit else 0.0


def macro_f1(pairs: Sequence[tuple[int, int]], labels: Sequence[int]) -> float:
    """Mean F1 of the labels that occur."""
    there = [label for label in labels if any(truth == label for truth, _ in pairs)]
    return sum(f1(pairs, label) for label in there) / len(there) if there else 0.0


def calibration_error(odds: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Mean distance between what was promised and what came true, weighted by how often."""
    total = 0.0
    for number in range(bins):
        inside = [(p, truth) for p, truth in odds if min(bins - 1, int(p * bins)) == number]
        if inside:
            promised = sum(p for p, _ in inside) / len(inside)
            came = sum(truth for _, truth in inside) / len(inside)
            total += len(inside) * abs(promised - came)
    return total / len(odds) if odds else 0.0
