"""The shipped model: whole or not at all, the same alone and in any company, evidence in the original text."""

import asyncio
import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.assess import Assessor
from nlu.assessment import Context, Layer, Turn, Who
from nlu.encoder import OnnxEncoder, load_encoder
from nlu.encoder.load import MODELS
from nlu.engine import open_assessor
from nlu.errors import ModelError
from nlu.heads import Heads, load_model
from nlu.heads.windows import PIECE_CHARS, clauses, in_context, pieces
from nlu.labels import Category, RiskLevel, Subject
from nlu.settings import NluSettings

ENGINE = open_assessor()
ANY_TEXT = st.text(
    alphabet=st.characters(categories=["Cs", "Lo", "Lu", "Ll", "Nd", "Po", "So", "Cf", "Cc", "Zs", "Mn"])
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(ANY_TEXT, st.binary().map(lambda raw: raw.decode("utf-8", "replace"))))
def test_no_input_of_any_bytes_makes_reading_raise_and_evidence_lies_in_the_text(text: str) -> None:
    read = ENGINE.read(text)
    assert read.layer is not Layer.FAILURE
    assert all(0 <= item.start < item.end <= len(text) for item in read.evidence)
    assert (read.level == 0) == (not read.categories) == (read.subject is Subject.NONE)
    assert 0.0 <= read.confidence <= 1.0
    if Category.EMOTIONAL in read.categories:
        assert read.level == 1


async def test_the_same_text_gives_the_same_answer_alone_and_in_any_company() -> None:
    texts = ["今天有点累", "我把猫送给楼下阿姨了，谢谢你一直陪我", "作业多到想原地升天哈哈", "wo bu xiang huo le"] * 6
    alone = [ENGINE.read(text) for text in texts]
    assessor = open_assessor(NluSettings(pool_size=3, budget_s=30, cache_size=0))
    together = await asyncio.gather(*(assessor.assess(text) for text in texts))
    assert [reading.assessment.level for reading in together] == [read.level for read in alone]
    assert [reading.assessment.confidence for reading in together] == [read.confidence for read in alone]
    await assessor.aclose()


async def test_s1_twenty_thousand_characters_are_read_to_the_end() -> None:
    filler = "今天老师讲了很多题目，我都记在本子上了。食堂的面条有点咸。" * 800
    text = filler[:12_000] + "我写好了遗书，今晚就从楼上跳下去。" + filler[:7_980]
    read = ENGINE.read(text)
    assert read.level == RiskLevel.IMMINENT
    assert any("遗书" in text[item.start : item.end] or "跳" in text[item.start : item.end] for item in read.evidence)


async def test_s1_a_danger_that_only_the_model_sees_is_found_in_the_middle_of_a_long_text() -> None:
    filler = "今天老师讲了很多题目，我都记在本子上了。食堂的面条有点咸。" * 60
    hidden = "猫送人了，密码写在纸上压在枕头底下，明天开始你们就不用再为我操心了，谢谢大家，永别了。"
    text = filler[:900] + hidden + filler[:900]
    assert ENGINE.read(hidden).level >= RiskLevel.HIGH
    reading = await ENGINE.assess(text)
    last = await reading.later if reading.later is not None else reading.assessment
    assert last is not None
    assert last.level >= RiskLevel.HIGH


def test_every_assessment_names_lexicon_encoder_and_heads() -> None:
    version = ENGINE.read("你好").model_version
    assert version == ENGINE.model_version
    assert [part.split("-")[0] for part in version.split("+")] == ["lexicon", "encoder", "heads"]


def test_the_encoder_is_small_and_its_vectors_have_length_one() -> None:
    assert (MODELS / "encoder.onnx").stat().st_size <= 50_000_000
    vector = load_encoder().encode("今天有点累")
    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("part", ["encoder", "heads"])
@pytest.mark.parametrize("harm", ["missing", "cut", "no list", "garbage"])
def test_a_damaged_model_stops_the_start_with_the_command_that_mends_it(tmp_path: Path, part: str, harm: str) -> None:
    folder = tmp_path / "models"
    shutil.copytree(MODELS, folder)
    file = folder / {"encoder": "encoder.onnx", "heads": "heads.npz"}[part]
    if harm == "missing":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    elif harm == "no list":
        (folder / f"{part}.json").unlink()
    else:
        (folder / f"{part}.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError, match=r"make (encoder|train).*SHUDONG_NLU=lexicon"):
        Heads.load(folder, OnnxEncoder.load(folder))


def test_heads_refuse_an_encoder_that_they_were_not_trained_on(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(MODELS, folder)
    known = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    (folder / "heads.json").write_text(json.dumps({**known, "encoder": "encoder-other"}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"trained on encoder-other.*make train"):
        Heads.load(folder, OnnxEncoder.load(folder))


def test_a_folder_that_is_no_model_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no sentence-transformers model"):
        load_model(str(tmp_path))


def test_the_lexicon_alone_starts_without_a_model() -> None:
    lexicon = open_assessor(NluSettings(with_model=False))
    assert lexicon.model_version.count("+") == 0
    assert lexicon.read("我今晚就要自杀").level == RiskLevel.IMMINENT


def test_a_bare_yes_is_read_with_the_question_before_it() -> None:
    asked = Context(turns=(Turn(who=Who.USER, text="最近好累"), Turn(who=Who.BOT, text="你有没有想过结束自己的生命？")))
    assert ENGINE.read("嗯", asked).level >= RiskLevel.HIGH
    assert ENGINE.read("嗯").level < RiskLevel.HIGH


def test_each_layer_shows_how_likely_it_finds_each_level() -> None:
    views = ENGINE.views("我不想活了")
    assert set(views) == {"encoder", "fusion"}
    assert all(sum(shares) == pytest.approx(1.0, abs=0.01) for shares in views.values())
    assert Assessor.load().views("我不想活了") == {}


@given(st.text(max_size=900))
def test_pieces_cover_every_character_and_stay_short(text: str) -> None:
    cut = pieces(text)
    assert cut[0].start == 0
    assert cut[-1].end == len(text)
    assert all(piece.end - piece.start <= PIECE_CHARS for piece in cut)
    assert all(after.start <= before.end for before, after in pairwise(cut))
    assert all(0 <= part.start <= part.end <= len(text) for part in clauses(text))


def test_what_was_said_before_is_cut_from_the_front() -> None:
    turns = [Turn(who=Who.USER, text=f"第{n}句话，说得不长也不短") for n in range(20)]
    joined = in_context(turns, "嗯")
    assert joined is not None
    assert joined.endswith("｜嗯")
    assert "第19句" in joined
    assert "第1句" not in joined
    assert in_context([], "嗯") is None
