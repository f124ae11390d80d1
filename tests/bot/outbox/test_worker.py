"""What we say, on its way out through a channel that can fail in every way that a provider can."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.channels.base import Capabilities
from bot.errors import ChannelUnavailableError, RecipientGoneError
from bot.inbound import Outbound, Receipt
from bot.outbox.policy import RetryPolicy
from bot.outbox.worker import OutboxWorker
from nlu.labels import RiskLevel
from records import conversations, identities, lines, messages, outbox, seekers
from records.models import Author, Channel, Conversation, Delivery, Kind, Message, Mode
from records.settings import RecordsSettings
from records.store import Store, Tx
from tests.support.clock import FrozenClock


@dataclass
class Provider:
    """A channel whose provider remembers by id and fails when it is told to."""

    name: Channel = Channel.WECHAT
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(buttons=False, idempotent=False))
    troubles: list[Exception | Receipt] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    arrived: dict[str, Outbound] = field(default_factory=dict)

    async def send(self, message: Outbound) -> Receipt:
        self.asked.append(message.message_id)
        if self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            return trouble
        self.arrived[message.message_id] = message
        return Receipt(outcome="delivered", provider_id=f"p-{message.seq}")

    async def aclose(self) -> None:
        return None


@dataclass
class Post:
    """One worker on a store, with a clock that stands still."""

    store: Store
    clock: FrozenClock
    provider: Provider
    worker: OutboxWorker

    async def talk(self) -> Conversation:
        async def work(tx: Tx) -> Conversation:
            line = await lines.ensure_default(tx)
            person = await seekers.create(tx, locale="zh-CN", pseudonym="青苔")
            identity = await identities.create(tx, person.id, Channel.WECHAT, f"open:{person.id}", address="open-1")
            return await conversations.create(
                tx, seeker_id=person.id, identity_id=identity.id, channel=Channel.WECHAT, line_id=line.id,
                level=RiskLevel.NONE,
            )  # fmt: skip

        return await self.store.write(work)

    async def say(
        self, talk: Conversation, text: str, *, safety: bool = False, author: Author = Author.BOT,
        channel: Channel = Channel.WECHAT,
    ) -> Message:  # fmt: skip
        async def work(tx: Tx) -> Message:
            message = await messages.append(
                tx, conversation_id=talk.id, seeker_id=talk.seeker_id, author=author, kind=Kind.TEXT,
                body={"text": text}, delivery=Delivery.QUEUED, processed=True,
            )  # fmt: skip
            await outbox.enqueue(tx, message, channel, safety=safety)
            return message

        return await self.store.write(work)

    async def run(self, after_s: float = 0.0) -> None:
        """Deliver all that is due."""
        self.clock.advance(after_s)
        while await self.worker.once():
            pass

    async def state(self, message: Message) -> Delivery | None:
        async with self.store.read() as tx:
            return (await messages.get(tx, message.id)).delivery


@pytest.fixture
async def post(tmp_path: Path, database_url: str, frozen_clock: FrozenClock) -> AsyncIterator[Post]:
    settings = RecordsSettings(data_dir=tmp_path / "data", database_url=database_url)
    store = await Store.open(settings, clock=frozen_clock)
    provider = Provider()
    worker = OutboxWorker(
        store, {Channel.WECHAT: provider}, owner="test", rng=Random(1), policy=RetryPolicy(tries=4, longest_s=60)
    )
    yield Post(store, frozen_clock, provider, worker)
    await store.aclose()


async def test_d1_words_arrive_in_order_and_a_stuck_one_holds_back_those_behind_it(post: Post) -> None:
    talk, other = await post.talk(), await post.talk()
    first, second = await post.say(talk, "一"), await post.say(talk, "二")
    elsewhere = await post.say(other, "别处")
    post.provider.troubles = [ChannelUnavailableError("busy", retry_after_s=40)]
    await post.run()
    assert await post.state(elsewhere) is Delivery.DELIVERED, "another talk does not wait"
    assert [await post.state(one) for one in (first, second)] == [Delivery.QUEUED, Delivery.QUEUED]
    await post.run(after_s=39)
    assert await post.state(first) is Delivery.QUEUED, "never sooner than the provider asked"
    await post.run(after_s=62)
    assert [one.body["text"] for one in post.provider.arrived.values()] == ["别处", "一", "二"]
    assert first.id in post.provider.arrived


async def test_tries_are_bounded_and_then_the_desk_sees_what_failed(post: Post) -> None:
    message = await post.say(await post.talk(), "一")
    post.provider.troubles = [ValueError("odd"), *(ChannelUnavailableError("away") for _ in range(9))]
    for _ in range(8):
        await post.run(after_s=120)
    assert len(post.provider.asked) == 4
    assert await post.state(message) is Delivery.FAILED
    async with post.store.read() as tx:
        assert [row.message_id for row in await outbox.problems(tx)] == [message.id]


async def test_s3_a_safety_text_that_may_not_have_arrived_is_sent_again_and_everything_else_stays_unconfirmed(
    post: Post,
) -> None:
    ordinary = await post.say(await post.talk(), "一")
    post.provider.troubles = [Receipt(outcome="unknown")]
    await post.run()
    await post.run(after_s=120)
    assert await post.state(ordinary) is Delivery.UNKNOWN
    assert post.provider.asked == [ordinary.id], "never guessed, never doubled"
    safety = await post.say(await post.talk(), "二", safety=True)
    post.provider.troubles = [Receipt(outcome="unknown")]
    await post.run()
    await post.run(after_s=120)
    assert await post.state(safety) is Delivery.DELIVERED
    assert post.provider.asked.count(safety.id) == 2


async def test_who_blocked_us_is_not_asked_again_and_is_marked(post: Post) -> None:
    talk = await post.talk()
    message = await post.say(talk, "一")
    post.provider.troubles = [RecipientGoneError("blocked")]
    await post.run()
    await post.run(after_s=600)
    assert post.provider.asked == [message.id]
    assert await post.state(message) is Delivery.FAILED
    async with post.store.read() as tx:
        assert (await identities.get(tx, talk.identity_id)).unreachable_at is not None


async def test_s6_machine_words_are_not_sent_once_a_human_has_the_talk(post: Post) -> None:
    talk = await post.talk()
    queued = await post.say(talk, "机器的话")
    notice = await post.say(talk, "服务提示", author=Author.SYSTEM)
    human = await post.say(talk, "真人的话", author=Author.STAFF)
    await post.store.write(lambda tx: conversations.bump(tx, talk.id, mode=Mode.HUMAN))
    await post.run()
    assert [await post.state(one) for one in (queued, notice, human)] == [
        Delivery.CANCELLED, Delivery.DELIVERED, Delivery.DELIVERED,
    ]  # fmt: skip
    assert queued.id not in post.provider.asked


async def test_s11_erased_words_are_not_sent(post: Post) -> None:
    message = await post.say(await post.talk(), "一")
    await post.store.write(lambda tx: messages.set_delivery(tx, message.id, Delivery.CANCELLED))
    await post.run()
    assert post.provider.asked == []
    assert await post.state(message) is Delivery.CANCELLED


async def test_a_channel_that_is_not_set_up_fails_visibly(post: Post) -> None:
    message = await post.say(await post.talk(), "一", channel=Channel.TELEGRAM)
    await post.run()
    assert await post.state(message) is Delivery.FAILED


async def test_d1_what_the_seeker_has_seen_stays_delivered_when_its_sender_finishes_later(post: Post) -> None:
    talk = await post.talk()
    message = await post.say(talk, "一")
    (row,) = await outbox.lease(post.store, "test", 1, 30)
    await post.store.write(lambda tx: outbox.delivered_up_to(tx, talk.id, message.seq))
    await post.worker._receipt(row, Receipt(outcome="sent"))
    assert await post.state(message) is Delivery.DELIVERED


def test_pauses_grow_are_spread_and_never_shorter_than_asked() -> None:
    policy, rng = RetryPolicy(first_s=1, longest_s=60), Random(3)
    for attempts in range(20):
        grown = min(60.0, 2.0**attempts)
        pause = policy.pause(attempts, rng)
        assert timedelta(seconds=grown / 2) <= pause <= timedelta(seconds=grown)
    assert policy.pause(0, rng, asked_s=90) == timedelta(seconds=90)
