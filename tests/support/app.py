"""The app as people run it: ``shudong serve`` as a process of its own, on a free port, in a folder of its own."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import processes


class AppProcess:
    """One ``shudong serve``. ``start`` returns when ``/readyz`` answers; ``kill`` is ``kill -9``.

    Attributes:
        url: ``http://127.0.0.1:port``.
        log: What it wrote on stdout and stderr, from all its starts.
    """

    def __init__(self, folder: Path, *, demo: bool = True, port: int | None = None, **settings: object) -> None:
        """``settings`` are SHUDONG_ names in lower case: ``burst_quiet_s=0``, ``database_url="postgresql://…"``."""
        self.folder = folder
        self.port = port or processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"app-{self.port}.log"
        self._args = ["--demo"] if demo else []
        own = {"data_dir": folder / "data", "listen": f"127.0.0.1:{self.port}", "public_url": self.url}
        given = {**own, **settings}
        self._environ = {f"SHUDONG_{name.upper()}": str(value) for name, value in given.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> Self:
        """Start it and wait until it can serve.

        Raises:
            ServerFailedError: It did not come up; the message holds the end of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SHUDONG_", "COV_"))}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "serve", *self._args],
                env={**clean, **self._environ}, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        processes.wait_until(self._is_ready, self._process, self.log)
        return self

    def kill(self) -> None:
        """As a crash does it: nothing is drained, nothing is said."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """As an operator does it; the exit status."""
        assert self._process is not None
        processes.stop(self._process, signal.SIGTERM)
        return self._process.returncode

    def close(self) -> None:
        if self._process is not None:
            processes.stop(self._process)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310  # our own address
                status: int = answer.status
                return status == 200
        except (urllib.error.URLError, OSError):
            return False
