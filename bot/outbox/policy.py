"""How a failed delivery is taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Bounded in tries, spread by jitter.

    Attributes:
        tries: After so many the row is ``failed`` and the desk shows it.
        first_s, longest_s: Pauses grow from the first to the longest, doubling.
    """

    tries: int = 8
    first_s: float = 1.0
    longest_s: float = 300.0

    def pause(self, attempts: int, rng: Random, *, asked_s: float | None = None) -> timedelta:
        """Before the next try. ``asked_s`` is what the provider asked for: never less than that."""
        grown = min(self.longest_s, self.first_s * 2 ** min(attempts, 16))
        return timedelta(seconds=max(asked_s or 0.0, rng.uniform(grown / 2, grown)))
