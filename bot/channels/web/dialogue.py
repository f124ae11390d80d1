"""What the frames of a page do. The socket and the polling endpoint share it, so both speak one protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, assert_never

from bot.channels.presence import SeekerPresence
from bot.channels.web import frames as f
from bot.channels.web.room import Room
from bot.channels.web.sessions import Sessions
from bot.engine import events
from bot.errors import SecretWrongError
from bot.gateway.intake import Intake
from bot.gateway.processor import Processor
from bot.inbound import Inbound
from bot.replies.loader import Replies
from records import consents, identities, outbox, seekers, web_sessions
from records.ids import new_id
from records.models import Channel, Field, Kind, Seeker
from records.store import Store, Tx
from records.web_sessions import WebSession


class Dialogue:
    """Handles one client frame for one session. Answers are frames; what must follow later comes by ``Room.news``."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        processor: Processor,
        sessions: Sessions,
        room: Room,
        presence: SeekerPresence,
        replies: Replies,
        numbers: Callable[[Seeker], list[dict[str, str]]],
    ) -> None:
        """``numbers`` tells which numbers answer now for somebody, as items of the protocol."""
        self._numbers = numbers
        self._store, self._intake, self._processor = store, intake, processor
        self._sessions, self._room = sessions, room
        self._presence, self._replies = presence, replies

    async def welcome(self, session: WebSession) -> f.ServerFrame:
        """The answer to ``hello``; marks the page as here, and tells the engine when somebody came back (S16)."""
        talk = await self._room.talk(session)
        before = await self._presence.of(talk.id)
        await self._presence.here(talk.id)
        if before == "left" or talk.state.get("away"):
            await self._processor.happen(talk.id, events.SeekerReturned())
        async with self._store.glance() as tx:
            given = await consents.latest(tx, session.seeker_id)
            seeker = await seekers.get(tx, session.seeker_id)
        service, training = given.get("service"), given.get(consents.TRAINING)
        return {
            "type": "welcome",
            "conversation": talk.id,
            "mode": talk.mode.value,
            "last_seq": talk.next_seq - 1,
            "remembered": session.device_hash is not None,
            "unlocked": session.unlocked_at is not None,
            "has_secret": await self._sessions.has_secret(session),
            "consent": {"version": service.version, "given": service.state == "given"} if service else None,
            "training": training is not None and training.state == "given",
            "numbers": self._numbers(seeker),
            "server_time": self._store.clock().isoformat(),
        }

    async def handle(self, session: WebSession, frame: f.ClientFrame) -> list[f.ServerFrame]:
        """Do what one frame asks. Everything with words is durable before its ``ack`` is returned (S1)."""
        match frame:
            case f.Received():
                await self._received(session, frame.seq)
                return []
            case f.Typing():
                await self._presence.seeker_typing(session.conversation_id or "", on=frame.on)
                return []
            case f.Ping():
                await self._presence.here(session.conversation_id or "")
                return [{"type": "pong"}]
            case f.Hello():
                return []
            case _:
                return await self._keep(session, frame)

    async def _keep(self, session: WebSession, frame: f.Lasting) -> list[f.ServerFrame]:
        """A frame that changes the record."""
        match frame:
            case f.Say():
                if not frame.text.strip():
                    return [await self._refused(session, "empty", frame.id)]
                return await self._take(session, frame.id, Kind.TEXT, Field.CHAT, {"text": frame.text}, at=frame.at)
            case f.Choose():
                body = {"text": frame.label, "choice": frame.choice, "of": frame.seq}
                return await self._take(session, frame.id, Kind.CHOICE, Field.BUTTON, body)
            case f.Act():
                return await self._act(session, frame)
            case f.Profile():
                return await self._profile(session, frame)
            case f.Feedback():
                body = {
                    "event": "feedback",
                    "text": frame.text or "",
                    "helped": frame.helped,
                    "distress": frame.distress,
                }
                return await self._take(session, frame.id, Kind.EVENT, Field.FEEDBACK, body)
            case f.Consent():
                return [await self._consent(session, frame)]
            case f.Secret():
                return await self._secret(session, frame)
            case _:
                assert_never(frame)

    async def unreadable(self, session: WebSession, error: f.UnreadableFrameError) -> f.ServerFrame:
        """Keep the words of a frame that cannot be read, then say so (S13)."""
        if error.words.strip():
            key = error.frame_id or f"unreadable:{new_id(self._store.clock())}"
            await self._take(session, key, Kind.TEXT, Field.CHAT, {"text": error.words})
        return await self._refused(session, error.reason, error.frame_id)

    async def _take(
        self,
        session: WebSession,
        frame_id: str,
        kind: Kind,
        door: Field,
        body: Mapping[str, Any],
        *,
        at: str | None = None,
    ) -> list[f.ServerFrame]:
        async with self._store.glance() as tx:
            identity = await identities.get(tx, session.identity_id)
        accepted = await self._intake.receive(
            Inbound(
                channel=Channel.WEB,
                identity=identity,
                channel_message_id=frame_id,
                kind=kind,
                body=body,
                door=door,
                channel_at=_time(at),
                conversation_id=session.conversation_id,
            )
        )
        shown = None if body.get("event") else accepted.seq
        ack = {"type": "ack", "id": frame_id, "seq": shown, "at": self._store.clock().isoformat()}
        if accepted.conversation_id == session.conversation_id:
            return [ack]
        await self._store.write(lambda tx: web_sessions.bind(tx, session.id, accepted.conversation_id))
        return [ack, {"type": "conversation", "conversation": accepted.conversation_id, "last_seq": accepted.seq}]

    async def _act(self, session: WebSession, frame: f.Act) -> list[f.ServerFrame]:
        body = {"event": "action", "action": frame.action, "text": frame.note or ""}
        answers = await self._take(session, frame.id, Kind.EVENT, Field.ACTION, body)
        if frame.action in ("quick_exit", "leave"):
            await self._presence.left(session.conversation_id or "")
        return answers

    async def _profile(self, session: WebSession, frame: f.Profile) -> list[f.ServerFrame]:
        told = {name: value for name, value in frame.model_dump(exclude={"type", "id"}).items() if value}
        words = "\n".join(part for part in (frame.nickname, frame.about, frame.region) if part)
        door = Field.NICKNAME if frame.nickname and not frame.about else Field.ABOUT
        return await self._take(session, frame.id, Kind.EVENT, door, {"event": "profile", "text": words, **told})

    async def _consent(self, session: WebSession, frame: f.Consent) -> f.ServerFrame:
        state = "given" if frame.given else "withdrawn"

        async def work(tx: Tx) -> None:
            await consents.record(tx, session.seeker_id, frame.purpose, frame.version, state, "seeker")

        await self._store.write(work)
        return {"type": "ack", "id": frame.id, "seq": None, "at": self._store.clock().isoformat()}

    async def _secret(self, session: WebSession, frame: f.Secret) -> list[f.ServerFrame]:
        ack = {"type": "ack", "id": frame.id, "seq": None, "at": self._store.clock().isoformat()}
        if frame.op == "set":
            session = await self._sessions.by_id(session.id)  # it may have been unlocked since this page said hello
            if await self._sessions.has_secret(session) and session.unlocked_at is None:
                return [await self._refused(session, "secret_needed", frame.id)]
            await self._sessions.set_secret(session, frame.secret)
            return [ack]
        try:
            unlocked = await self._sessions.unlock(session, frame.secret)
        except SecretWrongError:
            return [await self._refused(session, "secret_wrong", frame.id)]
        talk = await self._room.talk(unlocked)
        answers: list[f.ServerFrame] = [ack]
        if talk.id != session.conversation_id:
            answers.append({"type": "conversation", "conversation": talk.id, "last_seq": talk.next_seq - 1})
        return answers

    async def _received(self, session: WebSession, seq: int) -> None:
        if session.conversation_id:
            await self._store.write(lambda tx: outbox.delivered_up_to(tx, session.conversation_id or "", seq))

    async def _refused(self, session: WebSession, code: str, frame_id: str | None) -> f.ServerFrame:
        async with self._store.glance() as tx:
            locale = (await seekers.get(tx, session.seeker_id)).locale
        frame: f.ServerFrame = {
            "type": "refused",
            "code": code,
            "text": self._replies.text(f"refused.{code}", locale, {}),
        }
        if frame_id:
            frame["id"] = frame_id
        return frame


def _time(value: str | None) -> datetime | None:
    """The page's own time of a message. A page with a broken clock loses only that."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
