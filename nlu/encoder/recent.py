"""One vector per message: risk, intent and search ask for the same text, and it is computed once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

from nlu.ports import Encoder, Vector

_KEPT = 512


class RecentVectors:
    """An encoder that remembers its last answers by a fingerprint of the text, never by its words (S8)."""

    def __init__(self, encoder: Encoder, kept: int = _KEPT) -> None:
        self._encoder, self._kept = encoder, kept
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        self._lock = Lock()

    @property
    def version(self) -> str:
        return self._encoder.version

    @property
    def size(self) -> int:
        return self._encoder.size

    def encode(self, text: str) -> Vector:
        """The vector of a text, ``(size,)``, read-only. Safe to use from several threads."""
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            known = self._vectors.get(key)
            if known is not None:
                self._vectors.move_to_end(key)
                return known
        vector = self._encoder.encode(text)
        vector.setflags(write=False)  # many readers have the same one
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return vector
