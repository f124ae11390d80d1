"""The network in torch: a BERT encoder, mean over the words, length one. Only training imports this module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from nlu.training.base import BaseModel, state_dict

_PAD = 1


def _has_bfloat16() -> bool:
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


FAST = _has_bfloat16()
"""Whether this processor multiplies 16-bit floats: training is then three to five times as fast, to the same end."""


class SentenceNetwork(nn.Module):
    """Token ids in; one vector per text out, or one per token where a teacher wants to compare them."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def tokens(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states of the last layer, ``(texts, tokens, width)``, always in full precision."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training and FAST):
            hidden: Tensor = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden.float()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors of length one, ``(texts, width)``."""
        return pool(self.tokens(ids, mask), mask)


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean over the words, then length one. Written out: the exporter's own normalisation breaks when quantised."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
    return mean * torch.rsqrt((mean * mean).sum(-1, keepdim=True) + 1e-12)


def build(base: BaseModel, layers: list[int], kept: npt.NDArray[np.int64]) -> SentenceNetwork:
    """A network from some layers and words of the base model, with its embeddings frozen."""
    shape = base.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=shape.hidden,
        num_hidden_layers=len(layers),
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.segments,
        pad_token_id=_PAD,
        attn_implementation="eager",
    )
    bert = BertModel(config, add_pooling_layer=False)
    tensors = {name: torch.from_numpy(array.copy()) for name, array in state_dict(base, layers, kept).items()}
    missing, unexpected = bert.load_state_dict(tensors, strict=False)
    if unexpected or [name for name in missing if "position_ids" not in name]:
        raise AssertionError(f"the weights do not fit: missing {missing}, unexpected {unexpected}")
    for parameter in bert.embeddings.parameters():
        parameter.requires_grad_(False)
    return SentenceNetwork(bert)


def batch_of(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Ids and mask of some texts, padded to the longest."""
    encoded = tokenizer.encode_batch(list(texts))
    width = max(len(item.ids) for item in encoded)
    ids = torch.full((len(texts), width), _PAD, dtype=torch.long)
    mask = torch.zeros((len(texts), width), dtype=torch.long)
    for row, item in enumerate(encoded):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        mask[row, : len(item.ids)] = 1
    return ids, mask
