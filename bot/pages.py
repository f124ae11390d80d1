"""The pages that the app serves itself: chat, loader, console, and the machine's own pages (health, metrics, API)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from escalation.web import PUBLIC, Call, ContentPolicy, Route

WIDGET_DIST = Path(__file__).parent / "widget" / "dist"
CONSOLE_DIST = Path(__file__).parent.parent / "escalation" / "console" / "dist"
_SELF = "'self'"


def content_policies(embed_sites: tuple[str, ...], public_url: str = "") -> dict[str, ContentPolicy]:
    """Which page may load what, by path prefix. Only the chat may stand in a frame, and only on the named sites.

    ``public_url`` adds its socket: Safari before 15.4 does not count it as ``'self'``.
    """
    connect = (_SELF, *_socket_of(public_url))
    return {
        "/chat": ContentPolicy(
            script=(_SELF,), style=(_SELF,), connect=connect, image=(_SELF, "data:"), ancestors=(_SELF, *embed_sites)
        ),
        "/console": ContentPolicy(
            script=(_SELF,), style=(_SELF, "'unsafe-inline'"), connect=connect, image=(_SELF, "data:"), font=(_SELF,)
        ),
    }


def _socket_of(public_url: str) -> tuple[str, ...]:
    parts = urlsplit(public_url)
    schemes = {"https": "wss", "http": "ws"}
    return (f"{schemes[parts.scheme]}://{parts.netloc}",) if parts.scheme in schemes and parts.netloc else ()


def missing_builds() -> list[str]:
    """Front ends that were not built; the doctor and the start name them."""
    return [str(path) for path in (WIDGET_DIST / "chat.html", WIDGET_DIST / "widget.js", CONSOLE_DIST / "index.html")
            if not path.is_file()]  # fmt: skip


def page_routes(
    *, health: Callable[[], tuple[bool, dict[str, Any]]], ready: Callable[[], Awaitable[tuple[bool, dict[str, Any]]]],
    metrics: Callable[[], bytes], api: Callable[[], dict[str, Any]],
) -> list[Route]:  # fmt: skip
    """Pages and machine pages."""

    async def healthz(call: Call[None, None, None]) -> web.Response:
        fine, detail = health()
        return web.json_response(detail, status=200 if fine else 503)

    async def readyz(call: Call[None, None, None]) -> web.Response:
        fine, detail = await ready()
        return web.json_response(detail, status=200 if fine else 503)

    async def metrics_page(call: Call[None, None, None]) -> web.Response:
        return web.Response(body=metrics(), content_type="text/plain", charset="utf-8")

    async def openapi_page(call: Call[None, None, None]) -> web.Response:
        return web.json_response(api())

    async def home(call: Call[None, None, None]) -> web.Response:
        raise web.HTTPFound("/chat")

    def page(method: str, path: str, handler: Any, summary: str, *, hidden: bool = True) -> Route:
        return Route(method=method, path=path, guard=PUBLIC, handler=handler, summary=summary, hidden=hidden)

    return [
        page("GET", "/", home, "The chat."),
        page("GET", "/chat", _file(WIDGET_DIST / "chat.html"), "The full-page chat."),
        page("GET", "/widget.js", _file(WIDGET_DIST / "widget.js", max_age_s=3600), "The embeddable loader."),
        page("GET", "/static/widget/{path:.+}", _folder(WIDGET_DIST), "Files of the chat."),
        page("GET", "/console", _file(CONSOLE_DIST / "index.html"), "The staff console."),
        page("GET", "/console/{path:.*}", _folder(CONSOLE_DIST, fallback="index.html"), "Files of the console."),
        page("GET", "/favicon.ico", _no_icon, "No icon: an icon would tell."),
        page("GET", "/healthz", healthz, "Whether the process lives.", hidden=False),
        page("GET", "/readyz", readyz, "Whether the process can serve.", hidden=False),
        page("GET", "/metrics", metrics_page, "Numbers for Prometheus.", hidden=False),
        page("GET", "/api/openapi.json", openapi_page, "This description.", hidden=False),
    ]


async def _no_icon(call: Call[None, None, None]) -> web.Response:
    return web.Response(status=204)


def _file(path: Path, *, max_age_s: int = 0) -> Callable[[Any], Awaitable[web.StreamResponse]]:
    async def serve(call: Call[None, None, None]) -> web.StreamResponse:
        if not path.is_file():
            raise web.HTTPNotFound
        caching = f"public, max-age={max_age_s}" if max_age_s else "no-cache"
        return web.FileResponse(path, headers={"Cache-Control": caching})

    return serve


def _folder(root: Path, *, fallback: str | None = None) -> Callable[[Any], Awaitable[web.StreamResponse]]:
    """Files under ``root``; hashed names may be kept for a year. Nothing outside ``root`` is ever served."""

    async def serve(call: Call[None, None, None]) -> web.StreamResponse:
        base = root.resolve()
        wanted = (base / call.part("path")).resolve()
        if wanted.is_relative_to(base) and wanted.is_file():
            hashed = "assets" in wanted.relative_to(base).parts
            caching = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return web.FileResponse(wanted, headers={"Cache-Control": caching})
        if fallback is None or not (base / fallback).is_file():
            raise web.HTTPNotFound
        return web.FileResponse(base / fallback, headers={"Cache-Control": "no-cache"})

    return serve
