"""What the replies raise on purpose.

RepliesError
├── ReplyFileError      a file is damaged or incomplete: the start fails
└── UnknownReplyError   a key that no file has: a mistake of ours
"""

from __future__ import annotations

from typing import ClassVar


class RepliesError(Exception):
    """Root of what goes wrong with replies."""

    code: ClassVar[str] = "replies"


class ReplyFileError(RepliesError):
    """A file cannot be used. Names the place and the reason."""

    code: ClassVar[str] = "reply_file"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where


class UnknownReplyError(RepliesError):
    """There is no such text, title or choice."""

    code: ClassVar[str] = "unknown_reply"

    def __init__(self, key: str, locale: str) -> None:
        super().__init__(f"no reply {key!r} in {locale}")
        self.key = key
        self.locale = locale
