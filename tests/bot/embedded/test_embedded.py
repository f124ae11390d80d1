"""The embedded queue server and the lock on the data folder."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.embedded.lock import DataLock
from bot.embedded.valkey import EmbeddedValkey
from bot.errors import EmbeddedError


async def test_s4_a_queue_server_that_dies_comes_back_with_what_it_knew(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / "queue")
    await valkey.start()
    try:
        async with Redis.from_url(valkey.url) as client:
            await client.set("kept", "1")
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while valkey.restarts == 0:  # noqa: ASYNC110  # a counter, no event
                await asyncio.sleep(0.02)
        async with Redis.from_url(valkey.url) as client:
            assert await client.get("kept") == b"1"
    finally:
        await valkey.aclose()


async def test_a_server_left_over_from_a_killed_app_is_ended_first(tmp_path: Path) -> None:
    """Two servers on one append-only file would spoil it."""
    folder = tmp_path / "queue"
    orphan = EmbeddedValkey(folder)
    await orphan.start()
    old = orphan.pid
    fresh = EmbeddedValkey(folder)
    # The orphan's own watcher is not there any more in a killed app.
    assert orphan._watch is not None
    orphan._watch.cancel()
    await fresh.start()
    try:
        assert fresh.pid != old
        assert orphan._process is not None
        async with asyncio.timeout(10):
            await orphan._process.wait()
    finally:
        await fresh.aclose()


def test_a_second_app_on_the_same_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with DataLock(tmp_path), pytest.raises(EmbeddedError, match="Another Shudong"), DataLock(tmp_path):
        pass
    with DataLock(tmp_path):
        pass


def test_a_killed_app_leaves_no_lock_behind(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib\nfrom bot.embedded.lock import DataLock\n"
        "with DataLock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    child.kill()
    child.wait()
    child.stdout.close()
    with DataLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    with pytest.raises(EmbeddedError, match="cannot be written"), DataLock(blocked):
        pass
