"""The tables that ``python -m nlu.evaluate`` prints, and the same as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nlu.evaluation.answers import Answer, TalkAnswer, View
from nlu.evaluation.metrics import Share, calibration_error, f1, macro_f1, share
from nlu.labels import ESCALATION_LEVEL, Category, RiskLevel

_LEVELS = tuple(int(level) for level in RiskLevel)
_CALM = "calm"


def measure(answers: Sequence[Answer], talks: Sequence[TalkAnswer]) -> dict[str, Any]:
    """All figures as plain data."""
    return {
        "messages": len(answers),
        "views": {view.value: _view(answers, view) for view in View} if answers else {},
        "calibration_error": calibration_error([(a.alarm, a.message.level >= ESCALATION_LEVEL) for a in answers]),
        "confusion": [[_count(answers, true, said) for said in _LEVELS] for true in _LEVELS],
        "slices": {kind: _groups(answers, of) for kind, of in _GROUPINGS.items()},
        "categories": {c.value: _category(answers, c) for c in Category},
        "subject": _share_data(
            share((a for a in answers if a.message.level > 0 and a.fused.level > 0), _right_subject)
        ),
        "conversations": {view.value: _talks(talks, view) for view in View} if talks else {},
        "kinds": _kinds(talks),
    }


def _view(answers: Sequence[Answer], view: View) -> dict[str, Any]:
    pairs = [(int(a.message.level), int(a.levels[view])) for a in answers]
    alarmed = [pair for pair in pairs if pair[1] >= ESCALATION_LEVEL]
    harmless = [pair for pair in pairs if pair[0] <= 1]
    return {
        "recall_3": _share_data(share((p for p in pairs if p[0] >= ESCALATION_LEVEL), _called)),
        "recall_3_only": _share_data(share((p for p in pairs if p[0] == ESCALATION_LEVEL), _called)),
        "recall_4_as_3": _share_data(share((p for p in pairs if p[0] == RiskLevel.IMMINENT), _called)),
        "recall_4": _share_data(share((p for p in pairs if p[0] == RiskLevel.IMMINENT), lambda p: p[1] == p[0])),
        "precision_3": _share_data(share(alarmed, lambda p: p[0] >= ESCALATION_LEVEL)),
        "precision_4": _share_data(share((p for p in pairs if p[1] == RiskLevel.IMMINENT), lambda p: p[0] == p[1])),
        "false_alarms": _share_data(share(harmless, _called)),
        "false_alarms_per_1000": round(1000 * share(harmless, _called).value, 1),
        "level_2_called": _share_data(share((p for p in pairs if p[0] == RiskLevel.MODERATE), _called)),
        "macro_f1": round(macro_f1(pairs, _LEVELS), 4),
        "f1": [round(f1(pairs, level), 4) for level in _LEVELS],
    }


def _called(pair: tuple[int, int]) -> bool:
    return pair[1] >= ESCALATION_LEVEL


def _right_subject(answer: Answer) -> bool:
    return answer.fused.subject is answer.message.subject


def _count(answers: Sequence[Answer], true: int, said: int) -> int:
    return sum(1 for a in answers if a.message.level == true and a.levels[View.FUSION] == said)


def _categories_of(answer: Answer) -> Iterator[str]:
    return (category.value for category in answer.message.categories)


_GROUPINGS: dict[str, Callable[[Answer], Iterator[str]]] = {
    "slice": lambda a: iter([a.message.slice] if a.message.slice else []),
    "audience": lambda a: iter([a.message.audience]),
    "register": lambda a: iter([a.message.register]),
    "category": _categories_of,
    "batch": lambda a: iter([a.message.batch]),
}


def _groups(answers: Sequence[Answer], of: Callable[[Answer], Iterator[str]]) -> dict[str, Any]:
    """Per group: recall of level 3 and above, false alarms, macro-F1."""
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for answer in answers:
        for name in of(answer):
            groups[name].append((int(answer.message.level), int(answer.levels[View.FUSION])))
    return {
        name: {
            "size": len(pairs),
            "recall_3": _share_data(share((p for p in pairs if p[0] >= ESCALATION_LEVEL), _called)),
            "false_alarms": _share_data(share((p for p in pairs if p[0] <= 1), _called)),
            "macro_f1": round(macro_f1(pairs, _LEVELS), 4),
        }
        for name, pairs in sorted(groups.items())
    }


def _category(answers: Sequence[Answer], category: Category) -> dict[str, Any]:
    named = [(category in a.message.categories, category in a.fused.categories) for a in answers]
    return {
        "recall": _share_data(share((p for p in named if p[0]), lambda p: p[1])),
        "precision": _share_data(share((p for p in named if p[1]), lambda p: p[0])),
    }


def _talks(talks: Sequence[TalkAnswer], view: View) -> dict[str, Any]:
    dangerous = [t for t in talks if t.talk.escalates_at is not None]
    calm = [t for t in talks if t.talk.escalates_at is None]
    return {
        "in_time": _share_data(share(dangerous, lambda t: _in_time(t, view))),
        "ever": _share_data(share(dangerous, lambda t: t.called_at[view] is not None)),
        "wrongly": _share_data(share(calm, lambda t: t.called_at[view] is not None)),
    }


def _in_time(answer: TalkAnswer, view: View) -> bool:
    at, wanted = answer.called_at[view], answer.talk.escalates_at
    return at is not None and wanted is not None and at <= wanted


def _kinds(talks: Sequence[TalkAnswer]) -> dict[str, Any]:
    """Per kind: share called in time, or for the calm ones share called at all."""
    kinds: dict[str, list[TalkAnswer]] = defaultdict(list)
    for talk in talks:
        kinds[talk.talk.kind].append(talk)
    return {
        kind: _share_data(
            share(
                group,
                (lambda t: t.called_at[View.FUSION] is not None)
                if kind.startswith(_CALM)
                else (lambda t: _in_time(t, View.FUSION)),
            )
        )
        for kind, group in sorted(kinds.items())
    }


def _share_data(value: Share) -> dict[str, Any]:
    low, high = value.interval
    return {
        "value": round(value.value, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "hits": value.hits,
        "of": value.total,
    }


def text_of(figures: dict[str, Any]) -> str:
    """Tables for people."""
    lines = [f"messages: {figures['messages']}", ""]
    if figures["views"]:
        lines += _view_table(figures["views"])
        lines += ["", f"calibration error of P(level >= 3): {figures['calibration_error']:.3f}"]
        lines += [f"subject right (both above level 0): {_cell(figures['subject'])}", ""]
        lines += _confusion_table(figures["confusion"])
        for kind, groups in figures["slices"].items():
            lines += ["", *_group_table(kind, groups)]
        lines += ["", *_category_table(figures["categories"])]
    if figures["conversations"]:
        lines += ["", *_talk_tables(figures)]
    return "\n".join(lines)


_ROWS = {
    "recall of level >= 3": "recall_3",
    "  level 3": "recall_3_only",
    "  level 4 as >= 3": "recall_4_as_3",
    "recall of level 4 as 4": "recall_4",
    "precision of level >= 3": "precision_3",
    "precision of level 4": "precision_4",
    "false alarms (0-1 as >= 3)": "false_alarms",
    "level 2 as >= 3": "level_2_called",
}


def _view_table(views: dict[str, Any]) -> list[str]:
    out = [f"{'':28}" + "".join(f"{name:34}" for name in views)]
    for label, key in _ROWS.items():
        out.append(f"{label:28}" + "".join(f"{_cell(view[key]):34}" for view in views.values()))
    out.append(f"{'false alarms per 1,000':28}" + "".join(f"{v['false_alarms_per_1000']!s:34}" for v in views.values()))
    out.append(f"{'macro-F1 of levels':28}" + "".join(f"{v['macro_f1']!s:34}" for v in views.values()))
    out.append(
        f"{'F1 per level 0-4':28}" + "".join(f"{' '.join(f'{x:.2f}' for x in v['f1']):34}" for v in views.values())
    )
    return out


def _cell(value: dict[str, Any]) -> str:
    return f"{value['value']:.3f} [{value['low']:.3f}-{value['high']:.3f}] {value['hits']}/{value['of']}"


def _confusion_table(rows: Sequence[Sequence[int]]) -> list[str]:
    head = "true \\ said" + "".join(f"{level:7}" for level in _LEVELS)
    return [
        head,
        *(f"{level:11}" + "".join(f"{count:7}" for count in row) for level, row in zip(_LEVELS, rows, strict=True)),
    ]


def _group_table(kind: str, groups: dict[str, Any]) -> list[str]:
    out = [f"{kind:22}{'size':>6}  {'recall >= 3':34}{'false alarms':34}macro-F1"]
    for name, group in groups.items():
        cells = f"{_cell(group['recall_3']):34}{_cell(group['false_alarms']):34}"
        out.append(f"{name:22}{group['size']:6}  {cells}{group['macro_f1']:.3f}")
    return out


def _category_table(categories: dict[str, Any]) -> list[str]:
    rows = [f"{name:14}{_cell(c['recall']):34}{_cell(c['precision'])}" for name, c in categories.items()]
    return [f"{'category':14}{'recall':34}precision", *rows]


def _talk_tables(figures: dict[str, Any]) -> list[str]:
    out = [f"{'conversations':14}{'called in time':34}{'called at all':34}wrongly called"]
    for name, view in figures["conversations"].items():
        out.append(f"{name:14}{_cell(view['in_time']):34}{_cell(view['ever']):34}{_cell(view['wrongly'])}")
    kinds = [f"{kind:16}{_cell(value)}" for kind, value in figures["kinds"].items()]
    return [*out, "", "kind (in time; for calm ones: called)", *kinds]
