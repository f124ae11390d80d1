"""Small disturbances of a message while training, so that the encoder learns the thought and not the typing. Pure."""

from __future__ import annotations

import random
import re
from functools import cache

from opencc import OpenCC

_PAUSES = re.compile(r"[，。！？、,.!?~…]+")
_LEADS = (
    "你好，",
    "在吗 ",
    "那个",
    "就是",
    "嗯…",
    "老师，",
    "想问一下，",
    "说个事 ",
    "怎么说呢，",
    "唉 ",
    "hi ",
    "有人吗 ",
)
_TAILS = ("。", "……", "~", "!", " 😔", " 😂", "吧", "了", "…", "？", " 🙂", "😭")
_SLIPS = {
    "的": "得",
    "得": "的",
    "在": "再",
    "再": "在",
    "他": "她",
    "吗": "嘛",
    "什么": "啥",
    "怎么": "咋",
    "没有": "木有",
    "这样": "酱紫",
    "喜欢": "稀饭",
    "觉得": "jio得",
    "真的": "真滴",
    "自己": "自已",
    "我": "窝",
    "你": "泥",
    "是": "素",
    "想": "相",
    "做": "作",
}


def disturb(text: str, rng: random.Random) -> str:
    """Return the text, most often unchanged, otherwise as another thumb might have typed it."""
    roll = rng.random()
    if roll < 0.62:
        return text
    if roll < 0.70:
        return _PAUSES.sub(rng.choice(["", " ", "，", "\n"]), text)
    if roll < 0.76:
        return str(_traditional().convert(text))
    if roll < 0.83:
        return rng.choice(_LEADS) + text
    if roll < 0.89:
        return text.rstrip("。！？!? ") + rng.choice(_TAILS)
    if roll < 0.96:
        return _slip(text, rng)
    return _dropped(text, rng)


def _slip(text: str, rng: random.Random) -> str:
    there = [word for word in _SLIPS if word in text]
    if not there:
        return text
    word = rng.choice(there)
    return text.replace(word, _SLIPS[word], 1)


def _dropped(text: str, rng: random.Random) -> str:
    """One character twice; leaving one out might take the 不 away."""
    if len(text) < 6:
        return text
    at = rng.randrange(len(text))
    return text[:at] + text[at] + text[at:]


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")
