"""A finding with its place in the original text."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.labels import Category, RiskLevel, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One finding with its place in the original text (code points, half open)."""

    start: int
    end: int
    why: str
    level: RiskLevel
    category: Category | None
    subject: Subject
    roles: frozenset[str] = frozenset()
    decisive: bool = False
