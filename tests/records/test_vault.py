"""Words are bound to their place, and die with their key (S8)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records import keyfile, messages
from records.errors import KeyDestroyedError, KeyMissingError, SettingsError, UnreadableError
from records.keystore import KeyStore
from records.settings import RecordsSettings
from records.vault import Vault
from tests.records.conftest import OpenStore
from tests.records.scene import say, somebody
from tests.support.clock import FrozenClock

SEEKER = "01SEEKER000000000000000000"
HYPOTHESIS = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # one vault serves all examples of a test


@pytest.fixture
def keys_at(tmp_path: Path, database_url: str) -> RecordsSettings:
    """The key store in the database under test: it may live in PostgreSQL as well."""
    return RecordsSettings(data_dir=tmp_path / "v", keystore_url=database_url)


@pytest.fixture
async def vault(keys_at: RecordsSettings, frozen_clock: FrozenClock) -> AsyncIterator[Vault]:
    keystore = await KeyStore.open(keys_at, clock=frozen_clock)
    yield Vault(keystore, keyfile.create(keys_at.master_key_file))
    await keystore.aclose()


@HYPOTHESIS
@given(plain=st.binary(max_size=2000))
async def test_what_is_sealed_opens_in_its_own_place(vault: Vault, plain: bytes) -> None:
    place = (SEEKER, "conversation", "message", "body_enc", "r1")
    sealed = await vault.seal(*place, plain)
    assert await vault.open(*place, sealed) == plain
    assert len(plain) < 8 or plain not in sealed


@HYPOTHESIS
@given(
    here=st.tuples(st.sampled_from(["message", "ticket"]), st.sampled_from(["body_enc", "note_enc"]), st.text("ab",
    max_size=4)),
    there=st.tuples(st.sampled_from(["message", "ticket"]), st.sampled_from(["body_enc", "note_enc"]), st.text("ab",
    max_size=4)),
)  # fmt: skip
async def test_s8_sealed_words_moved_to_another_place_do_not_open(
    vault: Vault, here: tuple[str, str, str], there: tuple[str, str, str]
) -> None:
    sealed = await vault.seal(SEEKER, "conversation", *here, b"words")
    if here == there:
        assert await vault.open(SEEKER, "conversation", *there, sealed) == b"words"
        return
    with pytest.raises(UnreadableError):
        await vault.open(SEEKER, "conversation", *there, sealed)


@HYPOTHESIS
@given(data=st.data())
async def test_s8_a_changed_bit_anywhere_is_noticed(vault: Vault, data: st.DataObject) -> None:
    place = (SEEKER, "conversation", "message", "body_enc", "r1")
    sealed = bytearray(await vault.seal(*place, b"some words"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((UnreadableError, KeyMissingError)):
        await vault.open(*place, bytes(sealed))


async def test_another_person_and_another_class_have_other_keys(vault: Vault) -> None:
    sealed = await vault.seal(SEEKER, "conversation", "message", "body_enc", "r1", b"words")
    await vault.seal("other", "conversation", "message", "body_enc", "r1", b"words")
    for seeker, kind in (("other", "conversation"), (SEEKER, "case")):
        with pytest.raises(UnreadableError):
            await vault.open(seeker, kind, "message", "body_enc", "r1", sealed)


async def test_two_processes_that_make_the_first_key_at_once_agree_on_one(
    keys_at: RecordsSettings, frozen_clock: FrozenClock
) -> None:
    import asyncio

    master = keyfile.create(keys_at.master_key_file)
    stores = [await KeyStore.open(keys_at, clock=frozen_clock) for _ in range(2)]
    vaults = [Vault(store, master) for store in stores]
    places = [(SEEKER, "conversation", "message", "body_enc", f"r{i}") for i in range(2)]
    sealed = await asyncio.gather(*(vaults[i].seal(*places[i], b"words") for i in range(2)))
    for i in range(2):
        assert await vaults[1 - i].open(*places[i], sealed[i]) == b"words"
    for store in stores:
        await store.aclose()


async def test_a_destroyed_key_is_dead_here_at_once_and_elsewhere_when_its_cache_ends(
    keys_at: RecordsSettings, frozen_clock: FrozenClock
) -> None:
    now = [0.0]
    master = keyfile.create(keys_at.master_key_file)
    stores = [await KeyStore.open(keys_at, clock=frozen_clock) for _ in range(2)]
    here, there = (Vault(store, master, key_ttl_s=30, monotonic=lambda: now[0]) for store in stores)
    place = (SEEKER, "conversation", "message", "body_enc", "r1")
    sealed = await here.seal(*place, b"words")
    assert await there.open(*place, sealed) == b"words"
    await here.destroy(SEEKER, "conversation", 1, final=True)
    with pytest.raises(KeyDestroyedError):
        await here.open(*place, sealed)
    now[0] = 31.0
    with pytest.raises(KeyDestroyedError):
        await there.open(*place, sealed)
    with pytest.raises(KeyDestroyedError):
        await there.seal(*place, b"new words")
    for store in stores:
        await store.aclose()


async def test_the_bytes_of_a_destroyed_key_are_overwritten_in_the_file(
    local: RecordsSettings, frozen_clock: FrozenClock
) -> None:
    keystore = await KeyStore.open(local, clock=frozen_clock)
    vault = Vault(keystore, keyfile.create(local.master_key_file))
    await vault.seal(SEEKER, "conversation", "message", "body_enc", "r1", b"words")
    row = await keystore.newest(SEEKER, "conversation")
    assert row is not None
    assert row.wrapped is not None
    files = sorted(local.master_key_file.parent.glob("keystore.db*"))
    assert any(row.wrapped in file.read_bytes() for file in files)
    await vault.destroy(SEEKER, "conversation", 1, final=False)
    assert not any(row.wrapped in file.read_bytes() for file in files if file.exists())
    await keystore.aclose()


async def test_the_cache_of_keys_is_bounded(local: RecordsSettings, frozen_clock: FrozenClock) -> None:
    keystore = await KeyStore.open(local, clock=frozen_clock)
    vault = Vault(keystore, keyfile.create(local.master_key_file), key_cache=16)
    for i in range(40):
        await vault.seal(f"s{i}", "conversation", "message", "body_enc", "r", b"words")
    assert len(vault._current) == 16
    await keystore.aclose()


async def test_after_a_new_master_key_old_words_open_and_old_hashes_are_found(
    keys_at: RecordsSettings, vault: Vault
) -> None:
    place = (SEEKER, "conversation", "message", "body_enc", "r1")
    sealed = await vault.seal(*place, b"words")
    before = vault.keyed_hash("account/web", "a")
    chain, check = vault.chain_key(), vault.check_value()
    assert await vault.use_newest_master(keyfile.add_version(keys_at.master_key_file)) == 3
    assert await vault.open(*place, sealed) == b"words"
    assert vault.keyed_hash("account/web", "a") != before
    assert before in vault.keyed_hashes("account/web", "a")
    assert (vault.chain_key(), vault.check_value()) == (chain, check)
    fresh = Vault(vault.keystore, keyfile.load(keys_at.master_key_file))
    assert await fresh.open(*place, sealed) == b"words"


def test_hashes_of_one_value_differ_by_purpose(tmp_path: Path) -> None:
    vault = Vault.__new__(Vault)
    vault._master = keyfile.create(tmp_path / "k")
    assert vault.keyed_hash("account/web", "a") != vault.keyed_hash("account/wechat", "a")


# The key file and the sheet


def test_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made = keyfile.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keyfile.load(path) == made
    assert keyfile.create(path) == made, "a key that is there is never replaced"
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        keyfile.load(path)


@given(key=st.binary(min_size=32, max_size=32), version=st.integers(1, 40))
def test_the_recovery_sheet_brings_the_key_back_however_it_is_typed(key: bytes, version: int) -> None:
    master = keyfile.MasterKeys({version: key})
    sheet = keyfile.recovery_sheet(master)
    assert keyfile.read_sheet(sheet) == master
    messy = "\n".join(
        line.lower().replace("-", " ") if line[:1].isdigit() else line for line in reversed(sheet.splitlines())
    )
    assert keyfile.read_sheet(messy) == master


@given(data=st.data())
def test_a_typing_mistake_on_the_sheet_is_found_with_its_line(data: st.DataObject) -> None:
    sheet = keyfile.recovery_sheet(keyfile.MasterKeys({1: bytes(range(32))})).splitlines()
    n = data.draw(st.sampled_from([i for i, line in enumerate(sheet) if line.startswith("1")]))
    places = [i for i, character in enumerate(sheet[n]) if i > 3 and character not in " -"][:-2]
    at = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([c for c in "23456789ABCDEFGHJKMNPQRSTVWXYZ" if c != sheet[n][at]]))
    sheet[n] = sheet[n][:at] + other + sheet[n][at + 1 :]
    try:
        read = keyfile.read_sheet("\n".join(sheet))
    except SettingsError as exc:
        assert sheet[n][:2] in str(exc)  # noqa: PT017 - the two check characters miss one mistake in 1024
    else:
        assert read.keys[1] != bytes(range(32))


def test_restore_from_a_sheet_never_replaces_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    master = keyfile.create(path)
    sheet = keyfile.recovery_sheet(master)
    with pytest.raises(SettingsError, match="already"):
        keyfile.restore_from_sheet(sheet, path)
    path.unlink()
    assert keyfile.restore_from_sheet(sheet, path) == master == keyfile.load(path)


# What a start notices


async def test_the_first_start_shows_the_recovery_sheet_and_the_next_one_does_not(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    first = await open_store(settings)
    assert first.recovery_sheet is not None
    assert keyfile.read_sheet(first.recovery_sheet) == keyfile.load(settings.master_key_file)
    assert (await open_store(settings)).recovery_sheet is None


async def test_a_start_without_the_key_file_is_refused_and_the_sheet_mends_it(
    settings: RecordsSettings, open_store: OpenStore
) -> None:
    store = await open_store(settings)
    scene = await somebody(store)
    await store.write(lambda tx: say(tx, scene, "今天好冷"))
    sheet = store.recovery_sheet
    assert sheet is not None
    settings.master_key_file.unlink()
    with pytest.raises(KeyMissingError, match="missing"):
        await open_store(settings)
    assert not settings.master_key_file.exists(), "a refused start must not put a new key in the old one's place"
    keyfile.restore_from_sheet(sheet, settings.master_key_file)
    again = await open_store(settings)
    async with again.read() as tx:
        assert [item.text for item in await messages.listing(tx, scene.conversation.id)] == ["今天好冷"]


async def test_a_wrong_key_file_and_a_lost_key_store_are_named(
    settings: RecordsSettings, open_store: OpenStore, tmp_path: Path
) -> None:
    await open_store(settings)
    other = tmp_path / "other.key"
    keyfile.create(other)
    with pytest.raises(KeyMissingError, match="key file is not the one"):
        await open_store(replace(settings, key_file=other))
    with pytest.raises(KeyMissingError, match="key store is not the one"):
        await open_store(replace(settings, keystore_url=f"sqlite:///{tmp_path / 'fresh.db'}"))


async def test_files_that_hold_words_or_keys_are_for_their_owner_only(
    local: RecordsSettings, open_store: OpenStore
) -> None:
    await open_store(local)
    for path in local.data_dir.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path.name
