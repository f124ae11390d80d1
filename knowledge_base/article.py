"""What an article is, and how it is read from Markdown.

The file is YAML front matter, then exactly five sections in this order, each an H2 heading with a fixed id::

    ## 想对你说 {#opening}     paragraphs; the first sentence shows that it understands
    ## 现在可以做 {#steps}     a numbered list of 3 to 5 concrete steps
    ## 先别这样做 {#avoid}     a bulleted list
    ## 什么时候找人 {#help}    three bullets ``**when**：who``: can wait, soon, now
    ## 去哪里找 {#where}       bullets; a link ``[12356](directory:12356)`` names a directory entry by its id

The wording of a heading is free, its id is not: the chat shows ``opening`` as bubbles, ``steps`` as a numbered card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

import yaml

from knowledge_base.errors import ArticleFormatError
from nlu.labels import Audience
from nlu.topics import Topic

_E = TypeVar("_E", bound=StrEnum)

SECTIONS: Final = ("opening", "steps", "avoid", "help", "where")

_HEADING = re.compile(r"^## (?P<title>[^\n{]+?) *\{#(?P<id>[a-z]+)\} *$", re.MULTILINE)
_LINK = re.compile(r"\[(?P<label>[^\]\n]+)\]\(directory:(?P<id>[a-z0-9-]+)\)")
_NUMBERED = re.compile(r"^\d+\. +(?P<text>.+)$")
_BULLET = re.compile(r"^- +(?P<text>.+)$")
_RUNG = re.compile(r"^\*\*(?P<when>[^*]+)\*\*：(?P<who>.+)$")
_FRONT = re.compile(r"\A---\n(?P<yaml>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)


class ArticleState(StrEnum):
    """How far an article has come. Only an operator's professional makes it ``APPROVED``."""

    DRAFT = "draft"
    CHECKED = "checked"
    APPROVED = "approved"

    @property
    def rank(self) -> int:
        """0 for a draft, 2 for an approved article: what the serving policy compares."""
        return tuple(ArticleState).index(self)


class Worry(StrEnum):
    """How worried one has to be for a rung of the help section, mildest first."""

    WAIT = "wait"
    SOON = "soon"
    NOW = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an article's advice comes from."""

    title: str
    publisher: str
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    """A mention of a directory entry: ``label`` is what the text shows for it."""

    label: str
    entry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRung:
    """Whom to turn to (``who``) when it is like this (``when``)."""

    worry: Worry
    when: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where help is found: a sentence, and the directory entry that it speaks of, if any."""

    text: str
    link: EntryLink | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article. Texts are plain (links replaced by their labels), ready to be shown.

    ``markdown`` is the file exactly as it was read: export writes it back and loses nothing.
    """

    slug: str
    title: str
    audience: tuple[Audience, ...]
    topics: tuple[Topic, ...]
    language: str
    region: str | None
    summary: str
    questions: tuple[str, ...]
    sources: tuple[Source, ...]
    state: ArticleState
    checked_by: str | None
    checked_on: date | None
    review_due: date
    opening: tuple[str, ...]
    steps: tuple[str, ...]
    avoid: tuple[str, ...]
    help: tuple[HelpRung, ...]
    where: tuple[Place, ...]
    links: tuple[EntryLink, ...] = ()
    markdown: str = field(default="", repr=False)

    @property
    def body(self) -> str:
        """Everything a reader of the article sees below the title, one line per part."""
        rungs = (f"{rung.when}：{rung.who}" for rung in self.help)
        return "\n".join(
            (
                *self.opening,
                *self.steps,
                *self.avoid,
                *rungs,
                *(place.text for place in self.where),
            )
        )


def parse_article(markdown: str, *, where: str) -> Article:
    """Read one article.

    Args:
        markdown: The whole text of the file.
        where: How errors call it: a file name or a revision id.

    Raises:
        ArticleFormatError: The front matter or a section is missing, doubled, of the wrong kind, or unknown.
    """
    markdown = markdown.replace("\r\n", "\n")
    match = _FRONT.match(markdown)
    if match is None:
        raise ArticleFormatError(where, "the file does not begin with front matter between two lines of ---")
    front = _Front(where, _mapping(match["yaml"], where))
    sections = _sections(match["body"], where)
    article = Article(
        slug=front.text("slug"),
        title=front.text("title"),
        audience=front.members("audience", Audience),
        topics=front.members("topics", Topic),
        language=front.text("language"),
        region=front.text_or_none("region"),
        summary=front.text("summary"),
        questions=front.texts("questions"),
        sources=front.sources(),
        state=front.member("state", ArticleState),
        checked_by=front.text_or_none("checked_by"),
        checked_on=front.day_or_none("checked_on"),
        review_due=front.day("review_due"),
        opening=tuple(_plain(line) for line in _lines(sections["opening"])),
        steps=_items(sections["steps"], _NUMBERED, "steps", where),
        avoid=_items(sections["avoid"], _BULLET, "avoid", where),
        help=_rungs(sections["help"], where),
        where=_places(sections["where"], where),
        links=_links(match["body"]),
        markdown=markdown,
    )
    front.refuse_unknown()
    return article


