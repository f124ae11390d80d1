"""What happens when the last page of a talk closes: a mark at once, and at level >= 3 a clock (S16)."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.presence import HERE_S, SeekerPresence
from bot.engine import events
from bot.gateway.processor import Processor
from nlu.labels import ESCALATION_LEVEL
from records import conversations, timers
from records.models import Mode, Timer
from records.store import Store, Tx

GONE_TIMER = "bot:gone"
_GRACE = timedelta(seconds=30)
"""A reload, a tunnel, a locked screen: most pages that close are back by then."""
_POLL_GRACE = timedelta(seconds=HERE_S + 15)
"""Longer than a page's mark lives, so that the mark has run out when the timer looks."""


class Leaving:
    """Tells the engine about seekers who went away, once it is clear that they did."""

    def __init__(self, store: Store, presence: SeekerPresence, processor: Processor) -> None:
        self._store, self._presence, self._processor = store, presence, processor

    async def page_closed(self, conversation_id: str) -> None:
        """The last page of this process closed. Quick exits were told before and keep their mark."""
        if await self._presence.of(conversation_id) == "here":
            await self._presence.gone(conversation_id)
        await self._watch(conversation_id, _GRACE)

    async def polled(self, conversation_id: str) -> None:
        """A page without a socket was here just now. It ends unseen: it is gone when it asks no more."""
        if await self._presence.of(conversation_id) != "left":
            await self._presence.here(conversation_id)
        await self._watch(conversation_id, _POLL_GRACE)

    async def _watch(self, conversation_id: str, grace: timedelta) -> None:
        async with self._store.glance() as tx:
            conversation = await conversations.get(tx, conversation_id)
        if conversation.level < ESCALATION_LEVEL or conversation.mode is Mode.CLOSED:
            return

        async def work(tx: Tx) -> None:
            await timers.set_timer(tx, GONE_TIMER, conversation_id, tx.now + grace)

        await self._store.write(work)

    async def due(self, timer: Timer) -> None:
        """Handler of ``GONE_TIMER``."""
        if await self._presence.of(timer.ref) != "here":
            await self._processor.happen(timer.ref, events.SeekerLeft(how=events.Left.TAB_CLOSED))
