"""What training does without torch: examples, disturbances, costs, the weight file, the kept words."""

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from nlu.corpus import Conversation, Message, SeekerTurn, SpokenTurn
from nlu.encoder.load import MODELS
from nlu.errors import EncoderBuildError
from nlu.heads.arrays import CATEGORIES
from nlu.labels import Category, RiskLevel, Subject
from nlu.training.augment import disturb
from nlu.training.base import read_weights
from nlu.training.costs import best_cut, best_level_cuts, cost
from nlu.training.examples import UNKNOWN, Example, mix, of_conversation, of_message, openings
from nlu.training.vocabulary import keep, shrink


def test_a_message_teaches_level_kinds_and_subject() -> None:
    one = of_message(Message(text="一行", level=RiskLevel.HIGH, categories=(Category.ABUSE,), subject=Subject.OTHER))
    assert (one.level, one.subject, one.in_context) == (3, 1, False)
    assert one.categories is not None
    assert [c for c, named in zip(CATEGORIES, one.categories, strict=True) if named] == [Category.ABUSE]
    low = of_message(Message(text="一行", level=RiskLevel.LOW, categories=(Category.EMOTIONAL,), subject=Subject.SELF))
    assert low.categories is None


def test_a_turn_is_learned_with_what_came_before_it() -> None:
    turns = (SeekerTurn("在吗", RiskLevel.NONE), SpokenTurn("在，你有没有想过死？"), SeekerTurn("嗯", RiskLevel.HIGH))
    first, second = of_conversation(Conversation(turns=turns, kind="answer"))
    assert (first.text, first.in_context, first.level) == ("在吗", False, 0)
    assert second.in_context
    assert second.level == 3
    assert second.text.endswith("｜嗯")
    assert "想过死" in second.text


def test_two_messages_in_one_are_as_grave_as_the_graver() -> None:
    kinds = tuple(1.0 if c is Category.SUICIDE else 0.0 for c in CATEGORIES)
    examples = [
        Example(text="吃了面", level=0, categories=(0.0,) * len(CATEGORIES)),
        Example(text="不想活", level=3, subject=0, categories=kinds),
    ]
    mixed = [item for seed in range(40) for item in mix(examples, 1.0, random.Random(seed))]
    grave = [item for item in mixed if "不想" in item.text or "不相" in item.text]
    assert grave
    assert all(item.level == 3 and item.categories == kinds for item in grave)


def test_a_message_after_a_calm_beginning_keeps_its_level_and_counts_as_part_of_a_talk() -> None:
    calm = (SeekerTurn("在吗", RiskLevel.NONE), SpokenTurn("在，你慢慢说"), SeekerTurn("作业太多", RiskLevel.LOW))
    grave = (SeekerTurn("我在楼顶", RiskLevel.IMMINENT), SpokenTurn("我在听"))
    starts = openings([Conversation(turns=turns, kind="buildup") for turns in (calm, grave, calm[:1])])
    assert [[turn.text for turn in start] for start in starts] == [["在吗", "在，你慢慢说"]]
    examples = [
        Example(text="我今天不想去学校了", level=1),
        Example(text="嗯", level=0),
        Example(text="你好呀你好呀", intent=1),
    ]
    mixed = [item for seed in range(9) for item in mix(examples, 0.0, random.Random(seed), starts, 1.0)]
    in_talk = [item for item in mixed if item.in_context]
    assert len(in_talk) == 9, "what is short may be an answer, and what has no level stays as it is"
    assert all(item.level == 1 and "你慢慢说｜" in item.text for item in in_talk)


def test_disturbing_never_takes_a_not_away() -> None:
    rng = random.Random(3)
    texts = {disturb("我没有不想活，真的不想", rng) for _ in range(400)}
    assert len(texts) > 10
    assert all(sum(map(text.count, "不没沒木")) >= 3 for text in texts)


def test_unknown_levels_stay_unknown() -> None:
    assert all(item.level == UNKNOWN for item in mix([Example(text="你好", intent=1)], 1.0, random.Random(1)))


def test_the_cut_that_calls_a_human_costs_least_under_the_written_rule() -> None:
    levels = np.array([0] * 60 + [3] * 30 + [4] * 10)
    odds = np.concatenate([np.linspace(0, 0.3, 60), np.linspace(0.25, 0.9, 30), np.linspace(0.5, 1, 10)])
    steps = np.stack([np.minimum(1, odds * 1.5), odds, odds, odds * 0.8], axis=1).astype(np.float32)
    cuts = best_level_cuts(steps, levels)
    mine = cost(steps[:, 2] >= cuts[2], levels)
    assert all(mine <= cost(steps[:, 2] >= cut, levels) for cut in np.linspace(0.05, 0.9, 86))
    assert cost(np.ones(100, bool), levels) > mine
    assert cost(np.zeros(100, bool), levels) == 40 * 10 + 20 * 30


def test_the_best_cut_parts_what_can_be_parted() -> None:
    odds = np.array([0.1, 0.2, 0.6, 0.7], np.float32)
    assert 0.2 < best_cut(odds, np.array([False, False, True, True])) <= 0.6


def test_a_four_bit_block_is_read_back_and_a_foreign_file_is_refused(tmp_path: Path) -> None:
    nibbles = np.arange(32) % 16
    block = struct.pack("<e", 0.5) + bytes(int(nibbles[j]) | int(nibbles[j + 16]) << 4 for j in range(16))
    raw = struct.pack("<f", 1.25)
    head = b"E5S1" + struct.pack("<I7ifi", 1, 4, 1, 1, 4, 8, 4, 2, 1e-12, 32)
    head += struct.pack("<5iQ", 1, 0, 2, 1, 3, 2) + struct.pack("<2I", 0, 2) + struct.pack("<f", 0.0) + b"ab"
    head += struct.pack("<iI", 0, 3) + b"abc" + struct.pack("<i", 2)
    size = len(head) + 2 * (2 + 1 + 21)
    entries = struct.pack("<H1sBIQQ", 1, b"q", 2, 32, size, 18) + struct.pack("<H1sBIQQ", 1, b"b", 0, 1, size + 18, 4)
    path = tmp_path / "weights.bin"
    path.write_bytes(head + entries + block + raw)
    base = read_weights(path)
    assert base.shape.hidden == 4
    assert base.tensors["q"].tolist() == [(int(n) - 8) * 0.5 for n in nibbles]
    assert base.tensors["b"].tolist() == [1.25]
    path.write_bytes(b"no weights at all")
    with pytest.raises(EncoderBuildError, match=r"weights\.bin"):
        read_weights(path)


def test_fewer_words_cut_a_text_in_the_same_places(tmp_path: Path) -> None:
    """Shrinks the shipped tokenizer once more: what must stay stays, and Chinese is cut as before."""
    full = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    texts = ["今天不想去学校了", "媽媽說我沒用", "ok的，明天见😭"]
    seen = {number for text in texts for number in full.encode(text).ids}
    kept = keep(MODELS / "tokenizer.json", seen, ["school"])
    pieces = json.loads((MODELS / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    assert len(kept) < len(pieces)
    shrink(MODELS / "tokenizer.json", kept, tmp_path / "small.json")
    small = Tokenizer.from_file(str(tmp_path / "small.json"))
    for text in [*texts, "后天考试完了去吃火锅", "死線"]:
        assert small.encode(text).tokens == full.encode(text).tokens
