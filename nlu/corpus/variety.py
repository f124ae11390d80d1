"""How varied the corpus is: lengths, openings, phrases that come back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from nlu.corpus.checks import bare, near
from nlu.corpus.model import Corpus, Message
from nlu.labels import Category, RiskLevel, Subject

_PHRASE = 5


def variety(corpus: Corpus) -> dict[str, Any]:
    """Figures of one part."""
    messages = corpus.messages
    return {
        "messages": len(messages),
        "conversations": len(corpus.conversations),
        "dangerous_conversations": sum(talk.escalates_at is not None for talk in corpus.conversations),
        "levels": {int(level): sum(m.level == level for m in messages) for level in RiskLevel},
        "categories": {c.value: sum(c in m.categories for m in messages) for c in Category},
        "about_others": sum(m.subject is Subject.OTHER for m in messages),
        "hard_negatives": sum(bool(m.slice) for m in messages),
        "slices": dict(Counter(m.slice for m in messages if m.slice).most_common()),
        "personas": dict(Counter(m.persona for m in messages).most_common()),
        "registers": dict(Counter(m.register for m in messages).most_common()),
        "batches": dict(Counter(m.batch for m in messages)),
        **_wording(messages),
    }


def _wording(messages: Sequence[Message]) -> dict[str, Any]:
    texts = [bare(message.text) for message in messages]
    lengths = sorted(len(message.text) for message in messages) or [0]
    openings = Counter(text[:2] for text in texts)
    phrases = Counter(text[i : i + _PHRASE] for text in texts for i in range(max(0, len(text) - _PHRASE + 1)))
    return {
        "lengths": {f"p{q}": lengths[min(len(lengths) - 1, len(lengths) * q // 100)] for q in (5, 25, 50, 75, 95, 99)},
        "distinct_openings": len(openings),
        "commonest_openings": dict(openings.most_common(8)),
        "distinct_phrase_share": round(len(phrases) / max(1, phrases.total()), 4),
        "commonest_phrases": dict(phrases.most_common(8)),
        "near_pairs": len(near([message.text for message in messages])),
    }
