"""Who the words say is writing: a parent (我女儿…) or a teacher (我是班主任…), before anybody has told us."""

from __future__ import annotations

import re
from typing import Final

from nlu.labels import Audience

_READ: Final = 2_000
"""Characters that are looked at: who is writing stands near the beginning."""
_END: Final = r"(?=$|[\s，。！？、；：,.!?;:~…])"
_TEACHER: Final = re.compile(
    rf"我是[^，。！？\s]{{0,8}}(班主任|老师|辅导员|教导主任|宿管){_END}"
    r"|我(们)?班(上|里)?(的|有|一)?(个|名|位|一个|一名|一位)?[^，。！？\s]{0,4}学生|我的学生"
)
_CHILD: Final = r"(女儿(?![气国])|儿子|闺女|孩子(?!气)|娃(?!娃))"
_PARENT: Final = re.compile(
    rf"我是[^，。！？\s]{{0,8}}(妈妈|爸爸|母亲|父亲|家长|奶奶|爷爷|外婆|外公|姥姥|姥爷){_END}"
    rf"|我(家|们家)?(的)?(大|小|那)?{_CHILD}|(?:^|[\s，。！？])孩子(?![气们王的])"
)
_TOLD: Final = re.compile(r"(妈|爸|母亲|父亲|奶奶|爷爷|家长)[^，。！？\s]{0,8}[说骂讲喊道：“\"]{1,3}我?(是|家)?")
"""Somebody else's words about their child: the writer is that child."""


def writer_of(text: str) -> Audience | None:
    """Parent or teacher where the words say so plainly; None for everybody else, students too."""
    head = text[:_READ]
    if _TEACHER.search(head):
        return Audience.TEACHER
    found = _PARENT.search(head)
    if found is None or _TOLD.search(head[max(0, found.start() - 16) : found.start() + 2]):
        return None
    return Audience.PARENT
