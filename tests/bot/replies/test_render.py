"""From an action to what the page shows: the shapes of ``docs/protocol.md``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.engine.actions import (
    Choice,
    SafetyCategory,
    SafetyReply,
    Say,
    ShowArticle,
    ShowConsent,
    ShowNumbers,
    ShowSteps,
)
from bot.engine.state import ArticleCard
from bot.engine.turn import choices
from bot.replies.errors import UnknownReplyError
from bot.replies.loader import LOCALES, Replies
from bot.replies.render import OutBody, render
from nlu.labels import Audience, RiskLevel, Subject
from records.models import Author, Kind
from tests.bot.engine.support import ARTICLE, NUMBERS

REPLIES = Replies.load()


def shown(action: Any, locale: str = "zh-CN") -> list[OutBody]:
    return render(action, REPLIES, locale)


def test_bubbles_become_texts_and_the_buttons_stand_under_the_last() -> None:
    first, last = shown(Say(key="retract", choices=choices("human", "breathing")))
    assert (first.kind, last.kind) == (Kind.TEXT, Kind.CHOICE)
    assert last.body["choices"] == [
        {"id": "human", "label": "转人工"},
        {"id": "breathing", "label": "陪我做一次呼吸"},
    ]
    assert first.author is Author.BOT


def test_parents_are_spoken_to_as_nin() -> None:
    student = shown(Say(key="bye.before", audience=Audience.STUDENT))[0].body["text"]
    assert shown(Say(key="bye.before", audience=Audience.PARENT))[0].body["text"] == student.replace("你", "您")


def test_an_event_is_one_line_by_the_system() -> None:
    (line,) = shown(Say(key="desk.claimed", author=Author.SYSTEM, event="claimed", params={"name": "林老师"}))
    assert (line.kind, line.body["event"]) == (Kind.EVENT, "claimed")
    assert line.body["text"].startswith("林老师 来了")


def test_cards_of_waiting_and_breathing() -> None:
    (card,) = shown(Say(key="waiting.soon", card="waiting", author=Author.SYSTEM, choices=choices("numbers")))
    assert set(card.body) == {"card", "title", "text", "choices"}
    (breathing,) = shown(Say(key="breathing", card="breathing"))
    assert set(breathing.body) == {"card", "title", "text"}


@pytest.mark.parametrize("locale", LOCALES)
def test_s3_the_safety_reply_is_words_and_then_a_card_of_numbers(locale: str) -> None:
    reply = SafetyReply(
        level=RiskLevel.IMMINENT,
        category=SafetyCategory.SUICIDE,
        subject=Subject.SELF,
        audience=None,
        numbers=NUMBERS[:2],
        choices=choices("call_failed"),
    )
    *words, card = shown(reply, locale)
    assert len(words) == 2
    assert card.body["card"] == "safety"
    assert [item["id"] for item in card.body["items"]] == ["120", "110"]
    assert set(card.body["items"][0]) == {"id", "number", "name", "note"}
    assert card.body["choices"][0]["id"] == "call_failed"


def test_numbers_carry_their_line_and_their_author() -> None:
    (card,) = shown(ShowNumbers(key="numbers.now", numbers=NUMBERS))
    assert (card.body["card"], card.author) == ("numbers", Author.SYSTEM)
    assert card.body["text"]
    assert "choices" not in card.body


def test_an_article_shows_its_opening_and_its_steps() -> None:
    opening, steps = shown(
        ShowSteps(article=ARTICLE, choices=(Choice("article:sleep", "总是睡不好"), Choice("more:x")))
    )
    assert opening.body == {"text": ARTICLE.opening[0]}
    assert (steps.body["card"], steps.body["steps"]) == ("steps", list(ARTICLE.steps))
    assert [choice["label"] for choice in steps.body["choices"]] == ["总是睡不好", "再多看一点"]


def test_the_rest_of_an_article_loses_nothing() -> None:
    (card,) = shown(ShowArticle(article=ARTICLE, choices=choices("helped_yes")))
    for line in (*ARTICLE.opening[1:], *ARTICLE.avoid, *ARTICLE.help, *ARTICLE.where):
        assert line in card.body["text"]
    assert card.body["slug"] == ARTICLE.slug
    (empty,) = shown(ShowArticle(article=ArticleCard(slug="x", title="y")))
    assert empty.body["text"]


def test_consent_is_a_notice() -> None:
    (line,) = shown(ShowConsent())
    assert (line.author, line.kind) == (Author.SYSTEM, Kind.TEXT)


def test_an_unknown_text_is_a_mistake_of_ours() -> None:
    with pytest.raises(UnknownReplyError):
        shown(Say(key="no.such.text"))


def test_nothing_shown_to_a_seeker_names_a_level_or_a_category() -> None:
    reply = SafetyReply(
        level=RiskLevel.HIGH, category=SafetyCategory.ABUSE, subject=Subject.OTHER, audience=None, numbers=NUMBERS
    )
    for out in shown(reply):
        assert not {"level", "category", "subject", "categories"} & set(out.body)


FAMILY = re.compile(r"(desk|waiting|probe|greet|numbers|level\d|helped|feedback|withdraw|bye|idle|reading)\.\w+")


def test_every_text_that_the_engine_names_exists_and_every_one_of_its_texts_is_named() -> None:
    engine = Path(__file__).parents[3] / "bot" / "engine"
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(engine.glob("*.py")))
    named = set(re.findall(r'"([a-z_0-9.]+)"', source))
    made = {f"level{level}.{kind}" for level in (0, 1) for kind in ("lead", "listen")}
    made |= {f"probe.{name}" for name in ("first_level2", "first_level2_other", "closing", "feedback")}
    made |= {"numbers.abroad", "numbers.mainland"}
    known = {place.split("/")[1] for place, _ in REPLIES.everything("en") if place.startswith("texts/")}
    assert {key for key in known if FAMILY.fullmatch(key)} <= named | made
    assert {key for key in named if FAMILY.fullmatch(key)} <= known
