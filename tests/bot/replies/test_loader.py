"""A damaged or incomplete file stops the start with a sentence that says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from bot.engine.actions import SafetyCategory
from bot.replies.errors import ReplyFileError, UnknownReplyError
from bot.replies.loader import FOLDER, Replies
from nlu.labels import RiskLevel, Subject

REPLIES = Replies.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.yaml"):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path


def change(path: Path, **sections: object) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**data, **sections}, allow_unicode=True), encoding="utf-8")


def test_params_are_filled_in_and_never_read_as_placeholders_themselves() -> None:
    text = REPLIES.text("desk.claimed", "zh-CN", {"name": "{range}"})
    assert text.startswith("{range} 来了")
    assert "{" not in REPLIES.text("waiting.place", "zh-CN", {})


def test_variants_go_round() -> None:
    count = len(REPLIES.variants("level1.listen", "zh-CN"))
    assert REPLIES.bubbles("level1.listen", "zh-CN", {}, variant=count) == REPLIES.bubbles("level1.listen", "zh-CN", {})
    assert REPLIES.bubbles("level1.listen", "zh-CN", {}, variant=1) != REPLIES.bubbles("level1.listen", "zh-CN", {})


def test_an_unknown_language_reads_chinese() -> None:
    assert REPLIES.text("bye", "fr", {}) == REPLIES.text("bye", "zh-CN", {})


def test_a_level_below_3_reads_the_row_of_3() -> None:
    low = REPLIES.safety(RiskLevel.LOW, SafetyCategory.SUICIDE, Subject.NONE, None, "zh-CN")
    assert low == REPLIES.safety(RiskLevel.HIGH, SafetyCategory.SUICIDE, Subject.SELF, None, "zh-CN")


def test_unknown_keys_are_named() -> None:
    with pytest.raises(UnknownReplyError, match="nothing"):
        REPLIES.text("nothing", "en", {})
    with pytest.raises(UnknownReplyError, match="nothing"):
        REPLIES.title("nothing", "en")
    with pytest.raises(UnknownReplyError, match="nothing"):
        REPLIES.choice("nothing:slug", "en")


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "safety.en.yaml").unlink()
    with pytest.raises(ReplyFileError, match=r"safety\.en\.yaml"):
        Replies.load(folder)


@pytest.mark.parametrize("content", ["[", "- a list"])
def test_a_damaged_file_is_named(folder: Path, content: str) -> None:
    (folder / "en.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ReplyFileError, match=r"en\.yaml"):
        Replies.load(folder)


def test_a_key_that_only_one_language_has_is_named(folder: Path) -> None:
    change(folder / "en.yaml", titles={"waiting": "Wait"})
    with pytest.raises(ReplyFileError, match="same keys"):
        Replies.load(folder)


@pytest.mark.parametrize("texts", [None, {"bye": []}, {"bye": [5]}, {"bye": [[]]}, {"bye": {"you": ["x"]}}])
def test_an_empty_text_is_refused(folder: Path, texts: object) -> None:
    change(folder / "zh-CN.yaml", texts=texts)
    with pytest.raises(ReplyFileError, match="zh-CN"):
        Replies.load(folder)


def test_an_empty_title_is_refused(folder: Path) -> None:
    change(folder / "zh-CN.yaml", choices={"human": ""})
    with pytest.raises(ReplyFileError, match="choices"):
        Replies.load(folder)


def test_s3_an_empty_cell_stops_the_start(folder: Path) -> None:
    cells = yaml.safe_load((folder / "safety.zh-CN.yaml").read_text(encoding="utf-8"))["cells"]
    del cells["abuse"]["other"]["teacher"][3]
    change(folder / "safety.zh-CN.yaml", cells=cells)
    with pytest.raises(ReplyFileError, match="abuse/other/teacher/3"):
        Replies.load(folder)
