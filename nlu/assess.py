"""``Assessor``: what the rest of the house asks. It never raises and never waits longer than its budget.

The lexicon answers first. Its decisive rules stand at once; its other findings wait for the model, which weighs
both: within the budget in the same reading. What comes later (a busy pool, the rest of a long text) comes through
``Reading.later`` and may only raise. If the lexicon itself fails, a human is called (S2): failure never means
"safe".
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any, TypeVar

import structlog

from nlu.assessment import Context, Evidence, Layer, Reading, RiskAssessment, Turn, Who
from nlu.dialogue import ContextReader, Intents
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject
from nlu.lexicon import Lexicon
from nlu.ports import Judged, RiskModel
from nlu.settings import NluSettings
from nlu.verdict import verdict

_EMPTY = Context()
_log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationResult:
    """What a whole conversation shows.

    Attributes:
        level: Running level at the end: the highest of any seeker turn, read in its context.
        categories: All kinds of danger named at level 2 or above; at level 1 ``emotional``.
        subject: Who is at risk, from the turn that speaks loudest.
        confidence: That turn's confidence.
        evidence: Places, each with the index of its turn (all turns counted) and code points in that turn's text.
        escalate: Whether a human is called.
        escalated_at: Index of the first turn that escalates, or None.
        model_version: What must be named to reproduce the answer.
    """

    level: RiskLevel
    categories: tuple[Category, ...]
    subject: Subject
    confidence: float
    evidence: tuple[Evidence, ...]
    escalate: bool
    escalated_at: int | None
    model_version: str


class Assessor:
    """Reads messages. ``first`` and ``assess_conversation`` are pure and may be called from any thread."""

    def __init__(
        self, settings: NluSettings, lexicon: Lexicon, intents: Intents, model: RiskModel | None = None
    ) -> None:
        self._settings = settings
        self._context = ContextReader(lexicon, intents, settings)
        self._intents = intents
        self._version = lexicon.version
        self._model = model
        self._cache = _Cache(settings.cache_size)
        self._pool = ThreadPoolExecutor(settings.pool_size, thread_name_prefix="nlu-encoder") if model else None
        # The rest of a long text must not keep a short message waiting: it has a thread of its own.
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="nlu-rest") if model else None
        self._asking: set[asyncio.Task[Judged | None]] = set()
        self._late: set[asyncio.Task[Any]] = set()

    @classmethod
    def load(cls, settings: NluSettings | None = None, model: RiskModel | None = None) -> Assessor:
        """Compile the data files. Without a model the lexicon reads alone.

        Raises:
            LexiconError: A data file is wrong: then the start must stop.
        """
        return cls(settings or NluSettings(), Lexicon.load(), Intents.load(), model)

    @property
    def model_version(self) -> str:
        """Names the data files, and the encoder when there is one."""
        return f"{self._version}+{self._model.version}" if self._model else self._version

    def first(self, text: str, context: Context = _EMPTY) -> RiskAssessment:
        """What the lexicon says, in milliseconds. Same text and context, same answer; never raises."""
        try:
            marks = self._context.read(text, context)
            return verdict(marks, version=self._version, intent=self._intents.detect(text))
        except Exception:
            return self._unassessed()

    def read(self, text: str, context: Context = _EMPTY) -> RiskAssessment:
        """Lexicon and model to the end of the text, without a budget. Blocking; never raises.

        For files and measurements: the same answer that ``assess`` reaches once nothing is late.
        """
        first = self.first(text, context)
        if self._model is None or first.unassessed:
            return first
        try:
            return settled(first, self._model.judge(first, text, context, whole=True).assessment)
        except Exception as exc:
            _log.error("model_failed", error=type(exc).__name__)
            return first

    def views(self, text: str, context: Context = _EMPTY) -> dict[str, list[float]]:
        """Shares of the levels 0-4 as each layer of the model sees them; empty without a model. Blocking."""
        if self._model is None:
            return {}
        seen = self._model.steps(self.first(text, context), text, context)
        return {layer: _shares([float(step) for step in steps]) for layer, steps in seen.items()}

    async def assess(self, text: str, context: Context = _EMPTY) -> Reading:
        """Lexicon and model within the budget. Never raises, except for the caller's own cancellation.

        ``Reading.later`` is set when the model was late or a long text has parts that it has not seen: it never raises
        and may only be higher. ``Reading.unheard`` is set when the model was overrun or failed.
        """
        first = self.first(text, context)
        if self._model is None or first.unassessed or (first.decisive and first.level == RiskLevel.IMMINENT):
            return Reading(assessment=first)
        key = self._key(text, context)
        known = self._cache.get(key)
        if known is not None:
            return Reading(assessment=settled(first, known))
        if len(self._asking) >= self._settings.max_pending:
            return Reading(assessment=first, unheard=True)
        quick = self._own(self._ask(first, text, context, whole=False))
        self._asking.add(quick)
        quick.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({quick}, timeout=self._settings.budget_s)
        if not done:
            return Reading(assessment=first, later=self._own(self._rest(quick, first, text, context)))
        judged = quick.result()
        if judged is None:
            return Reading(assessment=first, unheard=True)
        if judged.complete:
            self._cache.put(key, judged.assessment)
            return Reading(assessment=settled(first, judged.assessment))
        # Of a text that was read in part the lexicon may know more than the model saw.
        answer = fuse(first, judged.assessment, self.model_version)
        return Reading(assessment=answer, later=self._own(self._rest(quick, answer, text, context)))

    async def _ask(self, first: RiskAssessment, text: str, context: Context, *, whole: bool) -> Judged | None:
        """What the model says, in a thread of the pool; None when it fails."""
        if self._model is None:
            return None
        call = partial(self._model.judge, first, text, context, whole=whole)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow if whole else self._pool, call)
        except Exception as exc:
            _log.error("model_failed", error=type(exc).__name__)
            return None

    async def _rest(
        self, quick: asyncio.Task[Judged | None], known: RiskAssessment, text: str, context: Context
    ) -> RiskAssessment | None:
        """What the model says when nobody waits for it any more; None when it failed. It may only raise."""
        judged = await quick
        if judged is not None and not judged.complete:
            judged = await self._ask(self.first(text, context), text, context, whole=True)
        return None if judged is None else fuse(known, judged.assessment, self.model_version)

    def _own(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that ``aclose`` waits for."""
        task = asyncio.create_task(work, name="nlu-encoder-answer")
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return task

    async def aclose(self) -> None:
        """Wait for what the encoder still reads, then release its threads. Afterwards only ``first`` may be used."""
        while self._late:
            await asyncio.wait(set(self._late))
        for pool in (self._pool, self._slow):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def assess_conversation(self, turns: Sequence[Turn], *, level: RiskLevel = RiskLevel.NONE) -> ConversationResult:
        """Read every seeker turn with what came before it; the running level never falls.

        Args:
            turns: All turns, oldest first.
            level: Running level carried from earlier conversations (S5).
        """
        loudest: RiskAssessment | None = None
        categories: dict[Category, RiskLevel] = {}
        evidence: list[Evidence] = []
        escalated_at: int | None = None
        for index, turn in enumerate(turns):
            if turn.who is not Who.USER:
                continue
            before = tuple(turns[max(0, index - self._settings.window_turns) : index])
            read = self.read(turn.text, Context(turns=before, level=level))
            level = max(level, read.level)
            if loudest is None or read.level > loudest.level:
                loudest = read
            for category in read.categories:
                categories[category] = max(categories.get(category, RiskLevel.NONE), read.level)
            evidence.extend(replace(item, turn=index) for item in read.evidence)
            if escalated_at is None and read.level >= ESCALATION_LEVEL:
                escalated_at = index
        return self._conversation(level, loudest, categories, evidence, escalated_at)

    def _conversation(
        self,
        level: RiskLevel,
        loudest: RiskAssessment | None,
        categories: dict[Category, RiskLevel],
        evidence: list[Evidence],
        escalated_at: int | None,
    ) -> ConversationResult:
        if level >= RiskLevel.MODERATE:
            categories.pop(Category.EMOTIONAL, None)
        return ConversationResult(
            level=level,
            categories=tuple(sorted(categories, key=lambda c: (-categories[c], c.value))),
            subject=loudest.subject if loudest else Subject.NONE,
            confidence=loudest.confidence if loudest else 1.0,
            evidence=tuple(evidence),
            escalate=level >= ESCALATION_LEVEL,
            escalated_at=escalated_at,
            model_version=self.model_version,
        )

    def _key(self, text: str, context: Context) -> str | None:
        """Same words after the same turns. A hash: a cache of plain words would outlive their use (S8)."""
        if len(text) > self._settings.cache_max_chars:
            return None
        parts = [text, *(f"{turn.who}{turn.probe}{turn.text}" for turn in context.turns)]
        digest = hashlib.blake2b(digest_size=16)
        for part in parts:
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.hexdigest()

    def _unassessed(self) -> RiskAssessment:
        return RiskAssessment(
            level=RiskLevel.HIGH,
            categories=(),
            subject=Subject.SELF,
            confidence=0.0,
            layer=Layer.FAILURE,
            model_version=self._version,
        )


