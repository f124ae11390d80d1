"""The embedded queue server: one that does not come up in time must not go on writing beside the next one."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from bot.embedded import valkey
from bot.errors import EmbeddedError


async def test_s4_a_queue_server_that_does_not_answer_in_time_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = valkey.EmbeddedValkey(tmp_path / "queue")
    with monkeypatch.context() as impatient:
        impatient.setattr(valkey, "_START_LIMIT_S", 0.0)
        with pytest.raises(EmbeddedError):
            await server.start()
    assert server.pid is not None
    assert not psutil.pid_exists(server.pid)
    await server.start()
    await server.aclose()
