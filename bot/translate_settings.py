"""The operator's settings as each room takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from bot.engine.state import Policy
from bot.errors import SettingsError
from bot.gateway.rasa_client import RasaSettings
from bot.settings import Settings
from escalation.alerts.ways import Mail, Way, Webhook
from escalation.settings import EscalationSettings, Ladder, Step
from nlu.labels import RiskLevel
from nlu.settings import NluSettings

T = TypeVar("T")


def engine_policy(settings: Settings) -> Policy:
    """Times of the conversation engine."""
    return Policy(
        burst_quiet_s=settings.burst_quiet_s,
        answers_per_minute=settings.answers_per_minute,
        closing_silence_calls_from=RiskLevel(settings.closing_silence_calls_from),
        checkin_s=settings.checkin_s,
        idle_s=settings.idle_close_h * 3600,
    )


def nlu_settings(settings: Settings) -> NluSettings:
    """What reads messages, and how long it may take."""
    return NluSettings(
        with_model=settings.nlu == "full",
        encoder_directory=settings.nlu_encoder,
        heads_directory=settings.nlu_heads,
        budget_s=settings.nlu_budget_s,
    )


def rasa_settings(settings: Settings) -> RasaSettings | None:
    """Where Rasa is; None where the embedded reader is the only one."""
    url = settings.rasa_url.get_secret_value()
    return RasaSettings(url=url, timeout_s=settings.rasa_timeout_s) if url else None


def escalation_settings(settings: Settings) -> EscalationSettings:
    """Times of the helpers' side. A ladder or clock in the settings replaces that of its level alone.

    Raises:
        SettingsError: A level is not 0-4, or a ladder has not as many rungs as its default.
    """
    defaults = EscalationSettings()
    return EscalationSettings(
        lease_s=settings.lease_s,
        ping_s=min(defaults.ping_s, settings.lease_s / 3),
        ladders=_ladders(settings.ladder, defaults.ladders),
        first_word_s={**defaults.first_word_s, **_by_level("FIRST_WORD_S", settings.first_word_s)},
        alert_repeat_s=dict.fromkeys(defaults.alert_repeat_s, settings.alert_repeat_s),
        on_duty_after_action_s=settings.on_duty_s,
        behind_tls=settings.behind_tls,
        public_url=settings.public_url,
    )


def _by_level(name: str, given: Mapping[str, T]) -> dict[RiskLevel, T]:
    try:
        return {RiskLevel(int(level)): value for level, value in given.items()}
    except ValueError as exc:
        raise SettingsError(f"Setting SHUDONG_{name}: levels are the numbers 0 to 4.") from exc


def _ladders(given: Mapping[str, list[float]], defaults: Mapping[RiskLevel, Ladder]) -> dict[RiskLevel, Ladder]:
    ladders = dict(defaults)
    for level, seconds in _by_level("LADDER", given).items():
        rungs = [step.rung for step in defaults[level]]
        if len(seconds) != len(rungs):
            raise SettingsError(f"Setting SHUDONG_LADDER: level {int(level)} has {len(rungs)} rungs.")
        ladders[level] = tuple(Step(after, rung) for after, rung in zip(seconds, rungs, strict=True))
    return ladders


def alert_ways(settings: Settings, clock: Callable[[], datetime]) -> list[Way]:
    """How people outside the app are called.

    Raises:
        SettingsError: A webhook without a secret, or mail without sender or recipients.
    """
    ways: list[Way] = []
    if settings.webhook_url:
        secret = settings.webhook_secret.get_secret_value()
        if not secret:
            raise SettingsError("Setting SHUDONG_WEBHOOK_SECRET is needed: the receiver checks who calls by it.")
        ways.append(Webhook(url=settings.webhook_url, secret=secret, clock=clock))
    if settings.smtp_url.get_secret_value():
        ways.append(_mail(settings))
    return ways


def _mail(settings: Settings) -> Mail:
    if not settings.mail_from or not settings.mail_to:
        raise SettingsError("Settings SHUDONG_MAIL_FROM and SHUDONG_MAIL_TO are needed for alerts by mail.")
    url = urlsplit(settings.smtp_url.get_secret_value())
    tls = url.scheme == "smtps"
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise SettingsError("Setting SHUDONG_SMTP_URL must look like smtp://user:password@host:587.")
    return Mail(
        host=url.hostname,
        port=url.port or (465 if tls else 25),
        sender=settings.mail_from,
        recipients=settings.mail_to,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        tls=tls,
    )


def is_school(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address belongs to a school's network, where many seekers share it."""
    try:
        here = ip_address(address)
        return any(here in ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False
