"""Small screens, large type, keyboards, the dark."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.pictures import picture
from tests.e2e.seeker import Seeker
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-small-screens")]
DANGER = "不想活了，今晚就结束"
SCREENS: dict[str, dict[str, Any]] = {
    "a small phone": {"viewport": {"width": 320, "height": 568}},
    # 200 % zoom of a 640-wide window is what a browser makes of it: half the CSS pixels at twice the density.
    "200 % zoom": {"viewport": {"width": 320, "height": 512}, "device_scale_factor": 2},
    "a phone lying down": {"viewport": {"width": 640, "height": 360}},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_s11_on_a_small_screen_nothing_overlaps_and_nothing_is_cut(stage: Stage, screen: str) -> None:
    seeker = stage.seeker(**SCREENS[screen])
    seeker.say_and_know("晚上老是睡不着，躺很久")
    expect(seeker.page.locator(".card-steps")).to_be_visible()
    _fits(seeker, seeker.own("晚上老是睡不着"))
    seeker.say_and_know(DANGER)
    expect(seeker.safety_cards()).to_be_visible()
    for number in seeker.safety_cards().locator("a.number").all():
        number.scroll_into_view_if_needed()
        box = _box(number)
        assert box["height"] >= 44, "a number to call is easy to hit"
        _fits(seeker, number)
    if screen == "a small phone":
        picture(seeker.page, "chat-small")


def test_s11_very_large_type_keeps_the_box_and_the_strip_on_the_screen(stage: Stage) -> None:
    seeker = stage.seeker(viewport={"width": 320, "height": 568})
    seeker.page.get_by_role("button", name="更多").click()
    seeker.sheet.get_by_role("radio", name="特大").check()
    seeker.page.keyboard.press("Escape")
    seeker.say_and_know(DANGER)
    expect(seeker.safety_cards()).to_be_visible()
    last = seeker.safety_cards().locator("a.number").last
    last.scroll_into_view_if_needed()
    _fits(seeker, last)


def test_s11_with_the_keyboard_alone_a_message_is_sent_and_a_choice_taken(stage: Stage) -> None:
    seeker = stage.seeker(viewport={"width": 1024, "height": 768})
    keyboard = seeker.page.keyboard
    _tab_to(seeker, "document.activeElement.id === 'box'")
    keyboard.type("晚上老是睡不着，躺很久")
    keyboard.press("Enter")
    expect(seeker.page.locator(".card-steps")).to_be_visible()
    _tab_to(seeker, "document.activeElement.dataset.choice === 'helped_yes'", backwards=True)
    outline = seeker.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "who uses the keyboard sees where they are"
    keyboard.press("Enter")
    expect(seeker.own("有帮助")).to_be_visible()
    seeker.hears("那就先从最小的一步做起")


def test_s15_the_page_is_dark_where_the_phone_is(stage: Stage) -> None:
    seeker = stage.seeker(color_scheme="dark")
    seeker.say_and_know(DANGER)
    expect(seeker.safety_cards()).to_be_visible()
    shade = seeker.page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    assert max(shade) < 64, f"the page is dark, not rgb{tuple(shade)}"
    picture(seeker.page, "chat-dark")


def _fits(seeker: Seeker, shown: Locator) -> None:
    """The strip, the box and what is shown stand on the screen, one below the other, none wider than it."""
    view = seeker.page.viewport_size
    assert view is not None
    wide = seeker.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= view["width"], f"the page is {wide} wide on a screen of {view['width']}"
    strip, composer = _box(seeker.page.locator(".strip")), _box(seeker.page.locator(".composer"))
    scroller = _box(seeker.page.locator("main.scroll"))
    assert scroller["y"] + scroller["height"] <= strip["y"] + 1, "the talk ends above the strip"
    assert scroller["height"] >= 100, "the talk can be read"
    assert strip["y"] + strip["height"] <= composer["y"] + 1, "the strip stands above the box"
    assert composer["y"] + composer["height"] <= view["height"] + 1, "the box is on the screen"
    buttons = [_box(button) for button in seeker.page.locator(".strip button").all()]
    for left, right in itertools.pairwise(buttons):
        assert left["x"] + left["width"] <= right["x"] + 1 or left["y"] + left["height"] <= right["y"] + 1
    for box in (*buttons, _box(seeker.page.locator(".send")), _box(shown)):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= view["width"] + 1, "nothing is cut at the side"
        assert box["height"] > 0
    cut = seeker.page.evaluate(
        """() => [...document.querySelectorAll('.strip button, .log .choice, .log .number')]
            .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent)"""
    )
    assert cut == [], f"words are cut: {cut}"


def _box(locator: Locator) -> dict[str, Any]:
    box = locator.bounding_box()
    assert box is not None, f"{locator} is not on the page"
    return dict(box)


def _tab_to(seeker: Seeker, there: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        if seeker.page.evaluate(there):
            return
        seeker.page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"no way by keyboard to: {there}")
