"""The learned parts, each fitted on rows of numbers: topics, projection, weights of views, the decision to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from knowledge_base.meaning import Projection, Row
from knowledge_base.vectors import Matrix

Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes and strengths. A weaker topic head and a longer projection found no more in cross-validation."""

    width: int = 384
    steps: int = 150
    rate: float = 2e-3
    stay: float = 3.0
    """How strongly the projection is held near the encoder's own space."""
    warmth: float = 0.07
    topic_strength: float = 20.0
    sign_strength: float = 0.3
    view_stay: float = 0.002
    seed: int = 7


def topic_head(vectors: Matrix, classes: Sequence[str], plan: Plan) -> tuple[Matrix, Row, tuple[str, ...]]:
    """Weight, bias and names of the classes."""
    model = LogisticRegression(C=plan.topic_strength, max_iter=500).fit(vectors, np.array(classes))
    return model.coef_.astype(np.float32), model.intercept_.astype(np.float32), tuple(map(str, model.classes_))


def projection(anchors: Matrix, parts: Matrix, positive: Truth, plan: Plan) -> Projection:
    """Draw questions near the parts (titles, bodies, questions) of the articles that answer them.

    Args:
        anchors: Questions, ``(n, size)``.
        parts: Parts of articles, ``(m, size)``.
        positive: Which parts belong to an answer, ``(n, m)``; a question is never its own part.
        plan: See ``Plan``.
    """
    torch.manual_seed(plan.seed)
    mean = parts.mean(0)
    a, b = torch.tensor(anchors - mean), torch.tensor(parts - mean)
    wanted = torch.tensor(positive)
    matrix = torch.eye(anchors.shape[1], plan.width, requires_grad=True)
    start = matrix.detach().clone()
    optimiser = torch.optim.Adam([matrix], lr=plan.rate)
    for _ in range(plan.steps):
        pick = torch.randperm(len(a))[:1024]
        q = functional.normalize(functional.dropout(a[pick], 0.1) @ matrix, dim=-1)
        scores = q @ functional.normalize(b @ matrix, dim=-1).T / plan.warmth
        right = torch.logsumexp(scores.masked_fill(~wanted[pick], -1e4), 1)
        loss = (torch.logsumexp(scores, 1) - right).mean() + plan.stay * ((matrix - start) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return Projection(mean=mean.astype(np.float32), matrix=matrix.detach().numpy().astype(np.float32))


def view_weights(views: Sequence[Matrix], fits: Sequence[Truth], plan: Plan) -> Row:
    """Weights with which the fitting articles of every question stand before the others (softmax over the shelf)."""
    stacked = torch.tensor(np.stack(views))
    wanted = torch.tensor(np.stack(fits))
    weights = torch.zeros(stacked.shape[-1], requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=0.05)
    for _ in range(600):
        scores = stacked @ weights
        right = torch.logsumexp(scores.masked_fill(~wanted, -1e4), 1)
        loss = (torch.logsumexp(scores, 1) - right).mean() + plan.view_stay * (weights**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found: Row = weights.detach().numpy().astype(np.float32)
    return found


def answer_rule(signs: Matrix, answerable: Truth, plan: Plan, most_refused: float) -> tuple[Row, float]:
    """Weights and bias; the bias lets at most ``most_refused`` of the answerable questions be refused."""
    scale = signs.std(0) + 1e-6
    model = LogisticRegression(C=plan.sign_strength, class_weight="balanced", max_iter=1000).fit(
        signs / scale, answerable
    )
    weights = (model.coef_[0] / scale).astype(np.float32)
    values = signs[answerable] @ weights
    return weights, -float(np.quantile(values, most_refused))
