"""From the YAML files to compiled entries. Every mistake stops the load with the file and the entry named."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import yaml

from nlu.errors import LexiconError
from nlu.labels import Category, RiskLevel, Subject
from nlu.lexicon.model import Combo, Cue, Data, Entry, Kind, Theme
from nlu.lexicon.pattern import branches, compile_pattern, expand_classes

_FIELDS = frozenset(
    [
        "id",
        "kind",
        "patterns",
        "level",
        "category",
        "subject",
        "cue",
        "roles",
        "soft",
        "decisive",
        "ignores",
        "floor",
        "weight",
        "family",
        "explains",
        "reason",
    ],
)
_COMBO_FIELDS = frozenset(["id", "roles", "level", "category", "within", "reason"])
_THEME_FIELDS = frozenset(["category", "moderate", "high", "imminent", "now", "reason"])
# A story told is a signal of its own (signals_calm.yaml), so that it weighs instead of wiping out.
_UNMOVED: Mapping[str, Sequence[str]] = {"signal": ("fiction", "news", "question", "undone")}
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_data() -> Data:
    """Read and compile all data files of the package.

    Raises:
        LexiconError: A file is missing, malformed, or an entry breaks a rule of the format.
    """
    raw: dict[str, Any] = {}
    digest = hashlib.sha256()
    for package in ("nlu.text", "nlu.lexicon"):
        folder = files(package).joinpath("data")
        for item in sorted(folder.iterdir(), key=lambda item: item.name):
            if not item.name.endswith(".yaml"):
                continue
            text = item.read_text(encoding="utf-8")
            digest.update(f"{package}/{item.name}\n{text}".encode())
            if package == "nlu.lexicon":
                raw[item.name.removesuffix(".yaml")] = _parse(item.name, text)
    classes = expand_classes(raw.pop("classes")["classes"])
    combos = tuple(_combo(item) for item in raw.pop("combos")["combos"])
    themes = tuple(_theme(item) for item in raw.pop("themes")["themes"])
    entries = [entry for name in sorted(raw) for entry in _entries(name, raw[name], classes)]
    _check(entries, combos)
    return Data(entries=tuple(entries), combos=combos, themes=themes, version=f"lexicon-{digest.hexdigest()[:8]}")


def _parse(name: str, text: str) -> Mapping[str, Any]:
    try:
        parsed = yaml.load(text, Loader=_YAML)  # noqa: S506 - CSafeLoader is the safe loader in C
    except yaml.YAMLError as exc:
        raise LexiconError(f"{name} is not valid YAML") from exc
    if not isinstance(parsed, dict):
        raise LexiconError(f"{name} must be a mapping")
    return parsed


def _entries(name: str, content: Mapping[str, Any], classes: Mapping[str, Sequence[str]]) -> list[Entry]:
    defaults = content.get("defaults", {})
    return [_entry(name, {**defaults, **item}, classes) for item in content.get("entries", [])]


def _entry(file: str, item: Mapping[str, Any], classes: Mapping[str, Sequence[str]]) -> Entry:
    name = f"{file}: {item.get('id', '?')}"
    unknown = set(item) - _FIELDS
    if unknown:
        raise LexiconError(f"{name} has unknown fields {sorted(unknown)}")
    if not item.get("id") or not item.get("reason") or not item.get("patterns"):
        raise LexiconError(f"{name} lacks id, reason or patterns")
    try:
        return Entry(
            id=str(item["id"]),
            kind=Kind(item.get("kind", "risk")),
            patterns=tuple(compile_pattern(s, classes) for raw in item["patterns"] for s in branches(str(raw))),
            level=RiskLevel(item.get("level", 0)),
            category=Category(item["category"]) if item.get("category") else None,
            subject=Subject(item["subject"]) if item.get("subject") else None,
            cue=Cue(item["cue"]) if item.get("cue") else None,
            roles=frozenset(item.get("roles", ())),
            soft=bool(item.get("soft", False)),
            decisive=bool(item.get("decisive", False)),
            ignores=frozenset(Cue(cue) for cue in (*item.get("ignores", ()), *_UNMOVED.get(item.get("kind", ""), ()))),
            floor=RiskLevel(item["floor"]) if item.get("floor") is not None else None,
            weight=float(item.get("weight", 0.0)),
            family=str(item.get("family", "")),
            explains=frozenset(item.get("explains", ())),
        )
    except (ValueError, TypeError, LexiconError) as exc:
        raise LexiconError(f"{name}: {exc}") from exc


def _combo(item: Mapping[str, Any]) -> Combo:
    unknown = set(item) - _COMBO_FIELDS
    if unknown or not item.get("reason"):
        raise LexiconError(f"combos: {item.get('id', '?')} lacks a reason or has unknown fields {sorted(unknown)}")
    return Combo(
        id=str(item["id"]),
        roles=tuple(item["roles"]),
        level=RiskLevel(item["level"]),
        category=Category(item["category"]) if item.get("category") else None,
        within=int(item.get("within", 400)),
    )


def _theme(item: Mapping[str, Any]) -> Theme:
    unknown = set(item) - _THEME_FIELDS
    if unknown or not item.get("reason"):
        raise LexiconError(
            f"themes: {item.get('category', '?')} lacks a reason or has unknown fields {sorted(unknown)}"
        )
    return Theme(
        category=Category(item["category"]),
        moderate=float(item["moderate"]),
        high=float(item["high"]),
        imminent=float(item["imminent"]),
        now=frozenset(item.get("now", ())),
    )


def _check(entries: Sequence[Entry], combos: Sequence[Combo]) -> None:
    seen: set[str] = set()
    played = {role for entry in entries for role in entry.roles}
    for entry in entries:
        if entry.id in seen:
            raise LexiconError(f"two entries are called {entry.id}")
        seen.add(entry.id)
        if entry.kind is Kind.RISK and entry.level > 0 and entry.category is None:
            raise LexiconError(f"{entry.id} has a level and no category")
        if entry.kind is Kind.CUE and entry.cue is None:
            raise LexiconError(f"{entry.id} is a cue of no kind")
        if (entry.kind is Kind.SIGNAL) != bool(entry.weight and entry.family):
            raise LexiconError(f"{entry.id}: a signal, and only a signal, has a weight and a family")
        if (entry.category is Category.EMOTIONAL) != (entry.level == RiskLevel.LOW):
            raise LexiconError(f"{entry.id}: emotional is level 1, and level 1 is emotional")
    for combo in combos:
        missing = [role for role in combo.roles if role not in played]
        if missing:
            raise LexiconError(f"combos: {combo.id} needs roles that no entry plays: {missing}")
