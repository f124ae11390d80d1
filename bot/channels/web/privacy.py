"""S11 and S15: what is kept, taking it along, having it erased. Words are read back only with the seeker's secret."""

from __future__ import annotations

from typing import Any

from bot.channels.web.room import message_frame
from bot.channels.web.sessions import Sessions
from bot.errors import SecretNotSetError
from bot.replies.loader import Replies
from records import consents, conversations, erasure, messages, seekers
from records.erasure import KeptItem
from records.models import Conversation, Message
from records.store import Store
from records.web_sessions import WebSession


class Privacy:
    """Answers about a seeker's own data."""

    def __init__(self, store: Store, sessions: Sessions, replies: Replies) -> None:
        self._store, self._sessions, self._replies = store, sessions, replies

    async def kept(self, token: str) -> dict[str, Any]:
        """What is kept of this seeker, in plain words, and until when.

        Raises:
            SessionUnknownError: The session is over.
        """
        session = await self._sessions.find(token)
        async with self._store.read() as tx:
            items = await erasure.kept(tx, session.seeker_id)
        return {"items": [self._item(item, session.locale) for item in items]}

    async def export(self, token: str, secret: str) -> dict[str, Any]:
        """Everything that the seeker gave and was told.

        Raises:
            SessionUnknownError, SecretNotSetError, SecretWrongError
        """
        session = await self._proven(token, secret)
        async with self._store.read() as tx:
            seeker = await seekers.get(tx, session.seeker_id)
            given = await consents.latest(tx, session.seeker_id)
            talks = await conversations.of_seeker(tx, session.seeker_id)
            said = {talk.id: await messages.listing(tx, talk.id, to_seeker_only=True) for talk in talks}
        about = ("nickname", "about", "audience", "age_band", "region")
        return {
            "seeker": {name: getattr(seeker, name) for name in about},
            "consents": [{"purpose": p, "version": c.version, "state": c.state} for p, c in given.items()],
            "talks": [_talk(talk, said[talk.id]) for talk in talks],
        }

    async def erase(self, token: str, secret: str) -> dict[str, Any]:
        """Erase what may be erased; what stays is named with its reason and its end.

        Raises:
            SessionUnknownError, SecretNotSetError, SecretWrongError
        """
        session = await self._proven(token, secret)
        report = await erasure.erase(self._store, session.seeker_id, "seeker")
        await self._sessions.forget(session)
        return {
            "complete": report.complete,
            "messages": report.messages,
            "stays": [self._item(item, session.locale) for item in report.kept],
        }

    async def _proven(self, token: str, secret: str) -> WebSession:
        session = await self._sessions.find(token)
        async with self._store.read() as tx:
            seeker = await seekers.get(tx, session.seeker_id)
        if not seeker.has_secret:
            raise SecretNotSetError("no secret word is set")
        await self._sessions.check_secret(session, secret)
        return session

    def _item(self, item: KeptItem, locale: str) -> dict[str, Any]:
        return {
            "what": self._replies.text(f"kept.what.{item.kind}", locale, {}),
            "why": self._replies.text(f"kept.why.{item.code}", locale, {}),
            "until": item.until.date().isoformat() if item.until else None,
            "messages": item.messages,
        }


def _talk(talk: Conversation, said: list[Message]) -> dict[str, Any]:
    return {"id": talk.id, "begun": talk.created_at.isoformat(), "messages": [message_frame(one) for one in said]}
