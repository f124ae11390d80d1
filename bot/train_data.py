"""``shudong train-data export``: what counsellors confirmed or corrected, as lines to learn from.

Only of seekers who agreed, as they stand now; names and numbers removed; every export in the audit trail. A file
holds all lines there are, so that the newest one replaces the others.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.admin import opened
from bot.errors import ExportError
from bot.settings import Settings
from nlu.redact import redact
from records import audit, lines, training
from records.ids import new_id
from records.store import Tx
from records.training import Lesson, Lessons

_NEW_LINE = "⏎"
_NAME = "【姓名】"
_SHORTEST = 3  # letters; a shorter answer (嗯, 好) means nothing without the question before it
_IDS_AN_ENTRY = 200
_WIDE = str.maketrans({"@": "＠", "#": "＃"})  # at the start of a line they are a header and a comment
_BLANK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LETTER = re.compile(r"[^\W\d_]")
_MASK = re.compile(r"【[^】]*】")
_WHY = {
    "no_consent": "the seeker did not agree to training, or took it back",
    "erased": "the words were erased",
    "changed": "edited or recalled after the level was given",
    "short": "too short without what came before",
    "repeated": "the same words with the same labels",
}


async def export(settings: Settings, folder: Path) -> int:
    """Write ``<folder>/<date>.txt`` in the corpus format; the date, which becomes the batch, is the default line's.

    Raises:
        ExportError: Today's file exists; nothing is overwritten.
        OSError: The folder cannot be written to.
    """
    async with opened(settings) as store:
        path = folder / f"{(await store.write(_today)).isoformat()}.txt"
        if path.exists():
            raise ExportError(f"{path} exists. Delete it first: the new file holds all lines that may be kept.")
        found = await store.write(_taken, long=True)
    texts, left_out = _clean(found.lines)
    _save(path, _file(texts))
    counts = Counter(found.left_out) + left_out
    print(path)
    print(f"{len(texts)} lines", file=sys.stderr)
    for why, count in sorted(counts.items()):
        print(f"{count} left out: {_WHY[why]}", file=sys.stderr)
    print("Read every line before anything learns from it: a bare unusual name may have stayed.", file=sys.stderr)
    return 0


async def _today(tx: Tx) -> date:
    return tx.now.astimezone(ZoneInfo((await lines.ensure_default(tx)).time_zone)).date()


async def _taken(tx: Tx) -> Lessons:
    """The lines and their audit entries in one transaction: none leaves the record without a trace."""
    found = await training.lessons(tx)
    export_id, ids = new_id(tx.now), [line.message_id for line in found.lines]
    for start in range(0, max(1, len(ids)), _IDS_AN_ENTRY):
        await audit.write(
            tx, actor="cli", action="training.export", object_kind="export", object_id=export_id,
            data={"lines": len(ids), "messages": ids[start : start + _IDS_AN_ENTRY], **found.left_out},
        )  # fmt: skip
    return found


def _clean(found: Iterable[Lesson]) -> tuple[dict[tuple[str, str], None], Counter[str]]:
    """Header and line of each, in order, and how many fell out here."""
    kept: dict[tuple[str, str], None] = {}
    left_out: Counter[str] = Counter()
    for lesson in found:
        text = _line(lesson)
        entry = (_header(lesson), text)
        if len(_LETTER.findall(_MASK.sub("", text))) < _SHORTEST:
            left_out["short"] += 1
        elif entry in kept:
            left_out["repeated"] += 1
        else:
            kept[entry] = None
    return kept, left_out


def _line(lesson: Lesson) -> str:
    text = lesson.text
    if lesson.nickname and len(lesson.nickname) > 1:
        text = text.replace(lesson.nickname, _NAME)
    bare = _BLANK.sub(_NEW_LINE, redact(text).text).strip().strip(_NEW_LINE).strip()
    return bare[:1].translate(_WIDE) + bare[1:]


def _header(lesson: Lesson) -> str:
    told: Mapping[str, str] = {
        "level": str(int(lesson.level)),
        "categories": ",".join(item.value for item in lesson.categories),
        "subject": lesson.subject.value,
        "persona": lesson.audience or "",
    }
    return " ".join(("@", *(f"{key}={value}" for key, value in told.items() if value)))


def _file(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines under their headers: each header once, so that a file reads like the corpus."""
    grouped: dict[str, list[str]] = {}
    for header, text in entries:
        grouped.setdefault(header, []).append(text)
    yield "# Confirmed or corrected by counsellors; only with consent; names and numbers removed."
    for header in sorted(grouped):
        yield from ("", header, *grouped[header])


def _save(path: Path, rows: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(f"{row}\n" for row in rows)
