"""A talk that the machine had alone is read by a human the day after."""

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.e2e.pictures import picture
from tests.e2e.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("e2e-second-look")]


def test_s17_a_supervisor_reads_yesterdays_talks_that_the_machine_had_alone(stage: Stage) -> None:
    seeker = stage.seeker()
    stage.excuse_lost_network()
    seeker.say_and_know("晚上老是睡不着，躺很久")
    expect(seeker.page.locator(".card-steps")).to_be_visible()
    seeker.page.close()
    stage.app.stop()
    _a_day_passes(stage)
    stage.app.start()

    supervisor = stage.desk("supervisor", on_duty=False)
    supervisor.go_to("sample")
    item = supervisor.by("sample-item")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("没有转人工")
    picture(supervisor.page, "sample")
    expect(item.locator('[data-test="sample-missed"]')).to_be_disabled()  # what was missed needs a word about it
    item.locator('[data-test="sample-note"]').fill("读过了，没有危险。")
    item.locator('[data-test="sample-ok"]').click()
    expect(item.locator('[data-test="sample-done"]')).to_be_visible()
    item.get_by_role("link", name="看会话").click()
    expect(supervisor.messages.filter(has_text="晚上老是睡不着")).to_be_visible()


def _a_day_passes(stage: Stage) -> None:
    """The record as it stands a day later; the app is stopped meanwhile."""
    with closing(sqlite3.connect(stage.app.folder / "data" / "shudong.db")) as database, database:
        database.execute(
            "UPDATE conversation SET last_seeker_at = strftime('%Y-%m-%dT%H:%M:%S', last_seeker_at, '-1 day')"
            " || '.000000Z'"
        )
