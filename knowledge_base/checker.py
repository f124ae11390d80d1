"""Checks every article against the house rules and says, for each fault, in which file and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Final

from knowledge_base.article import Article, ArticleState, parse_article
from knowledge_base.directory import Directory
from knowledge_base.errors import ArticleFormatError, EntryNotFoundError
from knowledge_base.grams import grams, plain
from knowledge_base.wordlists import BannedPhrase, load_banned
from nlu.labels import Audience

LANGUAGE: Final = "zh-CN"
BODY_HAN: Final = range(250, 901)
TITLE_LENGTH: Final = range(4, 25)
SUMMARY_LENGTH: Final = range(15, 81)
QUESTION_COUNT: Final = range(5, 11)
QUESTION_LENGTH: Final = range(2, 41)
STEP_COUNT: Final = range(3, 6)
BUBBLE: Final = 60
"""Characters of one bubble in the chat: no sentence of the opening and no step is longer."""
SAME: Final = 0.5
"""Share of common pairs from which two articles count as one article written twice."""
REVIEW_WITHIN: Final = timedelta(days=731)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[^。？]+[。？]?[”’」]?")
_LINK_TEXT = re.compile(r"\[[^\]\n]+\]\(directory:[^)\n]*\)")
_ANY_LINK = re.compile(r"\]\((?!directory:)")
_NUMBER = re.compile(r"\d[\d\- ]{1,}\d")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One fault. ``rule`` is stable and names the check; ``message`` is a sentence for the editor."""

    file: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Checker:
    """All checks, with what they need to know. Pure: the same articles on the same day give the same findings."""

    directory: Directory
    banned: tuple[BannedPhrase, ...]
    today: date

    @classmethod
    def load(cls, *, today: date, directory: Directory | None = None) -> Checker:
        """With the shipped directory and list of banned phrases.

        Raises:
            DirectoryFormatError: The directory is damaged.
            DataFileError: The list is damaged.
        """
        return cls(directory or Directory.load(), load_banned(), today)

    def check(self, article: Article) -> list[Finding]:
        """Everything that is wrong with one article, ordered."""
        checks: Sequence[Callable[[Article], Iterator[tuple[str, str]]]] = (
            self._front_matter,
            self._lengths,
            self._structure,
            self._address,
            self._links,
            self._numbers,
            self._phrases,
            self._dates,
        )
        found = (problem for check in checks for problem in check(article))
        return sorted(Finding(file=f"{article.slug}.md", rule=rule, message=text) for rule, text in found)

    def _front_matter(self, article: Article) -> Iterator[tuple[str, str]]:
        if not _SLUG.fullmatch(article.slug):
            yield "slug", "the slug may hold only small letters, digits and single hyphens"
        if article.language != LANGUAGE:
            yield "language", f"the language must be {LANGUAGE}"
        if article.region is not None and article.region not in {region.id for region in self.directory.regions}:
            yield "region", f"the region {article.region} is not in the directory"
        for name, values in (("audience", article.audience), ("topics", article.topics)):
            if len(set(values)) != len(values):
                yield name, f"the field {name} names something twice"
        for source in article.sources:
            if not 1950 <= source.year <= self.today.year:
                yield "sources", f"the source of {source.year} has no possible year"

    def _lengths(self, article: Article) -> Iterator[tuple[str, str]]:
        han = len(_HAN.findall(article.body))
        if han not in BODY_HAN:
            yield "length", f"the text has {han} Chinese characters; it must have 250 to 900"
        if len(article.title) not in TITLE_LENGTH:
            yield "length", f"the title has {len(article.title)} characters; it must have 4 to 24"
        if len(article.summary) not in SUMMARY_LENGTH:
            yield "length", f"the summary has {len(article.summary)} characters; it must have 15 to 80"
        for sentence in _SENTENCE.findall("".join(article.opening)):
            if len(sentence) > BUBBLE:
                yield "bubble", f"a sentence of the opening has {len(sentence)} characters; a bubble holds {BUBBLE}"
        for number, step in enumerate(article.steps, start=1):
            if len(step) > BUBBLE:
                yield "bubble", f"step {number} has {len(step)} characters; a line of the card holds {BUBBLE}"

    def _structure(self, article: Article) -> Iterator[tuple[str, str]]:
        if len(article.questions) not in QUESTION_COUNT or len(set(article.questions)) != len(article.questions):
            yield "questions", "there must be 5 to 10 questions, all different"
        if any(len(question) not in QUESTION_LENGTH for question in article.questions):
            yield "questions", "a question must have 2 to 40 characters"
        if not article.opening:
            yield "structure", "the opening is empty"
        if len(article.steps) not in STEP_COUNT:
            yield "structure", f"there are {len(article.steps)} steps; there must be 3 to 5"
        if len(article.avoid) < 2:
            yield "structure", "the section avoid must name at least two things"
        if not any(place.link for place in article.where):
            yield "structure", "the section where must name at least one entry of the directory"

    def _address(self, article: Article) -> Iterator[tuple[str, str]]:
        if article.audience == (Audience.STUDENT,) and "您" in "".join((*article.opening, *article.steps)):
            yield "address", "students are addressed as 你"
        if Audience.STUDENT not in article.audience and "您" not in "".join(article.opening):
            yield "address", "parents and teachers are addressed as 您"

    def _links(self, article: Article) -> Iterator[tuple[str, str]]:
        if _ANY_LINK.search(article.markdown):
            yield "link", "a link leads elsewhere than to the directory"
        for link in article.links:
            try:
                entry = self.directory.get(link.entry_id)
            except EntryNotFoundError:
                yield "link", f"the directory has no entry {link.entry_id}"
                continue
            shown = _NUMBER.findall(link.label)
            if shown and shown != [entry.number]:
                yield "link", f"the label of {link.entry_id} shows another number than the directory"

    def _numbers(self, article: Article) -> Iterator[tuple[str, str]]:
        seen = _LINK_TEXT.sub("", article.markdown.split("\n---\n", 1)[-1])
        for text in (article.title, article.summary, seen):
            for number in _NUMBER.findall(text):
                if len(re.sub(r"\D", "", number)) >= 3:
                    yield "number", f"the number {number} stands outside a link to the directory"

    def _phrases(self, article: Article) -> Iterator[tuple[str, str]]:
        said = plain(f"{article.title}\n{article.summary}\n{article.body}")
        asked = plain("\n".join(article.questions))
        for phrase in self.banned:
            match = phrase.pattern.search(said) or (phrase.everywhere and phrase.pattern.search(asked))
            if match:
                yield "banned", f"it says {match.group()!r}, which the rule {phrase.rule} forbids"

    def _dates(self, article: Article) -> Iterator[tuple[str, str]]:
        reviewed = article.state is not ArticleState.DRAFT
        if reviewed and (article.checked_by is None or article.checked_on is None):
            yield "review", f"a {article.state} article must say by whom and when it was checked"
        if article.checked_on is not None and article.checked_on > self.today:
            yield "review", "the article was checked on a day that has not come yet"
        if article.review_due < self.today:
            yield "review", f"the review was due on {article.review_due}"
        if article.review_due > (article.checked_on or self.today) + REVIEW_WITHIN:
            yield "review", "the next review must be due within two years"


