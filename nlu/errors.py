"""What nlu raises on purpose. Reading a message raises none of these: only loading does.

NluError
└── LexiconError    a data file of the lexicon or the normaliser is wrong; the start must stop
"""

from __future__ import annotations

from typing import ClassVar


class NluError(Exception):
    """Root of all errors of this package."""

    code: ClassVar[str] = "nlu_error"


class LexiconError(NluError):
    """A data file cannot be used. The text names the file and the entry, never a person's words."""

    code: ClassVar[str] = "lexicon_invalid"


class EncoderBuildError(NluError):
    """The encoder cannot be made: a package, a tensor or a check is not as it must be."""

    code: ClassVar[str] = "encoder_build_failed"


class CorpusError(NluError):
    """A file of the corpus breaks its format. The text names file and line."""

    code: ClassVar[str] = "corpus_invalid"


class ModelError(NluError):
    """The shipped or configured model is missing, damaged or does not fit. The text names the command that mends it."""

    code: ClassVar[str] = "model_unusable"


class IntentDataError(NluError):
    """A file of the Rasa project breaks its format, or names an intent that the code does not know."""

    code: ClassVar[str] = "intent_data_invalid"
