"""One HTTP endpoint as data. The OpenAPI page and the permission table are read off it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel

WhoT = TypeVar("WhoT")
BodyT = TypeVar("BodyT")
QueryT = TypeVar("QueryT")


class Guard(Protocol):
    """Decides who may use a route. ``name`` and ``roles`` are what the permission table shows."""

    @property
    def name(self) -> str: ...

    @property
    def roles(self) -> tuple[str, ...]:
        """Staff roles that pass; empty where the guard is not about roles."""
        ...

    async def admit(self, request: web.Request) -> Any:
        """Who is asking; handed to the handler as ``Call.who``.

        Raises:
            NotSignedInError, ForbiddenError, or another error with ``code`` and ``http_status``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Public:
    """Everybody may: written down, so that it is a decision and not something forgotten."""

    name: str = "public"
    roles: tuple[str, ...] = ()

    async def admit(self, request: web.Request) -> None:
        return None


PUBLIC = Public()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[WhoT, BodyT, QueryT]):
    """One admitted request. ``body`` and ``query`` are of the declared types, None where none is declared."""

    request: web.Request
    who: WhoT
    body: BodyT
    query: QueryT

    def part(self, name: str) -> str:
        """The part of the path that the pattern calls ``name``."""
        return self.request.match_info[name]


Handler = Callable[[Any], Awaitable[Any]]
"""Takes a ``Call``; returns a pydantic model or plain JSON values (200), None (204), or an aiohttp response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``summary`` is one sentence for the API page; ``answer`` is None where there is no JSON answer."""

    method: str
    path: str
    guard: Guard
    handler: Handler
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: Any = None
    tags: tuple[str, ...] = ()
    hidden: bool = False
    """Not on the API page: pages and sockets."""
