"""What each layer answers to each message and conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from nlu.assess import Assessor
from nlu.assessment import Context, RiskAssessment, Turn, Who
from nlu.corpus import Conversation, Message
from nlu.corpus.model import SeekerTurn
from nlu.heads import HeadModel
from nlu.labels import ESCALATION_LEVEL, RiskLevel

_HALF = 0.5


class View(StrEnum):
    """Which layers answered."""

    LEXICON = "lexicon"
    ENCODER = "encoder"
    FUSION = "fusion"


@dataclass(frozen=True, slots=True)
class Answer:
    """A message and how each view reads it; ``alarm`` is the fused probability of level 3 or above."""

    message: Message
    levels: dict[View, RiskLevel]
    fused: RiskAssessment
    alarm: float


@dataclass(frozen=True, slots=True)
class TalkAnswer:
    """A conversation and the turn at which each view calls a human, or None."""

    talk: Conversation
    called_at: dict[View, int | None]


def answers(assessor: Assessor, model: HeadModel, messages: Sequence[Message]) -> Iterator[Answer]:
    """Read messages one by one."""
    for message in messages:
        first = assessor.first(message.text)
        steps = model.steps(first, message.text, Context())
        fused = assessor.read(message.text)
        levels = {
            View.LEXICON: first.level,
            View.ENCODER: RiskLevel(int(np.sum(steps["encoder"] >= _HALF))),
            View.FUSION: fused.level,
        }
        yield Answer(message, levels, fused, float(steps["fusion"][ESCALATION_LEVEL - 1]))


def talk_answers(assessor: Assessor, model: HeadModel, talks: Sequence[Conversation]) -> Iterator[TalkAnswer]:
    """Read conversations turn by turn, as the gateway does."""
    for talk in talks:
        called: dict[View, int | None] = dict.fromkeys(View)
        turns: list[Turn] = []
        for index, turn in enumerate(talk.turns):
            if isinstance(turn, SeekerTurn):
                for view, level in _levels(assessor, model, turn.text, Context(turns=tuple(turns))).items():
                    if called[view] is None and level >= ESCALATION_LEVEL:
                        called[view] = index
            turns.append(Turn(who=Who.USER if isinstance(turn, SeekerTurn) else Who.BOT, text=turn.text))
        yield TalkAnswer(talk, called)


def _levels(assessor: Assessor, model: HeadModel, text: str, context: Context) -> dict[View, RiskLevel]:
    first = assessor.first(text, context)
    steps = model.steps(first, text, context)
    seen = np.maximum(steps["encoder"], steps.get("in_context", steps["encoder"]))
    return {
        View.LEXICON: first.level,
        View.ENCODER: RiskLevel(int(np.sum(seen >= _HALF))),
        View.FUSION: assessor.read(text, context).level,
    }
