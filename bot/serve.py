"""``shudong serve``: the process around the app. Start in order of need, stop by draining, in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

import uvloop
from aiohttp import web

from bot.app import App
from bot.demo import demo_pages
from bot.embedded.lock import DataLock
from bot.embedded.valkey import EmbeddedValkey
from bot.errors import SettingsError
from bot.logs import configure_logs
from bot.pages import missing_builds
from bot.settings import Settings

_DRAIN_S = 10.0


def serve(settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C.

    Raises:
        SettingsError, EmbeddedError, RecordsError: The start is refused with a sentence.
    """
    _check(settings)
    configure_logs(settings.log_level, process=settings.process_name or f"p{os.getpid()}")
    with contextlib.ExitStack() as stack:
        if settings.embedded_database or settings.embedded_redis:
            stack.enter_context(DataLock(settings.data_dir))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(settings))
    return 0


def _check(settings: Settings) -> None:
    if settings.demo and settings.is_public:
        raise SettingsError(
            f"The demo has sign-ins that everybody knows, so it does not listen on {settings.listen}. "
            "Use 127.0.0.1, or run without --demo."
        )
    missing = missing_builds()
    if missing:
        raise SettingsError(f"The front ends are not built ({', '.join(missing)}). Run: make build")


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        valkey = None
        if settings.embedded_redis:
            valkey = EmbeddedValkey(settings.data_dir / "queue")
            await valkey.start()
            stack.push_async_callback(valkey.aclose)
        app = await App.open(settings, valkey=valkey)
        stack.push_async_callback(app.aclose)
        runner = await _listen(app, settings, stack)
        _tell(app, settings)
        await stop.wait()
        # First the doors: what is acknowledged from here on would be left lying.
        await runner.cleanup()
        await app.drain(_DRAIN_S)


async def _listen(app: App, settings: Settings, stack: contextlib.AsyncExitStack) -> web.AppRunner:
    runner = web.AppRunner(app.web, access_log=None, shutdown_timeout=_DRAIN_S)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
    return runner


def _tell(app: App, settings: Settings) -> None:
    """What a person at the terminal needs; the recovery sheet is printed once, at the first start."""
    if app.store.recovery_sheet:
        print(app.store.recovery_sheet, file=sys.stderr)
    base = f"http://{settings.listen}"
    print(f"Shudong is ready: {base}/chat (chat)  {base}/console (desk)", flush=True)
    if settings.demo:
        print(demo_pages(base), flush=True)
