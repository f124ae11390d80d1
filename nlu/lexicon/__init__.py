"""The first layer: weighted patterns with contexts, read in milliseconds."""

from nlu.lexicon.marks import Mark
from nlu.lexicon.reader import Lexicon, LexiconReading

__all__ = ["Lexicon", "LexiconReading", "Mark"]
