"""Wherever and whenever danger is told, a human gets it; and what was told is not untold by the machine."""

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk
from tests.e2e.seeker import Seeker
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-danger-told")]
DANGER = "不想活了，今晚就结束"


def _is_answered_and_waits(seeker: Seeker, desk: Desk, words: str) -> None:
    """The seeker has numbers on the page, and the desk has the words with their evidence."""
    expect(seeker.safety_cards().locator("a[href='tel:120']").first).to_be_visible()
    row = desk.waits(words)
    expect(row).to_be_visible()
    expect(row.locator("mark").first).to_be_visible()
    expect(desk.alert).to_be_visible()


def test_s13_danger_told_in_the_nickname_brings_a_human(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.fill_form(nickname="今晚就去死")
    _is_answered_and_waits(seeker, desk, "今晚就去死")


def test_s13_danger_told_in_the_form_brings_a_human(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.fill_form(nickname="小雨", about="爸爸昨天又打我了，我" + DANGER)
    _is_answered_and_waits(seeker, desk, DANGER)


def test_s13_danger_told_in_the_feedback_brings_a_human(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know("今天和同学吵架了")
    seeker.hears("说明：你写的话会加密保存")
    seeker.menu("这次先聊到这里")
    seeker.page.locator("#feedback-text").fill("没用，" + DANGER)
    seeker.page.get_by_role("button", name="告诉你们").click()
    _is_answered_and_waits(seeker, desk, DANGER)


def test_s11_a_human_comes_for_whoever_presses_the_button(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    expect(seeker.strip("转人工")).to_be_visible()
    seeker.strip("转人工").click()
    expect(seeker.page.locator(".card-waiting")).to_be_visible()
    expect(desk.queue.first).to_contain_text("想找真人")
    desk.take_next()
    desk.reply("你好，我在。")
    expect(seeker.from_staff("你好，我在。")).to_be_visible()


def test_s11_the_danger_button_is_always_one_tap_away(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.strip("我现在有危险").click()
    expect(seeker.page.locator("a[href='tel:110']").first).to_be_visible()
    expect(desk.queue.first).to_contain_text("危急")


def test_s3_danger_told_while_waiting_moves_the_ticket_up(stage: Stage) -> None:
    desk, first, second = stage.desk("counsellor"), stage.seeker(), stage.seeker()
    for seeker in (first, second):
        seeker.say_and_know("转人工")
        expect(seeker.page.locator(".card-waiting")).to_be_visible()
    expect(desk.queue).to_have_count(2)
    second.say_and_know(DANGER)
    expect(second.safety_cards()).to_be_visible()
    expect(desk.queue.first).to_contain_text(DANGER)
    expect(desk.queue.first).to_contain_text("危急")
    expect(desk.queue).to_have_count(2)
    desk.take_next()
    expect(desk.messages.filter(has_text=DANGER)).to_be_visible()


def test_s3_danger_told_after_the_close_opens_a_new_ticket(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know("转人工")
    expect(desk.queue).to_have_count(1)
    desk.take_next()
    desk.reply("你好，我在。")
    desk.close_talk(reason=None)
    seeker.hears("这次和咨询员的谈话先到这里")
    seeker.say_and_know(DANGER)
    _is_answered_and_waits(seeker, desk, DANGER)
    desk.take_next()
    expect(desk.messages.filter(has_text="你好，我在。")).to_be_attached()


def test_s5_taking_it_back_lowers_nothing(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know(DANGER)
    expect(desk.waits(DANGER)).to_contain_text("危急")
    seeker.say_and_know("开玩笑的，别当真")
    seeker.hears("来的人还是会看看你")
    expect(desk.waits(DANGER)).to_contain_text("危急")
    assert [ticket["level"] for ticket in desk.fetch("/overview")["queue"]] == [4]
    desk.take_next()
    expect(desk.messages.filter(has_text="开玩笑的")).to_be_attached()
    expect(desk.talk).to_contain_text("危急")


def test_s17_the_first_moderate_sign_is_followed_by_one_direct_question_and_evasion_brings_a_human(
    stage: Stage,
) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know("活着真没意思")
    seeker.hears("你现在有没有想结束生命，或者伤害自己")
    expect(desk.queue).to_have_count(0)
    seeker.press("不想说")
    seeker.hears("请真人来看看你")
    expect(desk.queue).to_have_count(1)
