"""Waiting for what no locator shows."""

from collections.abc import Callable

from playwright.sync_api import Page

LIMIT_S = 60
STEP_MS = 100


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Poll ``holds`` while the pages live on; fails after LIMIT_S. (The pages' own policy forbids polling inside.)"""
    for _ in range(LIMIT_S * 1000 // STEP_MS):
        if holds():
            return
        page.wait_for_timeout(STEP_MS)
    raise AssertionError(f"waited {LIMIT_S} s for: {what}")
