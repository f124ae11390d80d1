"""Which texts the encoder and the heads are trained on. Only from the repository, except for one unlabelled file."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from nlu.corpus import Corpus, read_corpus
from nlu.rasa_data import load_examples
from nlu.training.examples import Example, of_conversation, of_message

_PAUSES = re.compile("[，。！？,.!?\n]")
_FRAGMENT = range(3, 31)
_TURN_WEIGHT = 1.0


def intent_names() -> list[str]:
    """All intents of the Rasa project, in a fixed order."""
    return sorted({intent for _, intent in load_examples()})


def risk_examples(part: str) -> list[Example]:
    """Messages and conversation turns of a part of the corpus."""
    corpus = read_corpus(part)
    alone = [of_message(message) for message in corpus.messages]
    return alone + [example for talk in corpus.conversations for example in of_conversation(talk)]


def intent_examples() -> list[Example]:
    """The authored sentences of every intent. None of them speaks of danger, so their level is at most low: unknown."""
    names = {name: index for index, name in enumerate(intent_names())}
    return [Example(text=text, intent=names[intent]) for text, intent in load_examples()]


def unlabelled(path: Path | None) -> list[str]:
    """Lines of a text file, whole and in short fragments: what people type is often a fragment."""
    if path is None:
        return []
    lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    rng = random.Random(1)
    fragments = [piece for line in lines for piece in _PAUSES.split(line) if len(piece) in _FRAGMENT]
    rng.shuffle(fragments)
    return sorted({*lines, *fragments[: len(lines)]})


def all_texts(corpus: Corpus, extra: Sequence[str]) -> list[str]:
    """Every text once, in a fixed order."""
    said = [turn.text for talk in corpus.conversations for turn in talk.turns]
    authored = [text for text, _ in load_examples()]
    return sorted({*(message.text for message in corpus.messages), *said, *authored, *extra})
