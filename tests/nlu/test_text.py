"""The normaliser: what hides a word is undone, and every place leads back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import Variants, normalise, squeeze

VARIANTS = Variants.load()
ANY_TEXT = st.text(
    alphabet=st.characters(categories=["Cs", "Lo", "Lu", "Ll", "Nd", "Po", "So", "Cf", "Cc", "Zs", "Mn"])
)


def readings(text: str) -> list[str]:
    literal = squeeze(normalise(text))
    resolved = VARIANTS.resolve(literal)
    return [literal.text] + ([resolved.text] if resolved else [])


@pytest.mark.parametrize(
    "written",
    [
        "自.杀",
        "自 杀",
        "自*杀",
        "自\u200b杀",
        "自\u202e杀",
        "自，杀",
        "ｚｉｓｈａ",
        "zì shā",
        "自鲨",
        "想紫砂",
        "自sha",
        "自殺",
        "想zs",
    ],
)
def test_a_hidden_word_is_read_as_the_word(written: str) -> None:
    assert any("自杀" in reading for reading in readings(written))


@pytest.mark.parametrize(
    "written", ["wo xiang si", "woxiangsi", "wǒ xiǎng sǐ", "wo3 xiang3 si3", "WO XIANG SI", "我想si", "我想4"]
)
def test_pinyin_and_codes_are_read_as_the_words(written: str) -> None:
    assert any("想死" in reading for reading in readings(written))


@pytest.mark.parametrize(
    "innocent",
    [
        "奶奶的紫砂壶",
        "张三的缩写是zs",
        "我想4个人去",
        "去4楼",
        "I can see women die in this film",
        "open today",
        "私下说",
    ],
)
def test_innocent_text_is_not_turned_into_danger(innocent: str) -> None:
    assert not any(word in reading for reading in readings(innocent) for word in ("自杀", "想死", "去死"))


@pytest.mark.parametrize(
    ("written", "read"),
    [("妳還活著", "你还活着"), ("Ａｂｃ１２", "abc12"), ("好累累累累累", "好累累"), ("🔪", "〔刀〕")],
)
def test_width_script_and_drawn_out_letters_are_made_equal(written: str, read: str) -> None:
    assert squeeze(normalise(written)).text == read


def test_a_number_to_call_keeps_all_its_digits() -> None:
    assert "13888886666" in normalise("13888886666").text


@given(ANY_TEXT)
def test_every_place_leads_back_into_the_original(text: str) -> None:
    literal = squeeze(normalise(text))
    for reading in (literal, VARIANTS.resolve(literal)):
        if reading is None:
            continue
        for at in range(len(reading.text)):
            start, end = reading.origin(at, at + 1)
            assert 0 <= start < end <= len(text)
        whole = reading.origin(0, len(reading.text))
        assert 0 <= whole[0] <= whole[1] <= len(text)


@given(st.text(alphabet="自杀想死我不", min_size=1), st.sampled_from("\u200b.*- \u202e"))
def test_plain_characters_map_to_themselves_whatever_stands_between(text: str, junk: str) -> None:
    written = junk.join(text)
    normal = normalise(written)
    for at, char in enumerate(normal.text):
        start, end = normal.origin(at, at + 1)
        assert written[start] == char
        assert end > start
