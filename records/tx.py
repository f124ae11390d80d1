"""One transaction, as the functions of this package see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from records.vault import Vault

Clock = Callable[[], datetime]
"""Tells an aware UTC time."""

AfterCommit = Callable[[], Awaitable[None] | None]


class Tx:
    """One transaction; not shared between tasks, and of no use once it has ended."""

    __slots__ = ("_after", "_before", "_connection", "_open", "_signal", "dialect", "notes", "now", "readonly", "vault")

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        now: datetime,
        vault: Vault,
        readonly: bool = False,
        signal: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self._open = True
        self._before: list[Callable[[], Awaitable[None]]] = []
        self._after: list[AfterCommit] = []
        self._signal = signal
        self.now = now
        self.vault = vault
        self.readonly = readonly
        self.dialect = connection.dialect.name
        self.notes: dict[str, Any] = {}
        """What modules of this package remember for the length of the transaction, by module name."""

    async def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run one statement.

        Raises:
            RuntimeError: The transaction has ended.
        """
        if not self._open:
            raise RuntimeError("this transaction has ended")
        return await self._connection.execute(statement, parameters)

    def before_commit(self, call: Callable[[], Awaitable[None]]) -> None:
        """Run at the end, still inside the transaction: for rows whose lock should be held shortly."""
        self._before.append(call)

    def after_commit(self, call: AfterCommit) -> None:
        """Run once the transaction is committed, in order; never when it is not. What it raises is logged, not passed
        on.

        Raises:
            RuntimeError: In a transaction that only reads there is no commit.
        """
        if self.readonly:
            raise RuntimeError("a reading transaction commits nothing")
        self._after.append(call)

    def timers_changed(self) -> None:
        """Let this process's timer service look again once this is committed."""
        if self._signal is not None and self._signal not in self._after:
            self._after.append(self._signal)

    async def finish(self) -> list[AfterCommit]:
        """Called by the store: run what waits for the end, and hand over what waits for the commit."""
        for call in self._before:
            await call()
        self._open = False
        return self._after

    def abandon(self) -> None:
        """Called by the store when the transaction failed."""
        self._open = False
