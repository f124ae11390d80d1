"""Where records live and how hard the store works. Read once, checked at construction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from records.errors import SettingsError

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def _url(name: str, text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as exc:
        raise SettingsError(f"{name} cannot be read as a database address") from exc
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise SettingsError(f"{name} names {url.get_backend_name()}, but only sqlite and postgresql are supported")
    url = url.set(drivername=driver)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError(f"{name} must name a file: what people write has to survive a restart")
    return url


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """How long each class is kept after the last activity. A legal hold wins over every one of them."""

    conversation: timedelta = timedelta(days=180)
    case: timedelta = timedelta(days=3 * 366)
    seeker: timedelta = timedelta(days=365)
    crisis: timedelta = timedelta(days=3 * 366)
    """Conversations that reached level 3, and everything about them: a duty, so never less than three years."""
    sessions: timedelta = timedelta(days=30)

    def __post_init__(self) -> None:
        if self.crisis < timedelta(days=3 * 365):
            raise SettingsError("crisis records have to be kept for three years at least")
        if min(self.conversation, self.case, self.seeker, self.sessions) < timedelta(days=1):
            raise SettingsError("a retention time below one day would erase talks that are still going on")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsSettings:
    """Addresses, limits and times of the store. Empty addresses mean files in ``data_dir``."""

    data_dir: Path
    database_url: str = field(default="", repr=False)
    key_file: Path | None = None
    keystore_url: str = field(default="", repr=False)
    read_pool: int = 4
    """Connections that read at once (SQLite); on PostgreSQL readers and writers share ``pool``."""
    pool: int = 10
    batch: int = 200
    """At most so many units of work share one COMMIT (SQLite)."""
    busy_s: float = 10.0
    """How long a write may wait for a database that is locked or away before it fails."""
    unit_s: float = 20.0
    """How long one unit of work may take before it is given up, so that it cannot hold the others for ever."""
    key_cache: int = 4096
    key_ttl_s: float = 30.0
    """How long a data key is remembered; a destroyed key is dead everywhere after that."""
    rules: RetentionRules = field(default_factory=RetentionRules)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_dir", Path(self.data_dir))
        self._check_numbers()
        _ = self.database, self.keystore
        if self.keystore_file is not None and self.keystore_file == self.database_file:
            raise SettingsError("keystore_url must not name the main database: its backups have to be kept apart")

    def _check_numbers(self) -> None:
        for name, low, high in (
            ("read_pool", 1, 64), ("pool", 2, 200), ("batch", 1, 1000), ("busy_s", 0.1, 120), ("unit_s", 1, 300),
            ("key_cache", 16, 1_000_000), ("key_ttl_s", 0, 60),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} is {value}, but has to be between {low} and {high}")

    @property
    def database(self) -> URL:
        return _url("database_url", self.database_url or f"sqlite:///{self.data_dir / 'shudong.db'}")

    @property
    def keystore(self) -> URL:
        return _url("keystore_url", self.keystore_url or f"sqlite:///{self.data_dir / 'keys' / 'keystore.db'}")

    @property
    def master_key_file(self) -> Path:
        return Path(self.key_file) if self.key_file is not None else self.data_dir / "keys" / "master.key"

    @property
    def database_file(self) -> Path | None:
        return _file(self.database)

    @property
    def keystore_file(self) -> Path | None:
        return _file(self.keystore)


def _file(url: URL) -> Path | None:
    return Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None
