"""Weak signs are weighed together: danger told without its name is heard, and its innocent twin is left alone."""

from pathlib import Path

import pytest
import yaml

from nlu.assess import Assessor
from nlu.assessment import Context, Turn, Who
from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon.marks import Mark
from nlu.lexicon.model import Theme
from nlu.lexicon.signals import Signal, weigh

DATA = Path(__file__).parent / "data"
THEME = Theme(category=Category.SUICIDE, moderate=0.5, high=0.7, imminent=0.9)


def sign(family: str, weight: float, start: int = 0, *, category: Category | None = Category.SUICIDE) -> Signal:
    return Signal(start=start, end=start + 2, family=family, weight=weight, category=category, subject=Subject.SELF)


def levels(signals: list[Signal], marks: list[Mark] | None = None, theme: Theme = THEME) -> set[RiskLevel]:
    return {mark.level for mark in weigh(signals, marks or [], [theme])}


def test_signs_of_different_families_add_up() -> None:
    assert levels([sign("goodbye", 0.4)]) == set()
    assert levels([sign("goodbye", 0.4), sign("letter", 0.35, 10)]) == {RiskLevel.HIGH}
    assert levels([sign("goodbye", 0.4), sign("letter", 0.35, 10), sign("peace", 0.3, 20)]) == {RiskLevel.IMMINENT}


def test_the_same_sign_said_often_counts_once() -> None:
    assert levels([sign("goodbye", 0.4, 3 * n) for n in range(20)]) == set()


def test_signs_far_apart_are_not_added() -> None:
    assert levels([sign("goodbye", 0.4), sign("letter", 0.35, 1000)]) == set()


def test_an_explanation_takes_only_from_what_it_explains() -> None:
    signs = [sign("place", 0.5), sign("goodbye", 0.4, 10)]
    view = Signal(
        start=20,
        end=22,
        family="calm_view",
        weight=-0.6,
        category=None,
        subject=Subject.SELF,
        explains=frozenset({"place"}),
    )
    assert levels(signs) == {RiskLevel.IMMINENT}
    assert levels([*signs, view]) == set()
    assert levels([*signs, view, sign("letter", 0.5, 30)]) == {RiskLevel.IMMINENT}


def test_general_signs_alone_mean_nothing() -> None:
    assert levels([sign("alarm", 0.4, category=None), sign("now", 0.4, 5, category=None)]) == set()


def test_a_wish_to_be_dead_weighs_beside_a_farewell() -> None:
    wish = Mark(start=0, end=3, why="x", level=RiskLevel.MODERATE, category=Category.SUICIDE, subject=Subject.SELF)
    assert levels([], [wish]) == set()
    assert levels([sign("goodbye", 0.4, 9)], [wish]) == {RiskLevel.IMMINENT}


def test_level_4_needs_a_sign_of_now_where_the_theme_asks_for_it() -> None:
    theme = Theme(category=Category.SUICIDE, moderate=0.5, high=0.7, imminent=0.9, now=frozenset({"now"}))
    signs = [sign("goodbye", 0.5), sign("letter", 0.5, 10)]
    assert levels(signs, theme=theme) == {RiskLevel.HIGH}
    assert levels([*signs, sign("now", 0.1, 20, category=None)], theme=theme) == {RiskLevel.IMMINENT}


def test_s3_danger_told_sideways_is_heard_and_its_innocent_twin_is_not(assessor: Assessor) -> None:
    rows = yaml.safe_load((DATA / "sideways.yaml").read_text(encoding="utf-8"))["messages"]
    read = [(level, int(assessor.first(str(text)).level), str(text)) for level, _, _, text in rows]
    high = [row for row in read if row[0] >= 3]
    calm = [row for row in read if row[0] <= 1]
    missed = [text for _, got, text in high if got < 3]
    alarmed = [text for _, got, text in calm if got >= 3]
    print(f"sideways: recall {1 - len(missed) / len(high):.3f} of {len(high)}, alarms {len(alarmed)}/{len(calm)}")
    assert len(high) >= 100
    assert len(calm) >= 100
    assert len(missed) <= 0.2 * len(high), missed
    assert len(alarmed) <= 0.03 * len(calm), alarmed


@pytest.mark.parametrize(
    ("danger", "innocent"),
    [
        ("给爸妈的信在枕头下，谢谢你陪我这么久", "给爸妈写了封信，母亲节老师要交"),
        ("楼顶的门没锁，我坐边上，风好大", "我在楼顶收被子，风好大"),
        ("我把吉他送给学弟了，以后你们要好好的", "搬家了，吉他送给学弟了"),
        ("都安排好了，过了今晚就安静了", "行李都安排好了，明天去夏令营"),
        ("他们在厕所外面等我，拿着棍子，我不敢出去", "他们在食堂外面等我，拿着奶茶"),
        ("教练说检查泳衣，手就伸进来了，不许我告诉妈妈", "教练检查了泳衣，说太松了换一件"),
        ("刀磨好了，放学在后门等他", "菜刀磨好了，奶奶切土豆"),
    ],
)
def test_twins_without_a_word_of_danger_are_told_apart(assessor: Assessor, danger: str, innocent: str) -> None:
    assert assessor.first(danger).level >= 3
    assert assessor.first(innocent).level <= 1


def test_signs_add_up_across_turns(assessor: Assessor) -> None:
    earlier = Turn(who=Who.USER, text="我把猫托付给邻居了，密码也写在纸上")
    last = "谢谢你听我说话，以后不用等我了"
    alone = assessor.first(last)
    assert assessor.first(last, Context(turns=(earlier,))).level >= max(alone.level, RiskLevel.HIGH)
