"""Every setting, typed, read once from ``SHUDONG_*`` or from one file of ``KEY=value`` lines, and handed down.

``docs/settings.md`` is made from the descriptions below (``make docs``), so they are written for the operator.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

PREFIX = "SHUDONG_"


class Settings(BaseSettings):
    """The operator's choices. Units stand in the names; secrets do not show in ``repr``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file_encoding="utf-8", frozen=True, extra="forbid")

    listen: str = Field("127.0.0.1:8080", description="Address and port to listen on.")
    public_url: str = Field("http://127.0.0.1:8080", description="How the outside reaches the app; used in links.")
    trust_proxy: bool = Field(False, description="Believe X-Forwarded-For and X-Forwarded-Proto of a proxy in front.")
    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, queue and key store.")
    database_url: SecretStr = Field(SecretStr(""), description="PostgreSQL URL; empty: SQLite under the data folder.")
    keystore_url: SecretStr = Field(SecretStr(""), description="Key store's database; empty: SQLite under data/keys.")
    key_file: Path | None = Field(None, description="Master key, mode 0600; empty: data/keys/master.key.")
    redis_url: SecretStr = Field(SecretStr(""), description="Redis or Valkey URL; empty: the app runs its own child.")
    process_name: str = Field("", description="Name of this process in leases and logs; empty: made at start.")
    demo: bool = Field(False, description="Seed demo people and serve every article. Never on a public address.")

    region: str | None = Field(None, description="Place served: baotou, huaian, wuhai, pingliang or ningxia.")
    serve_articles: Literal["approved", "checked", "draft"] = Field(
        "approved", description="Least review state of an article that the bot may give."
    )
    nlu: Literal["full", "lexicon"] = Field(
        "full", description="What reads messages: lexicon and model, or the lexicon alone (misses much more)."
    )
    nlu_encoder: str = Field("", description="Folder of a sentence-transformers model to use instead of our own.")
    nlu_heads: str = Field("", description="Folder of the heads trained on that model (make train writes them).")
    nlu_budget_s: float = Field(0.4, gt=0, le=5, description="How long an answer waits for the encoder, seconds.")
    rasa_url: SecretStr = Field(
        SecretStr(""), description="A Rasa server that reads intents; empty: the embedded reader."
    )
    rasa_timeout_s: float = Field(0.25, gt=0, le=1, description="How long a harmless message waits for Rasa, seconds.")
    burst_quiet_s: float = Field(2.5, ge=0, le=10, description="Quiet after which a burst is answered, seconds.")
    answers_per_minute: int = Field(
        6, gt=0, description="Answers to one seeker a minute below level 3; intake is free."
    )
    closing_silence_calls_from: int = Field(
        1, ge=0, le=2, description="From this level on, silence after the closing safety question calls a human (S17)."
    )
    idle_close_h: float = Field(12, gt=0, description="A talk at level 0 or 1 ends after this many silent hours.")
    carry_level_h: float = Field(72, ge=72, description="How long a level stays with a seeker, hours (S5).")
    session_h: float = Field(24, gt=0, le=720, description="Life of a web session without use, hours.")
    device_days: float = Field(180, gt=0, description="Life of 'remember me on this device', days.")
    locator_days: float = Field(7, gt=0, le=30, description="How long the sealed address packet of a web talk is kept.")
    embed_sites: tuple[str, ...] = Field((), description="Sites that may embed the widget, as origins in a JSON list.")
    schools: tuple[str, ...] = Field((), description="Networks (CIDR) of schools: many seekers behind one address.")
    exit_url: str = Field("https://www.baidu.com/", description="Where 'leave at once' goes.")

    ladder: dict[str, list[float]] = Field(
        default_factory=dict, description='Seconds of the rungs per level, e.g. {"4": [0, 30, 60, 180]}.'
    )
    first_word_s: dict[str, float] = Field(
        default_factory=dict, description='Clock of the first human word per level, e.g. {"4": 60, "3": 180}.'
    )
    lease_s: float = Field(30, gt=0, le=30, description="A desk silent for longer loses its tickets, seconds.")
    on_duty_s: float = Field(300, gt=0, description="On duty means a human action within this many seconds.")
    alert_repeat_s: float = Field(10, gt=0, description="How often an unclaimed alert is repeated, seconds.")
    checkin_s: tuple[float, ...] = Field((120, 300, 600), description="Gentle check-ins after silence at level >= 3.")
    webhook_url: str = Field("", description="Outside rung: neutral, signed POST to this address.")
    webhook_secret: SecretStr = Field(SecretStr(""), description="Key of the webhook's HMAC signature.")
    smtp_url: SecretStr = Field(SecretStr(""), description="Outside rung by mail: smtp://user:password@host:port.")
    mail_from: str = Field("", description="Sender of alert mails.")
    mail_to: tuple[str, ...] = Field((), description="On-call people who get alert mails, as a JSON list.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    @field_validator("listen")
    @classmethod
    def _listen_has_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError("must look like 127.0.0.1:8080")
        return value

    @field_validator("rasa_url")
    @classmethod
    def _rasa_is_an_address(cls, value: SecretStr) -> SecretStr:
        url = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (url.scheme not in ("http", "https") or not url.hostname):
            raise ValueError("must look like http://127.0.0.1:5005")
        return value

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach the address."""
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"

    @property
    def embedded_database(self) -> bool:
        return not self.database_url.get_secret_value()

    @property
    def embedded_redis(self) -> bool:
        return not self.redis_url.get_secret_value()

    @property
    def behind_tls(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def effective_key_file(self) -> Path:
        return self.key_file or self.data_dir / "keys" / "master.key"


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings once.

    Args:
        environ: Usually the process's environment. ``SHUDONG_CONFIG`` names a file of ``SHUDONG_…=value`` lines.
        overrides: What the command line said; stronger than both.

    Raises:
        SettingsError: A value is wrong or a name is unknown; the sentence names all of them.
    """
    environ = os.environ if environ is None else environ
    config = environ.get(PREFIX + "CONFIG")
    if config and not Path(config).is_file():
        raise SettingsError(f"SHUDONG_CONFIG names {config}, but there is no such file.")
    _refuse_unknown(environ)
    try:
        settings = Settings(_env_file=config or None, **overrides)  # type: ignore[arg-type]  # overrides are checked by pydantic
    except ValidationError as exc:
        raise SettingsError("\n".join(_sentence(error) for error in exc.errors())) from exc
    return settings


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "CONFIG"}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"Unknown setting: {', '.join(unknown)}. docs/settings.md lists every name.")


def _sentence(error: Mapping[str, object]) -> str:
    location = error.get("loc") or ("?",)
    name = str(location[0]) if isinstance(location, tuple) else str(location)
    return f"Setting {PREFIX}{name.upper().removeprefix(PREFIX)}: {error.get('msg')}."
