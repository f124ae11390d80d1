"""Risk, intent and search ask for the same message: it is encoded once, and its words are not kept."""

from __future__ import annotations

import numpy as np

from nlu.encoder import RecentVectors
from nlu.ports import Vector


class Counting:
    version, size = "counting", 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, text: str) -> Vector:
        self.asked.append(text)
        return np.full(4, float(len(self.asked)), np.float32)


def test_the_same_text_is_encoded_once() -> None:
    inner = Counting()
    encoder = RecentVectors(inner)
    assert encoder.encode("在吗") is encoder.encode("在吗")
    encoder.encode("在的")
    assert inner.asked == ["在吗", "在的"]
    assert (encoder.version, encoder.size) == ("counting", 4)


def test_only_the_last_ones_are_kept() -> None:
    inner = Counting()
    encoder = RecentVectors(inner, kept=2)
    for text in ("一", "二", "一", "三", "一", "二"):
        encoder.encode(text)
    assert inner.asked == ["一", "二", "三", "二"], "what was asked for again stays longest"


def test_s8_no_word_of_a_message_is_kept_in_memory() -> None:
    encoder = RecentVectors(Counting())
    encoder.encode("我有一个秘密")
    assert "秘密" not in repr(vars(encoder))


def test_any_text_has_a_fingerprint() -> None:
    encoder = RecentVectors(Counting())
    for text in ("", "\ud800", "\x00", "长" * 20_000):
        assert len(encoder.encode(text)) == 4
