"""The yardstick: a bare aiohttp WebSocket echo, no logic, no disk. Everything is quoted as a ratio to it."""

import sys

import uvloop
from aiohttp import web


async def echo(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse(compress=False)
    await ws.prepare(request)
    async for message in ws:
        await ws.send_str(message.data)
    return ws


def main() -> None:
    app = web.Application()
    app.router.add_get("/ws", echo)
    app.router.add_get("/readyz", _ready)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


async def _ready(request: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    main()
