"""A circuit breaker: a server that keeps failing is left alone for a while, then tried with one request."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Circuit(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    """Requests pass."""
    OPEN = "open"
    """The server rests: no request passes."""
    TRYING = "trying"
    """One request is under way; its outcome decides."""


class Breaker:
    """Counts failures in a row. Each yes of ``lets_through`` is followed by exactly one of the three outcomes."""

    def __init__(self, *, failures: int, rest_s: float, monotonic: Callable[[], float]) -> None:
        """
        Args:
            failures: How many in a row open the circuit.
            rest_s: How long it stays open before one request tries again, seconds.
            monotonic: A clock that never goes back, seconds.
        """
        self._most, self._rest_s, self._monotonic = failures, rest_s, monotonic
        self._failed = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def circuit(self) -> Circuit:
        if self._opened_at is None:
            return Circuit.CLOSED
        return Circuit.TRYING if self._trying else Circuit.OPEN

    def lets_through(self) -> bool:
        """Whether a request may go. After the rest the first one may, as a trial."""
        if self._opened_at is None:
            return True
        if self._trying or self._monotonic() - self._opened_at < self._rest_s:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        self._failed, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        """One more in a row. A failed trial, or one too many, opens the circuit anew."""
        self._failed += 1
        self._trying = False
        if self._opened_at is not None or self._failed >= self._most:
            self._opened_at = self._monotonic()

    def abandoned(self) -> None:
        """The request was given up by us: it says nothing about the server."""
        self._trying = False
