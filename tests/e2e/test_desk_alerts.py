"""What a desk must not miss, and what the machine must not say."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pictures import picture
from tests.e2e.stage import Stage
from tests.e2e.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-desk-alerts")]
DANGER = "我把药都攒好了，今晚就结束"
LATER = "现在就站在楼顶边上"
REPEAT_S = 2

# A headless browser has no place for notices and no loudspeaker: what the page asks for is counted where it asks.
COUNT_ALERTS = """
window.rung = {tones: 0, notices: []}
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...given) { window.rung.tones += 1; return start.apply(this, given) }
window.Notification = class { static permission = 'granted'
    static requestPermission() { return Promise.resolve('granted') }
    constructor(title, options) { window.rung.notices.push(title + ' ' + (options?.body ?? '')) } }
"""


@pytest.fixture(scope="module")
def settings() -> Mapping[str, object]:
    return {"alert_repeat_s": REPEAT_S}


def test_d6_a_level_4_alert_repeats_until_it_is_seen_also_in_a_background_tab(stage: Stage) -> None:
    desk = stage.desk("counsellor", init_script=COUNT_ALERTS)
    other = desk.page.context.new_page()
    other.goto("about:blank")
    other.bring_to_front()
    seeker = stage.seeker()
    seeker.say_and_know(DANGER)
    page = desk.page
    until(page, lambda: _notices(page) >= 3 and _tones(page) >= 3, "three rounds of the alert")
    assert "(1)" in page.title()
    assert page.title().endswith("有人在等你")
    said = page.evaluate("window.rung.notices")
    assert not [notice for notice in said if any(word in notice for word in ("药", "危急", "自杀", "树洞"))], said
    desk.by("alert-seen").click()
    quiet = _tones(page)
    # Muted for 20 s on this desk only. The ticket's own clock on the screen shows that the page goes on living.
    before = desk.queue.locator(".wait").inner_text()
    expect(desk.queue.locator(".wait")).not_to_have_text(before)
    page.wait_for_timeout(2 * REPEAT_S * 1000)
    assert _tones(page) == quiet
    expect(desk.alert).to_contain_text("你看到了，这里先安静 20 秒")
    # It is seen, not taken: after the 20 s it rings again.
    until(page, lambda: _tones(page) > quiet, "the alert after the 20 s")
    desk.take_next()
    expect(desk.alert).to_have_count(0)


def test_s6_d7_after_the_claim_the_machine_says_nothing_and_a_rise_rings_at_the_desk(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know("转人工")
    expect(desk.queue).to_have_count(1)
    desk.take_next()
    desk.reply("你好，我在。")
    expect(seeker.from_staff("你好，我在。")).to_be_visible()
    by_bot = seeker.page.locator(".row.from-bot:not(.greeting)").count()
    for text in ("晚上老是睡不着，躺很久", "谢谢", LATER):
        seeker.say_and_know(text)
        expect(desk.messages.filter(has_text=text)).to_be_visible()
    expect(desk.talk.locator("header")).to_contain_text("危急")
    expect(desk.messages.filter(has_text=LATER).locator('[data-test="evidence"]').first).to_be_visible()
    expect(desk.by("first-word").first).to_be_visible()
    desk.reply("你先退后一步，坐下来，我陪着你。")
    expect(seeker.from_staff("你先退后一步")).to_be_visible()
    assert seeker.page.locator(".row.from-bot:not(.greeting)").count() == by_bot
    desk.by("safety-card").click()  # the desk sends it, with one click
    expect(seeker.page.locator(".row.from-staff .card-safety a[href='tel:120']")).to_be_visible()


def test_s12_d12_who_waits_sees_place_and_honest_range_and_something_to_do(stage: Stage) -> None:
    desk, first, second = stage.desk("counsellor"), stage.seeker(), stage.seeker()
    first.say_and_know("转人工")
    expect(desk.queue).to_have_count(1)
    second.say_and_know("转人工")
    expect(desk.queue).to_have_count(2)
    expect(first.state).to_contain_text("下一位就是你")
    expect(second.state).to_contain_text("前面还有 1 位")
    expect(second.state).to_contain_text("要等多久现在说不准")  # nothing is known yet, so nothing is promised
    card = second.page.locator(".card-waiting").last
    expect(card).to_contain_text("等的时候可以接着写")
    picture(second.page, "chat-waiting")
    second.press("陪我做一次呼吸")
    expect(second.page.locator(".card-breathing")).to_be_visible()
    desk.take_next()
    print("FIRST", first.page.inner_text("body"))
    print("SECOND", second.page.inner_text("body"))
    print(desk.page.inner_text("body"))
    first.hears("咨询员甲 来了")
    expect(second.state).to_contain_text("下一位就是你")


def test_s9_revealing_takes_a_reason_and_leaves_an_entry_for_good(stage: Stage) -> None:
    counsellor, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know(DANGER)
    expect(counsellor.queue).to_have_count(1)
    counsellor.take_next()
    conversation = counsellor.chats.first.get_attribute("data-conversation")
    assert conversation
    counsellor.reply("我在。")
    counsellor.by("reveal").click()
    expect(counsellor.by("reveal-submit")).to_be_disabled()
    counsellor.by("reveal-reason").fill("说药已经备好，今晚结束，联系不上家人。")
    counsellor.by("reveal-submit").click()
    expect(counsellor.by("reveal-answer")).to_contain_text("已经请督导确认")
    assert "127.0.0.1" not in counsellor.page.inner_text("body"), "alone nobody opens it at once"

    supervisor = stage.desk("supervisor", on_duty=False)
    supervisor.read_transcript(conversation)
    supervisor.by("reveal").click()
    supervisor.by("reveal-reason").fill("有人说今晚结束，需要请警方上门。")
    supervisor.by("reveal-submit").click()
    expect(supervisor.by("reveal-answer")).to_contain_text("127.0.0.1")
    supervisor.by("audit-reload").click()
    opened = supervisor.by("audit").locator('[data-action="reveal.open"]')
    expect(opened.filter(has_text="督导")).to_have_count(1)
    expect(supervisor.by("audit").locator('[data-action="reveal.ask"]').filter(has_text="咨询员甲")).to_have_count(1)


def test_s10_watching_is_silent_for_the_seeker_and_stands_in_the_audit(stage: Stage) -> None:
    seeker = stage.seeker()
    seeker.say_and_know("今天和同学吵架了")
    seeker.hears("说明：你写的话会加密保存")
    supervisor = stage.desk("supervisor", on_duty=False)
    conversation = supervisor.fetch("/conversations")["items"][0]["id"]
    before = (seeker.shown, seeker.state.inner_text())
    supervisor.read_transcript(conversation)
    seeker.say_and_know("后来和好了")
    expect(supervisor.messages.filter(has_text="后来和好了")).to_be_visible()
    assert seeker.shown[: len(before[0])] == before[0]
    assert seeker.state.inner_text() == before[1]
    supervisor.by("audit-reload").click()
    expect(supervisor.by("audit").locator('[data-action="conversation.view"]').first).to_contain_text("督导")


def test_s5_closing_at_level_4_waits_for_a_second_person_while_another_is_on_duty(stage: Stage) -> None:
    counsellor, supervisor, seeker = stage.desk("counsellor"), stage.desk("supervisor"), stage.seeker()
    seeker.say_and_know(DANGER)
    expect(counsellor.queue).to_have_count(1)
    counsellor.take_next()
    counsellor.reply("我在。")
    expect(seeker.from_staff("我在。")).to_be_visible()
    counsellor.close_talk(reason="药已经交给家长，家长陪着。")
    expect(counsellor.page.get_by_text("危急级要两个人同意")).to_be_visible()
    expect(counsellor.chats).to_have_count(1)
    supervisor.go_to("reviews")
    item = supervisor.by("review-item").filter(has_text="等第二个人同意")
    expect(item).to_be_visible()
    picture(supervisor.page, "reviews")
    item.locator('[data-test="review-note"]').fill("读过了，同意。")
    item.locator('[data-test="review-confirm"]').click()
    seeker.hears("这次和咨询员的谈话先到这里")
    expect(counsellor.chats).to_have_count(0)


def _notices(page: Page) -> int:
    notices: int = page.evaluate("window.rung.notices.length")
    return notices


def _tones(page: Page) -> int:
    tones: int = page.evaluate("window.rung.tones")
    return tones
