"""From a text to one vector. onnxruntime, tokenizers and numpy only; torch is never imported here."""

from nlu.encoder.load import load_encoder
from nlu.encoder.onnx import OnnxEncoder
from nlu.encoder.recent import RecentVectors

__all__ = ["OnnxEncoder", "RecentVectors", "load_encoder"]
