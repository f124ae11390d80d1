"""Somebody may be looking over the shoulder, or pick the phone up next."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hosts import Website
from tests.e2e.seeker import Seeker
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-discretion")]
DANGER = "不想活了，今晚就结束"
TELLING = ("树洞", "心理", "热线", "自杀", "危机", "咨询", "shudong", "crisis", "hotline")
SECRET = "雨停了再走"  # chosen by the seeker of this test


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Website]:
    """Where a quick exit goes."""
    with Website({"/": "<title>weather</title><link rel=icon href=data:,><p>sunny"}) as site:
        yield site


@pytest.fixture(scope="module")
def settings(elsewhere: Website) -> Mapping[str, object]:
    return {"exit_url": f"{elsewhere.origin}/"}


@pytest.fixture
def open_stage(stage: Stage, elsewhere: Website) -> Stage:
    stage.hosts.add(elsewhere.origin.removeprefix("http://"))
    return stage


def test_s15_s16_a_quick_exit_leaves_at_once_and_somebody_looks_for_them(open_stage: Stage, elsewhere: Website) -> None:
    desk, seeker = open_stage.desk("counsellor"), open_stage.seeker()
    seeker.say_and_know(DANGER)
    expect(seeker.safety_cards()).to_be_visible()
    seeker.strip("马上离开").click()
    seeker.page.wait_for_url(f"{elsewhere.origin}/**")
    desk.go_to("out-of-reach")
    gone = desk.by("out-of-reach-item")
    expect(gone).to_have_count(1)
    expect(gone).to_contain_text("按了马上离开")
    expect(gone).to_contain_text("危急")


def test_s15_after_a_quick_exit_nothing_is_left_and_coming_back_shows_nothing(
    open_stage: Stage, elsewhere: Website
) -> None:
    seeker = open_stage.seeker()
    seeker.say_and_know("这是我的秘密")
    seeker.box.fill("还没发出去的半句")
    seeker.strip("马上离开").click()
    seeker.page.wait_for_url(f"{elsewhere.origin}/**")
    seeker.page.go_back()  # the exit replaced the talk in the history: there is nothing behind it
    assert "/chat" not in seeker.page.url
    seeker.open()
    assert _shelves(seeker.page) == {}
    expect(seeker.page.locator(".log > .row")).to_have_count(0)
    expect(seeker.page.get_by_text("这是我的秘密")).to_have_count(0)
    assert seeker.box.input_value() == ""


def test_s15_three_shifts_leave_too(open_stage: Stage, elsewhere: Website) -> None:
    seeker = open_stage.seeker()
    seeker.box.focus()
    for _ in range(3):
        seeker.page.keyboard.press("Shift")
    seeker.page.wait_for_url(f"{elsewhere.origin}/**")


def test_s15_nothing_outside_the_page_says_what_it_is(open_stage: Stage) -> None:
    seeker = open_stage.seeker()
    seeker.say_and_know("今天有点难受")
    page = seeker.page
    outside = f"{page.title()} {page.url} {page.locator('link[rel~=icon]').count()}"
    assert not [word for word in TELLING if word in outside.lower()], outside
    kept = str(_shelves(page))
    assert "难受" not in kept
    assert not [word for word in TELLING if word in kept.lower()], kept
    assert page.context.cookies() == []


def test_d11_a_sibling_on_the_same_phone_sees_nothing_and_the_secret_word_opens_it_again(
    open_stage: Stage,
) -> None:
    owner = open_stage.seeker()
    owner.say_and_know("我暗恋一个同学")
    owner.hears("说明：你写的话会加密保存")
    owner.menu("下次接着聊")
    owner.page.locator("#secret-word").fill(SECRET)
    owner.sheet.get_by_role("button", name="好了").click()
    expect(owner.sheet).to_contain_text("下次打开")
    owner.page.close()

    sibling = open_stage.seeker(owner.page.context)
    sibling.say_and_know("随便看看")
    expect(sibling.page.get_by_text("我暗恋一个同学")).to_have_count(0)
    _unlock(sibling, "猜一个暗号")
    expect(sibling.sheet.locator("[role=alert]")).not_to_be_empty()
    expect(sibling.page.get_by_text("我暗恋一个同学")).to_have_count(0)
    sibling.page.close()

    back = open_stage.seeker(owner.page.context)
    _unlock(back, SECRET)
    expect(back.own("我暗恋一个同学")).to_be_visible()
    back.say_and_know("我又来了")
    expect(back.own("我暗恋一个同学")).to_have_count(1)


def test_d11_a_shared_phone_keeps_nothing(open_stage: Stage) -> None:
    seeker = open_stage.seeker()
    seeker.say_and_know("用完就走")
    seeker.menu("下次接着聊")
    seeker.sheet.get_by_text("这是大家共用的电脑或手机，不要记住我").click()
    seeker.page.close()
    page = open_stage.seeker(seeker.page.context).page
    assert _shelves(page) == {}
    expect(page.get_by_text("接着上次聊")).to_be_hidden()


def test_s11_what_is_kept_is_shown_and_erased_on_demand(open_stage: Stage) -> None:
    seeker = open_stage.seeker()
    seeker.say_and_know("我想删掉这句话")
    seeker.hears("说明：你写的话会加密保存")
    seeker.menu("留了什么")
    expect(seeker.sheet).to_contain_text("你和我们说过的话")
    seeker.page.keyboard.press("Escape")
    seeker.menu("下次接着聊")
    seeker.page.locator("#secret-word").fill(SECRET)
    seeker.sheet.get_by_role("button", name="好了").click()
    expect(seeker.sheet).to_contain_text("下次打开")
    seeker.page.keyboard.press("Escape")
    seeker.menu("删除我写的")
    seeker.page.locator("#secret-word").fill(SECRET)
    seeker.sheet.get_by_role("button", name="好了").or_(seeker.sheet.get_by_role("button", name="删除")).last.click()
    expect(seeker.sheet).to_contain_text("已经删了")
    seeker.reload()
    expect(seeker.page.get_by_text("我想删掉这句话")).to_have_count(0)


def _unlock(seeker: Seeker, secret: str) -> None:
    seeker.page.get_by_role("button", name="接着上次聊").click()
    seeker.page.locator("#secret-word").fill(secret)
    seeker.sheet.get_by_role("button", name="好了").click()


def _shelves(page: Page) -> dict[str, str]:
    """Everything that the page wrote down in the browser."""
    kept: dict[str, str] = page.evaluate("() => ({...sessionStorage, ...localStorage})")
    return kept
