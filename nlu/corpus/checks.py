"""What a program can check of the corpus: label rules, repeated phrasings, and that train and test never share one."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.corpus.model import Conversation, Corpus, Message
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel, Subject

PERSONAS = frozenset(
    {
        "student-primary",
        "student-junior",
        "student-senior",
        "student-vocational",
        "student-university",
        "parent-mother",
        "parent-father",
        "grandparent",
        "teacher",
        "friend",
    }
)
TOLD = frozenset({"", "student", "parent"})
"""Personas of lines from the desk: all that a seeker told of themselves, which may be nothing."""
REGISTERS = frozenset(
    {
        "plain",
        "slang",
        "dialect-dongbei",
        "dialect-chuanyu",
        "dialect-yue",
        "traditional",
        "pinyin",
        "emoji",
        "typo",
        "english",
        "long",
        "fragment",
        "voice",
        "formal",
    }
)
SLICES = frozenset(
    {
        "",
        "hyperbole",
        "game",
        "fiction",
        "lyrics",
        "schoolwork",
        "news",
        "setphrase",
        "negation",
        "twin",
        "service",
        "smalltalk",
    }
)
DANGEROUS_KINDS = frozenset(
    {"answer", "buildup", "burst", "retraction", "secret", "report", "farewell", "evasion"},
)
CALM_KINDS = frozenset(
    {"calm-answer", "calm-worry", "calm-words", "calm-parent", "calm-service", "calm-thanks", "calm-past"},
)
NEAR = 0.7
"""Share of common character pairs (Jaccard) from which two texts count as one phrasing."""
_LONG_TURN = 12  # short turns of a talk are common words
_SHORTEST = 6  # shorter texts share pairs by chance
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Near:
    """Two texts, by index, that are one phrasing."""

    first: int
    second: int
    likeness: float


def wrong_labels(message: Message) -> Iterator[str]:
    """What in a message's labels breaks the label page."""
    yield from wrong_kinds(message.level, message.categories, message.subject)
    for name, value, known in (
        ("persona", message.persona, PERSONAS | TOLD),
        ("register", message.register, REGISTERS),
        ("slice", message.slice, SLICES),
    ):
        if value not in known:
            yield f"unknown {name} {value!r}"
    if message.slice and message.level > RiskLevel.LOW:
        yield "a slice names harmless look-alikes: level 0 or 1"


def wrong_talk(talk: Conversation) -> Iterator[str]:
    """What in a conversation's labels breaks the label page."""
    yield from wrong_kinds(talk.level, talk.categories, talk.subject)
    if talk.persona not in PERSONAS:
        yield f"unknown persona {talk.persona!r}"
    if talk.kind not in (DANGEROUS_KINDS if talk.level >= ESCALATION_LEVEL else CALM_KINDS):
        yield f"kind {talk.kind!r} does not go with level {int(talk.level)}"


def wrong_kinds(level: RiskLevel, categories: Sequence[Category], subject: Subject) -> Iterator[str]:
    """What breaks the label page in a level, its kinds and its subject, whoever gave them."""
    if len(set(categories)) != len(categories):
        yield "a category stands twice"
    if (level == RiskLevel.NONE) != (subject is Subject.NONE):
        yield "subject none goes with level 0, and only with it"
    if level == RiskLevel.NONE and categories:
        yield "level 0 has no category"
    if level == RiskLevel.LOW and tuple(categories) != (Category.EMOTIONAL,):
        yield "level 1 is emotional and nothing else"
    if level >= RiskLevel.MODERATE and (not categories or Category.EMOTIONAL in categories):
        yield "levels 2 to 4 name a kind of danger other than emotional"


def bare(text: str) -> str:
    """The text without punctuation, spaces and width: what counts when two are compared."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def repeated(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of indices of texts that are the same but for punctuation."""
    seen: dict[str, int] = {}
    out: list[tuple[int, int]] = []
    for index, text in enumerate(texts):
        key = bare(text) or text
        if key in seen:
            out.append((seen[key], index))
        else:
            seen[key] = index
    return out


def near(texts: Sequence[str], likeness: float = NEAR) -> list[Near]:
    """Pairs of texts that are one phrasing.

    Exact, by prefix filtering: of two sets that are alike enough, one of the few rarest members of the one is among
    those of the other (Bayardo et al., WWW 2007), so that only those are looked up.
    """
    pairs = [_pairs(bare(text)) for text in texts]
    counts = Counter(pair for members in pairs for pair in members)
    index: dict[str, list[int]] = defaultdict(list)
    out: list[Near] = []
    for this, members in enumerate(pairs):
        if len(members) < _SHORTEST - 1:
            continue
        rare = sorted(members, key=lambda pair: (counts[pair], pair))
        prefix = rare[: len(rare) - math.ceil(likeness * len(rare)) + 1]
        for other in {other for pair in prefix for other in index[pair]}:
            common = len(members & pairs[other])
            value = common / (len(members) + len(pairs[other]) - common)
            if value >= likeness:
                out.append(Near(other, this, value))
        for pair in prefix:
            index[pair].append(this)
    return out


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def complaints(parts: dict[str, Corpus]) -> list[str]:
    """Everything that is wrong with the corpus, each with its place."""
    out: list[str] = []
    for corpus in parts.values():
        out += [f"{m.place}: {wrong}" for m in corpus.messages for wrong in wrong_labels(m)]
        out += [f"{t.place}: {wrong}" for t in corpus.conversations for wrong in wrong_talk(t)]
    every = [(part, message.text, message.place) for part, corpus in parts.items() for message in corpus.messages]
    texts = [text for _, text, _ in every]
    out += [f"{every[b][2]}: the same as {every[a][2]}" for a, b in repeated(texts)]
    every += [
        (part, turn.text, talk.place)
        for part, corpus in parts.items()
        for talk in corpus.conversations
        for _, turn in talk.seeker_turns()
        if len(turn.text) >= _LONG_TURN
    ]
    for pair in near([text for _, text, _ in every]):
        (one, _, first), (two, _, second) = every[pair.first], every[pair.second]
        if one != two:
            out.append(f"{second}: one phrasing with {first}, in another part ({pair.likeness:.2f})")
    return out
