"""One process per data folder: an advisory lock that the kernel frees when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from bot.errors import EmbeddedError


class DataLock:
    """Held for the life of an embedded app. A second one on the same folder is refused with a sentence.

    Raises:
        EmbeddedError: Another process holds the folder, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    def __enter__(self) -> DataLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise EmbeddedError(f"The data folder {self._path.parent} cannot be written: {exc.strerror}.") from exc
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(handle)
            raise EmbeddedError(
                f"Another Shudong already runs on {self._path.parent}. Stop it first, or use PostgreSQL and Redis "
                "for several processes."
            ) from exc
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
