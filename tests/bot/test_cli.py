"""The command line as operators and scripts use it."""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from bot import cli, doctor
from bot.admin import settings_table
from bot.embedded.lock import DataLock
from bot.settings import Settings
from tests.support import processes
from tests.support.valkey import ValkeyServer

Run = Callable[..., int]
PASSWORD = "a long enough password"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``shudong …`` with a data folder of its own; ``stdin`` is what is typed."""
    monkeypatch.setenv("SHUDONG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SHUDONG_PUBLIC_URL", f"http://127.0.0.1:{processes.free_port()}")

    def call(*args: str, stdin: str = "") -> int:
        typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", typed)
        return cli.main(args)

    return call


def test_assess_answers_each_line_in_order_and_goes_on_after_a_broken_one(
    run: Run, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    lines = '{"id": "a", "text": "你好"}\nbroken\n{"id": "b", "text": "我不想活了，今晚就结束"}\n'
    assert run("assess", "-", stdin=lines) == 0
    found = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [(one.get("id"), one.get("level")) for one in found] == [("a", 0), (None, None), ("b", 4)]
    file = tmp_path / "in.jsonl"
    file.write_text('{"id": "c", "text": "我不想活了"}\n', encoding="utf-8")
    assert run("assess", str(file), "--explain") == 0
    assert b'"c"' in capsysbinary.readouterr().out


def test_kb_search_and_check_speak_to_scripts(run: Run, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("kb", "search", "-", "--top", "2", stdin='{"id": "q", "text": "考试前睡不着怎么办"}\n') == 0
    answer = json.loads(capsysbinary.readouterr().out)
    assert answer["id"] == "q"
    assert len(answer["hits"]) == 2
    assert run("kb", "check") == 0


def test_a_file_that_is_not_there_is_one_sentence_and_status_one(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("assess", "nowhere.jsonl") == 1
    assert "nowhere.jsonl" in capsys.readouterr().err


def test_called_wrongly_is_status_two(run: Run) -> None:
    with pytest.raises(SystemExit) as caught:
        run("staff", "add", "anna")
    assert caught.value.code == 2


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 0)])
def test_how_a_command_is_cut_short(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    def cut(_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "_settings", cut)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert run("settings") == status


def test_a_bug_keeps_its_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_settings", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        run("settings")


def test_the_table_of_settings_names_every_one(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("settings") == 0
    table = capsys.readouterr().out
    assert table.strip() == settings_table()
    assert all(f"`SHUDONG_{name.upper()}`" in table for name in Settings.model_fields)
    assert "**********" not in table


def test_a_person_is_added_and_an_audit_entry_with_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("staff", "add", "anna", "--name", "咨询员", "--role", "counsellor", stdin=PASSWORD + "\n") == 0
    assert len(capsys.readouterr().out.split()[-1]) == 26
    assert run("audit", "verify") == 0
    assert "1 entries, unbroken" in capsys.readouterr().out
    assert run("staff", "add", "berta", "--name", "督导", "--role", "supervisor", stdin="short\n") == 1
    assert "12 characters" in capsys.readouterr().err


def test_s10_a_changed_audit_trail_is_found(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for login in ("anna", "berta"):
        run("staff", "add", login, "--name", "甲", "--role", "counsellor", stdin=PASSWORD + "\n")
    (file,) = [path for path in (tmp_path / "data").glob("*") if path.is_file() and _has_audit(path)]
    database = sqlite3.connect(file)
    # Somebody with the file in hand: the triggers against changes are no hindrance to them.
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{trigger}"')
    database.execute("UPDATE audit SET actor = 'nobody' WHERE n = 1")
    database.commit()
    database.close()
    capsys.readouterr()
    assert run("audit", "verify") == 1
    assert "1" in capsys.readouterr().err
    assert run("doctor") == 1
    assert "broken   database" in capsys.readouterr().out


def _has_audit(path: Path) -> bool:
    if not path.read_bytes().startswith(b"SQLite format 3"):
        return False
    database = sqlite3.connect(path)
    try:
        return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone())
    finally:
        database.close()


# The doctor


def test_the_doctor_finds_a_sound_house_sound(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 0, "before the first start, too"
    run("staff", "add", "anna", "--name", "甲", "--role", "counsellor", stdin=PASSWORD + "\n")
    capsys.readouterr()
    assert run("doctor") == 0
    told = capsys.readouterr().out
    for what in ("settings", "database", "queue", "model", "rasa", "articles", "pages", "disk", "clock"):
        assert what in told
    assert "trail of 1 entries" in told


def test_the_doctor_tells_that_rasa_does_not_answer(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUDONG_RASA_URL", f"http://127.0.0.1:{processes.free_port()}")
    assert run("doctor") == 0, "the app works without it"
    assert "warning  rasa" in capsys.readouterr().out


def test_the_doctor_names_a_wrong_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUDONG_NLU_BUDGET_S", "soon")
    assert run("doctor") == 1
    told = capsys.readouterr().out
    assert "SHUDONG_NLU_BUDGET_S" in told
    assert "docs/settings.md" in told


def test_the_doctor_names_what_is_broken_and_how_to_mend_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run("staff", "add", "anna", "--name", "甲", "--role", "counsellor", stdin=PASSWORD + "\n")
    (tmp_path / "data" / "keys" / "master.key").unlink()
    monkeypatch.setenv("SHUDONG_REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setattr(doctor, "missing_builds", lambda: ["chat.html"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1024))
    capsys.readouterr()
    assert run("doctor") == 1
    told = capsys.readouterr().out
    for line in ("broken   database", "broken   queue", "broken   pages", "warning  disk"):
        assert line in told, told
    assert told.count("→") >= 4


def test_the_doctor_says_when_no_article_is_served_and_when_reading_is_off(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = SimpleNamespace(load=lambda *_, **__: SimpleNamespace(articles=()))
    monkeypatch.setattr(doctor, "KnowledgeBase", empty)
    frightened = SimpleNamespace(read=lambda _: SimpleNamespace(level=4, model_version="x"))
    monkeypatch.setattr(doctor, "open_assessor", lambda _: frightened)
    assert run("doctor") == 1
    told = capsys.readouterr().out
    assert "warning  articles" in told
    assert "broken   model" in told


def test_the_doctor_asks_a_queue_server_and_leaves_a_running_app_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], valkey: ValkeyServer, tmp_path: Path
) -> None:
    run("staff", "add", "anna", "--name", "甲", "--role", "counsellor", stdin=PASSWORD + "\n")
    monkeypatch.setenv("SHUDONG_REDIS_URL", valkey.url)
    with DataLock(tmp_path / "data"):
        assert run("doctor") == 0
    told = capsys.readouterr().out
    assert "in use by the running app" in told
    assert "answers in" in told


@pytest.mark.parametrize(
    ("date", "state"),
    [("Thu, 01 Jan 2026 00:00:00 GMT", "warning"), ("now", "ok"), (None, "ok")],
)
async def test_the_doctor_compares_the_clock_with_the_app(
    date: str | None, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiohttp import web

    from bot.settings import load_settings

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({}, headers={"Date": date} if date and date != "now" else {})

    async def dateless(_: web.Request, response: web.StreamResponse) -> None:
        if date is None:
            response.headers.popall("Date", None)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.on_response_prepare.append(dateless)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        found = await doctor._clock(load_settings({}, public_url=url))
    finally:
        await runner.cleanup()
    assert found.state == state
    assert bool(found.mend) is (state == "warning")


# Serving


@pytest.fixture
def _logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``serve`` sets up the logs of the whole process; loggers must not keep a stream that ends with the test."""
    configure = structlog.configure
    monkeypatch.setattr(
        structlog, "configure", lambda **given: configure(**{**given, "cache_logger_on_first_use": False})
    )
    root = logging.getLogger()
    handlers, level, set_up = root.handlers[:], root.level, structlog.get_config()
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
    structlog.reset_defaults()
    configure(**set_up)
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("_logs_as_before")
def test_serve_starts_everything_says_where_and_stops_by_draining(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    address = f"127.0.0.1:{processes.free_port()}"
    answers: list[int] = []

    def visit() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and not answers:
            try:
                with urllib.request.urlopen(f"http://{address}/readyz", timeout=5) as answer:
                    answers.append(answer.status)
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        assert run("serve", "--demo", "--listen", address) == 0
    finally:
        visitor.join()
    assert answers == [200]
    told = capfd.readouterr()
    assert f"http://{address}/chat" in told.out
    assert "supervisor" in told.out
    assert "ecovery" in told.err or "recovery" in told.err.lower()


def test_the_demo_refuses_an_address_that_others_can_reach(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "--demo", "--listen", "0.0.0.0:8099") == 1
    assert "0.0.0.0:8099" in capsys.readouterr().err


def test_pages_that_are_not_built_stop_the_start(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.serve.missing_builds", lambda: ["widget.js"])
    assert run("serve") == 1
    assert "make build" in capsys.readouterr().err


def test_a_second_app_on_the_same_folder_does_not_start(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.serve.configure_logs", lambda *_, **__: None)
    with DataLock(tmp_path / "data"):
        assert run("serve") == 1
    assert "Another Shudong" in capsys.readouterr().err


@pytest.mark.usefixtures("_logs_as_before")
def test_s8_an_error_in_the_log_keeps_its_type_and_not_its_text(capfd: pytest.CaptureFixture[str]) -> None:
    from bot.logs import configure_logs

    configure_logs("INFO", process="p1")
    log = structlog.get_logger("x")
    try:
        raise ValueError("紫藤花架下")
    except ValueError as error:
        log.exception("one")
        log.error("two", exc_info=error)
    log.debug("not shown")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["error"], line["process"]) for line in lines] == [
        ("one", "ValueError", "p1"), ("two", "ValueError", "p1"),
    ]  # fmt: skip
    assert not [line for line in lines if "紫藤" in str(line)]
