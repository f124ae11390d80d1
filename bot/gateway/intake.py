"""The one door: what a seeker gives is written down here, whatever it is, before anything else happens (S1, S13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.engine.state import State
from bot.inbound import Accepted, Inbound
from nlu.labels import RiskLevel
from records import conversations, lines, messages, seekers
from records.errors import DuplicateMessageError
from records.models import Author, Channel, Conversation, Message, Mode, Seeker
from records.store import Store, Tx

Nudge = Callable[[str], Awaitable[None]]
Taken = Callable[[str, str], Awaitable[None]]


def opening_state(seeker: Seeker, level: RiskLevel) -> State:
    """The engine's state of a new talk of somebody who may be known already."""
    return State(
        level=level,
        locale=seeker.locale,
        audience=seeker.audience,
        age_band=seeker.age_band,
        region=seeker.region,
        abroad=seeker.abroad,
    )


class Intake:
    """Writes messages down, once each, in order. It never judges and never refuses."""

    def __init__(
        self, store: Store, *, taken: Taken, carry: timedelta, counted: Callable[[Channel], None] = lambda _: None
    ) -> None:
        """``taken`` is told the conversation and the words after the commit; ``carry`` is how long a level stays with a
        seeker; ``counted`` hears of every row that was written, for the metrics."""
        self._store = store
        self._taken = taken
        self._carry = carry
        self._counted = counted

    async def receive(self, inbound: Inbound) -> Accepted:
        """Store ``inbound``; return only when it is durable.

        A repeat by the channel's own id is dropped and answered with the first one's place.

        Raises:
            RecordsError: The database cannot take it now. The channel must not acknowledge; its sender tries again.
        """
        accepted = await self._store.write(lambda tx: self._write(tx, inbound))
        if not accepted.repeated:
            self._counted(inbound.channel)
            await self._taken(accepted.conversation_id, str(inbound.body.get("text", "")))
        return accepted

    async def _write(self, tx: Tx, inbound: Inbound) -> Accepted:
        conversation = await self.conversation_for(tx, inbound)
        try:
            message = await self._append(tx, conversation, inbound)
        except DuplicateMessageError as exc:
            first = await messages.get(tx, exc.message_id)
            return Accepted(message_id=first.id, conversation_id=first.conversation_id, seq=first.seq, repeated=True)
        await conversations.touch_seeker(tx, conversation.id, tx.now)
        return Accepted(message_id=message.id, conversation_id=conversation.id, seq=message.seq)

    async def _append(self, tx: Tx, conversation: Conversation, inbound: Inbound) -> Message:
        return await messages.append(
            tx,
            conversation_id=conversation.id,
            seeker_id=conversation.seeker_id,
            author=Author.SEEKER,
            kind=inbound.kind,
            body=inbound.body,
            field=inbound.door,
            identity_id=inbound.identity.id,
            channel_message_id=inbound.channel_message_id,
            attachment_ref=inbound.attachment_ref,
            channel_at=inbound.channel_at,
            to_seeker=inbound.body.get("event") is None,
        )

    async def conversation_for(self, tx: Tx, inbound: Inbound) -> Conversation:
        """The talk that this belongs to: the one named, the one that is open, one that ended lately, or a new one."""
        found = (
            await conversations.get(tx, inbound.conversation_id)
            if inbound.conversation_id
            else await conversations.open_for(tx, inbound.identity.id)
        )
        if found is not None and not self._is_over(found, tx.now):
            return found
        seeker = await seekers.get(tx, inbound.identity.seeker_id)
        line = await lines.default_line(tx)
        level = RiskLevel(seekers.carried_level(seeker, tx.now, self._carry))
        return await conversations.create(
            tx,
            seeker_id=seeker.id,
            identity_id=inbound.identity.id,
            channel=inbound.channel,
            line_id=line.id,
            level=level,
            state=opening_state(seeker, level).to_json(),
            origin=inbound.origin,
        )

    def _is_over(self, conversation: Conversation, now: datetime) -> bool:
        """Closed for longer than a level is carried. A talk closed more lately is taken up again (S5)."""
        if conversation.mode is not Mode.CLOSED or conversation.closed_at is None:
            return False
        return now - conversation.closed_at > self._carry
