"""What the seeker wants the service to do, and what the service itself asked: phrases in ``data/intents.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from nlu.assessment import Intent
from nlu.errors import LexiconError
from nlu.lexicon.matcher import Matcher
from nlu.lexicon.model import Entry, Kind
from nlu.lexicon.pattern import branches, compile_pattern
from nlu.text.normalise import normalise
from nlu.text.reading import Reading, squeeze


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    max_chars: int
    whole: bool
    order: int


class Phrases:
    """Named groups of phrases, in the order of the file: the first that holds wins."""

    def __init__(self, groups: Sequence[Mapping[str, Any]]) -> None:
        self._rules: dict[str, _Rule] = {}
        entries: list[Entry] = []
        for order, group in enumerate(groups):
            if not group.get("reason") or not group.get("patterns"):
                raise LexiconError(f"intents.yaml: {group.get('name', '?')} lacks patterns or a reason")
            name = str(group["name"])
            rule_id = f"{name}/{order}"
            self._rules[rule_id] = _Rule(
                name, int(group.get("max_chars", 10_000)), bool(group.get("whole", False)), order
            )
            patterns = tuple(compile_pattern(s, {}) for p in group["patterns"] for s in branches(str(p)))
            entries.append(Entry(id=rule_id, kind=Kind.CUE, patterns=patterns))
        self._matcher = Matcher(entries)

    def find(self, reading: Reading) -> list[str]:
        """Names that hold for the reading, in the order of the file."""
        size = len(reading.text)
        held: dict[int, str] = {}
        covered: dict[int, int] = {}
        for hit in self._matcher.match(reading):
            rule = self._rules[hit.entry.id]
            if size > rule.max_chars:
                continue
            covered[rule.order] = covered.get(rule.order, 0) + hit.end - hit.start
            if not rule.whole or covered[rule.order] >= size:
                held[rule.order] = rule.name
        return list(dict.fromkeys(held[order] for order in sorted(held)))


class Intents:
    """Intents of a message, kinds of answer, and kinds of question. Immutable and pure."""

    def __init__(self, data: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._intents = Phrases(data["intents"])
        self._answers = Phrases(data["answers"])
        self._questions = Phrases(data["questions"])

    @classmethod
    def load(cls) -> Intents:
        """Read the data of this package. Raises LexiconError when it is wrong."""
        raw = files("nlu.dialogue").joinpath("data/intents.yaml").read_text(encoding="utf-8")
        return cls(yaml.safe_load(raw))

    def detect(self, text: str) -> Intent:
        """The one intent of a message; ``NONE`` when it just tells or asks about a worry."""
        found = self._intents.find(squeeze(normalise(text)))
        return Intent(found[0]) if found else Intent.NONE

    def answer(self, text: str) -> str | None:
        """``affirm_past``, ``ready``, ``affirm``, ``deny``, ``evade`` or None: how a message answers a question."""
        reading = squeeze(normalise(text))
        if not reading.text:
            return "evade"
        found = self._answers.find(reading)
        return found[0] if found else None

    def question(self, text: str) -> str | None:
        """Which safety question a text asks (``suicide``, ``safe_now`` …), or None."""
        found = self._questions.find(squeeze(normalise(text)))
        return found[0] if found else None
