"""The words of the program, read once and checked for completeness at the start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.engine.actions import SafetyCategory
from bot.replies.errors import ReplyFileError, UnknownReplyError
from nlu.labels import Audience, RiskLevel, Subject

FOLDER: Final = Path(__file__).parent
LOCALES: Final = ("zh-CN", "en")
DEFAULT_LOCALE: Final = "zh-CN"
SAFETY_LEVELS: Final = (RiskLevel.HIGH, RiskLevel.IMMINENT)
SAFETY_SUBJECTS: Final = (Subject.SELF, Subject.OTHER)
AUDIENCES: Final = (None, Audience.STUDENT, Audience.PARENT, Audience.TEACHER)

Bubbles = tuple[str, ...]
"""One to three short texts, shown one under the other."""
_Cell = tuple[RiskLevel, SafetyCategory, Subject, str]
_VOICES: Final = {Subject.SELF: ("you", "formal"), Subject.OTHER: ("you", "parent", "teacher")}


def is_formal(audience: Audience | None) -> bool:
    """Whether this person is spoken to as 您: parents and teachers. Who has not said is spoken to as 你."""
    return audience in (Audience.PARENT, Audience.TEACHER)


def safety_voice(subject: Subject, audience: Audience | None) -> str:
    """Which column of the safety table fits this person."""
    if audience is None or audience is Audience.STUDENT:
        return "you"
    return audience.value if subject is Subject.OTHER else "formal"


@dataclass(frozen=True, slots=True)
class _Entry:
    you: tuple[Bubbles, ...]
    formal: tuple[Bubbles, ...]


@dataclass(frozen=True, slots=True)
class _Language:
    texts: Mapping[str, _Entry]
    titles: Mapping[str, str]
    choices: Mapping[str, str]
    safety: Mapping[_Cell, Bubbles]
    safety_titles: Mapping[RiskLevel, str]


class Replies:
    """All texts of all languages. An unknown locale reads Chinese."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Replies:
        """Read all files.

        Raises:
            ReplyFileError: A file is missing or damaged, a language lacks a key, a cell of the safety table is empty.
        """
        languages = {locale: _load(folder, locale) for locale in LOCALES}
        default = languages[DEFAULT_LOCALE]
        for locale, language in languages.items():
            for name in ("texts", "titles", "choices"):
                missing = getattr(default, name).keys() ^ getattr(language, name).keys()
                if missing:
                    raise ReplyFileError(f"{locale} {name}", f"not the same keys in all languages: {sorted(missing)}")
        return cls(languages)

    def _language(self, locale: str) -> _Language:
        return self._languages.get(locale, self._languages[DEFAULT_LOCALE])

    def variants(self, key: str, locale: str, *, formal: bool = False) -> tuple[Bubbles, ...]:
        """All variants of a text, placeholders not filled.

        Raises:
            UnknownReplyError: No such key.
        """
        entry = self._language(locale).texts.get(key)
        if entry is None:
            raise UnknownReplyError(key, locale)
        return entry.formal if formal else entry.you

    def bubbles(
        self, key: str, locale: str, params: Mapping[str, str], *, formal: bool = False, variant: int = 0
    ) -> Bubbles:
        """One variant (modulo their number) with ``{name}`` and the like filled in.

        Values are put in as they are and never read as placeholders themselves.

        Raises:
            UnknownReplyError: No such key.
        """
        found = self.variants(key, locale, formal=formal)
        return tuple(_fill(text, params) for text in found[variant % len(found)])

    def text(self, key: str, locale: str, params: Mapping[str, str], *, formal: bool = False, variant: int = 0) -> str:
        """The same as one text, bubbles joined by line breaks.

        Raises:
            UnknownReplyError: No such key.
        """
        return "\n".join(self.bubbles(key, locale, params, formal=formal, variant=variant))

    def title(self, key: str, locale: str) -> str:
        """The title of a card.

        Raises:
            UnknownReplyError: No such title.
        """
        return self._named(self._language(locale).titles, key, locale)

    def choice(self, id_: str, locale: str) -> str:
        """The words on a button. For ``name:slug`` those of ``name``.

        Raises:
            UnknownReplyError: No such choice.
        """
        return self._named(self._language(locale).choices, id_.partition(":")[0], locale)

    @staticmethod
    def _named(words: Mapping[str, str], key: str, locale: str) -> str:
        if key not in words:
            raise UnknownReplyError(key, locale)
        return words[key]

    def safety(
        self,
        level: RiskLevel,
        category: SafetyCategory,
        subject: Subject,
        audience: Audience | None,
        locale: str,
    ) -> Bubbles:
        """The cell of the safety table (S3). Never empty: a level below 3 reads 3, subject ``none`` reads ``self``."""
        of_level = max(level, RiskLevel.HIGH)
        who = Subject.OTHER if subject is Subject.OTHER else Subject.SELF
        return self._language(locale).safety[of_level, category, who, safety_voice(who, audience)]

    def safety_title(self, level: RiskLevel, locale: str) -> str:
        """The title of the card of numbers under a safety reply."""
        return self._language(locale).safety_titles[max(level, RiskLevel.HIGH)]

    def everything(self, locale: str) -> Iterator[tuple[str, str]]:
        """Every sentence with the name of its place: for the test that reads them all against S6."""
        language = self._language(locale)
        for key, entry in language.texts.items():
            for voice, found in (("you", entry.you), ("formal", entry.formal)):
                for number, bubbles in enumerate(found):
                    yield from ((f"texts/{key}/{voice}/{number}", bubble) for bubble in bubbles)
        yield from ((f"titles/{key}", text) for key, text in language.titles.items())
        yield from ((f"choices/{key}", text) for key, text in language.choices.items())
        for cell, bubbles in language.safety.items():
            place = f"safety/{cell[1]}/{cell[2]}/{cell[3]}/{int(cell[0])}"
            yield from ((place, bubble) for bubble in bubbles)
        yield from ((f"safety_titles/{int(level)}", text) for level, text in language.safety_titles.items())


