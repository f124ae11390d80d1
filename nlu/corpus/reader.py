"""From the text files to labelled messages and conversations. Every mistake names its file and line.

Format of messages: a header line ``@ level=3 categories=suicide subject=self persona=student-junior
register=plain``, then one message per line; of conversations: a header with ``kind=``, then one turn per line, ``3
…`` for the seeker with the turn's level and ``b …`` for the bot or a counsellor, and a blank line at the end. ``#``
begins a comment, ``⏎`` stands for a line break inside a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nlu.corpus.model import Conversation, Corpus, Message, SeekerTurn, SpokenTurn
from nlu.errors import CorpusError
from nlu.labels import Category, RiskLevel, Subject

PARTS = ("train", "dev", "test")
_ROOT = Path(__file__).parent.parent / "data" / "corpus"
_MESSAGE_KEYS = frozenset({"level", "categories", "subject", "persona", "register", "slice"})
_CONVERSATION_KEYS = frozenset({"kind", "categories", "subject", "persona"})
_NEW_LINE = "⏎"


def read_corpus(part: str, root: Path = _ROOT) -> Corpus:
    """All messages and conversations of ``train``, ``dev`` or ``test``.

    Raises:
        CorpusError: A file breaks the format.
    """
    messages = [m for path in sorted((root / part).glob("*.txt")) for m in read_messages(path)]
    talks = [c for path in sorted((root / "conversations" / part).glob("*.txt")) for c in read_conversations(path)]
    return Corpus(messages=tuple(messages), conversations=tuple(talks))


def read_messages(path: Path) -> Iterator[Message]:
    """Messages of one file, in order. Raises CorpusError."""
    header: Mapping[str, str] | None = None
    for place, line in _lines(path):
        if line.startswith("@"):
            header = _header(line, _MESSAGE_KEYS, place)
        elif line and header is None:
            raise CorpusError(f"{place}: a message before the first header")
        elif line and header is not None:
            yield _message(line, header, path.stem, place)


def _message(line: str, header: Mapping[str, str], batch: str, place: str) -> Message:
    return Message(
        text=line.replace(_NEW_LINE, "\n"),
        level=_level(header.get("level", ""), place),
        categories=_categories(header, place),
        subject=_subject(header, place),
        persona=header.get("persona", ""),
        register=header.get("register", "plain"),
        slice=header.get("slice", ""),
        batch=batch,
        place=place,
    )


def read_conversations(path: Path) -> Iterator[Conversation]:
    """Conversations of one file, in order. Raises CorpusError."""
    header: Mapping[str, str] | None = None
    turns: list[SeekerTurn | SpokenTurn] = []
    begin = ""
    for place, line in (*_lines(path), (f"{path.name}: end", "@")):
        if line.startswith("@"):
            if header is not None:
                yield _conversation(header, turns, path.stem, begin)
            header, turns, begin = (_header(line, _CONVERSATION_KEYS, place) if line != "@" else None), [], place
        elif line and header is None:
            raise CorpusError(f"{place}: a turn before the first header")
        elif line:
            turns.append(_turn(line, place))


def _conversation(
    header: Mapping[str, str], turns: list[SeekerTurn | SpokenTurn], batch: str, place: str
) -> Conversation:
    if not any(isinstance(turn, SeekerTurn) for turn in turns):
        raise CorpusError(f"{place}: a conversation without a seeker's turn")
    return Conversation(
        turns=tuple(turns),
        kind=header.get("kind", ""),
        categories=_categories(header, place),
        subject=_subject(header, place),
        persona=header.get("persona", ""),
        batch=batch,
        place=place,
    )


def _turn(line: str, place: str) -> SeekerTurn | SpokenTurn:
    who, _, text = line.partition(" ")
    text = text.strip().replace(_NEW_LINE, "\n")
    if not text:
        raise CorpusError(f"{place}: a turn without words")
    return SpokenTurn(text) if who == "b" else SeekerTurn(text, _level(who, place))


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CorpusError(f"{path.name} cannot be read as UTF-8 text") from exc
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if not bare.startswith("#"):
            yield f"{path.name}:{number}", bare


def _header(line: str, allowed: frozenset[str], place: str) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in line[1:].split()]
    header = {key: value for key, _, value in pairs}
    if any(not sign for _, sign, _ in pairs) or set(header) - allowed:
        raise CorpusError(f"{place}: a header has key=value pairs out of {sorted(allowed)}")
    return header


def _level(value: str, place: str) -> RiskLevel:
    if value not in {"0", "1", "2", "3", "4"}:
        raise CorpusError(f"{place}: the level is a number from 0 to 4")
    return RiskLevel(int(value))


def _categories(header: Mapping[str, str], place: str) -> tuple[Category, ...]:
    try:
        return tuple(Category(name) for name in header.get("categories", "").split(",") if name)
    except ValueError as exc:
        raise CorpusError(f"{place}: unknown category") from exc


def _subject(header: Mapping[str, str], place: str) -> Subject:
    try:
        return Subject(header.get("subject", "none"))
    except ValueError as exc:
        raise CorpusError(f"{place}: the subject is self, other or none") from exc
