"""Corpus, conversations and intents as numbers that a network can learn from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nlu.assessment import Turn, Who
from nlu.corpus.model import Conversation, Message, SeekerTurn
from nlu.heads.arrays import CATEGORIES
from nlu.heads.windows import in_context
from nlu.labels import Category, RiskLevel, Subject
from nlu.training.augment import disturb

UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text and what is known of it; what is unknown is left out of the loss.

    Attributes:
        text: What the encoder is given.
        level: 0–4, or ``UNKNOWN``.
        in_context: Whether the text is a message with what came before it.
        categories: One number per kind of danger, or None when unknown.
        subject: 1 about somebody else, 0 about the writer, ``UNKNOWN``.
        intent: Index of the intent, or ``UNKNOWN``.
        weight: How much it counts.
    """

    text: str
    level: int = UNKNOWN
    in_context: bool = False
    categories: tuple[float, ...] | None = None
    subject: int = UNKNOWN
    intent: int = UNKNOWN
    weight: float = 1.0
    batch: str = field(default="", compare=False)


_TALK_WEIGHT = 1.5
"""A turn of a real talk counts more: there are few, and what they teach stands nowhere else."""
_LEAST_CHARS = 6
"""A shorter message may be an answer: after another question it would mean something else."""

Opening = tuple[Turn, Turn]


def of_message(message: Message) -> Example:
    """A message that stands alone."""
    return Example(
        text=message.text,
        level=int(message.level),
        categories=kinds(message.categories, message.level),
        subject={Subject.SELF: 0, Subject.OTHER: 1}.get(message.subject, UNKNOWN),
        batch=message.batch,
    )


def of_conversation(talk: Conversation) -> list[Example]:
    """Every seeker's turn after what was said before it; a first turn stands alone."""
    out: list[Example] = []
    turns: list[Turn] = []
    for turn in talk.turns:
        if isinstance(turn, SeekerTurn):
            joined = in_context(turns, turn.text)
            text = turn.text if joined is None else joined
            out.append(
                Example(
                    text=text,
                    level=int(turn.level),
                    in_context=joined is not None,
                    weight=_TALK_WEIGHT if joined is not None else 1.0,
                    batch=talk.batch,
                )
            )
            turns.append(Turn(who=Who.USER, text=turn.text))
        else:
            turns.append(Turn(who=Who.BOT, text=turn.text))
    return out


def kinds(categories: Sequence[Category], level: RiskLevel) -> tuple[float, ...] | None:
    """Targets per kind; nothing is known of kinds at level 1, where ``emotional`` hides them."""
    if level == RiskLevel.LOW:
        return None
    return tuple(1.0 if category in categories else 0.0 for category in CATEGORIES)


def openings(talks: Sequence[Conversation]) -> list[Opening]:
    """How talks begin that are still calm: the seeker's first turn and the answer to it."""
    out: list[Opening] = []
    for talk in talks:
        first, answer = talk.turns[0], talk.turns[1] if len(talk.turns) > 1 else None
        if isinstance(first, SeekerTurn) and first.level <= RiskLevel.LOW and not isinstance(answer, SeekerTurn | None):
            out.append((Turn(who=Who.USER, text=first.text), Turn(who=Who.BOT, text=answer.text)))
    return out


def placed(item: Example, opening: Opening) -> Example:
    """A message as it would stand in a talk that began like this: what came before takes nothing away from it."""
    text = in_context(opening, item.text)
    if text is None:
        raise ValueError("an opening without words")
    return replace(item, text=text, in_context=True)


def may_be_placed(item: Example) -> bool:
    """Whether a message means the same after any harmless beginning."""
    return item.level != UNKNOWN and not item.in_context and len(item.text) >= _LEAST_CHARS


def mix(
    examples: Sequence[Example], share: float, rng: random.Random, starts: Sequence[Opening] = (), in_talk: float = 0.0
) -> list[Example]:
    """Disturbed copies.

    Args:
        examples: What is to be learned.
        share: How many messages are joined with another one: together they are as grave as the graver.
        rng: Decides.
        starts: Openings of talks.
        in_talk: How many of the other messages are placed after an opening.
    """
    alone = [item for item in examples if item.level != UNKNOWN and not item.in_context]
    out: list[Example] = []
    for item in examples:
        copy = replace(item, text=disturb(item.text, rng))
        if alone and item.level != UNKNOWN and not item.in_context and rng.random() < share:
            out.append(_joined(copy, rng.choice(alone), rng))
        elif starts and may_be_placed(item) and rng.random() < in_talk:
            out.append(placed(copy, rng.choice(starts)))
        else:
            out.append(copy)
    return out


def _joined(one: Example, other: Example, rng: random.Random) -> Example:
    grave = one if one.level >= other.level else other
    first, second = (one, other) if rng.random() < 0.5 else (other, one)
    kept = grave.categories
    if one.categories is not None and other.categories is not None:
        kept = tuple(max(a, b) for a, b in zip(one.categories, other.categories, strict=True))
    return replace(grave, text=first.text + rng.choice(["，", "。", " ", "\n"]) + second.text, categories=kept)
