"""Intents are authored once: the Rasa project, the list in code and what we read with no model agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from nlu.assess import Assessor
from nlu.assessment import Intent
from nlu.errors import IntentDataError
from nlu.rasa_data import INTENT_NAMES, TOPIC_PREFIX, load_examples, reading_of
from nlu.topics import Topic

RASA = Path(__file__).parents[2] / "nlu" / "rasa"
LEAST = 25
EXAMPLES = load_examples()


def test_the_project_names_exactly_the_intents_of_the_code() -> None:
    domain = yaml.safe_load((RASA / "domain.yml").read_text(encoding="utf-8"))
    assert domain["intents"] == list(INTENT_NAMES)
    assert {intent for _, intent in EXAMPLES} == set(INTENT_NAMES)
    assert {name for name in INTENT_NAMES if name.startswith(TOPIC_PREFIX)} == {f"topic_{slug.value}" for slug in Topic}


@pytest.mark.parametrize("name", INTENT_NAMES)
def test_every_intent_has_enough_examples_and_they_differ(name: str) -> None:
    texts = [text for text, intent in EXAMPLES if intent == name]
    assert len(texts) >= LEAST
    # Three characters at the beginning: a template would show as one opening under many lines.
    openings = Counter(text[:3] for text in texts)
    assert openings.most_common(1)[0][1] <= len(texts) // 4, openings.most_common(3)


def test_a_name_says_what_the_seeker_wants_or_what_it_is_about() -> None:
    assert reading_of("ask_human", 0.9).intent is Intent.ASK_HUMAN
    about = reading_of("topic_exam-anxiety", 0.8)
    assert (about.intent, about.topic, about.confidence) == (Intent.NONE, Topic.EXAM_ANXIETY, 0.8)
    for wrong in ("none", "topic_none", "topic_", ""):
        with pytest.raises(ValueError, match="no intent"):
            reading_of(wrong)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("nlu: [", "not in Rasa's"),
        ("nlu: 3", "not in Rasa's"),
        ("nlu:\n- intent: greet\n", "not in Rasa's"),
        ("nlu:\n- intent: greet\n  examples: |\n    hello\n", "begins with"),
        ("nlu:\n- intent: dance\n  examples: |\n    - hello\n", "dance"),
        ("nlu:\n- intent: greet\n  examples: |\n    - hello\n    - hello\n", "twice"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "one.yml").write_text(content, encoding="utf-8")
    with pytest.raises(IntentDataError, match=says):
        load_examples(tmp_path)


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor.load()


def test_no_example_is_a_danger(assessor: Assessor) -> None:
    """Examples that teach what somebody wants must not teach that danger is a topic: no decisive rule holds one."""
    assert [text for text, _ in EXAMPLES if (read := assessor.first(text)).escalate and read.decisive] == []


def test_what_the_phrases_read_without_a_model_is_right(assessor: Assessor) -> None:
    """They read the plain wordings, and where they name an intent it is the right one, nearly always."""
    read = [(text, reading_of(name).intent, assessor.first(text).intent) for text, name in EXAMPLES]
    named = [(text, wanted, got) for text, wanted, got in read if got is not Intent.NONE]
    # Asking for a number and asking about numbers are answered by the same card.
    same = {text for text, name in EXAMPLES if name == "topic_hotline-directory"}
    wrong = [one for one in named if one[1] is not one[2] and not (one[2] is Intent.ASK_NUMBERS and one[0] in same)]
    assert len(named) > 200
    assert len(wrong) * 10 <= len(named), wrong


def test_s11_asking_for_a_human_is_always_understood(assessor: Assessor) -> None:
    missed = [t for t, name in EXAMPLES if name == "ask_human" and assessor.first(t).intent is not Intent.ASK_HUMAN]
    assert not missed


def test_s11_asking_to_be_erased_is_understood_without_a_model(assessor: Assessor) -> None:
    asked = ("怎么删除聊天记录", "帮我注销", "请删除我的个人信息", "把我说的都删掉", "能不能把我的信息抹掉")
    assert {assessor.first(text).intent for text in asked} == {Intent.ASK_ERASE}
