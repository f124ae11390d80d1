"""Ids and tokens: ULIDs for rows, opaque tokens for sessions, hashes of tokens for the database."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_RANDOM_MAX = (1 << 80) - 1
_BACKWARDS_MS = 1000
"""A clock that steps back by less than this keeps the order of ids; a larger step is believed."""


class IdMaker:
    """Makes ULIDs that rise with every call, even within one millisecond and over small backward steps of the clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ms = -1
        self._random = 0

    def make(self, now: datetime) -> str:
        ms = int(now.timestamp() * 1000)
        with self._lock:
            if 0 <= self._ms - ms <= _BACKWARDS_MS and self._random < _RANDOM_MAX:
                self._random += 1
            else:
                # The top bit stays free, so that counting up within one millisecond cannot run over.
                self._ms, self._random = ms, int.from_bytes(os.urandom(10), "big") >> 1
            return _encode(self._ms << 80 | self._random)


def _encode(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


_maker = IdMaker()


def new_id(now: datetime) -> str:
    """A fresh ULID (26 characters) that sorts after every earlier one of this process."""
    return _maker.make(now)


def new_token() -> str:
    """A secret of 256 bits for a session or device, safe in a header or cookie."""
    return secrets.token_urlsafe(32)


def hash_token(secret: str) -> str:
    """What the database keeps of a token. Tokens are random and long, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
