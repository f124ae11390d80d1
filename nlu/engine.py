"""The whole engine as the settings ask for it: lexicon, and the model unless the first layer alone is wanted."""

from __future__ import annotations

from nlu.assess import Assessor
from nlu.encoder import RecentVectors, load_encoder
from nlu.heads import load_model
from nlu.ports import Encoder
from nlu.settings import NluSettings


def open_encoder(settings: NluSettings) -> Encoder | None:
    """The encoder that risk, intent and search share; None where the first layer alone is wanted.

    Raises:
        ModelError: The model is missing or damaged.
    """
    return RecentVectors(load_encoder(settings.encoder_directory)) if settings.with_model else None


def open_assessor(settings: NluSettings | None = None, encoder: Encoder | None = None) -> Assessor:
    """Load everything that reads messages.

    Args:
        settings: What the operator chose.
        encoder: From ``open_encoder``, where others use it too.

    Raises:
        LexiconError: A data file is wrong.
        ModelError: The model is missing, damaged, or its heads belong to another encoder.
    """
    chosen = settings or NluSettings()
    if not chosen.with_model:
        return Assessor.load(chosen)
    model = load_model(chosen.encoder_directory, chosen.heads_directory, encoder=encoder)
    return Assessor.load(chosen, model)
