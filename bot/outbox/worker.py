"""Delivers outbox rows through their channels. Any process may run one: a leased row belongs to one worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from random import Random

import structlog

from bot.channels.base import Channel
from bot.errors import ChannelUnavailableError, RecipientGoneError
from bot.inbound import Outbound, Receipt
from bot.outbox.policy import RetryPolicy
from records import conversations, identities, messages, outbox
from records.errors import RecordsError
from records.models import Author, Delivery, Mode, OutboxRow
from records.models import Channel as ChannelName
from records.store import Store, Tx

_log = structlog.get_logger(__name__)
_LEASE_S = 30.0
_BATCH = 64
_IDLE_S = 1.0


class OutboxWorker:
    """Takes what is due, in order per conversation, and notes how each send ended."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[ChannelName, Channel],
        *,
        owner: str,
        rng: Random,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._store, self._channels, self._owner = store, channels, owner
        self._rng, self._policy = rng, policy or RetryPolicy()
        self._due = asyncio.Event()

    async def kick(self, conversation_id: str) -> None:
        """There is something to deliver. Called after the commit."""
        self._due.set()

    async def run(self) -> None:
        while True:
            try:
                busy = await self.once()
            except RecordsError as exc:
                _log.warning("outbox_waits", code=exc.code)
                busy = 0
            if not busy:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_S):
                        await self._due.wait()
                self._due.clear()

    async def once(self) -> int:
        """Deliver one batch; how many rows that were."""
        rows = await outbox.lease(self._store, self._owner, _BATCH, _LEASE_S)
        results = await asyncio.gather(*(self._deliver(row) for row in rows), return_exceptions=True)
        for failed in results:
            # Only when all have ended: none may go on unseen beside the next batch.
            if isinstance(failed, BaseException):
                raise failed
        return len(rows)

    async def _deliver(self, row: OutboxRow) -> None:
        channel = self._channels.get(row.channel)
        if channel is None:
            await self._end(row, Delivery.FAILED, error="no_channel")
            return
        message = await self._load(row)
        if message is None:
            await self._end(row, Delivery.CANCELLED)
            return
        try:
            receipt = await channel.send(message)
        except ChannelUnavailableError as exc:
            await self._again(row, "unavailable", exc.retry_after_s)
        except RecipientGoneError:
            await self._gone(row)
        except Exception as exc:
            _log.error("send_failed", outbox=row.id, channel=row.channel.value, error=type(exc).__name__)
            await self._again(row, type(exc).__name__, None)
        else:
            await self._receipt(row, receipt)

    async def _load(self, row: OutboxRow) -> Outbound | None:
        """The message, or None when it must not be sent any more: a human has the talk (S6), or it is erased."""
        async with self._store.glance() as tx:
            conversation = await conversations.get(tx, row.conversation_id)
            message = await messages.get(tx, row.message_id)
            identity = await identities.get(tx, conversation.identity_id)
        machine = row.author is Author.BOT and conversation.mode is Mode.HUMAN
        if machine or message.erased_at or message.delivery is Delivery.CANCELLED:
            return None
        return Outbound(
            message_id=message.id,
            conversation_id=row.conversation_id,
            identity=identity,
            seq=message.seq,
            author=message.author,
            kind=message.kind,
            body=dict(message.body),
            safety=row.safety,
        )

    async def _receipt(self, row: OutboxRow, receipt: Receipt) -> None:
        if receipt.outcome == "unknown" and row.safety:
            # A safety text that may not have arrived is sent again: twice is better than never.
            await self._again(row, "unknown", None)
            return
        await self._end(row, Delivery(receipt.outcome), provider_id=receipt.provider_id)

    async def _again(self, row: OutboxRow, error: str, asked_s: float | None) -> None:
        if row.attempts + 1 >= self._policy.tries:
            await self._end(row, Delivery.FAILED, error=error)
            return
        pause = self._policy.pause(row.attempts, self._rng, asked_s=asked_s)
        await self._store.write(lambda tx: outbox.retry(tx, row.id, tx.now + pause, error))

    async def _gone(self, row: OutboxRow) -> None:
        async def work(tx: Tx) -> None:
            await outbox.done(tx, row.id, Delivery.FAILED, error="recipient_gone")
            conversation = await conversations.get(tx, row.conversation_id)
            await identities.mark_unreachable(tx, conversation.identity_id)

        await self._store.write(work)

    async def _end(
        self, row: OutboxRow, state: Delivery, *, provider_id: str | None = None, error: str | None = None
    ) -> None:
        await self._store.write(lambda tx: outbox.done(tx, row.id, state, provider_id=provider_id, error=error))
