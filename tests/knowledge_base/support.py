"""What the tests of the knowledge base share: one sound article, and ways to spoil it."""

from datetime import date
from pathlib import Path

TODAY = date(2026, 11, 22)

SOUND = """---
slug: sound
title: 一篇好好的文章
audience: [student]
topics: [sleep]
language: zh-CN
region: null
summary: 这一篇只在测试里用，什么毛病也没有的一篇文章。
questions: [睡不着怎么办, 夜里醒了很久, 不想睡觉, 白天好困, 躺着很清醒]
sources:
  - {title: 睡眠管理通知, publisher: 教育部办公厅, year: 2021}
state: checked
checked_by: second reader
checked_on: 2026-11-20
review_due: 2027-11-22
---
## 想对你说 {#opening}

夜里一个人醒着，听得见钟走的声音，这样的时候很长。
我们先不和睡意较劲。

## 现在可以做的 {#steps}

1. 起来坐一会儿，灯开得暗一点，等困了再回到床上去。
2. 把脑子里转来转去的事写在纸上，明天下午再看它。
3. 对家里人说：“我这几天睡得不好，你能陪我坐一会儿吗？”

## 先别这样做 {#avoid}

- 一遍一遍去看现在是几点，看一次就更着急一次。
- 下午以后喝奶茶和咖啡，夜里会更加清醒难睡。

## 什么时候找人 {#help}

- **偶尔几个晚上**：先照着上面的办法做一个星期，记下每天起床的时间。
- **已经好几个星期，白天撑不住**：告诉家里人和心理老师，请他们陪你去医院看一看。
- **夜里冒出不想活的念头**：不要等到天亮，现在就叫醒家里人，或者打下面的电话。

## 去哪里找 {#where}

- 想有人听你说：[12356](directory:12356) 心理援助热线
- 学校的心理辅导室，上学的日子都开着门
"""


def shelve(folder: Path, **articles: str) -> Path:
    """Write articles as files; the keyword is the file's name with underscores for hyphens."""
    folder.mkdir(exist_ok=True)
    for name, markdown in articles.items():
        (folder / f"{name.replace('_', '-')}.md").write_text(markdown, encoding="utf-8")
    return folder


def spoil(old: str, new: str, text: str = SOUND) -> str:
    """The article with one passage changed. The passage must be there, or the test would test nothing."""
    assert old in text, old
    return text.replace(old, new, 1)
