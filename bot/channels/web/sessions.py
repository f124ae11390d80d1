"""Web sessions: started without a name, held by an opaque token, tied to one talk; earlier talks stay shut (S15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import timedelta
from random import Random

from bot.engine.state import State
from bot.errors import SecretWrongError, SessionUnknownError
from nlu.labels import RiskLevel
from records import consents, conversations, identities, lines, seekers, web_sessions
from records.ids import new_id, new_token
from records.models import Channel, Conversation, Identity, Seeker
from records.store import Store, Tx
from records.web_sessions import WebSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long things live.

    Attributes:
        session_life: Of a token without use.
        device_life: Of "remember me on this device".
        locator_life: Of the sealed packet that tells where a talk came from (S9).
        carry: Of a level with its seeker (S5).
    """

    session_life: timedelta
    device_life: timedelta
    locator_life: timedelta
    carry: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a request came from. The address is sealed or hashed before it is written down, and never logged."""

    address: str | None = attribute(default=None, repr=False)
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session. ``token`` and ``device`` exist here only; the database keeps their hashes."""

    session_id: str
    conversation_id: str
    token: str = attribute(repr=False)
    device: str | None = attribute(default=None, repr=False)
    remembered: bool = False


class Sessions:
    """Opens, finds and ends web sessions."""

    def __init__(
        self,
        store: Store,
        *,
        rules: SessionRules,
        names: Sequence[str],
        rng: Random,
        origin_of: Callable[[str], str | None],
    ) -> None:
        """``names`` are the words that pseudonyms are made of; ``origin_of`` turns an address into a keyed hash."""
        self._store, self._rules, self._names, self._rng = store, rules, names, rng
        self._origin_of = origin_of

    async def start(self, *, locale: str, remember: bool, device: str | None, arrival: Arrival) -> Opened:
        """A session with a seeker and a talk of its own. A known device changes nothing but ``remembered``."""
        return await self._store.write(lambda tx: self._start(tx, locale, remember, device, arrival))

    async def find(self, token: str) -> WebSession:
        """The live session of ``token``.

        Raises:
            SessionUnknownError: Unknown, over or revoked: one answer, so that tokens cannot be probed.
        """
        async with self._store.read() as tx:
            session = await web_sessions.find(tx, token)
        if session is None:
            raise SessionUnknownError("unknown session")
        return session

    async def remember(self, token: str) -> Opened:
        """Give a running session a device token: the seeker chose to be remembered here.

        Raises:
            SessionUnknownError: The session is over.
        """
        session = await self.find(token)
        device = new_token()
        await self._store.write(lambda tx: web_sessions.set_device(tx, session.id, device, self._rules.device_life))
        return Opened(session_id=session.id, conversation_id=session.conversation_id or "", token=token, device=device)

    async def by_id(self, session_id: str) -> WebSession:
        """The session as it is now."""
        async with self._store.read() as tx:
            return await web_sessions.get(tx, session_id)

    async def set_secret(self, session: WebSession, secret: str) -> None:
        await self._store.write(lambda tx: seekers.set_secret(tx, session.seeker_id, secret))

    async def check_secret(self, session: WebSession, secret: str) -> None:
        """Prove the seeker's own secret word again, for reading back, export and erasure.

        Raises:
            SecretWrongError: It does not fit, or too many tries locked it for a while.
        """
        fits = await self._store.write(lambda tx: seekers.check_secret(tx, session.seeker_id, secret))
        if not fits:
            raise SecretWrongError("the secret does not fit")

    async def unlock(self, session: WebSession, secret: str) -> WebSession:
        """Go on with the earlier talk of this device, after the secret word fits.

        The session moves to the earlier seeker. What was written meanwhile stays with the talk it was written in; the
        higher level of both seekers holds for both (S5).

        Raises:
            SecretWrongError: It does not fit, is locked, or this device knows no earlier talk.
        """
        earlier = await self._earlier(session)
        if earlier is None:
            await self.check_secret(session, secret)
            await self._store.write(lambda tx: web_sessions.unlock(tx, session.id))
            return await self.by_id(session.id)
        fits = await self._store.write(lambda tx: seekers.check_secret(tx, earlier.seeker_id, secret))
        if not fits:
            raise SecretWrongError("the secret does not fit")
        return await self._store.write(lambda tx: self._join(tx, session, earlier))

    async def forget(self, session: WebSession) -> None:
        """End this session: its token opens nothing any more."""
        await self._store.write(lambda tx: web_sessions.revoke(tx, session.id))

    async def has_secret(self, session: WebSession) -> bool:
        earlier = await self._earlier(session)
        async with self._store.read() as tx:
            return (await seekers.get(tx, (earlier or session).seeker_id)).has_secret

    async def _earlier(self, session: WebSession) -> WebSession | None:
        """The session of this device that belongs to the seeker who first asked to be remembered."""
        if session.device_hash is None:
            return None
        async with self._store.read() as tx:
            found = await web_sessions.owner_of_device(tx, session.device_hash)
        return found if found is not None and found.seeker_id != session.seeker_id else None

    async def _start(self, tx: Tx, locale: str, remember: bool, device: str | None, arrival: Arrival) -> Opened:
        known = await web_sessions.find_device(tx, device) if device else None
        keep = device if known else (new_token() if remember else None)
        seeker = await seekers.create(tx, locale=locale, pseudonym=self._pseudonym())
        identity = await identities.create(tx, seeker.id, Channel.WEB, f"session:{new_id(tx.now)}")
        conversation = await self._conversation(tx, seeker, identity, arrival)
        token = new_token()
        session = await web_sessions.create(
            tx,
            token=token,
            seeker_id=seeker.id,
            identity_id=identity.id,
            conversation_id=conversation.id,
            device=keep,
            locale=locale,
            ttl=self._rules.device_life if keep else self._rules.session_life,
        )
        return Opened(
            session_id=session.id,
            conversation_id=conversation.id,
            token=token,
            device=keep,
            remembered=known is not None,
        )

    async def _conversation(self, tx: Tx, seeker: Seeker, identity: Identity, arrival: Arrival) -> Conversation:
        line = await lines.default_line(tx)
        conversation = await conversations.create(
            tx,
            seeker_id=seeker.id,
            identity_id=identity.id,
            channel=Channel.WEB,
            line_id=line.id,
            level=RiskLevel.NONE,
            state=State(locale=seeker.locale).to_json(),
            origin=self._origin_of(arrival.address) if arrival.address else None,
        )
        if arrival.address:
            packet = {"address": arrival.address, "port": arrival.port, "at": tx.now.isoformat()}
            await conversations.seal_locator(tx, conversation.id, packet, until=tx.now + self._rules.locator_life)
        return conversation

    async def _join(self, tx: Tx, session: WebSession, earlier: WebSession) -> WebSession:
        mine, theirs = await seekers.get(tx, session.seeker_id), await seekers.get(tx, earlier.seeker_id)
        level = max(seekers.carried_level(one, tx.now, self._rules.carry) for one in (mine, theirs))
        for one in (mine, theirs):
            await seekers.raise_level(tx, one.id, level)
        current = await conversations.get(tx, session.conversation_id) if session.conversation_id else None
        wrote = current is not None and current.last_seeker_at is not None
        keep = session.conversation_id if wrote else earlier.conversation_id
        # From now on this page speaks for the earlier seeker: nobody could take back what the other one agreed to.
        await consents.withdraw(tx, mine.id, consents.TRAINING, "seeker")
        return await web_sessions.join(tx, session.id, earlier=earlier, conversation_id=keep)

    def _pseudonym(self) -> str:
        return f"{self._rng.choice(self._names)}{self._rng.randrange(10, 100)}"
