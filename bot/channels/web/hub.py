"""The open pages of this process, and how they learn that something is new."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Line:
    """One open page: an event that is set when it should look again."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    def wake(self) -> None:
        self.news.set()


class Hub:
    """Pages by conversation. Waking is cheap and may be spurious; the record decides what is new."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, set[Line]] = defaultdict(set)

    def open(self, conversation_id: str) -> Line:
        line = Line()
        self._lines[conversation_id].add(line)
        return line

    def move(self, line: Line, old: str, new: str) -> None:
        self.close(line, old)
        self._lines[new].add(line)

    def close(self, line: Line, conversation_id: str) -> None:
        lines = self._lines.get(conversation_id)
        if lines is None:
            return
        lines.discard(line)
        if not lines:
            del self._lines[conversation_id]

    def wake(self, conversation_id: str) -> None:
        for line in self._lines.get(conversation_id, ()):
            line.wake()

    def wake_all(self) -> None:
        """Every page looks now: polls that wait are answered before the process goes."""
        for conversation_id in tuple(self._lines):
            self.wake(conversation_id)

    def is_open(self, conversation_id: str) -> bool:
        return conversation_id in self._lines

    def __len__(self) -> int:
        return sum(len(lines) for lines in self._lines.values())
