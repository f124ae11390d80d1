"""The vault: seals words with AES-256-GCM under a data key per (seeker, retention class), bound to table, column and
row.

A sealed value is ``01 | key version (2 bytes) | nonce (12) | ciphertext and tag``. Data keys are random, wrapped by
the master key, and durable in the key store before the first word is sealed with them. One data key seals far fewer
than 2^32 values, so random nonces are safe.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from records import keyfile
from records.errors import KeyDestroyedError, KeyMissingError, UnreadableError
from records.keyfile import MasterKeys, recovery_sheet, restore_from_sheet
from records.keystore import KeyRow, KeyStore

__all__ = ["CLASSES", "Vault", "recovery_sheet", "restore_from_sheet"]

CLASSES = ("seeker", "conversation", "case")
"""Retention classes: who somebody is, what was said, what staff wrote about it. ``locator`` is made when it is
needed."""

_FORMAT = 1
_HEAD = 3
_NONCE = 12


@lru_cache(maxsize=256)
def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=b"shudong/v1", info=purpose.encode()).derive(master)


@dataclass(frozen=True, slots=True)
class _Key:
    version: int
    cipher: AESGCM
    until: float


class Vault:
    """Seals and opens; remembers data keys for a short while. Safe for use by many tasks."""

    def __init__(
        self,
        keystore: KeyStore,
        master: MasterKeys,
        *,
        key_cache: int = 4096,
        key_ttl_s: float = 30.0,
        reload: Callable[[], MasterKeys] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.keystore = keystore
        self._master = master
        self._limit, self._ttl_s = key_cache, key_ttl_s
        self._reload = reload
        self._monotonic = monotonic
        self._current: OrderedDict[tuple[str, str, int], _Key] = OrderedDict()

    # Words

    async def seal(
        self, seeker_id: str, retention_class: str, table: str, column: str, row_id: str, plain: bytes
    ) -> bytes:
        """Raises:
        KeyDestroyedError: The person was erased; nothing new may be written about them in this class.
        """
        key = self._remembered(seeker_id, retention_class, 0) or await self._sealing_key(seeker_id, retention_class)
        nonce = os.urandom(_NONCE)
        head = bytes((_FORMAT,)) + key.version.to_bytes(2, "big")
        return head + nonce + key.cipher.encrypt(nonce, plain, _place(table, column, row_id, key.version))

    async def open(
        self, seeker_id: str, retention_class: str, table: str, column: str, row_id: str, sealed: bytes
    ) -> bytes:
        """Raises:
        KeyDestroyedError: The key is destroyed: the words are gone.
        KeyMissingError: The key store does not know the key.
        UnreadableError: The bytes were changed, cut, or belong to another place.
        """
        if len(sealed) < _HEAD + _NONCE + 16 or sealed[0] != _FORMAT:
            raise UnreadableError(table, column, row_id)
        version = int.from_bytes(sealed[1:_HEAD], "big")
        key = self._remembered(seeker_id, retention_class, version)
        if key is None:
            key = await self._opening_key(seeker_id, retention_class, version)
        nonce, text = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return key.cipher.decrypt(nonce, text, _place(table, column, row_id, version))
        except InvalidTag:
            raise UnreadableError(table, column, row_id) from None

    @staticmethod
    def version_of(sealed: bytes) -> int:
        """The version of the data key that sealed this."""
        return int.from_bytes(sealed[1:_HEAD], "big")

    # Data keys

    def _remembered(self, seeker_id: str, kind: str, version: int) -> _Key | None:
        """Version 0 is the one that seals."""
        key = self._current.get((seeker_id, kind, version))
        if key is None or key.until < self._monotonic():
            return None
        self._current.move_to_end((seeker_id, kind, version))
        return key

    def _remember(self, seeker_id: str, kind: str, slot: int, key: _Key) -> _Key:
        self._current[seeker_id, kind, slot] = key
        self._current.move_to_end((seeker_id, kind, slot))
        while len(self._current) > self._limit:
            self._current.popitem(last=False)
        return key

    async def _sealing_key(self, seeker_id: str, kind: str) -> _Key:
        for _attempt in range(3):
            until = self._monotonic() + self._ttl_s
            row = await self.keystore.newest(seeker_id, kind)
            if row is not None and row.final:
                raise KeyDestroyedError(seeker_id, kind)
            if row is not None and row.retired_at is None and row.wrapped is not None:
                return self._remember(seeker_id, kind, 0, self._unwrapped(seeker_id, kind, row, until))
            await self._create(seeker_id, kind, 1 if row is None else row.version + 1, until)
            if (key := self._remembered(seeker_id, kind, 0)) is not None:
                return key
        raise KeyMissingError(f"no {kind} key could be made for seeker {seeker_id}")

    async def _create(self, seeker_id: str, kind: str, version: int, until: float) -> None:
        """Make the next key durable; it is remembered, unless another process may have been quicker."""
        # The first words of a person need several classes within moments: one commit makes all their keys.
        kinds = CLASSES if version == 1 and kind in CLASSES else (kind,)
        newest = self._master.newest
        made = {name: os.urandom(32) for name in kinds}
        fresh = [
            (name, version, newest, self._wrap(seeker_id, name, version, newest, plain)) for name, plain in made.items()
        ]
        if await self.keystore.add(seeker_id, fresh):
            for name, plain in made.items():
                self._remember(seeker_id, name, 0, _Key(version, AESGCM(plain), until))

    async def _opening_key(self, seeker_id: str, kind: str, version: int) -> _Key:
        until = self._monotonic() + self._ttl_s
        row = await self.keystore.version(seeker_id, kind, version)
        if row is None:
            raise KeyMissingError(f"the key store has no {kind} key {version} of seeker {seeker_id}")
        if row.wrapped is None:
            raise KeyDestroyedError(seeker_id, kind)
        return self._remember(seeker_id, kind, version, self._unwrapped(seeker_id, kind, row, until))

    def _unwrapped(self, seeker_id: str, kind: str, row: KeyRow, until: float) -> _Key:
        if row.wrapped is None:
            raise KeyDestroyedError(seeker_id, kind)
        plain = self._unwrap(seeker_id, kind, row.version, row.master_version, row.wrapped)
        return _Key(row.version, AESGCM(plain), until)

    def _wrap(self, seeker_id: str, kind: str, version: int, master_version: int, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(_derived(self._master_key(master_version), "wrap"))
        return nonce + cipher.encrypt(nonce, plain, _place("data_key", kind, seeker_id, version))

    def _unwrap(self, seeker_id: str, kind: str, version: int, master_version: int, wrapped: bytes) -> bytes:
        cipher = AESGCM(_derived(self._master_key(master_version), "wrap"))
        try:
            return cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _place("data_key", kind, seeker_id, version))
        except InvalidTag:
            raise UnreadableError("data_key", kind, seeker_id) from None

    def _master_key(self, version: int) -> bytes:
        if version not in self._master.keys and self._reload is not None:
            self._master = self._reload()  # another process rotated the master key
        try:
            return self._master.keys[version]
        except KeyError:
            raise KeyMissingError(f"the key file has no master key {version}") from None

    def forget(self, seeker_id: str, kind: str) -> None:
        """Drop remembered keys of a person, so that a change in the key store holds here at once."""
        for slot in [slot for slot in self._current if slot[:2] == (seeker_id, kind)]:
            del self._current[slot]

    async def destroy(self, seeker_id: str, kind: str, up_to: int, *, final: bool) -> None:
        """Destroy the keys up to this version: here at once, in other processes within ``key_ttl_s``."""
        await self.keystore.destroy(seeker_id, kind, up_to, final=final)
        self.forget(seeker_id, kind)

    async def retire(self, seeker_id: str, kind: str, up_to: int) -> None:
        """From now on a newer key seals; what was sealed stays readable."""
        await self.keystore.retire(seeker_id, kind, up_to)
        self.forget(seeker_id, kind)

    async def use_newest_master(self, master: MasterKeys) -> int:
        """After ``keyfile.add_version``: wrap every data key with the newest master key; answers how many."""
        self._master = master

        def again(seeker_id: str, kind: str, version: int, old: int, wrapped: bytes) -> bytes:
            plain = self._unwrap(seeker_id, kind, version, old, wrapped)
            return self._wrap(seeker_id, kind, version, master.newest, plain)

        return await self.keystore.rewrap(master.newest, again)

    # Keyed hashes

    @property
    def hash_version(self) -> int:
        return self._master.newest

    def keyed_hash(self, purpose: str, value: str, version: int | None = None) -> str:
        """HMAC-SHA256 as 64 hex digits, with a key of its own per purpose and master key version (None: the newest)."""
        key = _derived(self._master_key(version or self._master.newest), f"hash/{purpose}")
        return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()

    def keyed_hashes(self, purpose: str, value: str) -> list[str]:
        """Under every version, newest first: what a look-up has to try while older rows are there."""
        return [self.keyed_hash(purpose, value, version) for version in sorted(self._master.keys, reverse=True)]

    def chain_key(self) -> bytes:
        """Of the audit trail. It stays with the oldest master key, so that a rotation does not break the chain."""
        return _derived(self._master.keys[self._master.oldest], "audit")

    def check_value(self) -> str:
        """Tells whether a key file fits a database, and nothing about the key."""
        return self.keyed_hash("check", "shudong", self._master.oldest)[:32]


def _place(table: str, column: str, row_id: str, version: int) -> bytes:
    return f"{table}|{column}|{row_id}|{version}".encode()


def load_or_create(path: Path, *, may_create: bool) -> tuple[MasterKeys, bool]:
    """The master keys, and whether they are new.

    Raises:
        KeyMissingError: No file, although a database exists that needs it.
    """
    if path.exists() or not may_create:
        return keyfile.load(path), False
    return keyfile.create(path), True
