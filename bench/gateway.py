"""How fast the one way of a message is: ``python -m bench.gateway``.

The app runs as its own process with embedded defaults (SQLite, ``synchronous=FULL``), the clients in this one. These
machines are noisy: quote the ratios to the bare echo of the same run, not the times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bench.clients import DANGER, WORRIES, Desk, Seeker
from tests.support import processes
from tests.support.app import AppProcess

_LIMIT_S = 240
"""Seconds that one measurement may take."""
_ALERT_S = 60
"""A level-4 message that brings no alert in this time brings none: that is a fault, not a slow machine."""
_JOINING_S = 200
"""Seconds after which no more idle chats are opened: the row tells how many there were."""
RESULTS = Path(__file__).parent / "results"
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, to see that it runs")
    args = parser.parse_args()
    rows = asyncio.run(_all(quick=args.quick))
    _print(rows)
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": psutil.cpu_count(), "machine": platform.machine()}
    report = json.dumps({"machine": machine, "rows": rows}, indent=1, ensure_ascii=False)
    (RESULTS / "gateway.json").write_text(report + "\n", encoding="utf-8")


async def _all(*, quick: bool) -> list[Row]:
    many = 100 if quick else 1000
    rows = [await _echo(chats) for chats in (1, 32, many)]
    yardstick = {row["chats"]: row for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        app = AppProcess(Path(folder), burst_quiet_s=0, answers_per_minute=1_000_000, log_level="ERROR")
        with app:
            for chats, each in ((1, 100), (32, 20), (many, 2)):
                rows.append(await _step("reply", _replies(app, chats, each, yardstick)))
            late = 30 if quick else 300
            rows += [await _step(f"reply at turn {turn}", _at_turn(app, turn)) for turn in (10, late)]
            rows.append(await _step("durable", _durable(app, 16 if quick else 64, 20 if quick else 50)))
            rows.append(await _step("ticket, idle", _ticket(app, busy=False)))
            rows.append(await _step("ticket under 100 messages/s", _ticket(app, busy=True)))
    with tempfile.TemporaryDirectory() as folder, AppProcess(Path(folder), log_level="ERROR") as app:
        rows.append(await _step("idle", _idle(app, 500 if quick else 10_000)))
    return rows


async def _step(what: str, measure: Awaitable[Row]) -> Row:
    """One measurement; one that does not end, or that loses a socket, says so in its row and keeps nobody waiting."""
    print(f"{what} …", file=sys.stderr, flush=True)
    try:
        async with asyncio.timeout(_LIMIT_S):
            return await measure
    except (TimeoutError, ConnectionError, aiohttp.ClientError) as exc:
        return {"what": f"{what}: NOT MEASURED ({type(exc).__name__})"}


async def _echo(chats: int) -> Row:
    """The bare echo with as many sockets."""
    port = processes.free_port()
    child = subprocess.Popen([sys.executable, "-m", "bench.echo", str(port)])
    try:
        processes.wait_until(lambda: processes.takes_connections(port), child, Path("/dev/null"))
        async with _http() as http:
            sockets = [await http.ws_connect(f"http://127.0.0.1:{port}/ws") for _ in range(chats)]

            async def turn(n: int) -> float:
                begun = time.perf_counter()
                await sockets[n].send_str(json.dumps({"type": "say", "id": "1", "text": WORRIES[0]}))
                await sockets[n].receive()
                return time.perf_counter() - begun

            return await _measured("bare echo", child.pid, chats, 3000 if chats == 1 else 9600 // chats, turn)
    finally:
        processes.stop(child)


async def _replies(app: AppProcess, chats: int, each: int, yardstick: dict[int, Row]) -> Row:
    """From "seeker sends" to "reply received", every chat waiting for its answer before it writes again."""
    async with _http() as http:
        seekers = await _join(http, app, chats)

        async def turn(n: int) -> float:
            return await seekers[n].ask(WORRIES[n % len(WORRIES)])

        row = await _measured("reply", app.pid, chats, each, turn)
    bare = yardstick.get(chats)
    if bare:
        row["p50_to_echo"] = round(row["p50_ms"] / bare["p50_ms"], 1)
        row["cpu_to_echo"] = round(row["cpu_ms"] / bare["cpu_ms"], 1)
    return row


async def _at_turn(app: AppProcess, turn: int) -> Row:
    """The same late in one chat: cost must not grow with its length."""
    async with _http() as http:
        seeker = await Seeker.join(http, app.url)
        for n in range(turn - 1):
            await seeker.ask(WORRIES[n % len(WORRIES)])

        async def ask(_: int) -> float:
            return await seeker.ask(WORRIES[0])

        return await _measured(f"reply at turn {turn}", app.pid, 1, 20, ask)


async def _durable(app: AppProcess, chats: int, each: int) -> Row:
    """Acknowledged, so durable, messages a second; answers come as they can."""
    async with _http() as http:
        seekers = await _join(http, app, chats)

        async def turn(n: int) -> float:
            await seekers[n].say(WORRIES[n % len(WORRIES)])
            return seekers[n].last_ack

        return await _measured("durable", app.pid, chats, each, turn)


async def _ticket(app: AppProcess, *, busy: bool) -> Row:
    """From a level-4 message sent to the alert on the desk's socket."""
    async with _http() as http, Desk(app.url) as desk:
        stop = asyncio.Event()
        crowd = await _join(http, app, 20) if busy else []
        load = [asyncio.create_task(_steady(seeker, 0.2, stop)) for seeker in crowd]
        begun = time.perf_counter()
        try:
            times = [await _alert(http, app, desk) for _ in range(20)]
        finally:
            stop.set()
            said = sum(await asyncio.gather(*load))
        name = "ticket under 100 messages/s offered" if busy else "ticket, idle"
        return {
            "what": name, "chats": len(crowd), "n": len(times), **_quantiles(times),
            "per_s": round(said / (time.perf_counter() - begun), 1),
        }  # fmt: skip


