"""The first layer: weighted patterns with contexts, read in milliseconds."""

from nlu.lexicon.reader import Lexicon, LexiconReading, Mark

__all__ = ["Lexicon", "LexiconReading", "Mark"]
