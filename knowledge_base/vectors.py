"""Vectors of articles: computed once, kept by a fingerprint of their text, shipped for the articles that ship."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from knowledge_base.errors import DataFileError

Matrix = npt.NDArray[np.float32]
"""``(texts, size)``, rows of length one."""
Encode = Callable[[str], Matrix]

MODELS_DIR: Final = Path(__file__).parent / "models"
SHIPPED: Final = MODELS_DIR / "vectors.npz"
_THREADS = 2


class VectorMemory:
    """Answers from memory where it can, and asks the encoder for the rest.

    Args:
        encode: From a text to a vector of length one, ``(size,)``; safe to call from several threads.
        version: Names the encoder: vectors of another one are worth nothing.
    """

    def __init__(self, encode: Encode, version: str) -> None:
        self._encode, self.version = encode, version
        self._known: dict[bytes, Matrix] = {}

    def load(self, path: Path = SHIPPED) -> int:
        """Take in a file of vectors; how many. A file of another encoder, or none, gives nothing: they are computed.

        Raises:
            DataFileError: The file is damaged.
        """
        if not path.exists():
            return 0
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if str(stored["encoder"]) != self.version:
                    return 0
                rows = _unit(stored["vectors"].astype(np.float32))
                found = dict(zip(map(bytes, stored["keys"]), rows, strict=True))
        except Exception as exc:  # a damaged archive raises whatever it likes: zip, zlib, end of file, tokens
            raise DataFileError(path.name, "the file of vectors cannot be read; run `make search`") from exc
        self._known.update(found)
        return len(found)

    def save(self, texts: Iterable[str], path: Path = SHIPPED) -> int:
        """Write the vectors of these texts, and of no others; how many."""
        wanted = sorted({key_of(text): text for text in texts}.items())
        rows = self.of([text for _, text in wanted]).astype(np.float16)
        keys = np.array([np.frombuffer(key, np.uint8) for key, _ in wanted])
        np.savez_compressed(path, encoder=np.array(self.version), keys=keys, vectors=rows)
        return len(wanted)

    def of(self, texts: Sequence[str]) -> Matrix:
        """Vectors in the order of the texts, ``(len(texts), size)``. Blocking; milliseconds for each new text."""
        keys = [key_of(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        with ThreadPoolExecutor(_THREADS) as pool:
            self._known.update(zip(new, pool.map(self._encode, new.values()), strict=True))
        return np.stack([self._known[key] for key in keys])

    def keep_only(self, texts: Iterable[str]) -> None:
        """Forget everything else: an article that was taken down leaves nothing."""
        kept = {key_of(text) for text in texts}
        self._known = {key: row for key, row in self._known.items() if key in kept}


def key_of(text: str) -> bytes:
    """Fingerprint of a text, 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _unit(rows: Matrix) -> Matrix:
    """Half precision shortens a vector by a hair."""
    scaled: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return scaled
