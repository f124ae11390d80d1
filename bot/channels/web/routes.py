"""HTTP of the seeker's side: sessions, socket, polling, what is kept, export, erasure, the page's configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from bot.channels.web.frames import write_frame
from bot.channels.web.poll import Polling
from bot.channels.web.privacy import Privacy
from bot.channels.web.sessions import Arrival, Sessions
from bot.channels.web.socket import SeekerSocket
from escalation.web import PUBLIC, Call, Route

Token = Annotated[str, Field(min_length=1, max_length=200)]


class SessionWish(BaseModel):
    """How a page begins. Nothing here says who somebody is."""

    entry: Literal["chat", "widget"] = "chat"
    locale: Literal["zh-CN", "en"] = "zh-CN"
    remember: bool = False
    device: Annotated[str, Field(max_length=200)] | None = None
    token: Token | None = None


class SessionAnswer(BaseModel):
    token: str
    conversation: str
    remembered: bool
    device: str | None = None


class PollWish(BaseModel):
    token: Token
    after: Annotated[int, Field(ge=0)] = 0
    wait_s: Annotated[float, Field(ge=0, le=25)] = 0
    frames: Annotated[list[Any], Field(max_length=200)] = []


class PollAnswer(BaseModel):
    frames: list[dict[str, Any]]


class TokenOnly(BaseModel):
    token: Token


class TokenAndSecret(BaseModel):
    token: Token
    secret: Annotated[str, Field(min_length=1, max_length=200)]


class ConfigQuery(BaseModel):
    locale: Literal["zh-CN", "en"] = "zh-CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """What the seeker's HTTP side is put together from."""

    sessions: Sessions
    socket: SeekerSocket
    polling: Polling
    privacy: Privacy
    config: Callable[[str], dict[str, Any]]
    arrival: Callable[[web.Request], Arrival]


def web_routes(deps: WebDeps) -> list[Route]:
    """Every endpoint of ``/api/chat``. A session's token is proof enough: it stands in the body or the first frame."""
    handlers = _Handlers(deps)
    tags = ("seeker",)
    return [
        Route(method="POST", path="/api/chat/session", guard=PUBLIC, handler=handlers.session, body=SessionWish,
              answer=SessionAnswer, summary="Begin without a name.", tags=tags),
        Route(method="GET", path="/api/chat/ws", guard=PUBLIC, handler=handlers.socket,
              summary="The seeker's socket; docs/protocol.md, section 1.", tags=tags),
        Route(method="POST", path="/api/chat/poll", guard=PUBLIC, handler=handlers.poll, body=PollWish,
              answer=PollAnswer, summary="The same frames without a socket.", tags=tags),
        Route(method="POST", path="/api/chat/kept", guard=PUBLIC, handler=handlers.kept, body=TokenOnly,
              answer=dict[str, Any], summary="What is kept, why, and until when.", tags=tags),
        Route(method="POST", path="/api/chat/export", guard=PUBLIC, handler=handlers.export, body=TokenAndSecret,
              answer=dict[str, Any], summary="Everything of theirs; takes the secret word.", tags=tags),
        Route(method="POST", path="/api/chat/erase", guard=PUBLIC, handler=handlers.erase, body=TokenAndSecret,
              answer=dict[str, Any], summary="Erase what may be erased; takes the secret word.", tags=tags),
        Route(method="GET", path="/api/chat/config", guard=PUBLIC, handler=handlers.config, query=ConfigQuery,
              answer=dict[str, Any], summary="Texts, numbers, regions and limits for the page.", tags=tags),
    ]  # fmt: skip


class _Handlers:
    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    async def session(self, call: Call[None, SessionWish, None]) -> SessionAnswer:
        wish = call.body
        if wish.remember and wish.token:
            opened = await self._deps.sessions.remember(wish.token)
        else:
            arrival = self._deps.arrival(call.request)
            opened = await self._deps.sessions.start(
                locale=wish.locale, remember=wish.remember, device=wish.device, arrival=arrival
            )
        return SessionAnswer(
            token=opened.token, conversation=opened.conversation_id, remembered=opened.remembered, device=opened.device
        )

    async def socket(self, call: Call[None, None, None]) -> web.StreamResponse:
        return await self._deps.socket.serve(call.request)

    async def poll(self, call: Call[None, PollWish, None]) -> web.Response:
        wish = call.body
        frames = await self._deps.polling.exchange(wish.token, wish.after, wish.wait_s, wish.frames)
        return web.Response(text=write_frame({"frames": frames}), content_type="application/json")

    async def kept(self, call: Call[None, TokenOnly, None]) -> dict[str, Any]:
        return await self._deps.privacy.kept(call.body.token)

    async def export(self, call: Call[None, TokenAndSecret, None]) -> web.Response:
        everything = await self._deps.privacy.export(call.body.token, call.body.secret)
        return web.Response(text=write_frame(everything), content_type="application/json")

    async def erase(self, call: Call[None, TokenAndSecret, None]) -> dict[str, Any]:
        return await self._deps.privacy.erase(call.body.token, call.body.secret)

    async def config(self, call: Call[None, None, ConfigQuery]) -> dict[str, Any]:
        return self._deps.config(call.query.locale)
