"""Write ``nlu/models/MODEL_CARD.md``: figures from ``python -m nlu.evaluate --json``, words from ``card_notes.md``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nlu.corpus import read_corpus
from nlu.corpus.reader import PARTS
from nlu.corpus.variety import variety
from nlu.encoder.load import MODELS
from nlu.labels import RiskLevel

_VIEWS = ("lexicon", "encoder", "fusion")
_ROWS = {
    "recall of level >= 3": "recall_3",
    "level 4 read as >= 3": "recall_4_as_3",
    "precision of level >= 3": "precision_3",
    "false alarms (0-1 read as >= 3)": "false_alarms",
    "level 2 read as >= 3": "level_2_called",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the card. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figures", type=Path, required=True, help="JSON of python -m nlu.evaluate --part test")
    parser.add_argument("--part", default="test", choices=PARTS, help="part of the corpus that was measured")
    parser.add_argument("--date", required=True, help="day of the measurement")
    options = parser.parse_args(arguments)
    figures = json.loads(options.figures.read_text(encoding="utf-8"))
    notes = (MODELS / "card_notes.md").read_text(encoding="utf-8")
    (MODELS / "MODEL_CARD.md").write_text(card(figures, notes, options.part, options.date), encoding="utf-8")
    return 0


def card(figures: dict[str, Any], notes: str, part: str, date: str) -> str:
    """The whole page."""
    versions = [
        json.loads((MODELS / f"{part}.json").read_text(encoding="utf-8"))["version"] for part in ("encoder", "heads")
    ]
    parts = [
        "# Model card",
        f"`{versions[0]}`, `{versions[1]}`, measured {date} with `python -m nlu.evaluate --part {part}`.",
        "Shares stand with Wilson's 95 % interval and counts. Written by `python -m nlu.training.card`.",
        "## Data",
        _data(),
        f"## Messages ({figures['messages']})",
        _views(figures["views"]),
        f"Calibration error of the probability of level >= 3: {figures['calibration_error']:.3f}. "
        f"Subject right where both are above level 0: {_cell(figures['subject'])}.",
        "Confusion of the fusion (rows: true level, columns: said):",
        _table(
            ["true", *map(str, map(int, RiskLevel))], [[level, *row] for level, row in enumerate(figures["confusion"])]
        ),
        *(f"### By {kind}\n\n{_groups(groups)}" for kind, groups in figures["slices"].items() if kind != "batch"),
        "### Kinds of danger",
        _table(
            ["kind", "recall", "precision"],
            [[name, _cell(c["recall"]), _cell(c["precision"])] for name, c in figures["categories"].items()],
        ),
        "## Conversations",
        _table(
            ["view", "called in time", "wrongly called"],
            [[v, _cell(c["in_time"]), _cell(c["wrongly"])] for v, c in figures["conversations"].items()],
        ),
        _table(
            ["kind", "in time (calm kinds: called)"], [[kind, _cell(value)] for kind, value in figures["kinds"].items()]
        ),
        notes.strip(),
    ]
    return "\n\n".join(parts) + "\n"


def _data() -> str:
    rows = []
    for part in PARTS:
        counted = variety(read_corpus(part))
        rows.append(
            [
                part,
                counted["messages"],
                " / ".join(str(n) for n in counted["levels"].values()),
                counted["about_others"],
                counted["hard_negatives"],
                counted["dangerous_conversations"],
                counted["conversations"] - counted["dangerous_conversations"],
            ]
        )
    heads = ["part", "messages", "levels 0/1/2/3/4", "about others", "hard negatives", "dangerous talks", "calm talks"]
    return _table(heads, rows)


def _views(views: dict[str, Any]) -> str:
    rows: list[list[Any]] = [[label, *(_cell(views[v][key]) for v in _VIEWS)] for label, key in _ROWS.items()]
    rows.append(["false alarms per 1,000 harmless", *(views[v]["false_alarms_per_1000"] for v in _VIEWS)])
    rows.append(["macro-F1 of levels", *(f"{views[v]['macro_f1']:.3f}" for v in _VIEWS)])
    return _table(["", *_VIEWS], rows)


def _groups(groups: dict[str, Any]) -> str:
    rows = [
        [name, g["size"], _cell(g["recall_3"]), _cell(g["false_alarms"]), f"{g['macro_f1']:.2f}"]
        for name, g in groups.items()
    ]
    return _table(["", "size", "recall of level >= 3", "false alarms", "macro-F1"], rows)


def _cell(value: dict[str, Any]) -> str:
    if not value["of"]:
        return "–"
    return f"{value['value']:.3f} [{value['low']:.3f}–{value['high']:.3f}] {value['hits']}/{value['of']}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


if __name__ == "__main__":
    sys.exit(main())