def check_articles(articles: Iterable[Article], checker: Checker) -> list[Finding]:
    """Check each article alone, then all against each other."""
    articles = tuple(articles)
    findings = [finding for article in articles for finding in checker.check(article)]
    return sorted([*findings, *_doubles(articles)])


def check_shelf(folder: Path, *, today: date, directory: Directory | None = None) -> list[Finding]:
    """Check every article of a folder. A file that cannot be read is a finding, and the rest goes on.

    Raises:
        DirectoryFormatError: The directory itself is damaged.
        DataFileError: The list of banned phrases is damaged.
    """
    checker = Checker.load(today=today, directory=directory)
    articles: list[Article] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.md")):
        try:
            article = parse_article(path.read_text(encoding="utf-8"), where=path.name)
        except ArticleFormatError as exc:
            findings.append(Finding(file=path.name, rule="format", message=exc.problem))
        except UnicodeDecodeError:
            findings.append(Finding(file=path.name, rule="format", message="the file is not UTF-8"))
        else:
            articles.append(article)
            if article.slug != path.stem:
                findings.append(Finding(file=path.name, rule="slug", message="the slug is not the file's name"))
    return sorted([*findings, *check_articles(articles, checker)])


def _doubles(articles: tuple[Article, ...]) -> Iterator[Finding]:
    pairs: Mapping[str, frozenset[str]] = {
        article.slug: frozenset(gram for gram in grams(article.body) if len(gram) > 1) for article in articles
    }
    for one, other in combinations(articles, 2):
        name = f"{other.slug}.md"
        if one.slug == other.slug or one.title == other.title:
            yield Finding(file=name, rule="double", message=f"it has the slug or the title of {one.slug}")
            continue
        a, b = pairs[one.slug], pairs[other.slug]
        share = len(a & b) / max(1, min(len(a), len(b)))
        if share > SAME:
            yield Finding(file=name, rule="double", message=f"{share:.0%} of it stands in {one.slug} too")
        for question in sorted(set(one.questions) & set(other.questions)):
            yield Finding(file=name, rule="double", message=f"the question {question!r} stands in {one.slug} too")
