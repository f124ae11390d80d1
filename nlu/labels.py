"""The labels that everything above speaks in: level, category, subject, audience.

Their meaning is written once, in ``docs/safety.md`` (section Labels). The numbers are part of every stored row
and every wire format; they are never renumbered.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class RiskLevel(IntEnum):
    """How urgent one message, or a whole conversation, is. Larger is more urgent; compare with ``<`` and ``max``."""

    NONE = 0
    LOW = 1
    MODERATE = 2
    HIGH = 3
    IMMINENT = 4


class Category(StrEnum):
    """What kind of danger. ``EMOTIONAL`` stands only at level 1, and alone."""

    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    HARM_OTHERS = "harm_others"
    ABUSE = "abuse"
    SEXUAL_ABUSE = "sexual_abuse"
    BULLYING = "bullying"
    RUNAWAY = "runaway"
    EATING = "eating"
    PSYCHOSIS = "psychosis"
    SUBSTANCE = "substance"
    EMOTIONAL = "emotional"


class Subject(StrEnum):
    """Who is at risk: the writer, somebody the writer worries about, or nobody (level 0)."""

    SELF = "self"
    OTHER = "other"
    NONE = "none"


class Audience(StrEnum):
    """Who is writing, as far as they told us."""

    STUDENT = "student"
    PARENT = "parent"
    TEACHER = "teacher"


ESCALATION_LEVEL = RiskLevel.HIGH
"""From this level on a human is called, at once and without asking (S3)."""
