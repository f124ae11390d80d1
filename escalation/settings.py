"""Every number of the helpers' side, in one frozen object. Units stand in the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from escalation.errors import SettingsError
from nlu.labels import RiskLevel


class Rung(StrEnum):
    """Who a rung of the ladder (S7) calls. Each calls those of the rungs before it again."""

    DESKS = "desks"
    SUPERVISOR = "supervisor"
    OUTSIDE = "outside"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: ``after_s`` seconds after the ticket began to wait."""

    after_s: float
    rung: Rung


Ladder = tuple[Step, ...]

_LADDERS: Mapping[RiskLevel, Ladder] = MappingProxyType(
    {
        RiskLevel.IMMINENT: (
            Step(0, Rung.DESKS),
            Step(30, Rung.SUPERVISOR),
            Step(60, Rung.OUTSIDE),
            Step(180, Rung.NEIGHBOUR),
        ),
        RiskLevel.HIGH: (
            Step(60, Rung.DESKS),
            Step(180, Rung.SUPERVISOR),
            Step(300, Rung.OUTSIDE),
            Step(600, Rung.NEIGHBOUR),
        ),
        RiskLevel.MODERATE: (Step(120, Rung.DESKS), Step(600, Rung.SUPERVISOR)),
        RiskLevel.LOW: (Step(180, Rung.DESKS), Step(600, Rung.SUPERVISOR)),
        RiskLevel.NONE: (Step(180, Rung.DESKS), Step(600, Rung.SUPERVISOR)),
    }
)


def _by_level(high: float, imminent: float) -> Mapping[RiskLevel, float]:
    return MappingProxyType({RiskLevel.HIGH: high, RiskLevel.IMMINENT: imminent})


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSettings:
    """Checked at construction.

    Raises:
        SettingsError: A number is out of its range; the sentence says which.
    """

    lease_s: float = 30.0
    """A desk whose socket is silent for longer loses its tickets (S4)."""
    ping_s: float = 10.0
    reconcile_s: float = 2.0
    ladders: Mapping[RiskLevel, Ladder] = field(default_factory=lambda: _LADDERS)
    ladder_repeat_s: Mapping[RiskLevel, float] = field(default_factory=lambda: _by_level(300, 60))
    """After the last rung everybody is called again, so often. Below level 3 every ``ladder_repeat_gentle_s``."""
    ladder_repeat_gentle_s: float = 900.0
    first_word_s: Mapping[RiskLevel, float] = field(default_factory=lambda: _by_level(180, 60))
    alert_repeat_s: Mapping[RiskLevel, float] = field(default_factory=lambda: _by_level(20, 10))
    alert_repeat_gentle_s: float = 60.0
    mute_s: float = 20.0
    on_duty_after_action_s: float = 300.0
    """A key, click or touch within this time. Shorter would call a counsellor absent who watches a quiet queue."""
    presence_alive_s: float = 30.0
    level4_skill_override_s: float = 15.0
    ageing_s: float = 1200.0
    """One level within 0-2 is worth this much waiting: static scores, so that Redis and database sort alike."""
    burst_window_s: float = 300.0
    transfer_s: float = 120.0
    review_s: float = 86_400.0
    reveal_alone_s: float = 180.0
    out_of_reach_s: Mapping[RiskLevel, float] = field(default_factory=lambda: _by_level(3600, 900))
    outside_tries: int = 4
    outside_retry_s: float = 2.0
    """First pause between tries of an outside alert; doubles, with jitter."""
    ack_pause_s: float = 300.0
    """An acknowledged outside alert is not repeated for this long."""
    session_idle_s: float = 3600.0
    session_absolute_s: float = 43_200.0
    lock_after_failures: int = 5
    lock_s: float = 900.0
    sample_size: int = 12
    time_zone: str = "Asia/Shanghai"
    frame_coalesce_s: float = 0.2
    """At most five queue frames a second to one desk."""
    behind_tls: bool = False
    public_url: str = ""
    """What outside alerts put before ``/ack/…``; without it they carry no link."""

    def __post_init__(self) -> None:
        positive = ("lease_s", "ping_s", "reconcile_s", "mute_s", "transfer_s", "review_s", "session_idle_s", "lock_s")
        for name in positive:
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name} must be more than 0")
        if self.ping_s * 2 > self.lease_s:
            raise SettingsError("lease_s must be at least twice ping_s, or one lost ping would cost a desk its tickets")
        if set(self.ladders) != set(RiskLevel) or not all(self.ladders.values()):
            raise SettingsError("ladders must name at least one rung for every level")
        for ladder in self.ladders.values():
            if [step.after_s for step in ladder] != sorted(step.after_s for step in ladder):
                raise SettingsError("the rungs of a ladder must stand in order of time")

    def first_word(self, level: RiskLevel) -> float | None:
        """Seconds until a human word is due; None below level 3 (S14)."""
        return self.first_word_s.get(level)

    def repeat_alert_s(self, level: RiskLevel) -> float:
        return self.alert_repeat_s.get(level, self.alert_repeat_gentle_s)

    def repeat_ladder_s(self, level: RiskLevel) -> float:
        return self.ladder_repeat_s.get(level, self.ladder_repeat_gentle_s)

    def out_of_reach_due_s(self, level: RiskLevel) -> float:
        return self.out_of_reach_s.get(level, 86_400.0)
