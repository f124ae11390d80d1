"""A real PostgreSQL server for the suite, on a free port of 127.0.0.1, with fsync on as in life."""

import asyncio
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from tests.support import processes

T = TypeVar("T")

USER = "shudong"
NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class PostgresMissingError(RuntimeError):
    """No server binaries on this machine; the message says what to install."""


def find_binaries() -> Path:
    """The folder that holds ``initdb`` and ``postgres``, the newest version first.

    Raises:
        PostgresMissingError: There is none. TEST_POSTGRES_BIN may name one.
    """
    named = os.environ.get("TEST_POSTGRES_BIN")
    places = [Path(named)] if named else _usual_places()
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise PostgresMissingError(
        "the tests need a PostgreSQL server (initdb, postgres). On Debian or Ubuntu: apt-get install postgresql; "
        "elsewhere install PostgreSQL 14 or newer and set TEST_POSTGRES_BIN to its bin folder."
    )


def _usual_places() -> list[Path]:
    roots = (Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt"))
    versions = [bin_folder for root in roots for bin_folder in root.glob("*/bin") if (bin_folder / "initdb").exists()]
    versions.sort(key=lambda place: [int(part) for part in re.findall(r"\d+", str(place))], reverse=True)
    on_path = shutil.which("initdb")
    return versions + ([Path(on_path).resolve().parent] if on_path else [])


class PostgresServer:
    """One cluster in a folder of its own. The first ``start`` makes it; ``kill`` and ``start`` crash it."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """``options`` go to ``postgres`` as they are, for example ``("-c", "max_connections=50")``."""
        self._options = options
        self._bin = find_binaries()
        self._user = processes.unprivileged_user()
        self.folder = processes.short_folder("pg")
        self.port = processes.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def binaries(self) -> Path:
        return self._bin

    def url(self, database: str) -> str:
        """As SHUDONG_DATABASE_URL takes it."""
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start on the data that is there and return when it takes connections."""
        if not (self.folder / "data").exists():
            self._make_cluster()
        log = self.folder / "log"
        with log.open("ab") as out:
            # The postmaster itself, not pg_ctl: the suite ends it by its own pid.
            self._process = subprocess.Popen(
                [
                    *(str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)),
                    *("-h", "127.0.0.1", "-p", str(self.port), "-c", "max_connections=200"),
                    *self._options,
                ],
                stdout=out,
                stderr=out,
                **self._as_user(),
            )
        processes.wait_until(self._accepts, self._process, log)

    def create_database(self, *, template: str | None = None) -> str:
        """Make a database with a name of its own, empty or as a copy of ``template``; the name."""
        name = f"t_{secrets.token_hex(8)}"
        self._admin(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return name

    def create_template(self, name: str, build: Callable[[str], Awaitable[None]]) -> str:
        """Make database ``name`` once and fill it by ``build(url)``; later calls only name it.

        ``build`` must close its connections: PostgreSQL copies only what nobody is using.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"not a plain name: {name}")
        if not self._admin(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 - checked just above
            self._admin(f'CREATE DATABASE "{name}"')
            _in_own_loop(lambda: build(self.url(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, and whoever still uses it."""
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def kill(self) -> None:
        """SIGKILL of the postmaster, as the crash tests need it; its children end by themselves."""
        if self._process is not None:
            processes.stop(self._process, signal.SIGKILL)

    def close(self) -> None:
        """Stop for good (open connections are cut) and remove the data."""
        if self._process is not None:
            processes.stop(self._process, signal.SIGINT)
        processes.remove(self.folder)

    def _make_cluster(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        subprocess.run(
            [
                *(str(self._bin / "initdb"), "-D", str(self.folder / "data"), "-U", USER, "-A", "trust"),
                *("--no-locale", "-E", "UTF8"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as_user(),
        )

    def _as_user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if self._user is None:
            return {}
        return {"user": self._user, "group": _group_of(self._user), "extra_groups": []}

    def _accepts(self) -> bool:
        try:
            self._admin("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    def _admin(self, statement: str) -> list[Any]:
        async def run() -> list[Any]:
            connection = await asyncpg.connect(
                host="127.0.0.1", port=self.port, user=USER, database="postgres", timeout=30
            )
            try:
                rows: list[Any] = await connection.fetch(statement)
                return rows
            finally:
                await connection.close()

        return _in_own_loop(run)


def _group_of(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _in_own_loop(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine from a plain function, whether or not the test's own loop is running in this thread."""

    async def run() -> T:
        return await work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()
