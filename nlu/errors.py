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
