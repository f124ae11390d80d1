"""From the torch network to the ONNX file that ships: fused, int8, checked against the network it came from."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from tokenizers import Tokenizer

from nlu.encoder.manifest import write_manifest
from nlu.encoder.onnx import OnnxEncoder
from nlu.errors import EncoderBuildError
from nlu.training.network import SentenceNetwork, batch_of

MAX_TOKENS = 128
MAX_BYTES = 50_000_000
_GATE = 0.97  # mean cosine of centred vectors, int8 against float
_OPSET = 17


def export(network: SentenceNetwork, tokenizer: Path, target: Path, probes: Sequence[str], *, heads: int) -> str:
    """Write ``encoder.onnx``, ``tokenizer.json`` and ``encoder.json``. Returns the encoder's version.

    Args:
        network: The finished network.
        tokenizer: Its ``tokenizer.json``.
        target: The model folder.
        probes: Texts on which the int8 file must agree with the network.
        heads: Attention heads, which the fusion must know.

    Raises:
        EncoderBuildError: The file is too large or does not agree.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch) / "plain.onnx", Path(scratch) / "fused.onnx"
        _to_onnx(network, plain)
        size = int(network.bert.config.hidden_size)
        better = optimizer.optimize_model(str(plain), model_type="bert", num_heads=heads, hidden_size=size, opt_level=0)
        better.save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            target / "encoder.onnx",
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    (target / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    version = write_manifest(target, "encoder", ["encoder.onnx", "tokenizer.json"], size=size, max_tokens=MAX_TOKENS)
    _check(network, target, probes)
    return version


def _to_onnx(network: SentenceNetwork, path: Path) -> None:
    example = torch.tensor([[0, 10, 11, 2], [0, 10, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        network.eval(),
        (example, mask),
        str(path),
        input_names=["ids", "mask"],
        output_names=["vector"],
        dynamic_axes={"ids": axes, "mask": axes, "vector": {0: "texts"}},
        opset_version=_OPSET,
        dynamo=False,
    )


def _check(network: SentenceNetwork, target: Path, probes: Sequence[str]) -> None:
    if (target / "encoder.onnx").stat().st_size > MAX_BYTES:
        raise EncoderBuildError("the encoder is larger than 50 MB")
    agreement = centred_agreement(network, target, probes)
    if agreement < _GATE:
        raise EncoderBuildError(f"int8 and float vectors agree only to {agreement:.3f}; {_GATE} is demanded")


def centred_agreement(network: SentenceNetwork, target: Path, probes: Sequence[str]) -> float:
    """Mean cosine between the shipped vectors and the network's, both without their common direction."""
    small = OnnxEncoder.load(target)
    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    with torch.no_grad():
        exact = np.concatenate([network(*batch_of(tokenizer, [text])).numpy() for text in probes])
    mine = np.stack([small.encode(text) for text in probes])
    exact, mine = exact - exact.mean(0), mine - mine.mean(0)
    norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(mine, axis=1)
    return float(np.mean((exact * mine).sum(1) / norms))
