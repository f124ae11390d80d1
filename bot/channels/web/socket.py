"""The seeker's WebSocket: one task reads frames, one writes what is new. A page that comes back says where it was."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import structlog
from aiohttp import WSMsgType, web

from bot.channels.web.dialogue import Dialogue
from bot.channels.web.frames import Hello, ServerFrame, UnreadableFrameError, read_frame, write_frame
from bot.channels.web.hub import Hub, Line
from bot.channels.web.room import Room
from bot.channels.web.sessions import Sessions
from bot.errors import SessionUnknownError
from bot.gateway.leaving import Leaving
from escalation.tasks import stop
from records.errors import RecordsError
from records.web_sessions import WebSession

_log = structlog.get_logger(__name__)
FRAME_LIMIT = 8 * 1024 * 1024
"""Bytes of one frame: far beyond any text that is read to the end, so that nothing a person writes is cut off."""
_HELLO_S = 20.0
_COME_BACK, _TRY_LATER, _BROKEN = 1012, 1013, 1011
_LOOK_AGAIN_S = 20.0
"""Without a wake-up a page looks at the record this often: pub/sub may lose a word, the record does not."""


@dataclass(slots=True)
class _Page:
    """One open socket: whose it is and how far it has seen."""

    ws: web.WebSocketResponse
    session: WebSession
    line: Line
    cursor: int
    shown_state: ServerFrame | None = None


class SeekerSocket:
    """Serves ``GET /api/chat/ws``."""

    def __init__(self, sessions: Sessions, dialogue: Dialogue, room: Room, hub: Hub, leaving: Leaving) -> None:
        """``leaving`` is told the conversation when its last page closed."""
        self._sessions, self._dialogue, self._room = sessions, dialogue, room
        self._hub, self._leaving = hub, leaving
        self._open: set[web.WebSocketResponse] = set()
        self._closing = False

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        # compress=False: permessage-deflate costs 100 kB a connection (measured), and words are short
        ws = web.WebSocketResponse(compress=False, heartbeat=25.0, max_msg_size=FRAME_LIMIT)
        await ws.prepare(request)
        if self._closing:
            await ws.close(code=_COME_BACK)
            return ws
        self._open.add(ws)
        try:
            page = await self._greet(ws)
            if page is not None:
                await self._serve(page)
        except RecordsError as exc:
            # The page comes back and says hello again; until then it shows its numbers.
            _log.warning("socket_waits", code=exc.code)
            await ws.close(code=_TRY_LATER)
        except ConnectionError:
            pass  # the page went away while we wrote to it: its end is noted, and it knows what to send again
        finally:
            self._open.discard(ws)
        return ws

    async def aclose(self) -> None:
        """Tell every page to come back to another process; one that comes here meanwhile hears the same."""
        self._closing = True
        await asyncio.gather(*(ws.close(code=_COME_BACK) for ws in tuple(self._open)), return_exceptions=True)

    async def _greet(self, ws: web.WebSocketResponse) -> _Page | None:
        try:
            async with asyncio.timeout(_HELLO_S):
                message = await ws.receive()
            frame = read_frame(message.data) if message.type is WSMsgType.TEXT else None
            if not isinstance(frame, Hello):
                raise SessionUnknownError("no hello")
            session = await self._sessions.find(frame.token)
            welcome = await self._dialogue.welcome(session)
        except TimeoutError:
            # A slow line, not a stranger: saying that the session is over would cost the page its talk.
            await ws.close(code=_TRY_LATER)
            return None
        except (UnreadableFrameError, SessionUnknownError):
            await self._send(ws, {"type": "bye", "code": "session_unknown", "text": ""})
            await ws.close()
            return None
        conversation = str(welcome["conversation"])
        await self._send(ws, welcome)
        return _Page(ws=ws, session=session, line=self._hub.open(conversation), cursor=frame.after)

    async def _serve(self, page: _Page) -> None:
        writer = asyncio.create_task(self._write(page), name="seeker-socket-writer")
        page.line.wake()
        try:
            await self._read(page)
        finally:
            await stop([writer])
            conversation_id = page.session.conversation_id or ""
            self._hub.close(page.line, conversation_id)
            if not self._hub.is_open(conversation_id):
                await self._leaving.page_closed(conversation_id)

    async def _read(self, page: _Page) -> None:
        async for message in page.ws:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                frame = read_frame(message.data)
                answers = await self._dialogue.handle(page.session, frame)
            except UnreadableFrameError as exc:
                answers = [await self._dialogue.unreadable(page.session, exc)]
            except RecordsError as exc:
                # Not written down, so not acknowledged (S1). The page has to come back and send everything again:
                # going on here would let its later words overtake this one (D1).
                _log.warning("frame_waits", code=exc.code)
                await page.ws.close(code=_TRY_LATER)
                return
            for answer in answers:
                await self._send(page.ws, answer)
                if answer["type"] == "conversation":
                    await self._follow(page)

    async def _follow(self, page: _Page) -> None:
        """The talk may have become another one: an earlier one was unlocked, or an old one was over."""
        fresh = await self._sessions.by_id(page.session.id)
        old, new = page.session.conversation_id or "", fresh.conversation_id or ""
        page.session = fresh
        if new != old:
            self._hub.move(page.line, old, new)
            page.cursor, page.shown_state = 0, None
        page.line.wake()

    async def _write(self, page: _Page) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await page.line.news.wait()
            page.line.news.clear()
            try:
                await self._show(page)
            except RecordsError as exc:
                _log.warning("page_waits", code=exc.code)
                await asyncio.sleep(1.0)
                page.line.wake()
            except ConnectionError:
                return
            except Exception as exc:
                # A page that would hear nothing any more comes back instead of waiting in silence (D2).
                _log.error("page_writer_failed", error=type(exc).__name__)
                await page.ws.close(code=_BROKEN)
                return

    async def _show(self, page: _Page) -> None:
        conversation_id = page.session.conversation_id or ""
        news, state = await self._room.look(conversation_id, page.cursor)
        for frame in news.frames:
            await self._send(page.ws, frame)
        page.cursor = news.cursor
        if state != page.shown_state:
            await self._send(page.ws, state)
            page.shown_state = state

    async def _send(self, ws: web.WebSocketResponse, frame: ServerFrame) -> None:
        if not ws.closed:
            await ws.send_str(write_frame(frame))
