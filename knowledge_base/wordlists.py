"""The word lists beside the index: thesaurus, voices, refusals, stop characters. Each entry states its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from knowledge_base.errors import DataFileError
from nlu.labels import Audience
from nlu.topics import Topic

DATA_DIR: Final = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A subject and the ways in which people say it. ``weight`` is 1.0: less for ambiguous words, more for danger."""

    name: str
    topics: tuple[Topic, ...]
    weight: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Words that give away who is writing."""

    audience: Audience
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A kind of request that no article may answer, or that is not ours to answer."""

    kind: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BannedPhrase:
    """What an article may not say; ``everywhere`` holds it against the questions too, which quote people."""

    rule: str
    everywhere: bool
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """All concepts, voices and cues."""

    concepts: tuple[Concept, ...]
    voices: tuple[Voice, ...]
    cues: tuple[re.Pattern[str], ...]

    def sounds_like_a_worry(self, plain_text: str) -> bool:
        """Whether a text names people, a feeling or the body. Weak on its own: it only lowers what else is asked."""
        return any(cue.search(plain_text) for cue in self.cues)

    def concepts_in(self, plain_text: str) -> tuple[Concept, ...]:
        """The concepts that a text (in ``grams.plain`` form) speaks of, in the order of the file."""
        return tuple(concept for concept in self.concepts if concept.pattern.search(plain_text))

    def audience_of(self, plain_text: str) -> Audience | None:
        """Who seems to be writing; ``None`` when the words do not say."""
        return next((voice.audience for voice in self.voices if voice.pattern.search(plain_text)), None)


def load_thesaurus(path: Path = DATA_DIR / "thesaurus.yaml") -> Thesaurus:
    """Read the thesaurus.

    Raises:
        DataFileError: The file is damaged, or an entry lacks its reason.
    """
    loaded = _read(path)
    if not isinstance(loaded, Mapping):
        raise DataFileError(path.name, "the file is not a list of concepts, voices and cues")
    concepts = tuple(_concept(row, path.name) for row in _rows(loaded.get("concepts"), path.name))
    voices = tuple(_voice(row, path.name) for row in _rows(loaded.get("voices"), path.name))
    cues = tuple(_pattern(row, path.name) for row in _rows(loaded.get("cues"), path.name))
    return Thesaurus(concepts, voices, cues)


def load_refusals(path: Path = DATA_DIR / "refusals.yaml") -> tuple[Refusal, ...]:
    """Read the kinds of request that are never answerable.

    Raises:
        DataFileError: The file is damaged, or an entry lacks its reason.
    """
    rows = _rows(_read(path), path.name)
    return tuple(Refusal(kind=_text(row, "kind", path.name), pattern=_pattern(row, path.name)) for row in rows)


def load_banned(path: Path = DATA_DIR / "banned.yaml") -> tuple[BannedPhrase, ...]:
    """Read what no article may say.

    Raises:
        DataFileError: The file is damaged, or an entry lacks its reason.
    """
    return tuple(
        BannedPhrase(
            rule=_text(row, "rule", path.name),
            everywhere=row.get("everywhere") is True,
            pattern=_pattern(row, path.name),
        )
        for row in _rows(_read(path), path.name)
    )


def load_stop_characters(path: Path = DATA_DIR / "stop_characters.yaml") -> frozenset[str]:
    """Read the characters that carry no topic.

    Raises:
        DataFileError: The file is damaged.
    """
    rows = _rows(_read(path), path.name)
    return frozenset("".join(_text(row, "characters", path.name) for row in rows))


def _read(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise DataFileError(path.name, "the file cannot be read as YAML") from exc


def _rows(raw: object, where: str) -> list[Mapping[str, object]]:
    if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
        raise DataFileError(where, "a list of entries is missing")
    for row in raw:
        _text(row, "reason", where)
    return raw


def _text(row: Mapping[str, object], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataFileError(where, f"an entry lacks its {name}")
    return value.strip()


def _pattern(row: Mapping[str, object], where: str) -> re.Pattern[str]:
    words, patterns = row.get("words", []), row.get("patterns", [])
    if not isinstance(words, list) or not isinstance(patterns, list) or not (words or patterns):
        raise DataFileError(where, "an entry has neither words nor patterns")
    parts = [re.escape(str(word)) for word in words] + [f"(?:{pattern})" for pattern in patterns]
    try:
        return re.compile("|".join(parts))
    except re.error as exc:
        raise DataFileError(where, "a pattern is not a regular expression") from exc


def _concept(row: Mapping[str, object], where: str) -> Concept:
    topics, weight = row.get("topics"), row.get("weight", 1.0)
    if not isinstance(topics, list) or not isinstance(weight, int | float):
        raise DataFileError(where, "a concept lacks its topics, or its weight is not a number")
    try:
        known = tuple(Topic(topic) for topic in topics)
    except ValueError as exc:
        raise DataFileError(where, "a concept names an unknown topic") from exc
    return Concept(name=_text(row, "concept", where), topics=known, weight=float(weight), pattern=_pattern(row, where))


def _voice(row: Mapping[str, object], where: str) -> Voice:
    try:
        audience = Audience(_text(row, "audience", where))
    except ValueError as exc:
        raise DataFileError(where, "a voice names an unknown audience") from exc
    return Voice(audience=audience, pattern=_pattern(row, where))
