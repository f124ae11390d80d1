"""Reading a message as an answer: what was asked before, what the seeker wants, what the last messages add."""

from nlu.dialogue.context import ContextReader
from nlu.dialogue.intents import Intents

__all__ = ["ContextReader", "Intents"]
