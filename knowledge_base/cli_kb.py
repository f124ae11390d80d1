"""The knowledge base's faces on the command line: ``shudong kb search`` and ``shudong kb check``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from knowledge_base.checker import check_shelf
from knowledge_base.hours import CHINA
from knowledge_base.search import KnowledgeBase, Meaning, SearchResult, SearchSettings
from knowledge_base.shelf import ARTICLES_DIR, FileShelf, ServePolicy, Shelf
from nlu.labels import Audience

Write = Callable[[str], object]
"""Takes one line without its line end."""


def open_for_cli(shelf: Shelf | None = None, meaning: Meaning | None = None) -> KnowledgeBase:
    """The knowledge base as the command line serves it: articles in every state."""
    return KnowledgeBase.load(shelf or FileShelf(), SearchSettings(policy=ServePolicy.everything()), meaning=meaning)


def run_search(lines: Iterable[str], write: Write, kb: KnowledgeBase, top: int = 5) -> int:
    """Answer JSON lines with JSON lines, in the same order.

    In: ``{"id", "text", "audience"?}``.
    Out: ``{"id", "answerable", "hits": [{"article", "title", "topics", "score"}]}``.
    A line that cannot be read gives ``{"id" or "line", "error"}`` and the rest goes on; blank lines are skipped.

    Returns:
        The exit code: 0, also when lines were unreadable: each of them has its own answer.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        write(_dump(_answer(line, number, kb, top)))
    return 0


def run_check(write: Write, *, today: date | None = None, folder: Path = ARTICLES_DIR) -> int:
    """Check every article and print what is wrong, one finding a line. Without ``today`` it is today in China.

    Returns:
        The exit code: 0 when nothing was found, 1 otherwise.
    """
    findings = check_shelf(folder, today=today or datetime.now(CHINA).date())
    for finding in findings:
        write(str(finding))
    write(f"{len(list(folder.glob('*.md')))} articles, {len(findings)} findings")
    return 1 if findings else 0


def _dump(answer: dict[str, object]) -> str:
    line = json.dumps(answer, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # an id with a lone surrogate: valid JSON, but no UTF-8
        return json.dumps(answer)
    return line


def _answer(line: str, number: int, kb: KnowledgeBase, top: int) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"line": number, "error": "the line is not valid JSON"}
    if not isinstance(row, dict):
        return {"line": number, "error": "the line is not a JSON object"}
    named = isinstance(row.get("id"), str | int) and not isinstance(row.get("id"), bool)
    name: dict[str, object] = {"id": row["id"]} if named else {"line": number}
    text, audience = row.get("text"), row.get("audience")
    if not isinstance(text, str):
        return {**name, "error": "the field text is missing or not a text"}
    if audience is not None and audience not in tuple(Audience):
        return {**name, "error": "audience must be student, parent or teacher"}
    if not named:
        return {**name, "error": "the field id is missing, or neither a text nor a whole number"}
    result = kb.search(text, audience=None if audience is None else Audience(audience), top=top)
    return {**name, **_as_json(result)}


def _as_json(result: SearchResult) -> dict[str, object]:
    hits = [
        {"article": hit.article, "title": hit.title, "topics": list(hit.topics), "score": hit.score}
        for hit in result.hits
    ]
    return {"answerable": result.answerable, "hits": hits}
