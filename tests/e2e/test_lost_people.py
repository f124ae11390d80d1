"""Nobody is left alone because a desk is empty, dead or silent."""

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import expect

from escalation.alerts.ways import SIGNATURE, TIMESTAMP, sign
from tests.e2e.hosts import Receiver
from tests.e2e.seeker import Seeker
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-lost-people")]
DANGER = "我把药都攒好了，今晚就结束"
SECRET = "the receiver checks this"  # of the test's own receiver
LEASE_S = 6


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def settings(receiver: Receiver) -> Mapping[str, object]:
    """Short clocks; the order of the rungs is the same as with long ones."""
    return {
        "ladder": '{"4": [0, 1, 2, 3]}',
        "first_word_s": '{"4": 4}',
        "lease_s": LEASE_S,
        "webhook_url": receiver.url,
        "webhook_secret": SECRET,
    }


def test_s7_with_nobody_on_duty_the_seeker_is_told_so_and_people_outside_are_called(
    stage: Stage, receiver: Receiver
) -> None:
    seeker = stage.seeker()
    seeker.say_and_know(DANGER)
    seeker.hears("说实话，现在没有咨询员在线")
    for number in ("120", "110"):  # open day and night, wherever somebody is
        expect(seeker.page.locator(f'a[href="tel:{number}"]').first).to_be_visible()
    call = receiver.next()
    assert call.headers[SIGNATURE] == sign(SECRET, call.headers[TIMESTAMP], call.body)
    assert call.json["level"] == 4
    assert DANGER not in call.text, "what leaves the app is neutral (S15)"
    seeker.hears("说实话，到现在还没有咨询员接过来")  # the last rung
    desk = stage.desk("counsellor")
    expect(desk.waits(DANGER)).to_be_visible()


def test_s4_d4_a_dead_desk_loses_the_chat_to_the_queue_at_its_old_priority(stage: Stage) -> None:
    first, second = stage.desk("counsellor"), stage.desk("counsellor2")
    calm = stage.seeker()
    calm.say_and_know("转人工")
    expect(second.queue).to_have_count(1)
    seeker = _with_a_human(stage)
    first.take_next()
    first.reply("我在，慢慢说。")
    expect(seeker.from_staff("我在，慢慢说。")).to_be_visible()
    first.page.context.close()  # the machine died: nothing is said
    seeker.hears("咨询员那边的连接断了")
    expect(second.queue.first).to_contain_text(DANGER)  # before the one who has waited longer
    expect(second.queue).to_have_count(2)
    second.take_next()
    second.reply("我接着陪你。")
    expect(seeker.from_staff("我接着陪你。")).to_be_visible()


def test_s14_a_claim_without_a_word_gives_the_ticket_back(stage: Stage) -> None:
    first, second = stage.desk("counsellor"), stage.desk("counsellor2")
    seeker = _with_a_human(stage)
    expect(first.queue).to_have_count(1)
    first.take_next()
    expect(second.queue).to_have_count(0)
    seeker.hears("咨询员那边没能及时回话")
    expect(second.queue.first).to_contain_text(DANGER)
    expect(second.alert).to_be_visible()
    expect(first.chats).to_have_count(0)
    second.take_next()
    second.reply("我在。")
    expect(seeker.from_staff("我在。")).to_be_visible()


def test_d12_a_desk_whose_browser_died_does_not_look_online_for_long(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor"), stage.seeker()
    seeker.say_and_know("转人工")
    expect(seeker.state).to_contain_text("下一位就是你")
    desk.page.context.close()
    # Who is not heard of for half a minute does not count; the page is told every 20 s.
    expect(seeker.state).to_contain_text("现在没有人值班", timeout=120_000)


def _with_a_human(stage: Stage) -> Seeker:
    seeker = stage.seeker()
    seeker.say_and_know(DANGER)
    expect(seeker.safety_cards()).to_be_visible()
    return seeker
