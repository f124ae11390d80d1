"""From a text to one vector. onnxruntime, tokenizers and numpy only; torch is never imported here."""

from nlu.encoder.load import load_encoder
from nlu.encoder.onnx import OnnxEncoder

__all__ = ["OnnxEncoder", "load_encoder"]
