"""Vectors of articles are computed once, and those of another encoder are never believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.errors import DataFileError
from knowledge_base.vectors import Matrix, VectorMemory


class Counting:
    """Encodes by the characters of a text and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> Matrix:
        self.asked.append(text)
        row = np.zeros(8, np.float32)
        for character in text:
            row[ord(character) % 8] += 1
        return row / np.linalg.norm(row)


def test_a_text_is_encoded_once_and_answers_come_in_the_order_of_the_texts() -> None:
    encode = Counting()
    memory = VectorMemory(encode, "one")
    first = memory.of(["失眠", "考试", "失眠"])
    assert np.array_equal(first[0], first[2])
    assert set(encode.asked) == {"失眠", "考试"}
    assert np.array_equal(memory.of(["考试"])[0], first[1])
    assert len(encode.asked) == 2


def test_what_was_saved_is_not_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    before = VectorMemory(Counting(), "one")
    assert before.save(["失眠", "考试", "失眠"], path) == 2
    encode = Counting()
    after = VectorMemory(encode, "one")
    assert after.load(path) == 2
    assert np.allclose(after.of(["考试", "失眠"]), before.of(["考试", "失眠"]), atol=1e-3)
    assert np.allclose(np.linalg.norm(after.of(["考试"]), axis=1), 1, atol=1e-6)
    assert encode.asked == []


def test_vectors_of_another_encoder_are_computed_anew(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    VectorMemory(Counting(), "one").save(["失眠"], path)
    encode = Counting()
    memory = VectorMemory(encode, "two")
    assert memory.load(path) == 0
    memory.of(["失眠"])
    assert encode.asked == ["失眠"]


def test_no_file_is_no_trouble_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    assert VectorMemory(Counting(), "one").load(tmp_path / "none.npz") == 0
    path = tmp_path / "vectors.npz"
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(DataFileError, match=r"vectors\.npz"):
        VectorMemory(Counting(), "one").load(path)


def test_an_article_that_was_taken_down_leaves_no_vector() -> None:
    encode = Counting()
    memory = VectorMemory(encode, "one")
    memory.of(["失眠", "考试"])
    memory.keep_only(["失眠"])
    memory.of(["失眠", "考试"])
    assert encode.asked.count("考试") == 2
    assert encode.asked.count("失眠") == 1
