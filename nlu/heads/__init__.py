"""What the trained heads read out of a vector: level, kinds, subject, intent; and their fusion with the lexicon."""

from nlu.heads.arrays import Heads
from nlu.heads.judge import HeadModel
from nlu.heads.load import load_model

__all__ = ["HeadModel", "Heads", "load_model"]
