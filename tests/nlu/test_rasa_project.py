"""Intents are authored once: the Rasa project, the list in code and the embedded classifier agree."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.assess import Assessor
from nlu.assessment import Intent

RASA = Path(__file__).parents[2] / "nlu" / "rasa"
WANTED = {intent.value for intent in Intent if intent is not Intent.NONE}


def examples() -> list[tuple[str, str]]:
    data = yaml.safe_load((RASA / "data" / "nlu.yml").read_text(encoding="utf-8"))
    return [
        (block["intent"], line.removeprefix("- ").strip())
        for block in data["nlu"]
        for line in block["examples"].splitlines()
        if line.strip()
    ]


def test_the_project_names_exactly_the_intents_of_the_code() -> None:
    domain = yaml.safe_load((RASA / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["intents"]) == WANTED
    assert {intent for intent, _ in examples()} == WANTED


def test_no_example_stands_under_two_intents() -> None:
    texts = [text for _, text in examples()]
    assert len(texts) == len(set(texts))


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor.load()


def test_the_embedded_classifier_reads_the_examples(assessor: Assessor) -> None:
    wrong = [(wanted, text, got) for wanted, text in examples() if (got := assessor.first(text).intent.value) != wanted]
    assert len(wrong) <= len(examples()) // 10, wrong


def test_asking_for_a_human_is_always_understood(assessor: Assessor) -> None:
    """S11: at any time."""
    missed = [text for wanted, text in examples() if wanted == "ask_human" and assessor.first(text).intent != wanted]
    assert not missed
