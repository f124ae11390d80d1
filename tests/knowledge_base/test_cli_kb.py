"""``shudong kb search`` and ``shudong kb check``, to the letter of the design."""

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.cli_kb import open_for_cli, run_check, run_search
from tests.knowledge_base.support import SOUND, TODAY, shelve, spoil


def answer(*lines: str, top: int = 5) -> tuple[int, list[dict[str, Any]]]:
    written: list[str] = []
    code = run_search(lines, written.append, open_for_cli(), top)
    return code, [json.loads(line) for line in written]


def test_each_line_is_answered_in_order_with_the_fields_of_the_design() -> None:
    code, rows = answer('{"id": "a", "text": "睡不着"}', "\n", '{"id": 7, "text": "孩子不上学", "audience": "parent"}')

    assert code == 0
    assert [row["id"] for row in rows] == ["a", 7]
    assert all(set(row) == {"id", "answerable", "hits"} for row in rows)
    assert set(rows[0]["hits"][0]) == {"article", "title", "topics", "score"}
    assert rows[0]["hits"][0]["topics"][0] == "sleep"
    assert rows[1]["hits"][0]["article"] == "school-refusal"


def test_hits_are_limited_by_top_and_given_when_not_answerable() -> None:
    _, rows = answer('{"id": 1, "text": "失眠一天吃几片药"}', top=2)
    assert rows[0]["answerable"] is False
    assert len(rows[0]["hits"]) == 2


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("{", {"line": 1}),
        ("[" * 100_000, {"line": 1}),
        ("[]", {"line": 1}),
        ('{"text": "睡不着"}', {"line": 1}),
        ('{"id": null, "text": "睡不着"}', {"line": 1}),
        ('{"id": [1], "text": "睡不着"}', {"line": 1}),
        ('{"id": "a"}', {"id": "a"}),
        ('{"id": "a", "text": 7}', {"id": "a"}),
        ('{"id": "a", "text": "睡不着", "audience": "dog"}', {"id": "a"}),
    ],
)
def test_a_line_that_cannot_be_read_gives_an_error_and_the_rest_goes_on(line: str, name: dict[str, object]) -> None:
    code, rows = answer(line, '{"id": "next", "text": "睡不着"}')

    assert code == 0
    assert set(rows[0]) == {*name, "error"}
    assert name.items() <= rows[0].items()
    assert rows[1]["id"] == "next"


def test_check_passes_on_what_ships_and_prints_the_count() -> None:
    written: list[str] = []
    assert run_check(written.append, today=TODAY) == 0
    assert written[-1].endswith("0 findings")


def test_check_fails_and_prints_each_finding(tmp_path: Path) -> None:
    written: list[str] = []
    folder = shelve(tmp_path, sound=spoil("zh-CN", "en"))
    assert run_check(written.append, today=TODAY, folder=folder) == 1
    assert written[0] == "sound.md: the language must be zh-CN [language]"
    assert SOUND not in written


def test_an_answer_is_always_utf8_whatever_the_id() -> None:
    written: list[str] = []
    run_search(['{"id": "\\ud800", "text": "\\udfff睡不着"}'], written.append, open_for_cli())
    assert json.loads(written[0].encode())["id"] == "\ud800"
