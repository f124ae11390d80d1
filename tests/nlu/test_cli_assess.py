"""``shudong assess``: lines in, lines out, in order, whatever they hold."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nlu.assess import Assessor
from nlu.cli_assess import run_assess

ASSESSOR = Assessor.load()


def run(*lines: bytes, explain: bool = False) -> list[dict[str, Any]]:
    out: list[bytes] = []
    assert run_assess(lines, out.append, ASSESSOR, explain=explain) == 0
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in out)
    return [json.loads(line) for line in out]


def test_a_text_gets_every_field_of_the_face() -> None:
    text = "我把药都攒好了，今晚就结束"
    (answer,) = run(json.dumps({"id": "a", "text": text}).encode())
    assert set(answer) == {"id", "level", "categories", "subject", "confidence", "evidence", "escalate", "escalated_at"}
    assert (answer["id"], answer["level"], answer["escalate"], answer["escalated_at"]) == ("a", 4, True, 0)
    assert answer["categories"] == ["suicide"]
    assert answer["subject"] == "self"
    for item in answer["evidence"]:
        assert set(item) == {"turn", "start", "end", "why"}
        assert item["turn"] == 0
        assert 0 <= item["start"] < item["end"] <= len(text)


def test_a_calm_text_does_not_escalate() -> None:
    (answer,) = run('{"id":1,"text":"你好"}'.encode())
    assert answer["level"] == 0
    assert answer["categories"] == []
    assert answer["subject"] == "none"
    assert answer["escalate"] is False
    assert answer["escalated_at"] is None


def test_turns_escalate_at_the_first_turn_that_does() -> None:
    turns = [("user", "你好"), ("bot", "你好"), ("user", "我想自杀"), ("bot", "我在"), ("user", "开玩笑的")]
    line = json.dumps({"id": 7, "turns": [{"who": who, "text": text} for who, text in turns]}).encode()
    (answer,) = run(line)
    assert answer["level"] == 3
    assert answer["escalated_at"] == 2
    assert {item["turn"] for item in answer["evidence"]} == {2}


def test_unreadable_lines_are_named_and_the_rest_goes_on() -> None:
    answers = run(
        b"",
        b"{broken",
        b"\xff\xfe",
        b"[1]",
        b'{"id":"x"}',
        b'{"id":"y","text":5}',
        b'{"text":"hi"}',
        b'{"id":"z","turns":[{"who":"cat","text":"a"}]}',
        b"   \n",
        b'{"id":"ok","text":"hi"}',
    )
    assert [answer.get("line") or answer["id"] for answer in answers] == [2, 3, 4, "x", "y", 7, "z", "ok"]
    assert all("error" in answer for answer in answers[:-1])
    assert "error" not in answers[-1]


def test_lone_surrogates_in_text_and_id_do_not_stop_the_run() -> None:
    answers = run(b'{"id":"\\ud800","text":"\\udc00 \\ud83d"}', b'{"id":2,"text":"ok"}')
    assert [answer["id"] for answer in answers] == ["\ud800", 2]


def test_answers_come_line_by_line() -> None:
    seen: list[bytes] = []

    def lines() -> Iterator[bytes]:
        for number in range(3):
            assert len(seen) == number
            yield json.dumps({"id": number, "text": "hi"}).encode()

    run_assess(lines(), seen.append, ASSESSOR)
    assert len(seen) == 3


def test_explain_names_layer_and_rules() -> None:
    (answer,) = run('{"id":1,"text":"我想自杀"}'.encode(), explain=True)
    assert answer["explain"]["layer"] == "lexicon"
    assert answer["explain"]["rules"]
    assert answer["explain"]["model_version"] == ASSESSOR.model_version


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_get_one_answer_a_line(lines: list[bytes]) -> None:
    assert len(run(*lines)) == sum(1 for line in lines if line.strip())
