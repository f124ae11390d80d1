"""What nlu needs from outside its lexicon. No implementation is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nlu.assessment import Context, IntentReading, RiskAssessment

Vector = npt.NDArray[np.float32]


class Encoder(Protocol):
    """From a text to one vector. Safe to use from several threads; the same text gives the same vector."""

    @property
    def version(self) -> str:
        """Name of the model: heads refuse an encoder that they were not trained on."""
        ...

    @property
    def size(self) -> int:
        """Width of a vector."""
        ...

    def encode(self, text: str) -> Vector:
        """Vector of length one, ``(size,)``. Blocking, some milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """What lexicon and model say together.

    ``complete`` is false when a long text was read only in its likeliest places: the rest is still to be read.
    """

    assessment: RiskAssessment
    complete: bool = True


class RiskModel(Protocol):
    """A trained model that reads a message after the lexicon did, and weighs both."""

    @property
    def version(self) -> str:
        """Name of the model, part of ``model_version``."""
        ...

    def steps(self, first: RiskAssessment, text: str, context: Context) -> Mapping[str, Vector]:
        """Probability that the level is above 0, 1, 2 and 3, ``(4,)``, as each layer sees it: for whoever asks why."""
        ...

    def judge(self, first: RiskAssessment, text: str, context: Context, *, whole: bool) -> Judged:
        """Weigh the lexicon's answer with the model's own.

        Blocking: runs in a thread of the assessor's pool, several at a time if the pool has them. Any exception
        counts as "no answer": the lexicon decides then.

        Args:
            first: What the lexicon said.
            text: The message.
            context: What came before it.
            whole: Read a long text to its end; otherwise only as much as fits the budget.
        """
        ...


class IntentSource(Protocol):
    """Another reader of intents, outside this process. It is asked only where no danger waits for the answer."""

    async def read(self, text: str) -> IntentReading | None:
        """What the seeker wants, or None: no answer in time, none that is sure, or nobody there.

        Never raises, except for the caller's own cancellation; the caller then keeps its own reading.
        """
        ...

    async def aclose(self) -> None: ...
