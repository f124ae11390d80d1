"""Carries out what the engine decided, in the caller's one transaction (design.md, "The way of one message", 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from bot.engine import actions as do
from bot.engine.state import State
from bot.gateway.intake import Nudge
from bot.replies.loader import Replies
from bot.replies.render import OutBody, render
from escalation.tickets import Tickets
from escalation.wake import Wake
from nlu.redact import redact
from records import conversations, gaps, messages, outbox, seekers, timers
from records.models import Author, Channel, Conversation, Delivery, Field, Kind, Message, Mode
from records.store import Tx

TIMER_PREFIX = "bot:"


class Performer:
    """Turns actions into rows. Everything that must follow the commit is registered with ``tx.after_commit``."""

    def __init__(self, tickets: Tickets, replies: Replies, wake: Wake, deliver: Nudge) -> None:
        """``deliver`` tells the outbox that there is something for a conversation."""
        self._tickets, self._replies, self._wake, self._deliver = tickets, replies, wake, deliver

    async def perform(
        self,
        tx: Tx,
        conversation: Conversation,
        state: State,
        wanted: Sequence[do.Action],
        burst: Sequence[Message],
        *,
        model_version: str | None,
    ) -> None:
        """Store ``state`` and do ``wanted`` in order.

        Args:
            conversation: As it was read; its version guards the change.
            burst: The messages that a gap would be about.

        Raises:
            StaleVersionError: Somebody else changed the conversation: read again, decide again.
        """
        await self._save(tx, conversation, state, wanted, model_version)
        current = await conversations.get(tx, conversation.id)
        for action in wanted:
            match action:
                case (
                    do.Say()
                    | do.SafetyReply()
                    | do.ShowSteps()
                    | do.ShowArticle()
                    | do.ShowNumbers()
                    | do.ShowConsent()
                ):
                    await self._say(tx, current, state, action)
                case do.SetMode() | do.EndConversation():
                    pass  # part of _save
                case _:
                    await self._do(tx, current, action, burst)
        tx.after_commit(lambda: self._wake.publish(conversation.id))

    async def _save(
        self, tx: Tx, conversation: Conversation, state: State, wanted: Sequence[do.Action], model_version: str | None
    ) -> None:
        changed: dict[str, object] = {"state": state.to_json()}
        for action in wanted:
            match action:
                case do.SetMode():
                    changed["mode"] = action.mode
                    if conversation.mode is Mode.CLOSED:
                        changed["closed_at"] = None
                case do.SetLevel():
                    changed.update(level=action.level, level_at=tx.now)
                    await seekers.raise_level(tx, conversation.seeker_id, action.level)
                case do.EndConversation():
                    changed.update(mode=Mode.CLOSED, closed_at=tx.now)
        if model_version:
            changed["model_version"] = model_version
        await conversations.save(tx, conversation.id, expect_version=conversation.version, **changed)

    async def _say(self, tx: Tx, conversation: Conversation, state: State, spoken: do.Spoken) -> None:
        for out in render(spoken, self._replies, state.locale):
            await self._send(tx, conversation, out, safety=isinstance(spoken, do.SafetyReply))

    async def _send(self, tx: Tx, conversation: Conversation, out: OutBody, *, safety: bool) -> None:
        # A page reads the record itself, woken after the commit: nothing is left for the outbox to hand over.
        handed_over = conversation.channel is Channel.WEB
        message = await messages.append(
            tx,
            conversation_id=conversation.id,
            seeker_id=conversation.seeker_id,
            author=out.author,
            kind=out.kind,
            body=out.body,
            delivery=Delivery.SENT if handed_over else Delivery.QUEUED,
            processed=True,
        )
        await outbox.enqueue(tx, message, conversation.channel, safety=safety, handed_over=handed_over)
        if not handed_over:
            tx.after_commit(lambda: self._deliver(conversation.id))

    async def _do(self, tx: Tx, conversation: Conversation, action: do.Done, burst: Sequence[Message]) -> None:
        match action:
            case do.CallHuman():
                await self._tickets.call(
                    tx, conversation, level=action.level, reason=action.reason, categories=action.categories,
                    subject=action.subject, message_seq=action.message_seq,
                )  # fmt: skip
            case do.TellTicketSeekerWrote():
                await self._tickets.seeker_wrote(tx, conversation, action.level)
            case do.OutOfReach():
                await self._tickets.out_of_reach(tx, conversation, action.why.value)
            case do.BackInReach():
                await self._tickets.back(tx, conversation)
            case do.WithdrawCall():
                await self._tickets.withdraw(tx, conversation)
            case do.SetTimer():
                due = tx.now + timedelta(seconds=action.seconds)
                await timers.set_timer(tx, TIMER_PREFIX + action.kind.value, conversation.id, due)
            case do.CancelTimer():
                await timers.cancel(tx, TIMER_PREFIX + action.kind.value, conversation.id)
            case do.RecordGap():
                await self._gap(tx, conversation.seeker_id, action, burst)
            case do.SetLevel() | do.SetMode() | do.EndConversation():
                pass  # part of _save
            case _:
                assert_never(action)

    async def _gap(self, tx: Tx, seeker_id: str, action: do.RecordGap, burst: Sequence[Message]) -> None:
        asked = "\n".join(row.text for row in burst if row.seq in action.seqs and row.field is Field.CHAT)
        if asked.strip() or action.article:
            kind = "unhelpful" if action.article else "unanswered"
            await gaps.add(tx, seeker_id=seeker_id, kind=kind, text=redact(asked).text, article=action.article)


def is_ours(row: Message) -> bool:
    """Whether the row is an event that the desk or the service wrote for the engine."""
    return row.kind is Kind.EVENT and row.author in (Author.STAFF, Author.SYSTEM)
