"""``shudong train-data export``: only with consent, without names and numbers, and back again through the reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.admin import opened as store_of
from bot.errors import ExportError
from bot.settings import Settings, load_settings
from bot.train_data import export
from nlu.corpus import Message, read_messages
from nlu.labels import Category, RiskLevel, Subject
from records import assessments, audit, consents, conversations, erasure, identities, lines, messages, seekers
from records.ids import new_token
from records.models import Author, Channel, Kind
from records.store import Store, Tx
from tests.support.clock import FrozenClock

STAFF = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Both databases; the command opens the store by itself, as an operator's call does."""
    return load_settings(None, data_dir=tmp_path / "data", database_url=database_url)


class Desk:
    """Writes a talk down and what people said of it, as the page and the desk do."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def seeker(self, *, consent: bool | None = True, **told: Any) -> str:
        async def work(tx: Tx) -> str:
            person = await seekers.create(tx, locale="zh-CN", pseudonym="青苔", audience="student")
            if told:
                await seekers.update(tx, person.id, **told)
            if consent is not None:
                state = "given" if consent else "withdrawn"
                await consents.record(tx, person.id, consents.TRAINING, "1", state, "seeker")
            return person.id

        return await self.store.write(work)

    async def said(
        self, seeker_id: str, text: str, level: int = 2, *kinds: Category, machine: bool = False, talk_level: int = 0
    ) -> str:
        async def work(tx: Tx) -> str:
            line = await lines.ensure_default(tx)
            identity = await identities.create(tx, seeker_id, Channel.WEB, new_token())
            talk = await conversations.create(
                tx, seeker_id=seeker_id, identity_id=identity.id, channel=Channel.WEB, line_id=line.id, level=talk_level
            )
            row = await messages.append(
                tx, conversation_id=talk.id, seeker_id=seeker_id, author=Author.SEEKER, kind=Kind.TEXT,
                body={"text": text}, identity_id=identity.id, processed=True,
            )  # fmt: skip
            await self._judge(tx, row.id, 1, (Category.EMOTIONAL,), by="nlu")
            if not machine:
                await self._judge(tx, row.id, level, kinds or (Category.SUICIDE,))
            return row.id

        return await self.store.write(work)

    async def judge(self, message_id: str, level: int, *kinds: Category) -> None:
        await self.store.write(lambda tx: self._judge(tx, message_id, level, kinds))

    async def _judge(self, tx: Tx, message_id: str, level: int, kinds: tuple[Category, ...], by: str = STAFF) -> None:
        await assessments.add(
            tx, await messages.get(tx, message_id), level=level, categories=kinds,
            subject=Subject.SELF if level else Subject.NONE, confidence=1.0, evidence=(), layer="human",
            model_version="", running_level=level, by=by,
        )  # fmt: skip


@pytest.fixture
def opened(settings: Settings, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The command's clock stands at half past ten in the evening in Shanghai."""
    monkeypatch.setattr("bot.admin.utc_now", frozen_clock)
    return settings


async def fill(settings: Settings, work: Callable[[Desk], Any]) -> Any:
    async with store_of(settings) as store:
        return await work(Desk(store))


async def taken(settings: Settings, folder: Path) -> list[Message]:
    """What an export of now holds, read back as the training reads it."""
    for old in folder.glob("*.txt"):
        old.unlink()
    await export(settings, folder)
    (file,) = folder.glob("*.txt")
    return list(read_messages(file))


