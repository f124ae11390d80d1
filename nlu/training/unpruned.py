"""The open model as it was, written as a sentence-transformers folder: the yardstick of ``bench/risk.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from transformers import PreTrainedTokenizerFast

from nlu.training.base import fetch, read_weights
from nlu.training.export import MAX_TOKENS
from nlu.training.network import build


def write_sentence_transformer(downloads: Path, target: Path) -> None:
    """All layers, all words. Any folder of this shape can be named in ``SHUDONG_NLU_ENCODER``."""
    weights, words = fetch(downloads)
    base = read_weights(weights)
    network = build(base, list(range(base.shape.layers)), np.arange(base.shape.words))
    plain = target / "plain"
    network.bert.save_pretrained(plain)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(words), pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>"
    )
    tokenizer.save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=MAX_TOKENS)
    modules = [transformer, Pooling(base.shape.hidden), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(target))


if __name__ == "__main__":
    write_sentence_transformer(Path(sys.argv[1]), Path(sys.argv[2]))
