"""S11: erased words are gone, from old backups as well; what the duty keeps stays, and is told."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from records import (
    audit,
    conversations,
    erasure,
    gaps,
    identities,
    messages,
    retention,
    seekers,
    tickets,
    web_sessions,
)
from records.ids import new_token
from records.models import Mode, TicketReason, TicketState
from records.settings import RecordsSettings, RetentionRules
from records.store import Store
from records.tables import gap, message, seeker
from tests.records.conftest import OpenStore
from tests.records.scene import Scene, arrive, say, somebody
from tests.support.clock import FrozenClock

WORDS = "操场边的梧桐树"


async def talked(store: Store, level: int = 0) -> Scene:
    scene = await somebody(store, level=level)
    await store.write(lambda tx: say(tx, scene, WORDS, channel_id=new_token()))
    await store.write(lambda tx: seekers.update(tx, scene.seeker.id, nickname="小满", about="高二"))
    return scene


async def listed(store: Store, scene: Scene) -> list[str]:
    async with store.read() as tx:
        return [item.text for item in await messages.listing(tx, scene.conversation.id)]


async def close(store: Store, scene: Scene) -> None:
    await store.write(lambda tx: conversations.bump(tx, scene.conversation.id, mode=Mode.CLOSED, closed_at=tx.now))


async def test_s11_everything_of_a_person_without_a_crisis_is_erased(store: Store) -> None:
    scene, other = await talked(store), await talked(store)
    token = new_token()
    await store.write(
        lambda tx: web_sessions.create(
            tx, token=token, seeker_id=scene.seeker.id, identity_id=scene.identity.id,
            conversation_id=scene.conversation.id, locale="zh-CN", ttl=timedelta(hours=1),
        )
    )  # fmt: skip
    report = await erasure.erase(store, scene.seeker.id, "seeker")
    assert (report.complete, report.messages, report.kept) == (True, 1, ())
    assert await listed(store, scene) == [""]
    assert await listed(store, other) == [WORDS]
    async with store.read() as tx:
        person = await seekers.get(tx, scene.seeker.id)
        assert (person.nickname, person.about, person.pseudonym) == (None, None, "")
        assert person.erased_at is not None
        assert (await messages.listing(tx, scene.conversation.id))[0].erased_at is not None
        assert await web_sessions.find(tx, token) is None
        assert (await conversations.get(tx, scene.conversation.id)).mode is Mode.CLOSED
        assert [item.action for item in await audit.entries(tx, scene.seeker.id)] == ["seeker.erased"]
        assert await erasure.kept(tx, scene.seeker.id) == []


async def test_s11_who_comes_back_from_the_same_account_is_somebody_new(store: Store) -> None:
    scene = await store.write(lambda tx: arrive(tx, account="same"))
    await erasure.erase(store, scene.seeker.id, "seeker")
    async with store.read() as tx:
        assert await identities.find(tx, "web", "same") is None
    again = await store.write(lambda tx: arrive(tx, account="same"))
    await store.write(lambda tx: say(tx, again, "我又来了"))
    assert await listed(store, again) == ["我又来了"]


async def test_s11_a_crisis_talk_stays_for_three_years_and_the_person_is_told(
    store: Store, frozen_clock: FrozenClock
) -> None:
    scene = await talked(store, level=3)
    calm = await store.write(
        lambda tx: conversations.create(
            tx, seeker_id=scene.seeker.id, identity_id=scene.identity.id, channel="web",
            line_id=scene.conversation.line_id, level=0,
        )
    )  # fmt: skip
    ordinary = replace(scene, conversation=calm)
    await store.write(lambda tx: say(tx, ordinary, WORDS))
    await store.write(lambda tx: gaps.add(tx, seeker_id=scene.seeker.id, kind="unanswered", text=WORDS))
    await close(store, scene)
    await store.write(lambda tx: conversations.bump(tx, scene.conversation.id, level=0))
    await store.write(lambda tx: conversations.bump(tx, scene.conversation.id, level=3))
    report = await erasure.erase(store, scene.seeker.id, "seeker")
    assert not report.complete
    assert [(item.id, item.code) for item in report.kept] == [(scene.conversation.id, "crisis_duty")]
    until = report.kept[0].until
    assert until is not None
    assert until >= frozen_clock() + timedelta(days=3 * 365)
    assert await listed(store, scene) == [WORDS]
    assert await listed(store, ordinary) == [""]
    async with store.read() as tx:
        assert list((await tx.execute(sa.select(gap.c.text_enc))).scalars()) == [None]
    frozen_clock.set(until + timedelta(days=1))
    assert (await erasure.erase(store, scene.seeker.id, "seeker")).complete
    assert await listed(store, scene) == [""]


async def test_s11_a_ticket_at_level_three_makes_it_a_crisis_even_when_the_level_was_lowered(store: Store) -> None:
    scene = await talked(store)
    ticket = await store.write(
        lambda tx: tickets.insert(
            tx, conversation_id=scene.conversation.id, seeker_id=scene.seeker.id, line_id=scene.conversation.line_id,
            level=3, reason=TicketReason.RISK,
        )
    )  # fmt: skip
    async with store.read() as tx:
        assert {item.code for item in await erasure.kept(tx, scene.seeker.id)} == {"ordinary", "open_ticket"}
    assert [item.code for item in (await erasure.erase(store, scene.seeker.id, "seeker")).kept] == ["open_ticket"]
    await store.write(
        lambda tx: tickets.swap(
            tx, ticket.id, expect_state=TicketState.WAITING, state=TicketState.CLOSED, closed_at=tx.now, note="聊过"
        )
    )
    assert [item.code for item in (await erasure.erase(store, scene.seeker.id, "seeker")).kept] == ["crisis_duty"]
    async with store.read() as tx:
        assert (await tickets.words(tx, ticket.id)).note == "聊过"


async def test_s11_a_legal_hold_wins(store: Store, frozen_clock: FrozenClock) -> None:
    scene = await talked(store)
    await close(store, scene)
    await store.write(lambda tx: seekers.update(tx, scene.seeker.id, legal_hold=True))
    report = await erasure.erase(store, scene.seeker.id, "seeker")
    assert not report.complete
    assert {item.code for item in report.kept} == {"legal_hold"}
    frozen_clock.advance(days=4000)
    await retention.sweep(store, RetentionRules(), frozen_clock())
    assert await listed(store, scene) == [WORDS]
    async with store.read() as tx:
        assert (await seekers.get(tx, scene.seeker.id)).nickname == "小满"


@pytest.fixture
async def backed_up(
    local: RecordsSettings, open_store: OpenStore, tmp_path: Path
) -> tuple[Store, list[Scene], RecordsSettings]:
    """A store with a calm and a crisis talk, and a copy of its database from before the erasure."""
    store = await open_store(local)
    scenes = [await talked(store), await talked(store, level=4)]
    calm = await store.write(
        lambda tx: conversations.create(
            tx, seeker_id=scenes[1].seeker.id, identity_id=scenes[1].identity.id, channel="web",
            line_id=scenes[1].conversation.line_id, level=0,
        )
    )  # fmt: skip
    scenes.append(replace(scenes[1], conversation=calm))
    await store.write(lambda tx: say(tx, scenes[2], WORDS))
    await store.aclose()
    file = local.database_file
    assert file is not None
    copy = tmp_path / "backup.db"
    shutil.copy(file, copy)
    return await open_store(local), scenes, replace(local, database_url=f"sqlite:///{copy}")


async def test_s11_an_old_copy_of_the_database_no_longer_gives_the_words_away(
    backed_up: tuple[Store, list[Scene], RecordsSettings], open_store: OpenStore
) -> None:
    """The keys died with the erasure. A kept crisis talk lives on in the database of today."""
    store, scenes, backup = backed_up
    old = await open_store(backup)
    assert [await listed(old, scene) for scene in scenes] == [[WORDS]] * 3
    await old.aclose()
    assert (await erasure.erase(store, scenes[0].seeker.id, "seeker")).complete
    assert not (await erasure.erase(store, scenes[1].seeker.id, "seeker")).complete
    assert [await listed(store, scene) for scene in scenes] == [[""], [WORDS], [""]]
    old = await open_store(backup)
    assert [await listed(old, scene) for scene in scenes] == [[""]] * 3


async def test_s11_after_a_restore_the_ledger_erases_again(
    backed_up: tuple[Store, list[Scene], RecordsSettings], open_store: OpenStore
) -> None:
    store, scenes, backup = backed_up
    await erasure.erase(store, scenes[0].seeker.id, "seeker")
    await store.aclose()
    restored = await open_store(backup)
    assert await erasure.replay_ledger(restored) == 1
    async with restored.read() as tx:
        raw = sa.select(message.c.body_enc).where(message.c.conversation_id == scenes[0].conversation.id)
        assert set((await tx.execute(raw)).scalars()) == {None}
        gone = sa.select(seeker.c.erased_at).where(seeker.c.id == scenes[0].seeker.id)
        assert (await tx.execute(gone)).scalar() is not None


# Retention


async def test_the_sweep_blanks_what_is_old_and_keeps_what_is_young_or_a_crisis(
    store: Store, frozen_clock: FrozenClock
) -> None:
    old, crisis = await talked(store), await talked(store, level=3)
    for scene in (old, crisis):
        await close(store, scene)
    await store.write(lambda tx: gaps.add(tx, seeker_id=old.seeker.id, kind="unanswered", text=WORDS))
    frozen_clock.advance(days=200)
    young = await talked(store)
    counts = await retention.sweep(store, RetentionRules(), frozen_clock())
    assert (counts["conversations"], counts["gaps"]) == (1, 1)
    assert [await listed(store, scene) for scene in (old, crisis, young)] == [[""], [WORDS], [WORDS]]
    assert (await retention.sweep(store, RetentionRules(), frozen_clock()))["conversations"] == 0


async def test_swept_words_die_in_backups_and_the_person_can_write_on(store: Store, frozen_clock: FrozenClock) -> None:
    scene = await talked(store)
    await close(store, scene)
    frozen_clock.advance(days=200)
    await retention.sweep(store, RetentionRules(), frozen_clock())
    await store.write(lambda tx: say(tx, scene, "又见面了"))
    frozen_clock.advance(hours=1)
    assert (await retention.sweep(store, RetentionRules(), frozen_clock()))["keys"] == 1
    row = await store.vault.keystore.version(scene.seeker.id, "conversation", 1)
    assert row is not None
    assert row.wrapped is None
    assert (await listed(store, scene))[-1] == "又见面了"


async def test_s9_the_locator_of_an_anonymous_talk_is_kept_for_its_stated_time_only(
    store: Store, frozen_clock: FrozenClock
) -> None:
    scene = await talked(store)
    packet: dict[str, Any] = {"address": "192.0.2.7", "port": 40123}
    until = frozen_clock() + timedelta(hours=72)
    await store.write(lambda tx: conversations.seal_locator(tx, scene.conversation.id, packet, until))
    assert await store.write(lambda tx: conversations.open_locator(tx, scene.conversation.id)) == packet
    frozen_clock.set(until)
    assert await store.write(lambda tx: conversations.open_locator(tx, scene.conversation.id)) is None
    assert (await retention.sweep(store, RetentionRules(), frozen_clock()))["locators"] == 1
    frozen_clock.advance(hours=1)
    await retention.sweep(store, RetentionRules(), frozen_clock())
    row = await store.vault.keystore.version(scene.seeker.id, "locator", 1)
    assert row is not None
    assert row.wrapped is None


async def test_who_was_not_here_for_long_is_forgotten(store: Store, frozen_clock: FrozenClock) -> None:
    scene = await talked(store)
    await close(store, scene)
    frozen_clock.advance(days=400)
    counts = await retention.sweep(store, RetentionRules(), frozen_clock())
    assert (counts["conversations"], counts["seekers"]) == (1, 1)
    async with store.read() as tx:
        assert (await seekers.get(tx, scene.seeker.id)).erased_at is not None


def test_rules_that_break_the_duty_are_refused() -> None:
    with pytest.raises(Exception, match="three years"):
        RetentionRules(crisis=timedelta(days=30))
