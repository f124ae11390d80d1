"""The Rasa project of this package as data: its examples, its names of intents, and what a name means to us.

Intents are authored once, under ``rasa/``. The embedded head trains from these very files, a Rasa server too.
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from nlu.assessment import Intent, IntentReading
from nlu.errors import IntentDataError
from nlu.topics import Topic

TOPIC_PREFIX = "topic_"
"""A topic intent is this and the topic's slug, hyphens kept: ``topic_exam-anxiety``."""

INTENT_NAMES: tuple[str, ...] = (
    *(intent.value for intent in Intent if intent is not Intent.NONE),
    *(TOPIC_PREFIX + topic.value for topic in Topic),
)
"""Every intent that the project must have, in the order of ``domain.yml``."""


def reading_of(name: str, confidence: float = 1.0) -> IntentReading:
    """What an intent of the project says about a message.

    Raises:
        ValueError: No intent has that name.
    """
    if name not in INTENT_NAMES:
        raise ValueError("no intent has that name")
    if name.startswith(TOPIC_PREFIX):
        topic = Topic(name.removeprefix(TOPIC_PREFIX))
        return IntentReading(intent=Intent.NONE, topic=topic, confidence=confidence)
    return IntentReading(intent=Intent(name), confidence=confidence)


def load_examples(folder: Traversable | None = None) -> list[tuple[str, str]]:
    """All training examples as ``(text, name of the intent)``, in the order of files and lines.

    Args:
        folder: Where the YAML files lie; by default those of this package.

    Raises:
        IntentDataError: A file is not in Rasa's format, names an unknown intent, or a text stands twice.
    """
    folder = folder or files("nlu").joinpath("rasa", "data")
    sources = sorted(
        (one for one in folder.iterdir() if one.name.endswith((".yml", ".yaml"))), key=lambda one: one.name
    )
    examples = [pair for source in sources for pair in _examples_of(source)]
    seen: dict[str, str] = {}
    for text, name in examples:
        if text in seen:
            raise IntentDataError(f"one example stands twice: under {seen[text]} and {name}")
        seen[text] = name
    return examples


def _examples_of(source: Traversable) -> list[tuple[str, str]]:
    try:
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
        blocks = [(str(block["intent"]), _lines(block["examples"])) for block in content["nlu"]]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as exc:
        raise IntentDataError(f"{source.name} is not in Rasa's training-data format: {type(exc).__name__}") from exc
    except ValueError as exc:
        raise IntentDataError(f"{source.name}: {exc}") from exc
    unknown = sorted({name for name, _ in blocks} - set(INTENT_NAMES))
    if unknown:
        raise IntentDataError(f"{source.name} names intents that the code does not know: {', '.join(unknown)}")
    return [(line, name) for name, lines in blocks for line in lines]


def _lines(examples: Any) -> list[str]:
    """``- one`` a line, as Rasa writes lists inside a block of text."""
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    if not all(line.startswith("- ") and line.removeprefix("- ").strip() for line in lines):
        raise ValueError("every example begins with '- '")
    return [line.removeprefix("- ").strip() for line in lines]
