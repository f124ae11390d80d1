"""A person who writes, a line that answers, and staff: made through the same functions that the app calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from records import conversations, identities, lines, messages, seekers, staff
from records.ids import new_token
from records.models import Author, Channel, Conversation, Identity, Kind, Message, Role, Seeker, Staff
from records.store import Store, Tx

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    seeker: Seeker
    identity: Identity
    conversation: Conversation


def unit(
    call: Callable[Concatenate[Tx, P], Awaitable[T]], *args: P.args, **named: P.kwargs
) -> Callable[[Tx], Awaitable[T]]:
    """One call as a unit of work, with its arguments as they are now."""
    return lambda tx: call(tx, *args, **named)


async def arrive(tx: Tx, *, account: str | None = None, level: int = 0, channel: Channel = Channel.WEB) -> Scene:
    """Somebody new opens the chat."""
    line = await lines.ensure_default(tx)
    person = await seekers.create(tx, locale="zh-CN", pseudonym="青苔")
    identity = await identities.create(tx, person.id, channel, account or new_token(), address="chat:1")
    talk = await conversations.create(
        tx, seeker_id=person.id, identity_id=identity.id, channel=channel, line_id=line.id, level=level
    )
    return Scene(person, identity, talk)


async def somebody(store: Store, *, account: str | None = None, level: int = 0) -> Scene:
    return await store.write(lambda tx: arrive(tx, account=account, level=level))


async def say(tx: Tx, scene: Scene, text: str, *, channel_id: str | None = None) -> Message:
    return await messages.append(
        tx, conversation_id=scene.conversation.id, seeker_id=scene.seeker.id, author=Author.SEEKER, kind=Kind.TEXT,
        body={"text": text}, identity_id=scene.identity.id, channel_message_id=channel_id,
    )  # fmt: skip


async def answer(tx: Tx, scene: Scene, text: str, *, author: Author = Author.BOT) -> Message:
    return await messages.append(
        tx, conversation_id=scene.conversation.id, seeker_id=scene.seeker.id, author=author, kind=Kind.TEXT,
        body={"text": text},
    )  # fmt: skip


async def colleague(store: Store, login: str = "desk", role: Role = Role.COUNSELLOR) -> Staff:
    async def work(tx: Tx) -> Staff:
        line = await lines.ensure_default(tx)
        return await staff.create(
            tx, login=login, password="a long password", display_name="值班", roles=[role], line_ids=[line.id]
        )

    return await store.write(work)
