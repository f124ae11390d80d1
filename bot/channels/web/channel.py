"""The web channel towards the outbox: the page reads the record, so sending means waking it."""

from __future__ import annotations

from bot.channels.base import Capabilities
from bot.inbound import Outbound, Receipt
from escalation.wake import Wake
from records.models import Channel


class WebChannel:
    """Delivered is what the page confirmed with ``received``; until then a message is ``sent`` and waits."""

    name = Channel.WEB
    capabilities = Capabilities(buttons=True, idempotent=True)

    def __init__(self, wake: Wake) -> None:
        self._wake = wake

    async def send(self, message: Outbound) -> Receipt:
        await self._wake.publish(message.conversation_id)
        return Receipt(outcome="sent")

    async def aclose(self) -> None:
        return None
