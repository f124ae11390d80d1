"""The main job, from the first word to the supervisor who reads it afterwards."""

import pytest
from playwright.sync_api import expect

from tests.e2e.pictures import picture
from tests.e2e.seeker import FIRST_LINE
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-main")]
DANGER = "我把药都攒好了，今晚就结束"


def test_s3_from_a_worry_to_a_live_counsellor_to_the_supervisor_who_reads_it(stage: Stage) -> None:
    counsellor = stage.desk("counsellor")
    student = stage.seeker()
    expect(student.page.get_by_text(FIRST_LINE)).to_be_visible()
    picture(student.page, "chat-first")

    # A worry is answered from the shelf.
    student.say_and_know("晚上老是睡不着，躺很久")
    expect(student.page.locator(".card-steps")).to_be_visible()
    expect(student.page.locator(".card-steps .steps li").first).not_to_be_empty()
    # Somebody who cannot sleep is not offered what is about dying.
    expect(student.page.locator(".card-steps")).not_to_contain_text("不想活")
    picture(student.page, "chat-steps")
    expect(counsellor.queue).to_have_count(0)

    # Danger: numbers for the student, a ticket with its evidence for the counsellor.
    student.say_and_know(DANGER)
    expect(student.safety_cards()).to_be_visible()
    for number in ("120", "110", "12356"):
        expect(student.safety_cards().locator(f'a[href="tel:{number}"]')).to_be_visible()
    expect(counsellor.queue.first).to_contain_text("危急")
    expect(counsellor.queue.first.locator("mark").first).to_be_visible()
    expect(counsellor.alert).to_be_visible()
    picture(student.page, "chat")
    picture(counsellor.page, "desk-queue")

    # One click, and the counsellor sees why.
    counsellor.take_next()
    expect(counsellor.by("first-word").first).to_be_visible()
    expect(counsellor.messages.filter(has_text=DANGER).locator('[data-test="evidence"]').first).to_be_visible()
    student.hears("咨询员甲 来了")
    counsellor.reply("我是值班的咨询员，你的话我都看了。现在你在哪里，身边有人吗？")
    expect(student.from_staff("现在你在哪里")).to_be_visible()
    expect(counsellor.by("first-word")).to_have_count(0)
    said = counsellor.messages.filter(has_text="现在你在哪里")
    expect(said.locator('[data-test="delivery"][data-state="delivered"]')).to_be_visible()
    student.say_and_know("在宿舍，室友在")
    expect(counsellor.messages.filter(has_text="在宿舍，室友在")).to_be_visible()
    picture(counsellor.page, "desk")

    # Nothing is lost over a reload.
    before = student.shown
    student.reload()
    expect(student.page.locator(".log > .row")).to_have_count(len(before))
    assert student.shown == before
    picture(student.page, "chat-human")

    conversation = counsellor.chats.first.get_attribute("data-conversation")
    assert conversation
    counsellor.close_talk(reason="药已经交给室友，室友陪着，约好明天一起去医院。")
    student.hears("这次和咨询员的谈话先到这里")
    expect(counsellor.chats).to_have_count(0)

    # The supervisor reads it, and the audit says who looked.
    supervisor = stage.desk("supervisor", on_duty=False)
    supervisor.go_to("conversations")
    supervisor.page.locator(f'[data-conversation="{conversation}"]').click()
    transcript = supervisor.by("transcript")
    for words in ("晚上老是睡不着", DANGER, "现在你在哪里", "在宿舍，室友在"):
        expect(transcript.locator('[data-test="message"]').filter(has_text=words).first).to_be_attached()
    audit = supervisor.by("audit")
    for action in ("ticket.open", "ticket.next", "message.send", "ticket.close"):
        expect(audit.locator(f'[data-action="{action}"]').first).to_be_attached()
    supervisor.by("audit-reload").click()
    viewed = audit.locator('[data-action="conversation.view"]')
    expect(viewed.filter(has_text="咨询员甲").first).to_be_attached()
    expect(viewed.filter(has_text="督导").first).to_be_attached()
    picture(supervisor.page, "transcript")
