"""The messages and conversations from which the heads learn and by which they are judged."""

from nlu.corpus.model import Conversation, Corpus, Message, SeekerTurn, SpokenTurn
from nlu.corpus.reader import read_conversations, read_corpus, read_messages

__all__ = [
    "Conversation",
    "Corpus",
    "Message",
    "SeekerTurn",
    "SpokenTurn",
    "read_conversations",
    "read_corpus",
    "read_messages",
]
