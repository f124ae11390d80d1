"""Small jobs of an operator that need the database: people, the audit trail, the table of settings."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings
from knowledge_base.article import ArticleState
from knowledge_base.shelf import ServePolicy
from records import audit, lines, staff
from records.models import Role
from records.settings import RecordsSettings
from records.store import Store, Tx

PASSWORD_MIN = 12


def utc_now() -> datetime:
    """The process's clock: the one place where the real time comes in."""
    return datetime.now(UTC)


def records_settings(settings: Settings) -> RecordsSettings:
    """The operator's settings as the store takes them."""
    return RecordsSettings(
        data_dir=settings.data_dir,
        database_url=settings.database_url.get_secret_value(),
        keystore_url=settings.keystore_url.get_secret_value(),
        key_file=settings.effective_key_file,
    )


def serve_policy(settings: Settings) -> ServePolicy:
    """Which articles people get: what the operator allows; the demo shows all."""
    return ServePolicy.everything() if settings.demo else ServePolicy(ArticleState(settings.serve_articles))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store for one short job. The very first one makes the master key, and its sheet must not be lost."""
    store = await Store.open(records_settings(settings), clock=utc_now)
    if store.recovery_sheet:
        print(store.recovery_sheet, file=sys.stderr)
    try:
        yield store
    finally:
        await store.aclose()


async def add_staff(settings: Settings, *, login: str, name: str, roles: Sequence[str], password: str) -> int:
    """Add a person to the default line.

    Raises:
        SettingsError: The password is too short.
    """
    if len(password) < PASSWORD_MIN:
        raise SettingsError(f"The password needs at least {PASSWORD_MIN} characters.")

    async def work(tx: Tx) -> str:
        line = await lines.ensure_default(tx)
        person = await staff.create(
            tx,
            login=login,
            password=password,
            display_name=name,
            roles=[Role(role) for role in roles],
            line_ids=[line.id],
        )
        await audit.write(tx, actor="cli", action="staff.add", object_kind="staff", object_id=person.id)
        return person.id

    async with opened(settings) as store:
        print(await store.write(work))
    return 0


async def verify_audit(settings: Settings) -> int:
    """Check the chain from its first entry.

    Raises:
        AuditBrokenError: An entry was changed, removed or put in; it names the first such one.
    """
    async with opened(settings) as store:
        count = await audit.verify(store)
    print(f"{count} entries, unbroken")
    return 0


def settings_table() -> str:
    """Every setting as a Markdown table: what ``docs/settings.md`` holds."""
    rows = [f"| `{PREFIX}{name.upper()}` | {_default(field)} | {field.description} |" for name, field in _fields()]
    return "\n".join(["| name | default | meaning |", "|---|---|---|", *rows])


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(Settings.model_fields.items())


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return ""
    default = field.default
    if default is PydanticUndefined or default is None or str(default) in ("", "**********"):
        return ""
    return f"`{default}`"
