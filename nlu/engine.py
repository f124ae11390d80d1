"""The whole engine as the settings ask for it: lexicon, and the model unless the first layer alone is wanted."""

from __future__ import annotations

from nlu.assess import Assessor
from nlu.heads import load_model
from nlu.settings import NluSettings


def open_assessor(settings: NluSettings | None = None) -> Assessor:
    """Load everything that reads messages.

    Raises:
        LexiconError: A data file is wrong.
        ModelError: The model is missing, damaged, or its heads belong to another encoder.
    """
    chosen = settings or NluSettings()
    model = load_model(chosen.encoder_directory, chosen.heads_directory) if chosen.with_model else None
    return Assessor.load(chosen, model)
