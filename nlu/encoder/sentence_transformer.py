"""Any sentence-transformers model on disk instead of the package's own. Needs the extra ``train``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.encoder.manifest import digest_of
from nlu.errors import ModelError

Vector = npt.NDArray[np.float32]


class SentenceTransformerEncoder:
    """One text at a time, like the package's encoder, so that both keep the same promise."""

    def __init__(self, model: Any, version: str, size: int) -> None:
        self._model = model
        self._lock = Lock()  # the tokenizers of some models are not safe to share between threads
        self.version = version
        self.size = size

    @classmethod
    def load(cls, folder: Path) -> SentenceTransformerEncoder:
        """Open a model folder.

        Raises:
            ModelError: The folder holds no model, or the extra ``train`` is not installed.
        """
        if not (folder / "modules.json").is_file():
            raise ModelError(f"{folder} holds no sentence-transformers model (no modules.json)")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as exc:
            raise ModelError("a model of your own needs the extra train: pip install 'shudong[train]'") from exc
        try:
            model = SentenceTransformer(str(folder), device="cpu")
        except Exception as exc:  # whatever the library meets in a folder that is not ours
            raise ModelError(f"{folder} is not a model that sentence-transformers can open") from exc
        return cls(model, f"st-{_digest(folder)}", int(model.get_sentence_embedding_dimension() or 0))

    def encode(self, text: str) -> Vector:
        """Vector of length one, ``(size,)``."""
        clean = text.encode("utf-8", "replace").decode("utf-8")
        with self._lock:
            vector: Vector = self._model.encode([clean], normalize_embeddings=True, show_progress_bar=False)[0]
        return vector.astype(np.float32)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".bin", ".json"}:
            digest.update(f"{path.relative_to(folder)} {digest_of(path)}\n".encode())
    return digest.hexdigest()[:8]
