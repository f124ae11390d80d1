"""Reads what was written down, asks the engine, and carries its decision out in one transaction per message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from bot.engine import actions, events
from bot.engine.decide import decide
from bot.engine.state import State
from bot.gateway.late import OURS, LateReadings
from bot.gateway.perform import Performer, is_ours
from bot.gateway.profile import remember_profile
from bot.gateway.seen import Lookout
from bot.gateway.translate import desk_event, is_chat, needs_reading, seeker_events
from escalation.tickets import Tickets
from nlu.assessment import Context, Probe, Reading, RiskAssessment, Turn, Who
from nlu.labels import RiskLevel, Subject
from records import assessments, conversations, lines, messages, staff
from records.errors import RecordsError, StaleVersionError
from records.models import Author, Conversation, Kind, Line, Message, Mode, TicketReason
from records.store import Store, Tx

_log = structlog.get_logger(__name__)

CONTEXT_MESSAGES = 16
"""How many earlier messages an assessment is read with; the running level carries what is older."""
READ_LIMIT = 20_000
"""Characters that are read to the end. Longer texts are read up to here, and a human is asked to read the rest."""
_AHEAD = 2
_ROWS_A_TURN = 3
_TRIES = 20
_ATTEMPTS = 2
_ABOUT = 3
"""How many of the last messages a tapped button is taken to be about."""


class Assessor(Protocol):
    async def assess(self, text: str, context: Context) -> Reading: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A conversation as it was read, with what the next events need."""

    conversation: Conversation
    line: Line
    state: State
    rows: tuple[Message, ...]
    """The next unprocessed ones, in order: one to read now, and whether there are more."""
    earlier: tuple[Message, ...]
    """The last processed ones, oldest first; where no row waits, only those from the burst on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One thing to decide on, ready: events, the row they come from, and what ``nlu`` said of it."""

    events: tuple[events.Event, ...]
    row: Message | None = None
    reading: Reading | None = None
    asked: int | None = None
    """Place of the safety question that the row answers."""
    late: Message | None = None
    """A row that was processed before and of which ``reading`` comes late."""

    @property
    def noted(self) -> tuple[Message, RiskAssessment] | None:
        """What goes into the record of assessments."""
        row = self.row or self.late
        return (row, self.reading.assessment) if row and self.reading else None