async def _alert(http: aiohttp.ClientSession, app: AppProcess, desk: Desk) -> float:
    """Seconds from a level-4 message sent to its alert on the desk's socket."""
    seeker = await Seeker.join(http, app.url)
    known = set(desk.seen)
    begun = time.perf_counter()
    async with asyncio.timeout(_ALERT_S):
        _, arrived = await asyncio.gather(seeker.say(DANGER), desk.ticket_after(known))
    return arrived - begun


async def _steady(seeker: Seeker, every_s: float, stop: asyncio.Event) -> int:
    """Write that often, or as often as it is acknowledged; how many messages that were."""
    said = 0
    while not stop.is_set():
        begun = time.perf_counter()
        await seeker.say(WORRIES[0])
        said += 1
        await asyncio.sleep(max(0.0, every_s - (time.perf_counter() - begun)))
    return said


async def _idle(app: AppProcess, chats: int) -> Row:
    """Memory of an open chat in which nobody writes."""
    process = psutil.Process(app.pid)
    before = process.memory_info().rss
    async with _http() as http:
        begun = time.perf_counter()
        seekers: list[Seeker] = []  # kept: a socket that nobody holds is closed
        while len(seekers) < chats and time.perf_counter() - begun < _JOINING_S:
            seekers += await _join(http, app, min(200, chats - len(seekers)))
        took = time.perf_counter() - begun
        grown, opened = process.memory_info().rss - before, len(seekers)
    return {
        "what": "idle", "chats": opened, "n": opened, "kib_per_chat": round(grown / 1024 / chats, 1),
        "joins_per_s": round(opened / took),
    }  # fmt: skip


async def _join(http: aiohttp.ClientSession, app: AppProcess, chats: int) -> list[Seeker]:
    gate = asyncio.Semaphore(50)

    async def one() -> Seeker:
        async with gate:
            return await Seeker.join(http, app.url)

    return list(await asyncio.gather(*(one() for _ in range(chats))))


def _http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _measured(what: str, pid: int, chats: int, each: int, turn: Callable[[int], Awaitable[float]]) -> Row:
    """``each`` turns on every chat at once; times, rate, and the server's CPU per message."""

    async def chat(n: int) -> list[float]:
        return [await turn(n) for _ in range(each)]

    server = psutil.Process(pid)
    cpu, begun = _cpu(server), time.perf_counter()
    times = [one for chat_times in await asyncio.gather(*map(chat, range(chats))) for one in chat_times]
    took, used = time.perf_counter() - begun, _cpu(server) - cpu
    return {
        "what": what, "chats": chats, "n": len(times), **_quantiles(times), "per_s": round(len(times) / took, 1),
        "cpu_ms": round(used * 1000 / len(times), 3), "per_core_s": round(len(times) / used, 1) if used else None,
    }  # fmt: skip


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of the app and its queue server."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in family)


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50_ms": round(statistics.median(ordered) * 1000, 2), "p99_ms": round(p99 * 1000, 2)}


def _print(rows: Sequence[Row]) -> None:
    columns = ("what", "chats", "n", "p50_ms", "p99_ms", "per_s", "per_core_s", "cpu_ms", "p50_to_echo", "cpu_to_echo",
               "kib_per_chat", "joins_per_s")  # fmt: skip
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row.get(column, "")) for column in columns) + " |")


if __name__ == "__main__":
    main()