async def test_confirmed_and_corrected_levels_come_back_through_the_corpus_reader(
    opened: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(desk: Desk) -> None:
        me = await desk.seeker()
        await desk.said(me, "@同桌 最近总想消失\n不想让人看见", 2, Category.SUICIDE)
        twice = await desk.said(me, "他们把我围在厕所里推来推去", 1, Category.EMOTIONAL)
        await desk.judge(twice, 3, Category.BULLYING)
        await desk.said(me, "作业多到想死哈哈", 0)
        await desk.judge(await desk.said(me, "#今天也没什么事", 2), 0)
        await desk.said(me, "嗯", 3)
        await desk.said(me, "只有机器读过这一句", machine=True)

    await fill(opened, work)
    read = {one.text: one for one in await taken(opened, tmp_path / "out")}
    assert set(read) == {
        "＠同桌 最近总想消失\n不想让人看见",
        "他们把我围在厕所里推来推去",
        "＃今天也没什么事",
        "作业多到想死哈哈",
    }
    corrected = read["他们把我围在厕所里推来推去"]
    assert (corrected.level, corrected.categories, corrected.subject) == (
        RiskLevel.HIGH, (Category.BULLYING,), Subject.SELF,
    )  # fmt: skip
    assert {one.audience for one in read.values()} == {"student"}
    assert {one.batch for one in read.values()} == {FrozenClock()().date().isoformat()}
    told = capsys.readouterr().err
    assert "4 lines" in told
    assert "1 left out: too short" in told


async def test_names_numbers_and_the_seekers_own_nickname_are_removed(opened: Settings, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        me = await desk.seeker(nickname="雨后小满")
        await desk.said(me, "我叫陈晓雨，电话13812345678，他们都喊我雨后小满，我不想活了")

    await fill(opened, work)
    (line,) = await taken(opened, tmp_path / "out")
    for told in ("陈晓雨", "13812345678", "雨后小满"):
        assert told not in line.text
    assert "不想活了" in line.text


@pytest.mark.parametrize("consent", [None, False])
async def test_s11_without_consent_nothing_leaves_the_record(
    opened: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], consent: bool | None
) -> None:
    async def work(desk: Desk) -> None:
        await desk.said(await desk.seeker(consent=consent), "我每天都想消失")

    await fill(opened, work)
    assert await taken(opened, tmp_path / "out") == []
    assert "1 left out: the seeker did not agree" in capsys.readouterr().err


async def test_s11_who_takes_consent_back_is_out_of_the_next_export(opened: Settings, tmp_path: Path) -> None:
    async def begin(desk: Desk) -> str:
        me = await desk.seeker()
        await desk.said(me, "我每天都想消失")
        return me

    me = await fill(opened, begin)
    assert len(await taken(opened, tmp_path / "out")) == 1

    async def take_back(desk: Desk) -> None:
        await desk.store.write(lambda tx: consents.record(tx, me, consents.TRAINING, "1", "withdrawn", "seeker"))

    await fill(opened, take_back)
    assert await taken(opened, tmp_path / "out") == []


@pytest.mark.parametrize("talk_level", [0, 4])
async def test_s11_erasure_ends_training_also_where_the_duty_keeps_the_words(
    opened: Settings, tmp_path: Path, talk_level: int
) -> None:
    """At level 4 the crisis record stays, and still nobody learns from it."""

    async def work(desk: Desk) -> bool:
        me = await desk.seeker()
        await desk.said(me, "我每天都想消失", talk_level=talk_level)
        return (await erasure.erase(desk.store, me, "seeker")).complete

    assert await fill(opened, work) is (talk_level == 0)
    assert await taken(opened, tmp_path / "out") == []


async def test_s11_a_restart_takes_back_what_was_agreed_before_the_erasure_and_nothing_later(
    opened: Settings, tmp_path: Path, frozen_clock: FrozenClock
) -> None:
    """The ledger of erasures is replayed at every start, and part of this person's record stays."""

    async def work(desk: Desk) -> dict[str, str]:
        me = await desk.seeker()
        await desk.said(me, "我每天都想消失", talk_level=4)
        frozen_clock.advance(minutes=1)
        await erasure.erase(desk.store, me, "seeker")
        frozen_clock.advance(minutes=1)
        await desk.store.write(lambda tx: consents.record(tx, me, consents.TRAINING, "1", "given", "seeker"))
        await erasure.replay_ledger(desk.store)
        async with desk.store.read() as tx:
            return {purpose: held.state for purpose, held in (await consents.latest(tx, me)).items()}

    assert await fill(opened, work) == {consents.TRAINING: "given"}


async def test_s10_s8_every_export_is_in_the_audit_trail_with_ids_and_without_words(
    opened: Settings, tmp_path: Path
) -> None:
    async def work(desk: Desk) -> str:
        return await desk.said(await desk.seeker(), "我每天都想消失")

    message_id = await fill(opened, work)
    await taken(opened, tmp_path / "out")

    async def trail(desk: Desk) -> list[Any]:
        assert await audit.verify(desk.store)
        async with desk.store.read() as tx:
            return [one for one in await audit.recent(tx) if one.action == "training.export"]

    (entry,) = await fill(opened, trail)
    assert (entry.data["lines"], entry.data["messages"]) == (1, [message_id])
    assert "消失" not in str(entry.data)


async def test_todays_file_is_never_overwritten_and_only_its_owner_can_read_it(
    opened: Settings, tmp_path: Path
) -> None:
    await taken(opened, tmp_path / "out")
    (file,) = (tmp_path / "out").glob("*.txt")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ExportError):
        await export(opened, tmp_path / "out")


def test_the_command_writes_the_file_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUDONG_DATA_DIR", str(tmp_path / "data"))
    assert cli.main(["train-data", "export", str(tmp_path / "out")]) == 0
    told = capsys.readouterr()
    (file,) = (tmp_path / "out").glob("*.txt")
    assert told.out.strip() == str(file)
    assert "0 lines" in told.err
    assert cli.main(["train-data", "export", str(tmp_path / "out")]) == 1
    assert "exists" in capsys.readouterr().err
