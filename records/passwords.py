"""Argon2id for passwords and secret words, off the event loop: one hash takes tens of milliseconds by design."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


async def hash_password(secret: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, secret.encode("utf-8", "surrogatepass"))


async def verify_password(hashed: str | None, secret: str) -> bool:
    """Takes as long for an account that does not exist (None) as for one that does."""
    return await asyncio.to_thread(_verify, hashed, secret.encode("utf-8", "surrogatepass"))


def _verify(hashed: str | None, secret: bytes) -> bool:
    try:
        _HASHER.verify(hashed or _nobody(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _nobody() -> str:
    return _HASHER.hash(b"nobody has this password")
