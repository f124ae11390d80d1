"""The redactor: planted identifiers never survive, ordinary words do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.redact import redact

FILLER = st.text(alphabet="，。今天我心里很难过想说一说、 \n", max_size=20)
MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
ID_CARD = st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True)
EMAIL = st.from_regex(r"[a-z]{3,8}[0-9]{0,4}@[a-z]{3,8}\.(com|cn|net)", fullmatch=True)
URL = st.from_regex(r"https://[a-z]{3,10}\.com/[a-z0-9]{1,10}", fullmatch=True)
QQ = st.from_regex(r"[1-9][0-9]{5,10}", fullmatch=True)


@given(FILLER, st.one_of(MOBILE, ID_CARD, EMAIL, URL), FILLER)
def test_s8_numbers_and_addresses_planted_anywhere_never_survive(before: str, secret: str, after: str) -> None:
    assert secret not in redact(f"{before}，{secret}，{after}").text


@given(FILLER, MOBILE, st.sampled_from([" ", "-", "\u200b"]), FILLER)
def test_s8_a_spaced_out_number_never_survives(before: str, number: str, gap: str, after: str) -> None:
    written = f"{number[:3]}{gap}{number[3:7]}{gap}{number[7:]}"
    assert number[7:] not in redact(f"{before}，{written}，{after}").text


@given(st.sampled_from(["QQ", "qq号是", "我的扣扣："]), QQ)
def test_s8_an_account_announced_by_its_service_never_survives(service: str, number: str) -> None:
    assert number not in redact(f"加我{service}{number}吧").text


@given(st.sampled_from("王李张刘陈杨赵黄周吴"), st.text(alphabet="晓雨轩涵宇欣佳怡子墨", min_size=1, max_size=2))
def test_s8_a_name_that_is_told_never_survives(surname: str, given_name: str) -> None:
    name = surname + given_name
    assert name not in redact(f"你好，我叫{name}，今年上初二").text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("我在包头市第九中学读书", "第九中学"),
        ("我是实验二小五年级3班的", "五年级3班"),
        ("我家住在昆都仑区钢铁大街12号", "钢铁大街12号"),
        ("我们张老师骂我", "张"),
        ("微信号：xiaoyu_2009", "xiaoyu_2009"),
        ("考上了南开大学", "南开大学"),
    ],
)
def test_s8_schools_classes_places_and_titles_are_masked(text: str, secret: str) -> None:
    assert secret not in redact(text).text


@pytest.mark.parametrize(
    "text", ["老师说我上课不认真", "同学都不理我", "我是高中生", "今天考了三门", "我叫你别管我", "一个人在学校上晚自习"]
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert redact(text).text == text


@given(st.text(alphabet=st.characters(categories=["Cs", "Lo", "Ll", "Nd", "Po", "Cf"])))
def test_any_text_is_redacted_without_an_error_and_spans_are_in_order(text: str) -> None:
    result = redact(text)
    ends = [0]
    for span in result.spans:
        assert ends[-1] <= span.start < span.end <= len(text)
        ends.append(span.end)
