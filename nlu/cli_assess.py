"""``shudong assess``: JSON lines in, JSON lines out, same order, each answer as soon as its line was read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nlu.assess import Assessor
from nlu.assessment import Evidence, Turn, Who


class _UnreadableError(Exception):
    """A line that cannot be read; the text says why and holds none of the person's words."""

    def __init__(self, reason: str, record: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.has_id = isinstance(record, dict) and _is_id(record.get("id"))
        self.id = record["id"] if isinstance(record, dict) and self.has_id else None


def run_assess(
    lines: Iterable[bytes], write: Callable[[bytes], None], assessor: Assessor, *, explain: bool = False
) -> int:
    """Assess each line and write one line for it.

    Args:
        lines: Raw lines, with or without line ends. Blank ones are skipped but counted.
        write: Called once per answer with a whole line; flushing is its duty (a pipe wants every line at once).
        assessor: Who reads.
        explain: Adds ``explain`` with layer, version, intent, whether a rule was decisive, the names of the rules, and
            how likely each level is for each layer of the model.

    Returns:
        0, also when lines were unreadable: each of them has its own answer ``{"id" or "line", "error"}``.
    """
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            answer = _answer(_record(raw), assessor, explain)
        except _UnreadableError as exc:
            where = {"id": exc.id} if exc.has_id else {"line": number}
            answer = {**where, "error": exc.reason}
        write(_dump(answer))
    return 0


def _dump(answer: dict[str, Any]) -> bytes:
    """UTF-8, except that lone surrogates (an id may hold one) go out as JSON escapes, as they came in."""
    try:
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer, separators=(",", ":")).encode() + b"\n"


def _record(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _UnreadableError("not valid UTF-8") from None
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise _UnreadableError("not valid JSON") from None
    if not isinstance(record, dict):
        raise _UnreadableError("not a JSON object")
    if not _is_id(record.get("id")):
        raise _UnreadableError("id must be a string or a number", record)
    if ("text" in record) == ("turns" in record):
        raise _UnreadableError("exactly one of text and turns is needed", record)
    return record


def _is_id(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _answer(record: dict[str, Any], assessor: Assessor, explain: bool) -> dict[str, Any]:
    if "text" in record:
        return _single(record, assessor, explain)
    return _conversation(record, assessor, explain)


def _single(record: dict[str, Any], assessor: Assessor, explain: bool) -> dict[str, Any]:
    if not isinstance(record["text"], str):
        raise _UnreadableError("text must be a string", record)
    read = assessor.read(record["text"])
    answer: dict[str, Any] = {
        "id": record["id"],
        "level": int(read.level),
        "categories": [category.value for category in read.categories],
        "subject": read.subject.value,
        "confidence": round(read.confidence, 3),
        "evidence": _evidence(read.evidence),
        "escalate": read.escalate,
        "escalated_at": 0 if read.escalate else None,
    }
    if explain:
        answer["explain"] = {
            "layer": read.layer.value,
            "model_version": read.model_version,
            "intent": read.intent.value,
            "decisive": read.decisive,
            "lexicon_level": int(assessor.first(record["text"]).level),
            "level_shares": assessor.views(record["text"]),
            "rules": sorted({item.why for item in read.evidence}),
        }
    return answer


def _conversation(record: dict[str, Any], assessor: Assessor, explain: bool) -> dict[str, Any]:
    result = assessor.assess_conversation(_turns(record))
    answer: dict[str, Any] = {
        "id": record["id"],
        "level": int(result.level),
        "categories": [category.value for category in result.categories],
        "subject": result.subject.value,
        "confidence": round(result.confidence, 3),
        "evidence": _evidence(result.evidence),
        "escalate": result.escalate,
        "escalated_at": result.escalated_at,
    }
    if explain:
        answer["explain"] = {
            "model_version": result.model_version,
            "rules": sorted({item.why for item in result.evidence}),
        }
    return answer


def _turns(record: dict[str, Any]) -> list[Turn]:
    raw = record["turns"]
    if not isinstance(raw, list):
        raise _UnreadableError("turns must be a list", record)
    turns: list[Turn] = []
    for item in raw:
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            raise _UnreadableError("each turn needs a text that is a string", record)
        if item.get("who") not in ("user", "bot"):
            raise _UnreadableError("each turn needs who: user or bot", record)
        turns.append(Turn(who=Who(item["who"]), text=item["text"]))
    return turns


def _evidence(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [{"turn": e.turn, "start": e.start, "end": e.end, "why": e.why} for e in evidence]
