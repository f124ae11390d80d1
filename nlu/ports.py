"""What nlu needs from outside its lexicon. No implementation is imported here."""

from __future__ import annotations

from typing import Protocol

from nlu.assessment import Context, RiskAssessment


class EncoderHead(Protocol):
    """A trained model that reads one message. It may only raise what the lexicon said, never lower it."""

    @property
    def version(self) -> str:
        """Name of the model, part of ``model_version``."""
        ...

    def assess(self, text: str, context: Context) -> RiskAssessment:
        """Read one message. Blocking: runs in a thread of the assessor's pool, several at a time if the pool has them.

        Any exception counts as "no answer": the lexicon decides then.
        """
        ...
