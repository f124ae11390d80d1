"""Real servers as children of the test run: free ports, short folders, and an end by their own pid."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

START_LIMIT_S = 60.0  # a loaded machine may need ten times what a quiet one does
STOP_LIMIT_S = 30.0


class ServerFailedError(RuntimeError):
    """A server of the suite did not come up or did not go; the message holds the end of its log."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def takes_connections(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def short_folder(prefix: str) -> Path:
    """A new folder with a short path: a Unix socket's may have 107 characters, and pytest's folders are longer."""
    return Path(tempfile.mkdtemp(prefix=f"sd-{prefix}-"))


def unprivileged_user() -> str | None:
    """Whom a server that refuses root must run as; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise ServerFailedError("running as root, and neither a user postgres nor nobody exists")


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Poll ``ready`` until it holds.

    Raises:
        ServerFailedError: The process ended, or was not ready within START_LIMIT_S.
    """
    end = time.monotonic() + START_LIMIT_S
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            tail = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
            raise ServerFailedError(f"{process.args!r} is not ready (exit status {process.poll()}):\n{tail}")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes], sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask this one process to end, insist after STOP_LIMIT_S, and reap it."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def remove(folder: Path) -> None:
    """Remove a server's folder once it has stopped."""
    shutil.rmtree(folder, ignore_errors=True)
