"""How fast a message is read: ``python -m bench.risk``.

One message of 20 and of 80 characters, alone and under load, cold start, memory; and how the cost grows with length.
With the extra ``train`` and the downloads of ``make encoder`` at hand, the same run also times
``sentence-transformers`` on torch with the unpruned twelve-layer model: ratios mean something on a noisy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from nlu.assess import Assessor
from nlu.assessment import Context, Turn, Who
from nlu.corpus import read_corpus
from nlu.encoder import load_encoder
from nlu.engine import open_assessor
from nlu.settings import NluSettings

RESULTS = Path(__file__).parent / "results"
BUILD = Path("build/encoder")
_SIZES = (20, 80)
_LENGTHS = (20, 100, 500, 2_000, 20_000)
_ASKED = (Turn(who=Who.BOT, text="听起来这一晚很难熬，你有没有想过不想活下去？"),)
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=300, help="readings per row")
    parser.add_argument("--cold", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--full-model", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cold:
        print(json.dumps(_cold()))
        return
    if options.full_model:
        print(json.dumps(_unpruned(options.repeats)))
        return
    rows = _rows(options.repeats)
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": psutil.cpu_count(), "machine": platform.machine()}
    (RESULTS / "risk.json").write_text(
        json.dumps({"machine": machine, "rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _rows(repeats: int) -> list[Row]:
    assessor, lexicon, encoder = open_assessor(), Assessor.load(), load_encoder()
    rows: list[Row] = []
    for size in _SIZES:
        texts = texts_of(size)
        rows.append(_timed("lexicon alone", size, texts, repeats, lexicon.read))
        rows.append(_timed("encoder alone", size, texts, repeats, encoder.encode))
        rows.append(_timed("end to end", size, texts, repeats, assessor.read))
        rows.append(
            _timed("end to end in context", size, texts, repeats, lambda t: assessor.read(t, Context(turns=_ASKED)))
        )
    rows += [asyncio.run(_loaded(size, chats)) for size in _SIZES for chats in (1, 8, 32)]
    long = "".join(texts_of(80))
    rows += [_timed("end to end, whole", n, [(long * (n // len(long) + 1))[:n]], 5, assessor.read) for n in _LENGTHS]
    rows.append(_other("--cold"))
    if any(BUILD.glob("*.whl")):
        rows += _ratios(rows, _other("--full-model"))
    return rows


def texts_of(size: int) -> list[str]:
    """Messages of the corpus cut or joined to one size."""
    whole = [m.text for m in read_corpus("test").messages]
    joined = "，".join(whole)
    return [joined[start : start + size] for start in range(0, 120 * size, size)]


def _timed(name: str, size: int, texts: Sequence[str], repeats: int, call: Callable[[str], object]) -> Row:
    for text in texts[:20]:
        call(text)
    times = []
    for number in range(repeats):
        begun = time.perf_counter()
        call(texts[number % len(texts)])
        times.append(time.perf_counter() - begun)
    return {"what": name, "chars": size, **_spread(times), "per_s": round(1 / statistics.fmean(times), 1)}


async def _loaded(size: int, chats: int) -> Row:
    """Chats that all write at once, as the gateway reads them: off the loop, in the bounded pool, no cache."""
    assessor = open_assessor(NluSettings(cache_size=0, budget_s=60, max_pending=10_000, pool_size=1))
    texts, times = texts_of(size), []

    async def chat(number: int) -> None:
        for turn in range(8):
            begun = time.perf_counter()
            await assessor.assess(texts[(number * 8 + turn) % len(texts)])
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(chat(number) for number in range(chats)))
    total = time.perf_counter() - begun
    await assessor.aclose()
    return {"what": f"{chats} chats at once", "chars": size, **_spread(times), "per_s": round(len(times) / total, 1)}


def _cold() -> Row:
    """In a process of its own: from nothing to the first answer, and what it weighs."""
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    assessor = open_assessor()
    assessor.read("你好")
    ready = time.perf_counter() - begun
    weighs = psutil.Process().memory_info().rss - before
    return {"what": "cold start", "s": round(ready, 2), "rss_mb": round(weighs / 1e6, 1)}


def _unpruned(repeats: int) -> Row:
    """The twelve layers and all words, run by torch through sentence-transformers."""
    import torch
    from sentence_transformers import SentenceTransformer

    from nlu.training.unpruned import write_sentence_transformer

    torch.set_num_threads(1)
    folder = BUILD / "unpruned"
    if not folder.exists():
        write_sentence_transformer(BUILD, folder)
    model = SentenceTransformer(str(folder), device="cpu")

    def encode(text: str) -> object:
        return model.encode([text], show_progress_bar=False)

    return {str(size): _timed("torch", size, texts_of(size), repeats // 3, encode) for size in _SIZES}


def _other(flag: str) -> Row:
    done = subprocess.run([sys.executable, "-m", "bench.risk", flag], capture_output=True, text=True, check=True)
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def _ratios(rows: Sequence[Row], torch_rows: Row) -> list[Row]:
    out: list[Row] = []
    for size in _SIZES:
        mine = next(row for row in rows if row["what"] == "encoder alone" and row["chars"] == size)
        theirs = torch_rows[str(size)]
        ratio = round(theirs["p50_ms"] / mine["p50_ms"], 1)
        out.append({**theirs, "what": "sentence-transformers, unpruned, 12 layers", "times_ours": ratio})
    return out


def _spread(times: Sequence[float]) -> Row:
    ordered = sorted(times)
    return {
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
    }


if __name__ == "__main__":
    main()
