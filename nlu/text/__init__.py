"""Reading what people type: one normal form, with a way back to every original character."""

from nlu.text.normalise import NormalisedText, normalise
from nlu.text.reading import Reading, squeeze
from nlu.text.variants import Variants

__all__ = ["NormalisedText", "Reading", "Variants", "normalise", "squeeze"]
