"""The encoder that ships with the package: an ONNX graph that ends in one vector of length one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from nlu.encoder.manifest import read_manifest

Vector = npt.NDArray[np.float32]

_GRAPH, _TOKENIZER = "encoder.onnx", "tokenizer.json"


class OnnxEncoder:
    """Encodes one text at a time.

    Never a batch: the int8 graph scales its numbers by what it is given at once, so a batch-mate would change a text's
    vector, and with it, at the edge, who gets a human. Safe to use from several threads.
    """

    def __init__(self, session: ort.InferenceSession, tokenizer: Tokenizer, version: str, size: int) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.version = version
        self.size = size

    @classmethod
    def load(cls, folder: Path) -> OnnxEncoder:
        """Open the graph and the tokenizer after their checksums were compared.

        Raises:
            ModelError: A file is missing, damaged or not the one that the manifest names.
        """
        manifest = read_manifest(folder, "encoder")
        options = ort.SessionOptions()
        # One thread per call: the pool has the parallelism, and spinning threads would take it from everybody else.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        session = ort.InferenceSession(str(folder / _GRAPH), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        tokenizer.enable_truncation(manifest.max_tokens)
        return cls(session, tokenizer, manifest.version, manifest.size)

    def encode(self, text: str) -> Vector:
        """Vector of length one, ``(size,)``. Words beyond the length limit are not seen: the caller cuts windows."""
        # A lone surrogate is no text; the tokenizer would refuse it.
        encoded = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        feed = {
            "ids": np.array([encoded.ids], np.int64),
            "mask": np.array([encoded.attention_mask], np.int64),
        }
        vector: Vector = self._session.run(None, feed)[0][0]
        return vector
