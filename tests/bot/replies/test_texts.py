"""Every sentence of the program is read against S6, in both languages."""

from __future__ import annotations

import re
from itertools import product

import pytest

from bot.engine.actions import SafetyCategory
from bot.replies.loader import AUDIENCES, LOCALES, SAFETY_LEVELS, SAFETY_SUBJECTS, Replies
from knowledge_base.directory import Directory
from nlu.labels import Audience, RiskLevel, Subject

REPLIES = Replies.load()
ALL = [(locale, place, text) for locale in LOCALES for place, text in REPLIES.everything(locale)]
LIMIT = {"zh-CN": 60, "en": 130}

BANNED = {
    "zh-CN": (
        *("为什么", "为何", "怎么会", "干嘛", "加油", "亲爱的", "亲，", "一切都会好", "会好起来", "想开点", "想开"),
        *("别想太多", "不要难过", "坚强", "乐观", "正能量", "我完全理解", "我理解你", "保证", "绝对保密"),
        *("谁也不会知道", "不会告诉任何人", "抑郁症", "双相", "精神分裂", "焦虑症", "人格障碍", "强迫症"),
        *("精神病", "患者", "症状", "诊断", "毫克", "剂量", "几片", "应该感恩", "不孝", "自私", "懦弱", "丢人"),
        *("矫情", "作死"),
    ),
    "en": (
        *("why", "cheer up", "everything will be fine", "it will be all right", "stay strong", "think positive"),
        *("look on the", "i completely understand", "i promise", "nobody will ever know", "depressive", "bipolar"),
        *("schizophren", "disorder", "diagnos", "patient", "milligram", "dose", "selfish", "coward"),
        *("attention-seeking",),
    ),
}
SENDS_HOME = {
    "zh-CN": ("爸", "妈", "父母", "家长", "家里人", "家人", "监护人", "亲人", "回家"),
    "en": ("parent", "mother", "father", "mum", "dad", "family", "guardian", "go home", "relative"),
}
NEXT_STEP = {
    "zh-CN": re.compile("打下面|下面的电话|告诉|走到|离开|叫|去|陪|按住|守|联系"),
    "en": re.compile(
        r"\b(call|tell|go|leave|stay|get|press|send|fetch|lay|ask|sit|run|take|keep|reach|see)\b", re.IGNORECASE
    ),
}


@pytest.mark.parametrize("locale", LOCALES)
def test_s6_no_sentence_says_what_must_not_be_said(locale: str) -> None:
    found = [(place, word) for loc, place, text in ALL if loc == locale for word in BANNED[locale] if _says(text, word)]
    assert found == []


def _says(text: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE) is not None
    return word in text


def test_s6_no_exclamation_marks() -> None:
    assert [(place, text) for _, place, text in ALL if "!" in text or "！" in text] == []


def test_s3_numbers_stand_on_cards_and_never_in_a_text() -> None:
    assert [(place, text) for _, place, text in ALL if re.search(r"[0-9０-９]", text)] == []
    numbers = [entry.number for entry in Directory.load().entries if entry.number]
    assert numbers
    assert [(place, text) for _, place, text in ALL if any(number in text for number in numbers)] == []


def test_bubbles_are_short() -> None:
    assert [(place, len(text)) for locale, place, text in ALL if len(text) > LIMIT[locale]] == []


def test_at_most_three_bubbles_in_a_row() -> None:
    for locale, formal in product(LOCALES, (False, True)):
        for key in _keys():
            assert all(1 <= len(bubbles) <= 3 for bubbles in REPLIES.variants(key, locale, formal=formal)), key


def _keys() -> list[str]:
    return sorted({place.split("/")[1] for locale, place, _ in ALL if locale == "zh-CN" and place.startswith("texts/")})


def test_listening_never_runs_out_of_other_words() -> None:
    for locale in LOCALES:
        for key in ("level0.listen", "level1.listen", "level2.listen", "level0.lead", "level1.lead", "waiting.ack"):
            variants = REPLIES.variants(key, locale)
            assert len(variants) >= 3, key
            assert len(set(variants)) == len(variants)
        assert len(REPLIES.variants("checkin", locale)) == 3


TO_THE_CHILD = re.compile("“[^”]*”|：(?:这不是你的错|我相信你|你一定很怕|平安就好|我担心你的身体)[^。]*")
"""Words that a parent is asked to say to the child, who is 你."""


def test_students_are_du_and_parents_and_teachers_are_sie() -> None:
    for locale, place, text in ALL:
        if locale == "zh-CN" and not place.startswith(("titles", "choices", "safety_titles")):
            formal = place.split("/")[2] == "formal" or place.split("/")[3] in ("formal", "parent", "teacher")
            spoken = re.sub(
                "“[^”]*”|：这不是你的错[^。]*|：我相信你[^。]*|：你一定很怕[^。]*|：平安就好[^。]*", "", text
            )
            spoken = re.sub("：我担心你的身体[^。]*", "", spoken)  # words to say to the child, who is 你
            assert ("你" if formal else "您") not in spoken, (place, text)


