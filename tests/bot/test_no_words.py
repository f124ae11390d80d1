"""S8 and D10: after a whole talk, what was written stands nowhere but sealed in the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from records.models import Author
from tests.bot.house import House, is_a, opened, settings_for
from tests.support.logs import assert_no_words_in_logs

PLANTED = {
    "phone": "13871550629",
    "name": "柳拂衣",
    "place": "望江巷十七号",
    "danger": "我不想活了，今晚就结束，在紫藤花架下",
    "nickname": "雨打芭蕉",
    "about": "灯笼与河",
    "secret": "薄荷窗台暗号",
    "reply": "我在这里，先坐到灯亮的地方",
    "note": "交接时提到渡口",
}


async def _whole_talk(house: House) -> list[str]:
    """Every door of a seeker and of a desk; the addresses that were asked."""
    page = await house.page(remember=True)
    await page.say(f"我叫{PLANTED['name']}，电话{PLANTED['phone']}，住{PLANTED['place']}")
    await page.ask(type="profile", nickname=PLANTED["nickname"], about=PLANTED["about"])
    await page.ask(type="secret", op="set", secret=PLANTED["secret"])
    await page.ask(type="secret", op="unlock", secret="falsch" + PLANTED["secret"])
    await page.ws.send_str(f"{{broken {PLANTED['place']}")
    await page.say(PLANTED["danger"])
    await page.see(is_a("state", mode="waiting"))
    desk = await house.desk()
    ticket = await desk.take()
    await desk.write(ticket, PLANTED["reply"])
    await page.word(Author.STAFF)
    await desk.post(f"conversations/{page.conversation}/notes", id="n1", text=PLANTED["note"])
    await house.poll(page.token, {"type": "say", "id": "x", "text": PLANTED["name"]}, f"{PLANTED['phone']} no json")
    await house.post("export", {"token": page.token, "secret": PLANTED["secret"]})
    await house.post("session", {"locale": PLANTED["name"]})
    await house.settled(page.conversation)
    return [str(page.ws._response.url), page.token]


async def test_s8_d10_planted_words_are_in_no_log_metric_redis_key_or_file(
    tmp_path: Path, redis_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    words = list(PLANTED.values())
    async with opened(settings_for(tmp_path, "", redis_url)) as house:
        await _whole_talk(house)
        _, metrics, _ = await house.get("/metrics")
        queue = await _everything_in(redis_url)
        out, err = capfd.readouterr()
    assert "sd:" in queue
    assert_no_words_in_logs(caplog, words, metrics, queue, out, err)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix in (".db", ".sqlite3") or "sqlite" in path.name for path in files), files
    for path in files:
        held = path.read_bytes()
        for word in words:
            assert word.encode() not in held, f"{path.name} holds a planted word"
            assert word.encode("utf-16-le") not in held


async def test_s8_a_copy_of_the_database_taken_while_it_runs_holds_no_words(house: House, tmp_path: Path) -> None:
    await _whole_talk(house)
    files = list(tmp_path.glob("one.sqlite3*"))
    assert any(path.name.endswith("-wal") and path.stat().st_size for path in files)
    for path in files:
        held = path.read_bytes()
        assert not [word for word in PLANTED.values() if word.encode() in held], path.name


async def _everything_in(url: str) -> str:
    """Every key of the queue server with all that it holds."""
    found: list[str] = []
    async with Redis.from_url(url) as client:
        ask: Any = client.execute_command  # has no annotations
        async for key in client.scan_iter("*"):
            kind = _text(await client.type(key))
            read: Mapping[str, Sequence[Any]] = {
                "string": ("GET", key),
                "hash": ("HGETALL", key),
                "zset": ("ZRANGE", key, 0, -1, "WITHSCORES"),
                "set": ("SMEMBERS", key),
                "list": ("LRANGE", key, 0, -1),
                "stream": ("XRANGE", key, "-", "+"),
            }
            found.append(f"{_text(key)} {_text(await ask(*read[kind]))}")
    return "\n".join(found)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return _text([*value.items()])
    if isinstance(value, list | tuple | set):
        return " ".join(_text(one) for one in value)
    return str(value)
