"""Who may sign in, and what the database keeps of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from records import consents, lines, staff, web_sessions
from records.errors import ConflictError, NotFoundError
from records.ids import IdMaker, hash_token, new_token
from records.models import Role
from records.settings import RecordsSettings
from records.store import Store, Tx
from records.tables import staff as staff_table
from records.tables import staff_session, web_session
from tests.records.scene import colleague, somebody, unit
from tests.support.clock import FrozenClock

PASSWORD = "a long password"


async def test_five_wrong_passwords_shut_the_door_for_fifteen_minutes(store: Store, frozen_clock: FrozenClock) -> None:
    person = await colleague(store)
    assert (await staff.sign_in(store, "desk", PASSWORD)).staff == person
    for _ in range(4):
        assert await staff.sign_in(store, "desk", "wrong") == staff.SignIn(staff=None)
    shut = await staff.sign_in(store, "desk", "wrong")
    assert shut.locked_until == frozen_clock() + timedelta(minutes=15)
    assert (await staff.sign_in(store, "desk", PASSWORD)).staff is None
    frozen_clock.advance(minutes=15, seconds=1)
    assert (await staff.sign_in(store, "desk", PASSWORD)).staff == person
    assert (await staff.sign_in(store, "nobody", PASSWORD)).staff is None


async def test_a_disabled_account_has_no_session_and_no_way_in(store: Store) -> None:
    person = await colleague(store)
    token, csrf = await store.write(lambda tx: staff.open_session(tx, person.id))
    async with store.read() as tx:
        assert await staff.session(tx, token) == (person, csrf)
    await store.write(lambda tx: staff.disable(tx, person.id))
    async with store.read() as tx:
        assert await staff.session(tx, token) is None
    assert (await staff.sign_in(store, "desk", PASSWORD)).staff is None


async def test_a_new_password_ends_every_session(store: Store) -> None:
    person = await colleague(store)
    token, _ = await store.write(lambda tx: staff.open_session(tx, person.id))
    await store.write(lambda tx: staff.set_password(tx, person.id, "another password"))
    async with store.read() as tx:
        assert await staff.session(tx, token) is None
    assert (await staff.sign_in(store, "desk", "another password")).staff == person


async def test_sessions_end_in_time_and_when_revoked(store: Store, frozen_clock: FrozenClock) -> None:
    person = await colleague(store)
    first, _ = await store.write(lambda tx: staff.open_session(tx, person.id, ttl=timedelta(hours=1)))
    second, _ = await store.write(lambda tx: staff.open_session(tx, person.id))
    await store.write(lambda tx: staff.revoke_session(tx, second))
    frozen_clock.advance(minutes=59)
    async with store.read() as tx:
        assert await staff.session(tx, first) is not None
        assert await staff.session(tx, second) is None
    frozen_clock.advance(minutes=1)
    async with store.read() as tx:
        assert await staff.session(tx, first) is None


async def test_the_database_keeps_no_password_and_no_token(store: Store) -> None:
    person, scene, token, device = await colleague(store), await somebody(store), new_token(), new_token()
    desk, _ = await store.write(lambda tx: staff.open_session(tx, person.id))
    await store.write(
        lambda tx: web_sessions.create(
            tx, token=token, seeker_id=scene.seeker.id, identity_id=scene.identity.id, device=device,
            conversation_id=scene.conversation.id, locale="zh-CN", ttl=timedelta(hours=1),
        )
    )  # fmt: skip
    async with store.read() as tx:
        rows = [(await tx.execute(sa.select(table))).all() for table in (staff_table, staff_session, web_session)]
    text = repr(rows)
    assert hash_token(token) in text
    for secret in (PASSWORD, desk, token, device):
        assert secret not in text
    assert "$argon2id$" in text


async def test_s15_a_device_is_recognised_in_a_new_tab_and_opens_nothing(
    store: Store, frozen_clock: FrozenClock
) -> None:
    scene, device, tokens = await somebody(store), new_token(), [new_token(), new_token()]
    for token in tokens:
        await store.write(
            unit(
                web_sessions.create, token=token, seeker_id=scene.seeker.id, identity_id=scene.identity.id,
                device=device,
                conversation_id=scene.conversation.id, locale="zh-CN", ttl=timedelta(hours=1),
            )
        )  # fmt: skip
    async with store.read() as tx:
        first = await web_sessions.find(tx, tokens[0])
    assert first is not None
    await store.write(lambda tx: web_sessions.unlock(tx, first.id))
    frozen_clock.advance(hours=2)
    async with store.read() as tx:
        found = await web_sessions.find_device(tx, device)
        assert found is not None
        assert (found.seeker_id, found.unlocked_at) == (scene.seeker.id, None)
        assert await web_sessions.find(tx, tokens[0]) is None
    await store.write(lambda tx: web_sessions.touch(tx, first.id, timedelta(hours=5)))
    await store.write(lambda tx: web_sessions.bind(tx, first.id, scene.conversation.id))
    async with store.read() as tx:
        assert await web_sessions.find(tx, tokens[0]) is not None
    await store.write(lambda tx: web_sessions.revoke(tx, first.id))
    async with store.read() as tx:
        assert await web_sessions.find(tx, tokens[0]) is None


async def test_a_supervisor_of_an_organisation_has_all_lines_below_it(store: Store) -> None:
    async def work(tx: Tx) -> tuple[set[str], frozenset[str]]:
        city = await lines.create_organisation(tx, kind="city", name="市")
        county = await lines.create_organisation(tx, kind="county", name="县", parent_id=city)
        school = await lines.create_organisation(tx, kind="school", name="校", parent_id=county)
        below = {
            (await lines.create(tx, slug=f"l{i}", name=f"线{i}", organisation_id=place)).id
            for i, place in enumerate((city, county, school))
        }
        await lines.create(tx, slug="apart", name="别处")
        lead = await staff.create(
            tx, login="lead", password=PASSWORD, display_name="督导", roles=[Role.SUPERVISOR], organisation_id=city
        )
        return below, lead.line_ids

    below, held = await store.write(work)
    assert held == below


async def test_a_login_is_given_once(store: Store) -> None:
    await colleague(store)
    with pytest.raises(ConflictError):
        await colleague(store)
    async with store.read() as tx:
        assert [person.login for person in await staff.all(tx)] == ["desk"]


async def test_there_is_one_default_line(store: Store) -> None:
    async with store.read() as tx:
        with pytest.raises(NotFoundError):
            await lines.default_line(tx)
    first = await store.write(lines.ensure_default)
    assert await store.write(lines.ensure_default) == first
    second = await store.write(lambda tx: lines.create(tx, slug="b", name="12356", is_default=True))
    async with store.read() as tx:
        assert (await lines.default_line(tx)).id == second.id
        assert [item.is_default for item in await lines.all(tx)] == [False, True]


async def test_the_latest_decision_per_purpose_holds(store: Store) -> None:
    scene = await somebody(store)
    for purpose, state in (("service", "given"), ("training", "given"), ("training", "withdrawn")):
        await store.write(unit(consents.record, scene.seeker.id, purpose, "2026-01", state, "seeker"))
    async with store.read() as tx:
        found = await consents.latest(tx, scene.seeker.id)
        assert {purpose: item.state for purpose, item in found.items()} == {"service": "given", "training": "withdrawn"}
        assert len(await consents.history(tx, scene.seeker.id)) == 3


def test_ids_rise_within_one_millisecond_and_over_small_backward_steps(frozen_clock: FrozenClock) -> None:
    maker, made = IdMaker(), []
    for step in (0, 0, 0.001, -0.5, 0, 0.4, 2, 0):
        frozen_clock.advance(step)
        made += [maker.make(frozen_clock()) for _ in range(50)]
    assert made == sorted(set(made))
    assert {len(item) for item in made} == {26}
    frozen_clock.advance(days=-2)
    assert maker.make(frozen_clock()) < made[0], "a clock that was set right is believed"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"database_url": "mysql://x/y"}, "only sqlite and postgresql"),
        ({"database_url": "sqlite:///:memory:"}, "must name a file"),
        ({"database_url": "nonsense"}, "cannot be read"),
        ({"key_ttl_s": 61}, "between 0 and 60"),
        ({"database_url": "sqlite:////x/a.db", "keystore_url": "sqlite:////x/a.db"}, "kept apart"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_with_a_sentence(
    wrong: dict[str, object], sentence: str, local: RecordsSettings
) -> None:
    with pytest.raises(Exception, match=sentence):
        RecordsSettings(data_dir=local.data_dir, **wrong)  # type: ignore[arg-type] # wrong on purpose
