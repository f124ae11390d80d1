"""From an action to the bodies of the protocol. Pure: the same action and language give the same bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from bot.engine.actions import (
    Choice,
    SafetyReply,
    Say,
    ShowArticle,
    ShowConsent,
    ShowNumbers,
    ShowSteps,
    Spoken,
)
from bot.engine.state import ArticleCard, NumberItem
from bot.replies.loader import Replies, is_formal
from records.models import Author, Body, Kind


@dataclass(frozen=True, slots=True)
class OutBody:
    """One thing to show: the row's author and kind, and the body of ``docs/protocol.md``."""

    author: Author
    kind: Kind
    body: Body


def render(action: Spoken, replies: Replies, locale: str) -> list[OutBody]:
    """One to three bodies, in the order in which they are shown.

    Raises:
        UnknownReplyError: The action names a text that no file has.
    """
    words = _Words(replies, locale, formal=is_formal(action.audience))
    bodies = _bodies(action, words)
    return [OutBody(action.author, kind, body) for kind, body in bodies]


_Made = list[tuple[Kind, Body]]


@dataclass(frozen=True, slots=True)
class _Words:
    replies: Replies
    locale: str
    formal: bool

    def title(self, key: str) -> str:
        return self.replies.title(key, self.locale)

    def buttons(self, choices: tuple[Choice, ...]) -> list[dict[str, str]]:
        return [
            {"id": choice.id, "label": choice.label or self.replies.choice(choice.id, self.locale)}
            for choice in choices
        ]

    def text(self, key: str) -> str:
        return self.replies.text(key, self.locale, {}, formal=self.formal)


def _bodies(action: Spoken, words: _Words) -> _Made:
    match action:
        case Say():
            return _say(action, words)
        case SafetyReply():
            return _safety(action, words)
        case ShowSteps():
            return _steps(action, words)
        case ShowArticle():
            return _article(action, words)
        case ShowNumbers():
            return [_numbers("numbers", words.title("numbers"), words.text(action.key), action, words)]
        case ShowConsent():
            return [(Kind.TEXT, {"text": words.text("consent")})]
        case _:
            assert_never(action)


def _say(action: Say, words: _Words) -> _Made:
    fill: Callable[..., tuple[str, ...]] = words.replies.bubbles
    bubbles = fill(action.key, words.locale, action.params, formal=words.formal, variant=action.variant)
    if action.event is not None:
        return [(Kind.EVENT, {"event": action.event, "text": "\n".join(bubbles)})]
    if action.card is not None:
        return [(Kind.CARD, _card(action, "\n".join(bubbles), words))]
    made: _Made = [(Kind.TEXT, {"text": text}) for text in bubbles]
    if action.choices:
        made[-1] = (Kind.CHOICE, {"text": bubbles[-1], "choices": words.buttons(action.choices)})
    return made


def _card(action: Say, text: str, words: _Words) -> Body:
    card: dict[str, Any] = {"card": action.card, "title": words.title(action.card or ""), "text": text}
    if action.card == "waiting":
        card["choices"] = words.buttons(action.choices)
    return card


def _safety(action: SafetyReply, words: _Words) -> _Made:
    bubbles = words.replies.safety(action.level, action.category, action.subject, action.audience, words.locale)
    title = words.replies.safety_title(action.level, words.locale)
    made: _Made = [(Kind.TEXT, {"text": text}) for text in bubbles]
    return [*made, _numbers("safety", title, None, action, words)]


def _numbers(
    card: str, title: str, text: str | None, action: SafetyReply | ShowNumbers, words: _Words
) -> tuple[Kind, Body]:
    body: dict[str, Any] = {"card": card, "title": title, "items": [_item(item) for item in action.numbers]}
    if text is not None:
        body["text"] = text
    if action.choices:
        body["choices"] = words.buttons(action.choices)
    return Kind.CARD, body


def _item(item: NumberItem) -> dict[str, str]:
    return {"id": item.id, "number": item.number, "name": item.name, "note": item.note}


def _steps(action: ShowSteps, words: _Words) -> _Made:
    article = action.article
    made: _Made = [(Kind.TEXT, {"text": text}) for text in article.opening[:1]]
    card = {
        "card": "steps",
        "title": article.title,
        "steps": list(article.steps),
        "choices": words.buttons(action.choices),
    }
    return [*made, (Kind.CARD, card)]


def _article(action: ShowArticle, words: _Words) -> _Made:
    article = action.article
    card: dict[str, Any] = {
        "card": "article",
        "title": article.title,
        "text": _rest(article, words),
        "slug": article.slug,
    }
    if action.choices:
        card["choices"] = words.buttons(action.choices)
    return [(Kind.CARD, card)]


def _rest(article: ArticleCard, words: _Words) -> str:
    parts = list(article.opening[1:])
    for title, lines in (
        ("article.avoid", article.avoid),
        ("article.help", article.help),
        ("article.where", article.where),
    ):
        if lines:
            parts.append("\n".join((words.title(title), *(f"· {line}" for line in lines))))
    return "\n\n".join(parts) or words.title("article")
