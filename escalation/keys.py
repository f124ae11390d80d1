"""Names of our keys in Redis: ids, never words. Keys of one line share a hash tag, so a cluster keeps them together."""

from __future__ import annotations

WAKE = "sd:wake"


def queue(line_id: str) -> str:
    return f"sd:{{{line_id}}}:queue"


def events(line_id: str) -> str:
    return f"sd:{{{line_id}}}:events"


def presence(line_id: str) -> str:
    return f"sd:presence:{{{line_id}}}"


def lock(name: str) -> str:
    return f"sd:lock:{name}"