class Processor:
    """Drives conversations: each by one task at a time here; across processes its version guards it."""

    def __init__(
        self,
        store: Store,
        assessor: Assessor,
        lookout: Lookout,
        performer: Performer,
        tickets: Tickets,
        *,
        rng: Random,
        counted: Callable[[RiskAssessment], None] = lambda _: None,
    ) -> None:
        """``counted`` hears of every assessment that was written, for the metrics."""
        self._store, self._assessor, self._counted = store, assessor, counted
        self._lookout, self._performer, self._tickets = lookout, performer, tickets
        self._rng = rng
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.late = LateReadings(store, read=self._reread, lift=self._lift)

    async def process(self, conversation_id: str) -> bool:
        """Take the next unprocessed rows of a conversation in order. A row that fails stays for the sweep.

        Returns:
            Whether more wait. A talk in flood takes its turns like every other: nobody starves behind it.
        """
        async with self._lock(conversation_id):
            for _ in range(_ROWS_A_TURN):
                if not await self._with_retries(conversation_id, self._next_row):
                    return False
        return True

    async def happen(self, conversation_id: str, event: events.Event) -> None:
        """Something that is no row: a timer, a page that opened or closed."""

        async def once(read: _Read) -> bool:
            """Rows that wait came first; the event has its turn when none is left."""
            if read.rows:
                await self._next_row(read)
                return True
            await self._decide(read, _Step(events=(event,)))
            return False

        async with self._lock(conversation_id):
            while await self._with_retries(conversation_id, once):
                pass

    async def aclose(self) -> None:
        """Wait for late readings that are under way: they may still raise."""
        await self.late.aclose()

    def _lock(self, conversation_id: str) -> asyncio.Lock:
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        return lock

    async def _with_retries(self, conversation_id: str, step: Callable[[_Read], Awaitable[bool]]) -> bool:
        """Run ``step`` on fresh state until no other process changed it meanwhile."""
        for attempt in range(_TRIES):
            read = await self._load(conversation_id)
            try:
                return await step(read)
            except StaleVersionError:
                await asyncio.sleep(self._rng.uniform(0, 0.01 * (attempt + 1)))
        raise StaleVersionError(conversation_id)

    async def _load(self, conversation_id: str) -> _Read:
        async with self._store.glance() as tx:
            conversation = await conversations.get(tx, conversation_id)
            rows = await messages.unprocessed(tx, conversation_id, limit=_AHEAD)
            state = State.from_json(conversation.state).facing(conversation.mode, conversation.level)
            if rows:
                seen = await messages.before(tx, conversation_id, rows[0].seq, CONTEXT_MESSAGES)
            else:
                seen = await self._burst_rows(tx, conversation_id, state)
            line = await lines.get(tx, conversation.line_id)
        return _Read(
            conversation=conversation,
            line=line,
            state=state,
            rows=tuple(rows),
            earlier=tuple(seen),
        )

    async def _burst_rows(self, tx: Tx, conversation_id: str, state: State) -> list[Message]:
        """With nothing new to read, a decision is about the burst and nothing before it."""
        if not state.burst:
            return []
        return await messages.listing(tx, conversation_id, after=min(state.burst) - 1)

    async def _next_row(self, read: _Read) -> bool:
        if not read.rows:
            return False
        row = read.rows[0]
        try:
            step = await self._prepare(read, row)
            await self._decide(read, step)
        except (StaleVersionError, RecordsError):
            raise
        except Exception as exc:
            _log.error("message_failed", message=row.id, attempts=row.attempts, error=type(exc).__name__)
            await self._failed(read, row)
        return len(read.rows) > 1

    async def _prepare(self, read: _Read, row: Message) -> _Step:
        if is_ours(row):
            event = desk_event(row.body, name=await self._name(read, row), level=read.conversation.level)
            return _Step(events=(event,) if event else (), row=row)
        if row.kind is Kind.CHOICE and await self._is_genuine(row):
            return _Step(events=seeker_events(row, None, genuine=True), row=row)
        if not needs_reading(row):
            return _Step(events=seeker_events(row, None, genuine=False), row=row)
        reading = await self._assess(read, row)
        # Nobody can read it, or not to its end: a human must (S2).
        whole = reading is not None and (len(row.text) <= READ_LIMIT or reading.assessment.escalate)
        assessment = reading.assessment if reading and whole else None
        asked = asked_before(read.earlier, read.state, row.seq)
        return _Step(events=seeker_events(row, assessment, genuine=False), row=row, reading=reading, asked=asked)

    async def _assess(self, read: _Read, row: Message) -> Reading | None:
        """None: what no model can read."""
        if row.kind is Kind.MEDIA:
            return None
        return await self._assessor.assess(row.text[:READ_LIMIT], context_of(read, row))

    async def _name(self, read: _Read, row: Message) -> str:
        staff_id = row.staff_id or read.conversation.owner_id
        if staff_id is None:
            return ""
        async with self._store.glance() as tx:
            return (await staff.get(tx, staff_id)).display_name

    async def _is_genuine(self, row: Message) -> bool:
        """Whether the label that came with a tap is one that we sent. A forged one is free text and is read as such."""
        of = row.body.get("of")
        if not isinstance(of, int) or of < 1:
            return False
        async with self._store.glance() as tx:
            found = await messages.listing(tx, row.conversation_id, after=of - 1, limit=1)
        if not found or found[0].seq != of:
            return False
        wanted = (row.body.get("choice"), row.text)
        return any((choice.get("id"), choice.get("label")) == wanted for choice in found[0].body.get("choices", ()))

    async def _decide(self, read: _Read, step: _Step) -> None:
        """Ask the engine about every event of the step, then write everything in one transaction."""
        state = read.state
        wanted: list[actions.Action] = []
        burst = self._burst(read, state)
        now = self._store.clock()
        for event in step.events:
            texts = self._texts(read, step, event, burst)
            seen = await self._lookout.look(read.conversation, read.line, state, event, texts, now)
            decision = decide(state, event, seen)
            state, wanted = decision.state, [*wanted, *decision.actions]
        version = step.reading.assessment.model_version if step.reading else None

        async def work(tx: Tx) -> None:
            await self._write_down(tx, step, state.level)
            await self._performer.perform(tx, read.conversation, state, wanted, burst, model_version=version)

        await self._store.write(work)
        if step.reading:
            self._counted(step.reading.assessment)
        if step.row and step.reading and step.reading.unfinished:
            self.late.follow(step.row, step.reading)

    async def _write_down(self, tx: Tx, step: _Step, running: RiskLevel) -> None:
        """What is now known of the row."""
        if step.noted:
            await self._note(tx, *step.noted, running)
        if step.row:
            await messages.mark_processed(tx, [step.row.id])
            await remember_profile(tx, step.row)
            if step.reading and step.reading.unfinished:
                await self.late.remember(tx, step.row, step.asked)

    def _texts(self, read: _Read, step: _Step, event: events.Event, burst: Sequence[Message]) -> list[str]:
        """The words that an event is about: a button is about what was said before it."""
        if isinstance(event, events.ChoiceTapped):
            said = [row.text for row in read.earlier if row.author is Author.SEEKER and is_chat(row)]
            return said[-_ABOUT:]
        return [step.row.text] if step.row else [row.text for row in burst]

    def _burst(self, read: _Read, state: State) -> list[Message]:
        wanted = set(state.burst)
        return [row for row in (*read.earlier, *read.rows) if row.seq in wanted]

    async def _note(self, tx: Tx, row: Message, assessment: RiskAssessment, running: RiskLevel) -> None:
        await assessments.add(
            tx,
            row,
            level=assessment.level,
            categories=assessment.categories,
            subject=assessment.subject,
            confidence=assessment.confidence,
            evidence=[{"start": e.start, "end": e.end, "why": e.why} for e in assessment.evidence],
            layer=assessment.layer.value,
            model_version=assessment.model_version,
            running_level=running,
            by=OURS,
        )

    async def _reread(self, row: Message, asked: int | None) -> Reading:
        """A processed message again, after what came before it."""
        async with self._store.glance() as tx:
            conversation = await conversations.get(tx, row.conversation_id)
            earlier = await messages.before(tx, row.conversation_id, row.seq, CONTEXT_MESSAGES)
        context = Context(turns=turns(earlier, before=row.seq, asked=asked), level=conversation.level)
        return await self._assessor.assess(row.text[:READ_LIMIT], context)

    async def _lift(self, row: Message, late: RiskAssessment) -> None:
        """A transaction that may only raise."""

        async def once(read: _Read) -> bool:
            async with self._store.glance() as tx:
                of_talk = await assessments.for_conversation(tx, row.conversation_id)
            if late.level > max((one.level for one in of_talk if one.message_id == row.id), default=RiskLevel.NONE):
                raised = events.LateRaise(seq=row.seq, assessment=late)
                await self._decide(read, _Step(events=(raised,), late=row, reading=Reading(assessment=late)))
            return False

        async with self._lock(row.conversation_id):
            await self._with_retries(row.conversation_id, once)

    async def _failed(self, read: _Read, row: Message) -> None:
        """Count the failure; after the second one a human gets the message as ``unassessed`` (S2)."""
        await self._store.write(lambda tx: messages.count_attempt(tx, [row.id]))
        if row.attempts + 1 < _ATTEMPTS:
            return
        _log.error("message_to_human", message=row.id, conversation=read.conversation.id)
        try:
            await self._decide(read, _Step(events=(events.MessageRead(seq=row.seq, field=row.field),), row=row))
        except (StaleVersionError, RecordsError):
            raise
        except Exception as exc:
            _log.critical("engine_failed", message=row.id, error=type(exc).__name__)
            await self._rescue(read, row)

    async def _rescue(self, read: _Read, row: Message) -> None:
        """The engine itself fails on this conversation: call a human without it."""
        conversation = read.conversation
        level = max(conversation.level, RiskLevel.HIGH)

        async def rescue(tx: Tx) -> None:
            mode = conversation.mode if conversation.mode is Mode.HUMAN else Mode.WAITING
            await conversations.save(
                tx, conversation.id, expect_version=conversation.version, mode=mode, level=level, level_at=tx.now
            )
            await messages.mark_processed(tx, [row.id])
            if row.author is Author.SEEKER:
                await self._tickets.call(
                    tx, await conversations.get(tx, conversation.id), level=level, reason=TicketReason.UNASSESSED,
                    categories=(), subject=Subject.SELF, message_seq=row.seq,
                )  # fmt: skip

        await self._store.write(rescue)


def context_of(read: _Read, row: Message) -> Context:
    """What came before ``row`` in the talk, as ``nlu`` reads it."""
    asked = asked_before(read.earlier, read.state, row.seq)
    return Context(turns=turns(read.earlier, before=row.seq, asked=asked), level=read.state.level)


def asked_before(rows: Sequence[Message], state: State, seq: int) -> int | None:
    """The last thing we said counts as a safety question while the engine waits for its answer."""
    if state.probe is None:
        return None
    said = [row.seq for row in _chat(rows, seq) if row.author is not Author.SEEKER and row.seq > state.probe_seq]
    return said[-1] if said else None


def turns(rows: Sequence[Message], *, before: int, asked: int | None) -> tuple[Turn, ...]:
    """Chat rows as turns; ``asked`` is the place of an open safety question."""
    return tuple(
        Turn(
            who=Who.USER if row.author is Author.SEEKER else Who.BOT,
            text=row.text,
            probe=Probe.SAFETY if row.seq == asked else None,
        )
        for row in _chat(rows, before)
    )


def _chat(rows: Sequence[Message], before: int) -> list[Message]:
    return [row for row in rows if row.seq < before and row.text.strip() and (is_chat(row) or row.kind is Kind.CARD)]
