"""The operator's settings as each room takes them; what makes no sense is named."""

from __future__ import annotations

from typing import Any

import pytest

from bot.admin import utc_now
from bot.errors import SettingsError
from bot.settings import load_settings
from bot.translate_settings import alert_ways, engine_policy, escalation_settings, is_school
from escalation.alerts.ways import Mail, Webhook
from escalation.settings import EscalationSettings
from nlu.labels import RiskLevel


def test_a_ladder_or_clock_replaces_that_of_its_level_alone() -> None:
    default = EscalationSettings()
    made = escalation_settings(
        load_settings({}, ladder={"4": [0, 5, 10, 20]}, first_word_s={"3": 99}, lease_s=9, alert_repeat_s=4)
    )
    assert [step.after_s for step in made.ladders[RiskLevel.IMMINENT]] == [0, 5, 10, 20]
    assert made.ladders[RiskLevel.HIGH] == default.ladders[RiskLevel.HIGH]
    assert made.first_word_s[RiskLevel.HIGH] == 99
    assert made.first_word_s[RiskLevel.IMMINENT] == default.first_word_s[RiskLevel.IMMINENT]
    assert made.ping_s <= 3
    assert set(made.alert_repeat_s.values()) == {4}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ladder": {"4": [0, 5]}}, "SHUDONG_LADDER: level 4 has"),
        ({"ladder": {"nine": [0]}}, "SHUDONG_LADDER: levels are"),
        ({"first_word_s": {"9": 1}}, "SHUDONG_FIRST_WORD_S: levels are"),
    ],
)
def test_a_wrong_ladder_or_clock_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        escalation_settings(load_settings({}, **wrong))


def test_times_of_the_talk_are_taken_over() -> None:
    policy = engine_policy(load_settings({}, burst_quiet_s=1, idle_close_h=2, checkin_s=(9, 8, 7)))
    assert (policy.burst_quiet_s, policy.idle_s, policy.checkin_s) == (1, 7200, (9, 8, 7))


def test_ways_out_of_the_app_are_made_of_their_settings() -> None:
    assert alert_ways(load_settings({}), utc_now) == []
    mail = {"mail_from": "a@b.example", "mail_to": ("c@d.example",)}
    ways = alert_ways(
        load_settings(
            {}, webhook_url="https://on.call.example/x", webhook_secret="s", smtp_url="smtps://u%40x:p%3Aw@mail.example",
            **mail,
        ),
        utc_now,
    )  # fmt: skip
    hook, post = ways
    assert isinstance(hook, Webhook)
    assert isinstance(post, Mail)
    assert (post.host, post.port, post.username, post.password, post.tls) == (
        "mail.example", 465, "u@x", "p:w", True,
    )  # fmt: skip
    (plain,) = alert_ways(load_settings({}, smtp_url="smtp://mail.example", **mail), utc_now)
    assert isinstance(plain, Mail)
    assert (plain.port, plain.username, plain.tls) == (25, None, False)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"webhook_url": "https://x.example"}, "SHUDONG_WEBHOOK_SECRET"),
        ({"smtp_url": "smtp://x.example"}, "SHUDONG_MAIL_FROM"),
        ({"smtp_url": "ftp://x.example", "mail_from": "a", "mail_to": ("b",)}, "SHUDONG_SMTP_URL"),
        ({"smtp_url": "smtp://", "mail_from": "a", "mail_to": ("b",)}, "SHUDONG_SMTP_URL"),
    ],
)
def test_a_way_that_cannot_work_is_named_at_the_start(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        alert_ways(load_settings({}, **wrong), utc_now)


@pytest.mark.parametrize(
    ("address", "networks", "school"),
    [
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("11.1.2.3", ("10.0.0.0/8", "192.168.0.0/16"), False),
        ("fd00::1", ("fd00::/8",), True),
        ("somewhere", ("10.0.0.0/8",), False),
        ("10.1.2.3", ("nonsense",), False),
    ],
)
def test_a_school_is_known_by_its_network(address: str, networks: tuple[str, ...], school: bool) -> None:
    assert is_school(address, networks) is school
