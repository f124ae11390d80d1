"""Frames at the edge: whatever arrives is read or kept, never lost and never fatal."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.frames import Say, UnreadableFrameError, read_frame, write_frame

json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_a_message_is_read() -> None:
    frame = read_frame('{"type": "say", "id": "1", "text": "你好", "more": 1}')
    assert isinstance(frame, Say)
    assert frame.text == "你好"


@pytest.mark.parametrize(
    ("raw", "reason", "words"),
    [
        ("{broken 我好难受", "bad_json", "{broken 我好难受"),
        ('{"type": "shout", "id": "7", "text": "救我"}', "unknown_type", "救我"),
        ('{"type": "action", "id": "8", "action": "fly", "note": "救我"}', "bad_fields", "救我"),
        ('{"text": "没有类型"}', "unknown_type", "没有类型"),
        ('"只是一句话"', "bad_json", "只是一句话"),
    ],
)
def test_s13_words_of_a_frame_that_cannot_be_read_are_kept(raw: str, reason: str, words: str) -> None:
    with pytest.raises(UnreadableFrameError) as caught:
        read_frame(raw)
    assert (caught.value.reason, caught.value.words) == (reason, words)
    assert words not in str(caught.value), "an exception never carries a person's words (S8)"


@given(st.text() | st.binary() | json_values.map(json.dumps))
def test_no_input_breaks_the_reader(raw: str | bytes) -> None:
    with contextlib.suppress(UnreadableFrameError):
        read_frame(raw)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_every_text_comes_back_through_the_wire(text: str) -> None:
    frame: dict[str, Any] = json.loads(write_frame({"type": "message", "text": text}))
    assert frame["text"] == text