def _shares(steps: Sequence[float]) -> list[float]:
    """Probability of each level from those of "above 0", "above 1", ..."""
    return [round(above - below, 4) for above, below in zip((1.0, *steps), (*steps, 0.0), strict=True)]


class _Cache:
    """Last used encoder answers by hash."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[str, RiskAssessment] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str | None) -> RiskAssessment | None:
        with self._lock:
            if key is None or key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key]

    def put(self, key: str | None, answer: RiskAssessment) -> None:
        if key is None or self._size == 0:
            return
        with self._lock:
            self._items[key] = answer
            self._items.move_to_end(key)
            while len(self._items) > self._size:
                self._items.popitem(last=False)


def settled(first: RiskAssessment, judged: RiskAssessment) -> RiskAssessment:
    """The model's weighing, unless a decisive rule said more: that one acts alone."""
    if first.decisive and first.level >= ESCALATION_LEVEL and judged.level < first.level:
        return fuse(first, judged, judged.model_version)
    return replace(judged, decisive=first.decisive)


def fuse(first: RiskAssessment, second: RiskAssessment, version: str) -> RiskAssessment:
    """Join two answers when the first was acted upon: the second may raise, not lower. Unassessed stays unassessed."""
    if first.unassessed:
        return first
    if second.level <= first.level:
        categories = first.categories
        if second.level == first.level:
            categories = tuple(dict.fromkeys((*first.categories, *second.categories)))
        return replace(first, categories=categories, model_version=version)
    kept = tuple(c for c in first.categories if c is not Category.EMOTIONAL)
    return replace(
        second,
        categories=tuple(dict.fromkeys((*second.categories, *kept))),
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
        layer=Layer.FUSION if first.level > RiskLevel.NONE else Layer.ENCODER,
        model_version=version,
        intent=first.intent,
        decisive=first.decisive,
    )
