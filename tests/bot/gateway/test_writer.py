"""Who is writing is heard in the words, so that a parent is not answered like a child."""

import pytest

from bot.gateway.writer import writer_of
from nlu.labels import Audience


@pytest.mark.parametrize(
    "text",
    [
        "我女儿把自己锁在房间里不出来",
        "我家孩子天天玩手机",
        "孩子天天玩手机到半夜，一说就吵",
        "你好，我是初二孩子的妈妈，",
        "我儿子不去上学了",
    ],
)
def test_a_parent_is_heard(text: str) -> None:
    assert writer_of(text) is Audience.PARENT


@pytest.mark.parametrize(
    "text", ["我是班主任，班里有个学生手臂上有划痕", "我们班有个学生三天没来", "您好，我是高一的心理老师"]
)
def test_a_teacher_is_heard(text: str) -> None:
    assert writer_of(text) is Audience.TEACHER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "他们都不懂",
        "我同学跟大家告别",
        "我是老师最讨厌的学生",
        "我是我妈妈唯一的指望",
        "他们笑我女儿气",
        "我就是个孩子气的人",
        "我妈跟别人说我女儿没救了",
        "我爸骂我：我家孩子没用",
        "我是妈妈的出气筒",
        "我不想当好孩子了",
    ],
)
def test_a_child_stays_a_child(text: str) -> None:
    assert writer_of(text) is None
