"""S1: kill -9 in the middle of writing, and the database away: what was acknowledged is there."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from records import messages
from records.errors import StoreUnavailableError
from records.settings import RecordsSettings
from records.store import Store
from tests.records.conftest import OpenStore
from tests.records.scene import say, somebody
from tests.support.postgres import PostgresServer

CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from records.settings import RecordsSettings
from records.store import Store
from tests.records.scene import Scene, say, somebody

async def main():
    settings = RecordsSettings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2])
    store = await Store.open(settings, clock=lambda: datetime.now(UTC))
    scene = await somebody(store)
    print("talk", scene.conversation.id, flush=True)
    async def writer(n):
        i = 0
        while True:
            message = await store.write(lambda tx: say(tx, scene, f"{n}-{i}", channel_id=f"{n}-{i}"))
            print("ack", message.seq, f"{n}-{i}", flush=True)
            i += 1
    await asyncio.gather(*(writer(n) for n in range(12)))

asyncio.run(main())
"""


@pytest.mark.crash
@pytest.mark.parametrize("acknowledged", [3, 40, 150])
async def test_s1_everything_acknowledged_survives_kill_nine(
    settings: RecordsSettings, open_store: OpenStore, acknowledged: int
) -> None:
    command = [sys.executable, "-c", CHILD, str(settings.data_dir), settings.database_url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    lines: list[str] = []
    end = time.monotonic() + 120
    while len(lines) <= acknowledged and time.monotonic() < end:
        lines.append(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.stdout.close()
    child.wait()
    assert len(lines) > acknowledged
    talk = lines[0].split()[1]
    acked = {int(parts[1]): parts[2] for line in lines[1:] if len(parts := line.split()) == 3}

    store = await open_store(settings)
    async with store.read() as tx:
        found = {item.seq: item.text for item in await messages.listing(tx, talk)}
    assert acked.items() <= found.items()
    assert sorted(found) == list(range(1, len(found) + 1)), "no gap either"
    assert len(set(found.values())) == len(found)


@pytest.mark.crash
@pytest.mark.postgresql
async def test_s1_the_store_comes_back_by_itself_when_the_server_does(tmp_path: Path, open_store: OpenStore) -> None:
    server = PostgresServer()
    try:
        server.start()
        settings = RecordsSettings(data_dir=tmp_path, database_url=server.url(server.create_database()), busy_s=0.5)
        store: Store = await open_store(settings)
        scene = await somebody(store)
        await store.write(lambda tx: say(tx, scene, "一", channel_id="1"))
        server.kill()
        with pytest.raises(StoreUnavailableError):
            await store.write(lambda tx: say(tx, scene, "二", channel_id="2"))
        with pytest.raises(StoreUnavailableError):
            async with store.read():
                raise AssertionError("there is nobody to read from")
        server.start()
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(StoreUnavailableError):
                    await store.write(lambda tx: say(tx, scene, "二", channel_id="2"))
                    break
        async with store.read() as tx:
            assert [item.text for item in await messages.listing(tx, scene.conversation.id)] == ["一", "二"]
        await store.aclose()
    finally:
        server.close()
