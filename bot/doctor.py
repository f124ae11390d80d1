"""``shudong doctor``: looks at everything the app stands on, says what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import aiohttp
import redis.exceptions

from bot.admin import opened, records_settings, serve_policy, utc_now
from bot.embedded.lock import DataLock
from bot.errors import BotError
from bot.gateway.rasa_client import Outcome, RasaClient
from bot.pages import missing_builds
from bot.settings import Settings
from bot.translate_settings import nlu_settings, rasa_settings
from escalation.redis_client import connect
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.search import KnowledgeBase, Meaning, SearchSettings
from knowledge_base.shelf import FileShelf
from nlu.engine import open_assessor, open_encoder
from nlu.errors import NluError
from nlu.labels import RiskLevel
from records import audit
from records.errors import RecordsError

_DISK_LOW = 2 * 1024**3
_CLOCK_S = 2.0
_RASA_S = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """``mend`` says what to do; empty when all is well."""

    what: str
    state: Literal["ok", "warning", "broken"]
    detail: str
    mend: str = ""


Look = Callable[[Settings], Awaitable[Finding]]


async def examine(load: Callable[[], Settings]) -> int:
    """Look at everything; print a line each. Exit status 1 when something is broken."""
    try:
        settings = load()
    except BotError as exc:
        _print(Finding("settings", "broken", str(exc), "docs/settings.md lists every name and its values."))
        return 1
    findings = [Finding("settings", "ok", "every value can be used")]
    findings += [
        await _careful(look, settings) for look in (_database, _queue, _model, _rasa, _articles, _pages, _disk, _clock)
    ]
    for finding in findings:
        _print(finding)
    return 1 if any(finding.state == "broken" for finding in findings) else 0


async def _careful(look: Look, settings: Settings) -> Finding:
    try:
        return await look(settings)
    except (OSError, BotError, RecordsError, KnowledgeBaseError, NluError, redis.exceptions.RedisError) as exc:
        return Finding(look.__name__.strip("_"), "broken", f"{type(exc).__name__}: {exc}", _MEND[look.__name__])


def _print(finding: Finding) -> None:
    print(f"{finding.state:8} {finding.what:10} {finding.detail}")
    if finding.mend:
        print(f"{'':8} {'':10} → {finding.mend}")


async def _database(settings: Settings) -> Finding:
    if settings.embedded_database and not (records_settings(settings).database_file or settings.data_dir).exists():
        return Finding("database", "ok", "not there yet: the first start makes it, and prints the recovery sheet")
    if settings.embedded_database and await _runs_here(settings):
        return Finding("database", "ok", "in use by the running app; its /readyz answers for it")
    async with opened(settings) as store:
        count = await audit.verify(store)
    return Finding("database", "ok", f"opens, keys fit, audit trail of {count} entries unbroken")


async def _runs_here(settings: Settings) -> bool:
    try:
        with DataLock(settings.data_dir):
            return False
    except BotError:
        return True


async def _queue(settings: Settings) -> Finding:
    if settings.embedded_redis:
        return Finding("queue", "ok", "the app starts its own server")
    clients = connect(settings.redis_url.get_secret_value())
    try:
        begun = time.perf_counter()
        await clients.commands.ping()
        return Finding("queue", "ok", f"answers in {(time.perf_counter() - begun) * 1000:.0f} ms")
    finally:
        await clients.aclose()


async def _model(settings: Settings) -> Finding:
    assessor = open_assessor(nlu_settings(settings))
    harmless = await asyncio.to_thread(assessor.read, "你好")
    if harmless.level is not RiskLevel.NONE:
        return Finding("model", "broken", "a greeting is read as danger", "Install the package again.")
    if settings.nlu == "lexicon":
        return Finding("model", "warning", "the lexicon reads alone and misses much more", "Unset SHUDONG_NLU.")
    return Finding("model", "ok", harmless.model_version)


async def _rasa(settings: Settings) -> Finding:
    asked = rasa_settings(settings)
    if asked is None:
        return Finding("rasa", "ok", "not asked for: the embedded reader reads intents")
    ends: list[Outcome] = []
    client = RasaClient(replace(asked, timeout_s=_RASA_S), counted=ends.append)
    try:
        begun = time.perf_counter()
        await client.read("你好")
    finally:
        await client.aclose()
    if ends[-1] not in (Outcome.READ, Outcome.UNSURE):
        return Finding("rasa", "warning", f"a greeting was not read: {ends[-1]}", _MEND["_rasa"])
    return Finding("rasa", "ok", f"reads a greeting in {(time.perf_counter() - begun) * 1000:.0f} ms")


async def _articles(settings: Settings) -> Finding:
    wanted = serve_policy(settings)
    encoder = None if settings.nlu_encoder else open_encoder(nlu_settings(settings))
    meaning = Meaning.load(encoder) if encoder else None
    served = len(KnowledgeBase.load(FileShelf(), SearchSettings(policy=wanted), meaning=meaning).articles)
    if served:
        return Finding("articles", "ok", f"{served} are served")
    return Finding(
        "articles", "warning", "no article has the review state that SHUDONG_SERVE_ARTICLES asks for",
        "A local professional reads and approves them; until then the bot listens, and calls people.",
    )  # fmt: skip


async def _pages(settings: Settings) -> Finding:
    missing = missing_builds()
    if missing:
        return Finding("pages", "broken", f"not built: {', '.join(missing)}", "make build")
    return Finding("pages", "ok", "chat, loader and console are built")


async def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    free = shutil.disk_usage(folder).free
    state: Literal["ok", "warning"] = "ok" if free > _DISK_LOW else "warning"
    mend = "" if free > _DISK_LOW else "Make room: a full disk means that messages cannot be written down."
    return Finding("disk", state, f"{free / 1024**3:.1f} GiB free", mend)


async def _clock(settings: Settings) -> Finding:
    """Compare with the app's public address, if it answers: a wrong clock spoils timers and signatures."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session,
            session.get(f"{settings.public_url}/healthz") as answer,
        ):
            told = answer.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Finding(
            "clock", "ok", f"{utc_now().isoformat(timespec='seconds')}; the app is not running to compare with"
        )
    if told is None:
        return Finding("clock", "ok", utc_now().isoformat(timespec="seconds"))
    theirs = datetime.strptime(told, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    off = abs((utc_now() - theirs).total_seconds())
    if off > _CLOCK_S + 1:
        return Finding("clock", "warning", f"{off:.0f} s away from the app's", "Let NTP set the clock.")
    return Finding("clock", "ok", "agrees with the app's")


_MEND = {
    "_database": "Check SHUDONG_DATABASE_URL, the key file and the key store; docs/operators.md tells how to restore.",
    "_queue": "Check SHUDONG_REDIS_URL, and that the server runs.",
    "_model": "Install the package again.",
    "_rasa": "Check SHUDONG_RASA_URL, that it runs (make rasa), and that its model is of this version.",
    "_articles": "Run: shudong kb check",
    "_pages": "make build",
    "_disk": "Check SHUDONG_DATA_DIR.",
    "_clock": "Let NTP set the clock.",
}
