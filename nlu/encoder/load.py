"""Which encoder the settings name: the one of the package, or a sentence-transformers model on disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from nlu.encoder.onnx import OnnxEncoder
from nlu.ports import Encoder

MODELS = Path(__file__).parent.parent / "models"


@cache
def _package(folder: Path) -> OnnxEncoder:
    """Once per process: it never changes, and any number of readers may share it."""
    return OnnxEncoder.load(folder)


def load_encoder(directory: str = "") -> Encoder:
    """Load the package's encoder, or the model in ``directory``.

    Raises:
        ModelError: It cannot be used; the text says why and what mends it.
    """
    if not directory:
        return _package(MODELS)
    # Imported only when asked for: it brings torch, which a deployment does not need.
    from nlu.encoder.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder.load(Path(directory))