def _fill(text: str, params: Mapping[str, str]) -> str:
    # pieces between braces, so that a brace inside a value is never read as a placeholder
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled.append(params.get(name, "") + rest)
    return "".join(filled)


def _load(folder: Path, locale: str) -> _Language:
    words = _read(folder / f"{locale}.yaml")
    table = _read(folder / f"safety.{locale}.yaml")
    return _Language(
        texts={
            key: _entry(value, f"{locale} {key}", locale) for key, value in _section(words, "texts", locale).items()
        },
        titles=_strings(words, "titles", locale),
        choices=_strings(words, "choices", locale),
        safety=_safety(_section(table, "cells", locale), locale),
        safety_titles={level: _strings(table, "titles", locale)[str(int(level))] for level in SAFETY_LEVELS},
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise ReplyFileError(path.name, type(exc).__name__) from exc
    if not isinstance(data, dict):
        raise ReplyFileError(path.name, "is not a mapping")
    return data


def _section(data: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = data.get(name)
    if not isinstance(found, dict):
        raise ReplyFileError(where, f"lacks the section {name}")
    return found


def _strings(data: Mapping[str, Any], name: str, where: str) -> Mapping[str, str]:
    found = _section(data, name, where)
    if not all(isinstance(value, str) and value for value in found.values()):
        raise ReplyFileError(f"{where} {name}", "every entry is a text")
    return found


def _entry(value: Any, where: str, locale: str) -> _Entry:
    if isinstance(value, dict):
        return _Entry(_variants(value.get("you"), where), _variants(value.get("formal"), where))
    you = _variants(value, where)
    return _Entry(you, tuple(tuple(_formal(text, locale) for text in bubbles) for bubbles in you))


def _formal(text: str, locale: str) -> str:
    return text.replace("你", "您") if locale.startswith("zh") else text


def _variants(value: Any, where: str) -> tuple[Bubbles, ...]:
    if not isinstance(value, list) or not value:
        raise ReplyFileError(where, "needs at least one variant")
    return tuple(_bubbles([variant] if isinstance(variant, str) else variant, where) for variant in value)


def _bubbles(value: Any, where: str) -> Bubbles:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
        raise ReplyFileError(where, "a variant is a text or a list of texts")
    return tuple(value)


def _safety(cells: Mapping[str, Any], locale: str) -> Mapping[_Cell, Bubbles]:
    table: dict[_Cell, Bubbles] = {}
    for category in SafetyCategory:
        found = cells.get(category.value)
        rows = cells.get(found) if isinstance(found, str) else found
        for subject in SAFETY_SUBJECTS:
            for voice in _VOICES[subject]:
                for level in SAFETY_LEVELS:
                    where = f"{locale} safety {category}/{subject}/{voice}/{int(level)}"
                    try:
                        cell = rows[subject.value][voice][int(level)]  # type: ignore[index]  # checked by the except
                    except (KeyError, TypeError) as exc:
                        raise ReplyFileError(where, "this cell is empty") from exc
                    table[level, category, subject, voice] = _bubbles(cell, where)
    return table
