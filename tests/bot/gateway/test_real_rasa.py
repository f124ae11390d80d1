"""The real Rasa server with our own model, where there is one: named by TEST_RASA_URL, or made by ``make rasa``."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from bot.gateway.rasa_client import Outcome, RasaClient, RasaSettings
from nlu.assessment import Intent
from nlu.rasa_data import load_examples, reading_of
from tests.support import processes
from tests.support.house import ROOT

RASA = ROOT / ".rasa-venv" / "bin" / "rasa"
MODEL = ROOT / ".rasa-venv" / "models" / "shudong.tar.gz"
START_LIMIT_S = 240.0


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/status", timeout=5) as answer:  # noqa: S310  # an address on this machine
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def rasa_url() -> Iterator[str]:
    if named := os.environ.get("TEST_RASA_URL"):
        assert answers(named), "TEST_RASA_URL names a Rasa server that does not answer"
        yield named
        return
    if not (RASA.exists() and MODEL.exists()):
        pytest.skip("no Rasa here: `make rasa` builds it where a Python 3.10 is found, or TEST_RASA_URL names a server")
    port = processes.free_port()
    environment = {**os.environ, "RASA_LISTEN": f"127.0.0.1:{port}"}
    child = subprocess.Popen(
        [str(ROOT / "scripts" / "rasa.sh")],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        url, limit = f"http://127.0.0.1:{port}", time.monotonic() + START_LIMIT_S
        while not answers(url):
            assert child.poll() is None, "scripts/rasa.sh ended before the server answered"
            assert time.monotonic() < limit, "the server did not answer in time"
            time.sleep(0.5)
        yield url
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(30)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_real_server_reads_our_intents(rasa_url: str) -> None:
    ends: list[Outcome] = []
    client = RasaClient(RasaSettings(url=rasa_url, timeout_s=20), counted=ends.append)
    try:
        first = await client.read("转人工")
        assert first is not None
        assert first.intent is Intent.ASK_HUMAN
        examples = load_examples()[::20]
        told = [(await client.read(text), reading_of(name)) for text, name in examples]
    finally:
        await client.aclose()
    assert set(ends) <= {Outcome.READ, Outcome.UNSURE}, "every name that the model says is one of ours"
    right = [got for got, wanted in told if got and (got.intent, got.topic) == (wanted.intent, wanted.topic)]
    assert len(right) * 3 >= len(told) * 2, "it was trained from these very examples"
