"""Lines that break, tabs that sleep, a server that is away: nothing is lost, nothing comes twice."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import Desk
from tests.e2e.seeker import Seeker
from tests.e2e.stage import PHONE, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-connection")]

NO_SOCKETS = "delete window.WebSocket"
# A cut line does not tell the sockets that are open: the page's own sockets are kept, so that they can be cut too.
KEEP_SOCKETS = """
window.sockets = []
window.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); window.sockets.push(this) }
}"""


def test_d2_after_a_broken_line_the_view_equals_the_record(stage: Stage) -> None:
    context = stage.context(viewport=PHONE)
    context.add_init_script(KEEP_SOCKETS)
    desk, seeker = stage.desk("counsellor"), stage.seeker(context)
    stage.excuse_lost_network()
    _begin(desk, seeker)
    _cut(seeker.page)
    expect(seeker.state).to_contain_text("网络断了")
    desk.reply("你那边是不是断网了？")
    seeker.say("我断网了")
    desk.reply("没关系，我等你。")
    expect(seeker.from_staff("没关系，我等你。")).to_have_count(0)
    seeker.page.context.set_offline(False)
    expect(seeker.from_staff("没关系，我等你。")).to_be_visible()
    seeker.knows("我断网了")
    expect(desk.messages.filter(has_text="我断网了")).to_have_count(1)
    seen = seeker.shown
    seeker.reload()
    seeker.hears("没关系，我等你。")
    expect(seeker.page.locator(".log > .row")).to_have_count(len(seen))
    # What was written while the line was down stands where it arrived; the record is what both sides see.
    assert sorted(seeker.shown) == sorted(seen)


def test_d2_a_desk_whose_line_broke_shows_all_when_it_is_back(stage: Stage) -> None:
    desk, seeker = stage.desk("counsellor", init_script=KEEP_SOCKETS), stage.seeker()
    stage.excuse_lost_network()
    _begin(desk, seeker)
    _cut(desk.page)
    expect(desk.page.get_by_text("写的字都还留着").first).to_be_visible()
    seeker.say_and_know("第一句")
    seeker.say_and_know("第二句")
    expect(desk.messages.filter(has_text="第一句")).to_have_count(0)
    desk.page.context.set_offline(False)
    for text in ("第一句", "第二句"):
        expect(desk.messages.filter(has_text=text)).to_have_count(1)


def test_d2_two_tabs_of_one_browser_each_show_their_own_talk_and_mix_nothing(stage: Stage) -> None:
    first = stage.seeker()
    first.say_and_know("第一个页面")
    second = stage.seeker(first.page.context)
    second.say_and_know("第二个页面")
    expect(second.own("第一个页面")).to_have_count(0)
    expect(first.own("第二个页面")).to_have_count(0)


def test_d2_the_same_tab_twice_shows_the_same_talk(stage: Stage) -> None:
    first = stage.seeker()
    first.say_and_know("我想说件事")
    first.hears("说明：你写的话会加密保存")
    with first.page.expect_popup() as popup:
        first.page.evaluate("window.open(location.href)")  # a duplicated tab takes the session along
    twin = Seeker(popup.value, first.url)
    expect(twin.box).to_be_visible()
    expect(twin.own("我想说件事")).to_have_count(1)
    twin.say_and_know("从另一个页面写的")
    expect(first.own("从另一个页面写的")).to_have_count(1)
    first.say_and_know("两边都要看到")
    expect(twin.own("两边都要看到")).to_have_count(1)
    expect(first.own("从另一个页面写的")).to_have_count(1)


def test_s1_a_browser_without_websocket_talks_by_polling(stage: Stage) -> None:
    context = stage.context(viewport=PHONE)
    context.add_init_script(NO_SOCKETS)
    desk, seeker = stage.desk("counsellor"), stage.seeker(context)
    assert seeker.page.evaluate("'WebSocket' in window") is False
    _begin(desk, seeker)
    seeker.say_and_know("我这里只能慢慢连")
    desk.reply("我看得到，慢慢来。")
    expect(seeker.from_staff("我看得到，慢慢来。")).to_have_count(1)


def test_s1_when_the_app_is_down_the_page_gives_numbers_and_delivers_later_once(stage: Stage) -> None:
    seeker = stage.seeker()
    stage.excuse_lost_network()
    seeker.say_and_know("你好")
    seeker.hears("说明：你写的话会加密保存")
    stage.app.kill()
    try:
        seeker.say("我有点难受，睡不着")
        expect(seeker.notice).to_contain_text("这条还没发出去，我会一直重试")
        for number in ("12356", "110", "120"):
            expect(seeker.notice.locator(f'a[href="tel:{number}"]')).to_be_visible()
        expect(seeker.own("我有点难受").locator("xpath=.")).to_contain_text("还没发出去")
    finally:
        stage.app.start()
    seeker.knows("我有点难受")
    expect(seeker.notice).not_to_contain_text("这条还没发出去")
    expect(seeker.page.locator(".card-steps")).to_be_visible()
    seeker.reload()
    expect(seeker.own("我有点难受")).to_have_count(1)


def _begin(desk: Desk, seeker: Seeker) -> None:
    """A talk with a human."""
    seeker.say_and_know("转人工")
    expect(desk.queue).to_have_count(1)
    desk.take_next()
    desk.reply("你好，我在。")
    expect(seeker.from_staff("你好，我在。")).to_be_visible()


def _cut(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("window.sockets.forEach((socket) => socket.close())")
