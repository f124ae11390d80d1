"""Limits of reading: read once, checked here, handed down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NluSettings:
    """How much time, memory and history reading may use.

    Raises:
        ValueError: A limit makes no sense; the text says which.
    """

    with_model: bool = True
    """Whether the encoder and its heads read too; without them the lexicon reads alone."""
    encoder_directory: str = ""
    """A sentence-transformers model on disk instead of the package's encoder."""
    heads_directory: str = ""
    """The heads trained on that model."""
    budget_s: float = 0.4
    """How long an answer may wait for the encoder, seconds."""
    pool_size: int = 1
    """Threads that run the encoder."""
    max_pending: int = 64
    """Encoder calls that may wait for a thread; beyond it the lexicon answers alone (floods)."""
    cache_size: int = 2048
    """Encoder answers kept for identical short messages."""
    cache_max_chars: int = 200
    """Longer messages are not cached."""
    window_turns: int = 24
    """Earlier turns that are looked at."""
    burst_turns: int = 8
    """Seeker turns without an answer between them that are read as one message."""
    burst_chars: int = 400
    """Characters of earlier turns that a burst may bring in."""

    def __post_init__(self) -> None:
        if not 0 < self.budget_s <= 60:
            raise ValueError("nlu budget_s must be above 0 and at most 60 seconds")
        for name in ("pool_size", "max_pending", "window_turns", "burst_turns", "burst_chars"):
            if getattr(self, name) < 1:
                raise ValueError(f"nlu {name} must be at least 1")
        if self.cache_size < 0 or self.cache_max_chars < 0:
            raise ValueError("nlu cache_size and cache_max_chars must not be negative")