@pytest.mark.parametrize("locale", LOCALES)
def test_both_languages_stand_on_their_own(locale: str) -> None:
    texts = [text for loc, _, text in ALL if loc == locale]
    chinese = [text for text in texts if re.search(r"[\u4e00-\u9fff]", text)]
    assert len(chinese) == (len(texts) if locale == "zh-CN" else 0)


TABLE = list(product(LOCALES, SAFETY_LEVELS, SafetyCategory, SAFETY_SUBJECTS, AUDIENCES))


def test_s3_no_cell_of_the_safety_table_is_empty_and_each_has_a_next_step() -> None:
    assert len(TABLE) == 2 * 2 * 13 * 2 * 4
    for locale, level, category, subject, audience in TABLE:
        bubbles = REPLIES.safety(level, category, subject, audience, locale)
        assert 1 <= len(bubbles) <= 2, "with the card of numbers three at most"
        assert all(text.strip() for text in bubbles)
        assert NEXT_STEP[locale].search(" ".join(bubbles)), (locale, level, category, subject, audience, bubbles)


def test_s3_level_and_subject_and_kind_each_change_the_reply() -> None:
    for locale in LOCALES:
        cells = {
            (level, category, subject): REPLIES.safety(level, category, subject, None, locale)
            for level, category, subject in product(SAFETY_LEVELS, SafetyCategory, SAFETY_SUBJECTS)
            if category is not SafetyCategory.EMOTIONAL
        }
        assert len(set(cells.values())) == len(cells)


def test_s3_mere_distress_reads_the_general_row() -> None:
    for locale, level, subject, audience in product(LOCALES, SAFETY_LEVELS, SAFETY_SUBJECTS, AUDIENCES):
        assert REPLIES.safety(level, SafetyCategory.EMOTIONAL, subject, audience, locale) == REPLIES.safety(
            level, SafetyCategory.GENERAL, subject, audience, locale
        )


@pytest.mark.parametrize("category", [SafetyCategory.ABUSE, SafetyCategory.SEXUAL_ABUSE])
def test_s3_an_abused_child_is_never_sent_to_somebody_at_home(category: SafetyCategory) -> None:
    for locale, level, subject, audience in product(LOCALES, SAFETY_LEVELS, SAFETY_SUBJECTS, (None, Audience.STUDENT)):
        words = " ".join(REPLIES.safety(level, category, subject, audience, locale)).lower()
        assert [word for word in SENDS_HOME[locale] if word in words] == []


def test_s3_a_teacher_is_not_told_to_call_home_about_abuse() -> None:
    for level, category in product(SAFETY_LEVELS, (SafetyCategory.ABUSE, SafetyCategory.SEXUAL_ABUSE)):
        words = "".join(REPLIES.safety(level, category, Subject.OTHER, Audience.TEACHER, "zh-CN"))
        assert "家长" not in words
        assert "报警" in words


def test_s3_a_runaway_whose_home_is_unsafe_is_not_sent_home() -> None:
    words = "".join(REPLIES.safety(RiskLevel.IMMINENT, SafetyCategory.RUNAWAY, Subject.SELF, None, "zh-CN"))
    assert "家里不安全" in words


def test_s3_a_parent_at_a_locked_door_is_told_to_speak_through_it_and_call() -> None:
    words = "".join(REPLIES.safety(RiskLevel.IMMINENT, SafetyCategory.SUICIDE, Subject.OTHER, Audience.PARENT, "zh-CN"))
    assert "门锁着" in words
    assert "急救电话" in words


def test_s3_at_level_4_every_cell_points_to_the_numbers_below() -> None:
    for locale, category, subject, audience in product(LOCALES, SafetyCategory, SAFETY_SUBJECTS, AUDIENCES):
        words = "".join(REPLIES.safety(RiskLevel.IMMINENT, category, subject, audience, locale))
        assert ("下面的" if locale == "zh-CN" else "below") in words or category is SafetyCategory.HARM_OTHERS, words


def test_s6_it_says_that_it_is_a_program() -> None:
    for key in ("greet.first", "ask_bot"):
        assert "程序" in REPLIES.text(key, "zh-CN", {})
        assert "program" in REPLIES.text(key, "en", {})


def test_s6_secrecy_is_told_with_its_limits() -> None:
    for formal in (False, True):
        assert "法律" in REPLIES.text("ask_privacy", "zh-CN", {}, formal=formal)
        assert "law" in REPLIES.text("ask_privacy", "en", {}, formal=formal)
