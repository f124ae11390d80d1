"""S8: what people write stands in no log. Tests plant words and look for them in everything that was logged."""

import json
import logging
import traceback
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import pytest


def assert_no_words_in_logs(caplog: pytest.LogCaptureFixture, words: Iterable[str], *more: str) -> None:
    """Fail when one of ``words`` is found in a captured record, its fields, its traceback, or in ``more``.

    Args:
        caplog: Of the running test; records of set-up and call are read.
        words: What a person wrote, whole or in telling parts. Looked for as written, as JSON and as URL escape it.
        more: Other text the test holds: captured stdout and stderr, the log file of a child process, a metrics page.
    """
    texts = [*_of_records(caplog), *more]
    assert any(texts), "nothing was logged at all: this check would pass whatever the code did"
    for word in words:
        for form in _forms(word):
            for text in texts:
                # The word itself is not repeated here: a failing test's output is a log as well.
                assert form not in text, f"a person's words ({len(word)} characters) stand in a log"


def _forms(word: str) -> set[str]:
    return {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], repr(word)[1:-1], quote(word)}


def _of_records(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    for phase in ("setup", "call"):
        for record in caplog.get_records(phase):
            yield record.getMessage()
            yield from _of_fields(record)


def _of_fields(record: logging.LogRecord) -> Iterator[str]:
    for value in vars(record).values():
        yield value if isinstance(value, str) else repr(value)
    if record.exc_info and record.exc_info[0] is not None:
        yield "".join(traceback.format_exception(*record.exc_info))