def _mapping(text: str, where: str) -> dict[str, object]:
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise ArticleFormatError(where, "the front matter is not valid YAML") from exc
    if not isinstance(loaded, dict):
        raise ArticleFormatError(where, "the front matter is not a list of fields")
    return {str(key): value for key, value in loaded.items()}


class _Front:
    """Reads typed fields out of the front matter and remembers which ones were read."""

    def __init__(self, where: str, fields: Mapping[str, object]) -> None:
        self._where = where
        self._fields = fields
        self._read: set[str] = set()

    def _get(self, name: str) -> object:
        self._read.add(name)
        if name not in self._fields:
            raise ArticleFormatError(self._where, f"the front matter lacks the field {name}")
        return self._fields[name]

    def _fail(self, name: str, wanted: str) -> ArticleFormatError:
        return ArticleFormatError(self._where, f"the field {name} must be {wanted}")

    def text(self, name: str) -> str:
        value = self._get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._fail(name, "a text")
        return value.strip()

    def text_or_none(self, name: str) -> str | None:
        return None if self._get(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._get(name)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self._fail(name, "a list of texts")
        return tuple(item.strip() for item in value)

    def member(self, name: str, kind: type[_E]) -> _E:
        return self._as_member(name, self._get(name), kind)

    def members(self, name: str, kind: type[_E]) -> tuple[_E, ...]:
        return tuple(self._as_member(name, value, kind) for value in self.texts(name))

    def _as_member(self, name: str, value: object, kind: type[_E]) -> _E:
        try:
            return kind(str(value))
        except ValueError as exc:
            raise self._fail(name, f"one of the known {kind.__name__} values, not {value}") from exc

    def day(self, name: str) -> date:
        value = self._get(name)
        if type(value) is not date:
            raise self._fail(name, "a date like 2026-11-22")
        return value

    def day_or_none(self, name: str) -> date | None:
        return None if self._get(name) is None else self.day(name)

    def sources(self) -> tuple[Source, ...]:
        value = self._get("sources")
        if not isinstance(value, list) or not value:
            raise self._fail("sources", "a list of title, publisher and year")
        return tuple(self._source(item) for item in value)

    def _source(self, item: object) -> Source:
        if isinstance(item, dict) and len(item) == 3:
            match item:
                case {"title": str(title), "publisher": str(publisher), "year": int(year)}:
                    return Source(title=title, publisher=publisher, year=year)
        raise self._fail("sources", "a list of title, publisher and year")

    def refuse_unknown(self) -> None:
        unknown = sorted(set(self._fields) - self._read)
        if unknown:
            raise ArticleFormatError(
                self._where,
                f"the front matter has unknown fields: {', '.join(unknown)}",
            )


def _sections(body: str, where: str) -> dict[str, str]:
    headings = list(_HEADING.finditer(body))
    found = tuple(heading["id"] for heading in headings)
    if found != SECTIONS:
        raise ArticleFormatError(
            where,
            f"the sections must be {', '.join(SECTIONS)} in this order, found {found}",
        )
    if body[: headings[0].start()].strip():
        raise ArticleFormatError(where, "there is text before the first section")
    ends = [heading.start() for heading in headings[1:]] + [len(body)]
    return {h["id"]: body[h.end() : end].strip() for h, end in zip(headings, ends, strict=True)}


def _lines(section: str) -> list[str]:
    return [line.strip() for line in section.splitlines() if line.strip()]


def _plain(text: str) -> str:
    return _LINK.sub(lambda link: link["label"], text)


def _links(text: str) -> tuple[EntryLink, ...]:
    return tuple(EntryLink(label=link["label"], entry_id=link["id"]) for link in _LINK.finditer(text))


def _raw_items(section: str, form: re.Pattern[str], name: str, where: str) -> list[str]:
    items: list[str] = []
    for line in _lines(section):
        match = form.match(line)
        if match is None:
            raise ArticleFormatError(where, f"the section {name} has a line that is not an item of its list")
        items.append(match["text"])
    return items


def _items(section: str, form: re.Pattern[str], name: str, where: str) -> tuple[str, ...]:
    return tuple(_plain(item) for item in _raw_items(section, form, name, where))


def _rungs(section: str, where: str) -> tuple[HelpRung, ...]:
    items = _items(section, _BULLET, "help", where)
    if len(items) != len(Worry):
        raise ArticleFormatError(where, "the section help must have three bullets: can wait, soon, now")
    rungs: list[HelpRung] = []
    for worry, item in zip(Worry, items, strict=True):
        match = _RUNG.match(item)
        if match is None:
            raise ArticleFormatError(where, "a bullet of the section help must read **when**：who")
        rungs.append(HelpRung(worry=worry, when=match["when"], who=match["who"]))
    return tuple(rungs)


def _places(section: str, where: str) -> tuple[Place, ...]:
    places: list[Place] = []
    for item in _raw_items(section, _BULLET, "where", where):
        links = _links(item)
        if len(links) > 1:
            raise ArticleFormatError(where, "a bullet of the section where may name one directory entry")
        places.append(Place(text=_plain(item), link=links[0] if links else None))
    return tuple(places)
