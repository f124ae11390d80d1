"""What the seeker's side raises on purpose.

BotError
├── SettingsError            start     a setting is wrong; the sentence says which and why
├── EmbeddedError            start     the embedded server or the data folder cannot be used
├── ExportError              command   nothing was written; the sentence says why
├── ChannelError
│   ├── SignatureError       403       not from the provider, or the token is not ours
│   ├── PayloadError         400       from the provider, in no shape that we know
│   ├── ChannelUnavailableError        try again, after ``retry_after_s`` if it is set
│   └── RecipientGoneError             blocked or deleted: never retry, tell the desk
└── SessionError
    ├── SessionUnknownError  401       no such session, or it is over
    ├── SecretNotSetError    409       a secret word is needed first
    └── SecretWrongError     403       the word or picture sequence does not fit, or it is locked for a while
"""

from __future__ import annotations

from typing import ClassVar


class BotError(Exception):
    """Root of the tree. ``code`` is stable; messages carry ids, never a person's words."""

    code: ClassVar[str] = "bot_error"
    http_status: ClassVar[int] = 500


class SettingsError(BotError):
    code = "settings"


class EmbeddedError(BotError):
    code = "embedded"


class ExportError(BotError):
    code = "export"


class ChannelError(BotError):
    code = "channel"


class SignatureError(ChannelError):
    code, http_status = "signature", 403


class PayloadError(ChannelError):
    code, http_status = "payload", 400


class ChannelUnavailableError(ChannelError):
    code = "channel_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RecipientGoneError(ChannelError):
    code = "recipient_gone"


class SessionError(BotError):
    code = "session"


class SessionUnknownError(SessionError):
    code, http_status = "session_unknown", 401


class SecretNotSetError(SessionError):
    code, http_status = "secret_not_set", 409


class SecretWrongError(SessionError):
    code, http_status = "secret_wrong", 403
