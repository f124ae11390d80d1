"""The same protocol without a socket: frames in, frames out, waiting a while when there is nothing new."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from bot.channels.web.dialogue import Dialogue
from bot.channels.web.frames import ServerFrame, UnreadableFrameError, read_frame
from bot.channels.web.hub import Hub
from bot.channels.web.room import Room
from bot.channels.web.sessions import Sessions
from bot.errors import SessionUnknownError
from bot.gateway.leaving import Leaving
from records.web_sessions import WebSession


class Polling:
    """Serves ``POST /api/chat/poll``."""

    def __init__(self, sessions: Sessions, dialogue: Dialogue, room: Room, hub: Hub, leaving: Leaving) -> None:
        self._sessions, self._dialogue, self._room, self._hub = sessions, dialogue, room, hub
        self._leaving = leaving

    async def exchange(self, token: str, after: int, wait_s: float, frames: list[Any]) -> list[ServerFrame]:
        """Handle the page's frames, then answer with what is new after ``after``, waiting up to ``wait_s`` for it."""
        try:
            session = await self._sessions.find(token)
        except SessionUnknownError:
            return [{"type": "bye", "code": "session_unknown", "text": ""}]
        answers: list[ServerFrame] = []
        for raw in frames:
            answers += await self._one(session, raw)
            if answers and answers[-1]["type"] == "conversation":
                session, after = await self._sessions.by_id(session.id), 0
        news = await self._news(session, after, 0.0 if answers else wait_s)
        await self._leaving.polled(session.conversation_id or "")
        return [*answers, *news]

    async def _one(self, session: WebSession, raw: Any) -> list[ServerFrame]:
        try:
            frame = read_frame(raw if isinstance(raw, dict | str) else "")
        except UnreadableFrameError as exc:
            return [await self._dialogue.unreadable(session, exc)]
        if frame.type == "hello":
            return [await self._dialogue.welcome(session)]
        return await self._dialogue.handle(session, frame)

    async def _news(self, session: WebSession, after: int, wait_s: float) -> list[ServerFrame]:
        conversation_id = session.conversation_id or ""
        line = self._hub.open(conversation_id)
        try:
            news = await self._room.news(conversation_id, after)
            if not news.frames and wait_s:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await line.news.wait()
                news = await self._room.news(conversation_id, after)
        finally:
            self._hub.close(line, conversation_id)
        return [*news.frames, await self._room.state(conversation_id)]
