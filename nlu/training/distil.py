"""A shallow network learns to give the vectors of the deep one, word by word and as a whole. No labels are needed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.optim import AdamW

from nlu.training.network import SentenceNetwork, batch_of, pool

_WORDS_WEIGHT = 1.0
_WHOLE_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast."""

    epochs: int = 4
    batch: int = 32
    rate: float = 4e-4
    warm_up: float = 0.06
    seed: int = 7


def distil(
    teacher: SentenceNetwork,
    student: SentenceNetwork,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    plan: Plan,
    say: Callable[[str], None],
) -> None:
    """Train the student in place.

    Loss: one minus the cosine between hidden states of the same word, plus the same between the centred vectors of
    whole texts (raw ones all point one way, so their cosine hides what differs).
    """
    centre = _centre(teacher, tokenizer, texts[:512])
    trained = [p for p in student.parameters() if p.requires_grad]
    optimiser = AdamW(trained, lr=plan.rate, weight_decay=0.01)
    total = plan.epochs * -(-len(texts) // plan.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, warm_then_linear(total, plan.warm_up))
    teacher.eval()
    student.train()
    rng = random.Random(plan.seed)
    step, running = 0, 0.0
    for _ in range(plan.epochs):
        for batch in batches_by_length(texts, plan.batch, rng):
            ids, mask = batch_of(tokenizer, [texts[i] for i in batch])
            loss = _loss(teacher, student, ids, mask, centre)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            running += (float(loss.detach()) - running) / min(step, 50)
            if step % 50 == 0:
                say(f"distil {step}/{total} loss {running:.4f}")
    student.eval()


def _loss(teacher: SentenceNetwork, student: SentenceNetwork, ids: Tensor, mask: Tensor, centre: Tensor) -> Tensor:
    with torch.no_grad():
        right = teacher.tokens(ids, mask)
    mine = student.tokens(ids, mask)
    words = (1 - torch.cosine_similarity(mine, right, dim=-1)) * mask
    whole = 1 - torch.cosine_similarity(pool(mine, mask) - centre, pool(right, mask) - centre, dim=-1)
    return _WORDS_WEIGHT * words.sum() / mask.sum() + _WHOLE_WEIGHT * whole.mean()


def _centre(network: SentenceNetwork, tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    with torch.no_grad():
        parts = [network(*batch_of(tokenizer, texts[i : i + 32])) for i in range(0, len(texts), 32)]
    return torch.cat(parts).mean(0)


def batches_by_length(texts: Sequence[str], size: int, rng: random.Random) -> Iterator[list[int]]:
    """Shuffled batches of texts of about one length: little padding, another order each time."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]) + rng.random() * 8)
    batches = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(batches)
    yield from batches


def warm_then_linear(total: int, warm_up: float) -> Callable[[int], float]:
    """Learning rate over the steps: up, then evenly down."""
    first = max(1, int(total * warm_up))
    return lambda step: min((step + 1) / first, max(0.0, (total - step) / max(1, total - first)))
