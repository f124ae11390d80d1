"""The page behind the link of an outside alert: one button, and not a word about what this is (S15).

Opening the link changes nothing: mail scanners and link previews open links too.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from escalation.alerts.outside import OutsideAlerts
from escalation.web import PUBLIC, Call, ContentPolicy, Route

_POLICY = ContentPolicy(style=("'unsafe-inline'",), form=("'self'",)).header()
_STYLE = (
    "body{font:18px/1.6 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0}"
    "button{font:inherit;padding:.8em 2em;border-radius:.5em;border:1px solid #556;background:#fff;cursor:pointer}"
)
_BUTTON = '<form method="post"><button type="submit">收到 · Received</button></form>'
_DONE = "<p>已确认 · Confirmed</p>"


def _page(inside: str, status: int = 200) -> web.Response:
    html = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>确认 · Confirm</title>'
        f"<style>{_STYLE}</style></head><body><main>{inside}</main></body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)


def ack_routes(outside: OutsideAlerts) -> list[Route]:
    """GET shows the button, POST acknowledges. An unknown link gets the same empty page by either."""

    async def show(call: Call[Any, Any, Any]) -> web.Response:
        return _page(_BUTTON) if await outside.known(call.part("token")) else _page("", 404)

    async def acknowledge(call: Call[Any, Any, Any]) -> web.Response:
        return _page(_DONE) if await outside.acknowledge(call.part("token")) else _page("", 404)

    return [
        Route(method="GET", path="/ack/{token}", guard=PUBLIC, handler=show, summary="A button.", hidden=True),
        Route(method="POST", path="/ack/{token}", guard=PUBLIC, handler=acknowledge, summary="Seen.", hidden=True),
    ]
