"""Words on their way into and out of a row. Reading never raises for one bad row: the others must stay readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from records.errors import KeyDestroyedError, KeyMissingError, UnreadableError
from records.sql import from_json, to_json

if TYPE_CHECKING:
    from records.tx import Tx

log = structlog.get_logger(__name__)


async def seal_text(
    tx: Tx, seeker_id: str, kind: str, table: str, column: str, row_id: str, text: str | None
) -> bytes | None:
    """None stays None; an empty text is sealed like any other."""
    if text is None:
        return None
    return await tx.vault.seal(seeker_id, kind, table, column, row_id, text.encode("utf-8", "surrogatepass"))


async def open_bytes(
    tx: Tx, seeker_id: str, kind: str, table: str, column: str, row_id: str, sealed: bytes | None
) -> bytes | None:
    """None when there is nothing, when the key was destroyed, or (logged, by id) when it cannot be opened."""
    if sealed is None:
        return None
    try:
        return await tx.vault.open(seeker_id, kind, table, column, row_id, sealed)
    except KeyDestroyedError:
        return None
    except (KeyMissingError, UnreadableError) as exc:
        log.error("records_unreadable", table=table, column=column, row=row_id, code=exc.code)
        return None


async def open_text(
    tx: Tx, seeker_id: str, kind: str, table: str, column: str, row_id: str, sealed: bytes | None
) -> str | None:
    plain = await open_bytes(tx, seeker_id, kind, table, column, row_id, sealed)
    return None if plain is None else plain.decode("utf-8", "surrogatepass")


async def seal_json(tx: Tx, seeker_id: str, kind: str, table: str, column: str, row_id: str, value: Any) -> bytes:
    return await tx.vault.seal(seeker_id, kind, table, column, row_id, to_json(value))


async def open_json(
    tx: Tx, seeker_id: str, kind: str, table: str, column: str, row_id: str, sealed: bytes | None
) -> Any:
    plain = await open_bytes(tx, seeker_id, kind, table, column, row_id, sealed)
    return None if plain is None else from_json(plain)
