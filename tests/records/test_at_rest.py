"""S8 and S5: what the files say, and what stays with a person."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from nlu.labels import RiskLevel
from records import conversations, identities, lowerings, messages, samples, seekers, tickets
from records.models import TicketReason, TicketState
from records.settings import RecordsSettings
from records.store import Store, Tx
from tests.records.conftest import OpenStore
from tests.records.scene import Scene, colleague, say, somebody, unit
from tests.support.clock import FrozenClock
from tests.support.postgres import PostgresServer

PLANTED = [
    "紫藤花架下",
    "wisteria-7431",
    "外婆家的阁楼",
    "lantern-0921",
    "河对岸的灯塔",
    "pebble-5518",
    "account-88431",
]


async def plant(store: Store) -> None:
    scene = await store.write(_arrive)
    staff = await colleague(store)

    async def work(tx: Tx) -> None:
        said = await say(tx, scene, PLANTED[0], channel_id="c1")
        await messages.edit(tx, said.id, {"text": PLANTED[1]})
        await seekers.update(tx, scene.seeker.id, nickname=PLANTED[2], about=PLANTED[3])
        await conversations.seal_locator(
            tx, scene.conversation.id, {"address": PLANTED[5]}, tx.now + timedelta(hours=1)
        )
        ticket = await tickets.insert(
            tx, conversation_id=scene.conversation.id, seeker_id=scene.seeker.id, line_id=scene.conversation.line_id,
            level=3, reason=TicketReason.RISK,
        )  # fmt: skip
        await tickets.swap(tx, ticket.id, expect_state=TicketState.WAITING, note=PLANTED[4], transfer_note=PLANTED[0])
        await lowerings.insert(
            tx, conversation_id=scene.conversation.id, ticket_id=ticket.id, seeker_id=scene.seeker.id, kind="lower",
            from_level=3, to_level=1, by_id=staff.id, state="done", last_seq=1, reason=PLANTED[4],
        )  # fmt: skip
        await samples.add(
            tx,
            day="2026-03-02",
            conversation_id=scene.conversation.id,
            seeker_id=scene.seeker.id,
            level=1,
            why="random",
        )
        found = (await samples.for_day(tx, "2026-03-02"))[0]
        await samples.review(tx, found.id, by_id=staff.id, verdict="fine", note=PLANTED[3])

    await store.write(work)
    async with store.read() as tx:
        assert (await messages.listing(tx, scene.conversation.id))[0].text == PLANTED[1]
        assert (await samples.for_day(tx, "2026-03-02"))[0].note == PLANTED[3]


async def _arrive(tx: Tx) -> Scene:
    from tests.records.scene import arrive

    scene = await arrive(tx, account=PLANTED[6])
    await identities.create(tx, scene.seeker.id, "email", PLANTED[6], address=PLANTED[5])
    return scene


def forms(word: str) -> set[bytes]:
    return {word.encode(), word.encode("utf-16-le"), ascii(word)[1:-1].encode(), word.encode().hex().encode()}


def assert_nowhere(found: dict[str, bytes]) -> None:
    assert found
    for name, content in found.items():
        for n, word in enumerate(PLANTED):
            for form in forms(word):
                assert form not in content, f"planted word {n} stands in {name}"


async def test_s8_no_planted_word_stands_in_any_file(local: RecordsSettings, open_store: OpenStore) -> None:
    store = await open_store(local)
    await plant(store)
    files = [path for path in local.data_dir.rglob("*") if path.is_file()]
    assert_nowhere({path.name: path.read_bytes() for path in files})
    await store.aclose()
    assert_nowhere({path.name: path.read_bytes() for path in local.data_dir.rglob("*") if path.is_file()})


@pytest.mark.postgresql
async def test_s8_no_planted_word_stands_in_a_dump(
    postgres_server: PostgresServer, tmp_path: Path, open_store: OpenStore
) -> None:
    name = postgres_server.create_database()
    store = await open_store(RecordsSettings(data_dir=tmp_path, database_url=postgres_server.url(name)))
    await plant(store)
    dump = subprocess.run(
        [
            *(str(postgres_server.binaries / "pg_dump"), "-h", "127.0.0.1", "-p", str(postgres_server.port)),
            *("-U", "shudong", name),
        ],
        check=True,
        capture_output=True,
    )
    assert b"CREATE TABLE public.message" in dump.stdout
    assert_nowhere({"dump": dump.stdout})
    await store.aclose()
    postgres_server.drop_database(name)


async def test_s5_the_level_stays_with_the_person_for_72_hours(store: Store, frozen_clock: FrozenClock) -> None:
    scene, keep = await somebody(store), timedelta(hours=72)

    async def carried() -> RiskLevel:
        async with store.read() as tx:
            return seekers.carried_level(await seekers.get(tx, scene.seeker.id), frozen_clock(), keep)

    async def rise(level: RiskLevel) -> None:
        await store.write(lambda tx: seekers.raise_level(tx, scene.seeker.id, level))

    await rise(RiskLevel.HIGH)
    frozen_clock.advance(hours=71)
    await rise(RiskLevel.LOW)
    assert await carried() is RiskLevel.HIGH, "the machine only raises"
    frozen_clock.advance(hours=1)
    assert await carried() is RiskLevel.HIGH
    frozen_clock.advance(seconds=1)
    assert await carried() is RiskLevel.NONE
    await rise(RiskLevel.LOW)
    assert await carried() is RiskLevel.LOW, "an old level does not come back by a small rise"
    await rise(RiskLevel.IMMINENT)
    await store.write(lambda tx: seekers.lower_level(tx, scene.seeker.id, RiskLevel.MODERATE))
    assert await carried() is RiskLevel.MODERATE


async def test_s13_new_words_in_an_edited_message_wait_to_be_read_again(store: Store) -> None:
    scene = await somebody(store)
    said = await store.write(lambda tx: say(tx, scene, "没事", channel_id="m"))
    await store.write(lambda tx: messages.mark_processed(tx, [said.id]))
    await store.write(lambda tx: messages.edit(tx, said.id, {"text": "其实有事"}))
    async with store.read() as tx:
        waiting = await messages.unprocessed(tx, scene.conversation.id)
    assert [(item.text, item.edit_version) for item in waiting] == [("其实有事", 1)]


async def test_s2_what_nobody_processed_is_found_by_the_sweep(store: Store, frozen_clock: FrozenClock) -> None:
    scenes = [await somebody(store) for _ in range(2)]
    for scene in reversed(scenes):
        said = await store.write(unit(say, scene, "在吗"))
        await store.write(unit(messages.count_attempt, [said.id]))
        frozen_clock.advance(1)
    async with store.read() as tx:
        found = await messages.stale_unprocessed(tx, frozen_clock(), 10)
        assert found == [scenes[1].conversation.id, scenes[0].conversation.id]
        assert (await messages.unprocessed(tx, found[0]))[0].attempts == 1
        assert await messages.stale_unprocessed(tx, frozen_clock() - timedelta(seconds=2), 10) == []


async def test_one_unreadable_row_does_not_hide_the_others(store: Store) -> None:
    import sqlalchemy as sa

    from records.tables import message

    scene = await somebody(store)
    said = [await store.write(unit(say, scene, str(i))) for i in range(3)]
    spoil = sa.update(message).where(message.c.id == said[1].id).values(body_enc=b"\x01\x00\x01" + b"x" * 40)
    await store.write(lambda tx: tx.execute(spoil))
    async with store.read() as tx:
        assert [item.text for item in await messages.listing(tx, scene.conversation.id)] == ["0", "", "2"]
