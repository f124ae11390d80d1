"""The model that the settings name, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from nlu.encoder.load import MODELS, load_encoder
from nlu.heads.arrays import Heads
from nlu.heads.judge import HeadModel
from nlu.ports import Encoder


def load_model(encoder_directory: str = "", heads_directory: str = "", *, encoder: Encoder | None = None) -> HeadModel:
    """Load encoder and heads.

    Args:
        encoder_directory: A sentence-transformers model on disk; empty: the package's own encoder.
        heads_directory: Where ``make train`` wrote the heads for it; empty: the package's own heads.
        encoder: The encoder itself, where it is open already.

    Raises:
        ModelError: Missing, damaged, or the heads belong to another encoder.
    """
    encoder = encoder or load_encoder(encoder_directory)
    return HeadModel(encoder, Heads.load(Path(heads_directory) if heads_directory else MODELS, encoder))
