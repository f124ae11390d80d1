"""The button on somebody else's website."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.hosts import Website
from tests.e2e.stage import Stage
from tests.support.processes import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-embedding")]
PORT = free_port()
PAGE = """<!doctype html><html lang="zh-CN"><head><title>学校的网页</title><link rel="icon" href="data:,">
<script src="http://127.0.0.1:%d/widget.js" async></script></head><body><h1>学校</h1></body></html>"""


@pytest.fixture(scope="module")
def school() -> Iterator[Website]:
    """A website that may embed the chat."""
    with Website({"/": PAGE % PORT}) as site:
        yield site


@pytest.fixture(scope="module")
def stranger() -> Iterator[Website]:
    """A website that may not."""
    with Website({"/": PAGE % PORT}) as site:
        yield site


@pytest.fixture(scope="module")
def settings(school: Website) -> Mapping[str, object]:
    return {"embed_sites": f'["{school.origin}"]'}


@pytest.fixture(scope="module")
def port() -> int:
    return PORT


def test_s13_the_widget_opens_on_a_website_of_the_list_takes_a_message_and_closes_with_esc(
    stage: Stage, school: Website
) -> None:
    page = _visit(stage, school)
    launcher = page.get_by_role("button", name="聊一聊")
    launcher.click()
    frame = _frame(page)
    expect(frame.locator("#box")).to_be_visible()
    frame.locator("#box").fill("今天不太想说话")
    frame.locator("#box").press("Enter")
    expect(frame.locator(".row.own .text")).to_have_text("今天不太想说话")
    expect(frame.locator(".log")).to_contain_text("说明：你写的话会加密保存")
    expect(frame.locator(".strip").get_by_role("button", name="我现在有危险")).to_be_in_viewport()
    frame.locator("#box").press("Escape")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    launcher.click()
    expect(frame.locator(".row.own .text")).to_have_text("今天不太想说话")


def test_s15_a_website_that_is_not_on_the_list_gets_no_frame_but_numbers(stage: Stage, stranger: Website) -> None:
    stage.excuse("frame-ancestors", "chrome-error", "Unsafe attempt", "postMessage", "ERR_BLOCKED_BY_RESPONSE")
    page = _visit(stage, stranger)
    page.get_by_role("button", name="聊一聊").click()
    dialog = page.get_by_role("dialog", name="聊一聊")
    expect(dialog.locator('a[href="tel:12356"]')).to_be_visible()
    expect(_frame(page).locator("#box")).to_have_count(0)


def _visit(stage: Stage, site: Website) -> Page:
    stage.hosts.add(site.origin.removeprefix("http://"))
    page = stage.context(viewport={"width": 1024, "height": 800}).new_page()
    page.goto(f"{site.origin}/")
    return page


def _frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")
