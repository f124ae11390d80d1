"""Settings are read once, and a wrong one is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings
from bot.translate_settings import rasa_settings


def test_defaults_are_embedded_and_private() -> None:
    settings = load_settings({})
    assert settings.embedded_database
    assert settings.embedded_redis
    assert not settings.is_public


def test_a_wrong_value_names_the_setting_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUDONG_LISTEN", "nowhere")
    with pytest.raises(SettingsError, match=r"SHUDONG_LISTEN.*127\.0\.0\.1:8080"):
        load_settings()


def test_a_misspelt_name_is_not_silently_ignored() -> None:
    with pytest.raises(SettingsError, match="SHUDONG_DATABSE_URL"):
        load_settings({"SHUDONG_DATABSE_URL": "sqlite:///x"})


@pytest.mark.parametrize("url", ["rasa:5005", "ftp://rasa", "http://", "yes"])
def test_an_address_of_rasa_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"SHUDONG_RASA_URL.*http://127\.0\.0\.1:5005"):
        load_settings({}, rasa_url=url)


def test_rasa_is_asked_only_when_it_is_named() -> None:
    assert rasa_settings(load_settings({})) is None
    asked = rasa_settings(load_settings({}, rasa_url="http://rasa:5005", rasa_timeout_s=0.5))
    assert asked is not None
    assert (asked.url, asked.timeout_s) == ("http://rasa:5005", 0.5)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings({"SHUDONG_CONFIG": str(tmp_path / "none")})


def test_one_file_can_hold_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "shudong.env"
    config.write_text("SHUDONG_LISTEN=127.0.0.1:9000\nSHUDONG_REGION=huaian\n", encoding="utf-8")
    monkeypatch.setenv("SHUDONG_CONFIG", str(config))
    settings = load_settings()
    assert (settings.port, settings.region) == (9000, "huaian")


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load_settings({}, database_url="postgresql://user:geheim@host/db")
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    ("listen", "public"),
    [("127.0.0.1:1", False), ("localhost:1", False), ("[::1]:1", False), ("0.0.0.0:1", True), ("10.0.0.5:1", True)],
)
def test_it_knows_which_addresses_others_can_reach(listen: str, public: bool) -> None:
    assert load_settings({}, listen=listen).is_public is public
