"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # 22:30 on a Monday in Shanghai: an hour when people write


class FrozenClock:
    """Fits ``Clock`` (``Callable[[], datetime]``); always aware, in UTC."""

    def __init__(self, start: datetime = START) -> None:
        self.set(start)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, seconds: float = 0.0, **parts: float) -> datetime:
        """Move by ``seconds`` and any of timedelta's other parts (``minutes=5``, ``hours=72``); negative goes back."""
        self._now += timedelta(seconds=seconds, **parts)
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to a moment.

        Raises:
            ValueError: The moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("the clock takes aware times only")
        self._now = moment.astimezone(UTC)
