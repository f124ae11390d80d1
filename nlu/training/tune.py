"""The shallow network learns what risk is: levels, kinds, subject, intent, and not to forget what its teacher knew."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from nlu.heads.arrays import CATEGORIES, LEVEL_STEPS
from nlu.training.distil import batches_by_length, warm_then_linear
from nlu.training.examples import UNKNOWN, Example, Opening, mix
from nlu.training.network import SentenceNetwork, batch_of

_SCALE = 16.0  # a vector of length one is too quiet for a linear head
_SMOOTH = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, how fast, and how much each lesson counts."""

    epochs: int = 4
    batch: int = 32
    rate: float = 1.2e-4
    layer_decay: float = 0.92
    head_rate: float = 1e-3
    warm_up: float = 0.08
    joined: float = 0.12
    in_talk: float = 0.2
    level: float = 1.0
    category: float = 0.4
    subject: float = 0.2
    intent: float = 0.3
    memory: float = 0.3
    step_weights: tuple[float, float, float, float] = (1.0, 1.0, 1.4, 1.0)
    averaging: float = 0.998
    seed: int = 7


class Lessons(nn.Module):
    """Linear heads for tuning only; the shipped ones are trained afterwards on the finished encoder."""

    def __init__(self, size: int, intents: int, teacher_size: int) -> None:
        super().__init__()
        self.level = nn.Linear(size, LEVEL_STEPS)
        self.window = nn.Linear(size, LEVEL_STEPS)
        self.category = nn.Linear(size, len(CATEGORIES))
        self.subject = nn.Linear(size, 1)
        self.intent = nn.Linear(size, max(1, intents))
        self.memory = nn.Linear(size, teacher_size)


def tune(
    network: SentenceNetwork,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    starts: Sequence[Opening],
    remembered: tuple[Sequence[str], Tensor],
    plan: Plan,
    lessons: Lessons,
    say: Callable[[str], None],
) -> None:
    """Train network and heads in place; both end as the running average of their weights.

    Args:
        network: The distilled student.
        tokenizer: Its tokenizer.
        examples: What is to be learned.
        starts: Openings of talks, after which single messages are placed too.
        remembered: Texts and the vectors that the teacher gives them: what search needs must survive.
        plan: See ``Plan``.
        lessons: New heads, or those of an earlier sitting.
        say: Takes a line of progress.
    """
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    texts, vectors = remembered
    whole = nn.ModuleDict({"network": network, "lessons": lessons})
    average = deepcopy(whole)
    per_epoch = -(-len(examples) // plan.batch)
    optimiser = AdamW(_groups(network, lessons, plan))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, warm_then_linear(plan.epochs * per_epoch, plan.warm_up))
    dropout = nn.Dropout(0.1)
    centre = vectors.mean(0)
    network.train()
    step, running = 0, 0.0
    for _ in range(plan.epochs):
        mixed = mix(examples, plan.joined, rng, starts, plan.in_talk)
        for batch in batches_by_length([item.text for item in mixed], plan.batch, rng):
            chosen = [mixed[i] for i in batch]
            vector = network(*batch_of(tokenizer, [item.text for item in chosen]))
            loss = _loss(lessons, dropout(vector * _SCALE), chosen, plan)
            picked = rng.sample(range(len(texts)), min(len(texts), plan.batch // 8))
            loss = loss + plan.memory * _forgetting(network, lessons, tokenizer, texts, vectors, centre, picked)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(whole.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            _follow(average, whole, min(plan.averaging, step / (step + 10)))
            running += (float(loss.detach()) - running) / min(step, 50)
            if step % 50 == 0:
                say(f"tune {step}/{plan.epochs * per_epoch} loss {running:.4f}")
    whole.load_state_dict(average.state_dict())
    network.eval()


def _groups(network: SentenceNetwork, lessons: Lessons, plan: Plan) -> list[dict[str, object]]:
    """Lower layers know more of the language and move less."""
    layers = list(network.bert.encoder.layer)
    groups: list[dict[str, object]] = [{"params": list(lessons.parameters()), "lr": plan.head_rate}]
    for depth, layer in enumerate(reversed(layers)):
        groups.append({"params": list(layer.parameters()), "lr": plan.rate * plan.layer_decay**depth})
    return groups


def _loss(lessons: Lessons, scaled: Tensor, batch: Sequence[Example], plan: Plan) -> Tensor:
    levels = torch.tensor([item.level for item in batch])
    window = torch.tensor([item.in_context for item in batch])
    counts = torch.tensor([item.weight for item in batch])
    total = plan.level * _levels(lessons, scaled, levels, window, plan.step_weights, counts)
    known = [i for i, item in enumerate(batch) if item.categories is not None]
    if known:
        wanted = torch.tensor([batch[i].categories for i in known])
        total = (
            total
            + plan.category
            * functional.binary_cross_entropy_with_logits(lessons.category(scaled[known]), wanted * (1 - _SMOOTH))
            * len(CATEGORIES)
            / 2
        )
    told = [i for i, item in enumerate(batch) if item.subject != UNKNOWN]
    if told:
        other = torch.tensor([float(batch[i].subject) for i in told])
        total = total + plan.subject * functional.binary_cross_entropy_with_logits(
            lessons.subject(scaled[told]).squeeze(-1), other
        )
    named = [i for i, item in enumerate(batch) if item.intent != UNKNOWN]
    if named:
        which = torch.tensor([batch[i].intent for i in named])
        total = total + plan.intent * functional.cross_entropy(
            lessons.intent(scaled[named]), which, label_smoothing=0.05
        )
    return total


def _levels(
    lessons: Lessons,
    scaled: Tensor,
    levels: Tensor,
    window: Tensor,
    weights: tuple[float, float, float, float],
    counts: Tensor,
) -> Tensor:
    """Four questions, each with its weight; a message in its context has heads of its own."""
    known = levels != UNKNOWN
    if not bool(known.any()):
        return scaled.sum() * 0.0
    logits = torch.where(window.unsqueeze(-1), lessons.window(scaled), lessons.level(scaled))[known]
    above = (levels[known].unsqueeze(-1) > torch.arange(LEVEL_STEPS)).float()
    smooth = above * (1 - 2 * _SMOOTH) + _SMOOTH
    each = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    return ((each * torch.tensor(weights)).sum(-1) * counts[known]).mean()


def _forgetting(
    network: SentenceNetwork,
    lessons: Lessons,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    vectors: Tensor,
    centre: Tensor,
    picked: list[int],
) -> Tensor:
    """How far a linear look at the new vectors is from the teacher's."""
    mine = lessons.memory(network(*batch_of(tokenizer, [texts[i] for i in picked])) * _SCALE)
    return (1 - torch.cosine_similarity(mine, vectors[picked] - centre, dim=-1)).mean()


@torch.no_grad()
def _follow(average: nn.Module, whole: nn.Module, keep: float) -> None:
    for slow, fast in zip(average.parameters(), whole.parameters(), strict=True):
        if fast.requires_grad:
            slow.lerp_(fast, 1 - keep)
