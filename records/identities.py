"""The accounts through which a seeker reaches us: a keyed hash to find them, a sealed address to answer them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from records import sql
from records.errors import ConflictError
from records.ids import new_id
from records.models import Channel, Identity
from records.sealed import open_text, seal_text
from records.tables import identity
from records.tx import Tx

_CLASS = "seeker"
_FIND = sa.select(identity).where(
    identity.c.channel == sa.bindparam("channel"),
    identity.c.account_hash.in_(sa.bindparam("hashes", expanding=True)),
)


def _purpose(channel: str) -> str:
    return f"account/{channel}"


async def _read(tx: Tx, row: sa.Row[Any]) -> Identity:
    address = await open_text(tx, row.seeker_id, _CLASS, "identity", "address_enc", row.id, row.address_enc)
    return Identity(
        id=row.id, seeker_id=row.seeker_id, channel=Channel(row.channel), account_hash=row.account_hash,
        address=address, unreachable_at=row.unreachable_at,
    )  # fmt: skip


async def find(tx: Tx, channel: str, account: str) -> Identity | None:
    """By the channel's own account name, under every version of the hash key."""
    hashes = tx.vault.keyed_hashes(_purpose(str(channel)), account)
    row = (await tx.execute(_FIND, {"channel": channel, "hashes": hashes})).first()
    return None if row is None else await _read(tx, row)


async def create(tx: Tx, seeker_id: str, channel: str, account: str, address: str | None = None) -> Identity:
    """Raises:
    ConflictError: Another writer created it meanwhile; ``Store.write`` runs the work again, and ``find`` finds it.
    """
    id_, hashed = new_id(tx.now), tx.vault.keyed_hash(_purpose(str(channel)), account)
    sealed = await seal_text(tx, seeker_id, _CLASS, "identity", "address_enc", id_, address)
    row = {
        "id": id_, "seeker_id": seeker_id, "channel": channel, "account_hash": hashed,
        "key_version": tx.vault.hash_version, "address_enc": sealed, "created_at": tx.now, "last_seen_at": tx.now,
        "retention_class": _CLASS, "legal_hold": False,
    }  # fmt: skip
    if not await sql.insert_new(tx, identity, row, ("channel", "account_hash")):
        raise ConflictError("identity")
    return Identity(id=id_, seeker_id=seeker_id, channel=Channel(channel), account_hash=hashed, address=address)


async def get(tx: Tx, identity_id: str) -> Identity:
    return await _read(tx, await sql.fetch(tx, identity, identity_id))


async def of_seeker(tx: Tx, seeker_id: str) -> list[Identity]:
    rows = (await tx.execute(_OF_SEEKER, {"seeker": seeker_id})).all()
    return [await _read(tx, row) for row in rows]


_OF_SEEKER = sa.select(identity).where(identity.c.seeker_id == sa.bindparam("seeker")).order_by(identity.c.id)


async def seen(tx: Tx, identity_id: str) -> None:
    """They wrote: reachable again, whatever was thought before."""
    await sql.update_one(tx, identity, identity_id, {"last_seen_at": tx.now, "unreachable_at": None})


async def mark_unreachable(tx: Tx, identity_id: str) -> None:
    """The channel says that this account is gone or has blocked us (S16)."""
    await sql.update_one(tx, identity, identity_id, {"unreachable_at": tx.now})


async def move(tx: Tx, identity_id: str, seeker_id: str) -> None:
    """Give an account to another seeker record; the address is sealed again for its new place."""
    row = await sql.fetch(tx, identity, identity_id)
    address = await open_text(tx, row.seeker_id, _CLASS, "identity", "address_enc", row.id, row.address_enc)
    sealed = await seal_text(tx, seeker_id, _CLASS, "identity", "address_enc", row.id, address)
    await sql.update_one(tx, identity, identity_id, {"seeker_id": seeker_id, "address_enc": sealed})
