"""The trained heads as numbers: what lies in ``heads.npz``, and the arithmetic that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu.encoder.manifest import MEND, read_manifest
from nlu.errors import ModelError
from nlu.labels import Category, Subject
from nlu.ports import Encoder, Vector

NO_INTENT = "none"
"""Name of the head's answer for somebody who just tells something."""
LEVEL_STEPS = 4
"""A level is read as four questions: above 0, above 1, above 2, above 3?"""
CATEGORIES: tuple[Category, ...] = tuple(c for c in Category if c is not Category.EMOTIONAL)
SUBJECTS: tuple[Subject, ...] = (Subject.SELF, Subject.OTHER)

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights ``(outputs, inputs)`` and bias ``(outputs,)``."""

    weight: Numbers
    bias: Numbers

    def __call__(self, values: Numbers) -> Numbers:
        result: Numbers = self.weight @ values + self.bias
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """All trained numbers.

    Attributes:
        level: Vector of a message to four level questions.
        window: The same for a message with what came before it.
        category: Vector to one answer per kind of danger.
        subject: Vector to "about somebody else".
        intent: Vector to one answer per intent.
        fusion: Features of lexicon and model to four level questions; see ``nlu.heads.fusion``.
        cuts: Probability from which each of the four questions counts as yes, ``(2, 4)``: alone, in a talk.
        category_cuts: The same per kind of danger.
        intents: Names of the intents, in the order of the head.
        version: Digest of the files.
    """

    level: Linear
    window: Linear
    category: Linear
    subject: Linear
    intent: Linear
    fusion: Linear
    cuts: Numbers
    category_cuts: Numbers
    intents: tuple[str, ...]
    version: str

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Heads:
        """Read the heads that belong to an encoder.

        Raises:
            ModelError: Missing, damaged, or trained on another encoder.
        """
        manifest = read_manifest(folder, "heads")
        if manifest.encoder != encoder.version:
            raise ModelError(
                f"the heads in {folder.name} were trained on {manifest.encoder} and do not fit {encoder.version}: "
                f"train them again with `{MEND['heads']}`, or name the encoder that they belong to"
            )
        with np.load(folder / "heads.npz", allow_pickle=False) as stored:
            heads = cls.of(stored, manifest.version)
        for name, line in (("level", heads.level), ("window", heads.window), ("category", heads.category)):
            if line.weight.shape[1] != encoder.size:
                raise ModelError(f"the {name} head does not fit the encoder: train again with `{MEND['heads']}`")
        return heads

    @classmethod
    def of(cls, stored: Mapping[str, npt.NDArray[np.generic]], version: str) -> Heads:
        """From named arrays."""

        def numbers(name: str) -> Numbers:
            return np.asarray(stored[name], np.float32)

        def linear(name: str) -> Linear:
            return Linear(numbers(f"{name}.weight"), numbers(f"{name}.bias"))

        return cls(
            level=linear("level"),
            window=linear("window"),
            category=linear("category"),
            subject=linear("subject"),
            intent=linear("intent"),
            fusion=linear("fusion"),
            cuts=numbers("cuts"),
            category_cuts=numbers("category_cuts"),
            intents=tuple(str(name) for name in stored["intents"]),
            version=version,
        )

    def categories(self, vector: Vector) -> Numbers:
        """Probability of each kind of danger, in the order of ``CATEGORIES``."""
        return sigmoid(self.category(vector))

    def about_other(self, vector: Vector) -> float:
        """Probability that somebody else than the writer is at risk."""
        return float(sigmoid(self.subject(vector))[0])


def sigmoid(values: Numbers) -> Numbers:
    """Probability from logit."""
    result: Numbers = (1.0 / (1.0 + np.exp(-np.clip(values, -40, 40)))).astype(np.float32)
    return result


def ordered(steps: Numbers) -> Numbers:
    """Answers to "above k?" made to fall with k: nobody is above 3 and not above 2."""
    result: Numbers = np.minimum.accumulate(steps)
    return result


def level_shares(steps: Numbers) -> Numbers:
    """Probability of each level 0–4 from the four ordered answers."""
    edges = np.concatenate([[1.0], steps, [0.0]])
    result: Numbers = (edges[:-1] - edges[1:]).astype(np.float32)
    return result
