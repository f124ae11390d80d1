"""The tuned network, trained further on one fold of SOS-HL-1K. Only ``bench.sos_hl`` imports this; it needs torch."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from nlu.encoder.load import MODELS
from nlu.training.distil import batches_by_length, warm_then_linear
from nlu.training.encoder import stored_network
from nlu.training.network import batch_of

_EPOCHS, _BATCH, _RATE, _HEAD_RATE, _SCALE, _SMOOTH = 4, 16, 6e-5, 1e-3, 16.0, 0.05

Odds = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def tuned_learner(weights: Path, texts: Sequence[str], truth: Indices) -> Callable[[Indices, Indices, int], Odds]:
    """A learner that starts from the tuned network at every fold."""
    tokenizer = Tokenizer.from_file(str(MODELS / "tokenizer.json"))
    tokenizer.enable_truncation(128)

    def learn(here: Indices, there: Indices, seed: int) -> Odds:
        torch.manual_seed(seed)
        rng = random.Random(seed)
        network = stored_network(weights).train()
        head = nn.Linear(int(network.bert.config.hidden_size), 1)
        trained = [p for p in network.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(
            [{"params": trained, "lr": _RATE}, {"params": head.parameters(), "lr": _HEAD_RATE}], weight_decay=0.01
        )
        mine = [texts[i] for i in here]
        total = _EPOCHS * -(-len(mine) // _BATCH)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, warm_then_linear(total, 0.1))
        for _ in range(_EPOCHS):
            for batch in batches_by_length(mine, _BATCH, rng):
                wanted = torch.tensor([float(truth[here[i]]) for i in batch]) * (1 - 2 * _SMOOTH) + _SMOOTH
                vector = network(*batch_of(tokenizer, [mine[i] for i in batch])) * _SCALE
                loss = functional.binary_cross_entropy_with_logits(
                    head(functional.dropout(vector, 0.2)).squeeze(-1), wanted
                )
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(trained, 1.0)
                optimiser.step()
                schedule.step()
        network.eval()
        with torch.no_grad():
            odds = [torch.sigmoid(head(network(*batch_of(tokenizer, [texts[i]])) * _SCALE)).item() for i in there]
        return np.array(odds)

    return learn
