"""The model that the settings name, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from nlu.encoder.load import MODELS, load_encoder
from nlu.heads.arrays import Heads
from nlu.heads.judge import HeadModel


def load_model(encoder_directory: str = "", heads_directory: str = "") -> HeadModel:
    """Load encoder and heads.

    Args:
        encoder_directory: A sentence-transformers model on disk; empty: the package's own encoder.
        heads_directory: Where ``make train`` wrote the heads for it; empty: the package's own heads.

    Raises:
        ModelError: Missing, damaged, or the heads belong to another encoder.
    """
    encoder = load_encoder(encoder_directory)
    return HeadModel(encoder, Heads.load(Path(heads_directory) if heads_directory else MODELS, encoder))
