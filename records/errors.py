"""What records raises on purpose.

RecordsError
├── SettingsError             a setting that cannot work; the sentence says which and why
├── StaleVersionError         the conversation changed meanwhile: read it again, decide again
├── NotFoundError             no such row
├── DuplicateMessageError     the channel sent this message before
├── ConflictError             a concurrent writer took a unique place; ``Store.write`` runs the work again by itself
├── StoreBusyError            could not be written now; nothing was; try again later
│   └── StoreUnavailableError the database does not answer; with ``maybe_written`` when it went away during the commit
├── StoreClosedError          the store was closed
├── KeyMissingError           a key that should exist is not there
├── KeyDestroyedError         the key was destroyed on purpose: the words are gone
├── UnreadableError           sealed bytes that do not fit their place: swapped, cut or changed
└── AuditBrokenError          the audit trail was changed

Messages carry ids and codes, never a person's words.
"""

from __future__ import annotations

from typing import ClassVar


class RecordsError(Exception):
    """The root of this package's errors. ``code`` is stable."""

    code: ClassVar[str] = "records"


class SettingsError(RecordsError):
    code = "records_settings"


class StaleVersionError(RecordsError):
    code = "stale_version"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"conversation {conversation_id} changed meanwhile")
        self.conversation_id = conversation_id


class NotFoundError(RecordsError):
    code = "not_found"

    def __init__(self, kind: str, id_: str) -> None:
        super().__init__(f"no {kind} {id_}")
        self.kind, self.id = kind, id_


class DuplicateMessageError(RecordsError):
    """The message with this channel id is stored already, as ``message_id`` with ``seq``."""

    code = "duplicate_message"

    def __init__(self, message_id: str, seq: int) -> None:
        super().__init__(f"message {message_id} is stored already with seq {seq}")
        self.message_id, self.seq = message_id, seq


class ConflictError(RecordsError):
    code = "conflict"

    def __init__(self, what: str) -> None:
        super().__init__(f"another writer was first: {what}")
        self.what = what


class StoreBusyError(RecordsError):
    code = "store_busy"


class StoreUnavailableError(StoreBusyError):
    code = "store_unavailable"

    def __init__(self, sentence: str, *, maybe_written: bool = False) -> None:
        super().__init__(sentence)
        self.maybe_written = maybe_written


class StoreClosedError(RecordsError):
    code = "store_closed"


class KeyMissingError(RecordsError):
    code = "key_missing"


class KeyDestroyedError(RecordsError):
    code = "key_destroyed"

    def __init__(self, seeker_id: str, retention_class: str) -> None:
        super().__init__(f"the {retention_class} key of seeker {seeker_id} was destroyed")
        self.seeker_id, self.retention_class = seeker_id, retention_class


class UnreadableError(RecordsError):
    code = "unreadable"

    def __init__(self, table: str, column: str, row_id: str) -> None:
        super().__init__(f"{table}.{column} of {row_id} cannot be opened")
        self.table, self.column, self.row_id = table, column, row_id


class AuditBrokenError(RecordsError):
    """The trail does not hold at entry ``n``: changed, missing, added or cut off there."""

    code = "audit_broken"

    def __init__(self, n: int) -> None:
        super().__init__(f"the audit trail is broken at entry {n}")
        self.n = n
