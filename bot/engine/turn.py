"""One call of the engine while it is being decided: the state as it changes, and the actions so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal

from bot.engine.actions import (
    Action,
    CallHuman,
    CancelTimer,
    Choice,
    Decision,
    RecordGap,
    SafetyReply,
    Say,
    SetLevel,
    SetMode,
    SetTimer,
    ShowArticle,
    ShowConsent,
    ShowNumbers,
    ShowSteps,
    TellTicketSeekerWrote,
)
from bot.engine.events import TimerKind
from bot.engine.state import Seen, State
from nlu.assessment import RiskAssessment
from nlu.labels import Category, RiskLevel, Subject
from records.models import Author, Mode, TicketReason

SPOKEN: Final = (Say, SafetyReply, ShowSteps, ShowArticle, ShowNumbers, ShowConsent)
_MINUTE: Final = timedelta(seconds=60)
_REASON_WEIGHT: Final = {
    TicketReason.RISK: 3,
    TicketReason.UNASSESSED: 2,
    TicketReason.REPORT: 1,
    TicketReason.LETTER: 1,
    TicketReason.ASK_HUMAN: 0,
}


def choices(*ids: str) -> tuple[Choice, ...]:
    """Buttons by id; their words are in the replies."""
    return tuple(Choice(id_) for id_ in ids)


class Turn:
    """Collects one decision. Its methods keep the rules that hold everywhere (who may speak, levels only rise)."""

    def __init__(self, state: State, seen: Seen) -> None:
        self.state = state
        self.seen = seen
        self.actions: list[Action] = []

    @property
    def now_iso(self) -> str:
        return self.seen.now.isoformat()

    def set(self, **changes: Any) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)

    def do(self, *actions: Action) -> None:
        self.actions.extend(actions)

    def did(self, kind: type[Action]) -> bool:
        """Whether this decision already holds an action of that kind."""
        return any(isinstance(action, kind) for action in self.actions)

    def since(self, iso: str | None) -> float:
        """Seconds since a stored time."""
        return self.state.seconds_since(iso, self.seen.now)

    # -- speaking ---------------------------------------------------------------------------------------------------

    def say(
        self,
        key: str,
        *buttons: Choice,
        service: bool = False,
        must: bool = False,
        params: Mapping[str, str] | None = None,
        card: Literal["waiting", "breathing"] | None = None,
        event: Literal["claimed", "handed_back", "transferred", "closed", "notice"] | None = None,
        variant: int = 0,
    ) -> None:
        """Say a checked text.

        ``service``: a notice about the service itself, allowed at any time. Everything else is dropped while a human
        holds the talk (S6); with ``must`` it becomes a notice where the human's place is empty.
        """
        author = self._author(service=service, must=must)
        if author is not None:
            self.do(
                Say(
                    key=key,
                    author=author,
                    audience=self.state.audience,
                    params=params or {},
                    choices=buttons,
                    card=card,
                    event=event,
                    variant=variant,
                )
            )

    def _author(self, *, service: bool, must: bool) -> Author | None:
        if service:
            return Author.SYSTEM
        if not self.state.held:
            return Author.BOT
        return Author.SYSTEM if must and not self.state.attended else None

    def crowded(self) -> bool:
        """Whether so much was answered in the last minute that answers wait (intake never does)."""
        return len(self._recent_answers()) >= self.seen.policy.answers_per_minute

    def _recent_answers(self) -> tuple[str, ...]:
        return tuple(at for at in self.state.answered_at if self.since(at) < _MINUTE.total_seconds())

    # -- levels and people ------------------------------------------------------------------------------------------

    def rise(self, level: RiskLevel, categories: tuple[Category, ...], subject: Subject) -> None:
        """Raise the running level; what was told at the highest level names the danger."""
        if level >= self.state.level and level > RiskLevel.NONE:
            self.set(categories=categories or self.state.categories, subject=subject)
        if level > self.state.level:
            self.set(level=level, settled=False)
            self.do(SetLevel(level=level))

    def rise_to(self, assessment: RiskAssessment) -> None:
        self.rise(assessment.level, assessment.categories, assessment.subject)

    def call(self, reason: TicketReason, *, level: RiskLevel | None = None, seq: int | None = None) -> None:
        """Call a human: opens the one ticket, or raises and re-announces it. A ticket's reason and level only rise."""
        state = self.state
        wanted = max(level or state.level, state.ticket_level if state.ticket_open else RiskLevel.NONE)
        if state.ticket_open and state.ticket_reason is not None:
            reason = max(state.ticket_reason, reason, key=_REASON_WEIGHT.__getitem__)
        self.set(ticket_open=True, ticket_level=wanted, ticket_reason=reason, settled=False)
        self.do(
            CallHuman(
                reason=reason,
                level=wanted,
                categories=state.categories,
                subject=state.subject,
                message_seq=seq if seq is not None else (state.last_seq or None),
            )
        )

    def tell_ticket(self) -> None:
        """Somebody who is waited for wrote: the clock of S14 starts again."""
        if self.state.ticket_open:
            self.do(TellTicketSeekerWrote(level=self.state.level))

    def mode(self, mode: Mode) -> None:
        if self.state.mode is not mode:
            self.set(mode=mode)
            self.do(SetMode(mode=mode))

    def timer(self, kind: TimerKind, seconds: float) -> None:
        self.do(SetTimer(kind=kind, seconds=seconds))

    def cancel(self, *kinds: TimerKind) -> None:
        self.do(*(CancelTimer(kind=kind) for kind in kinds))

    def drop_burst(self) -> None:
        """Forget what waited for a common answer: something more weighty answers it."""
        if self.state.burst:
            self.set(burst=(), burst_intents=(), burst_level=RiskLevel.NONE)
            self.cancel(TimerKind.BURST)

    def drop_probe(self) -> None:
        if self.state.probe is not None:
            self.set(probe=None)
            self.cancel(TimerKind.PROBE)

    def gap(self, *, seqs: tuple[int, ...] = (), article: str | None = None) -> None:
        if seqs or article:
            self.do(RecordGap(seqs=seqs, article=article))

    # -- the end of a turn ------------------------------------------------------------------------------------------

    def finish(self) -> Decision:
        """Close the decision: nobody at level >= 2 is left without a next step (S6), and what was said is counted."""
        if self.state.level >= RiskLevel.MODERATE:
            self._give_next_step()
        if any(isinstance(action, SPOKEN) for action in self.actions):
            kept = self._recent_answers()[-self.seen.policy.answers_per_minute :]
            self.set(last_out_at=self.now_iso, answered_at=(*kept, self.now_iso))
        return Decision(self.state, tuple(self.actions))

    def _give_next_step(self) -> None:
        spoken = [index for index, action in enumerate(self.actions) if isinstance(action, Say)]
        if not spoken or any(_is_next_step(action) for action in self.actions):
            return
        last = self.actions[spoken[-1]]
        if isinstance(last, Say) and last.event is None:
            steps = ("numbers", "breathing") if self.state.ticket_open else ("human", "numbers", "breathing")
            self.actions[spoken[-1]] = replace(last, choices=choices(*steps))


def _is_next_step(action: Action) -> bool:
    if isinstance(action, SafetyReply | ShowNumbers | ShowSteps | ShowArticle):
        return True
    return isinstance(action, Say) and (bool(action.choices) or action.card is not None)
