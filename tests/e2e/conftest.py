"""One browser and one app for a module; a stage for every test."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.stage import Stage
from tests.support.app import AppProcess
from tests.support.browser import LAUNCH_ARGS, find_chromium

expect.set_options(timeout=30_000)  # a busy machine is slow, and nothing here is about speed
_NOBODY_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
_SOUND = "--autoplay-policy=no-user-gesture-required"
# Everybody on the stage has the same address, and is somebody of their own all the same.
USUAL = {"burst_quiet_s": 0.3, "schools": '["127.0.0.0/8"]'}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real Chromium that reaches this machine only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*LAUNCH_ARGS, _NOBODY_OUTSIDE, _SOUND]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def settings() -> Mapping[str, object]:
    """What a module's app is told; modules replace it."""
    return {}


@pytest.fixture(scope="module")
def port() -> int | None:
    """Where the app listens; modules that must know it beforehand replace it."""
    return None


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, settings: Mapping[str, object], port: int | None
) -> Iterator[AppProcess]:
    """The app as ``shudong serve --demo`` starts it, in a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("app")
    told: dict[str, Any] = {**USUAL, **settings}
    with AppProcess(folder, port=port, **told) as app:
        yield app


@pytest.fixture
def stage(chromium: Browser, app: AppProcess) -> Iterator[Stage]:
    """Browsers on demand. Fails the test for script errors, console errors and requests to strangers."""
    stage = Stage(chromium, app)
    yield stage
    stage.close()
