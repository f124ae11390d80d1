"""The directory of hotlines and services: the only source of numbers in the whole product.

A text never carries a number of its own; it names an entry, and the number is looked up here (S3, S7).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import yaml

from knowledge_base.errors import (
    DirectoryFormatError,
    EntryHasNoNumberError,
    EntryNotFoundError,
)
from knowledge_base.hours import Hours, HoursKind, OpenState, parse_hours
from nlu.labels import Audience

DIRECTORY_DIR: Final = Path(__file__).parent / "directory"
ABROAD: Final = "abroad"
"""The region of somebody who is not in mainland China; national numbers are not offered there."""

_REQUIRED: Final = frozenset(
    {"id", "number", "name", "region", "audience", "hours", "verified_24h", "what_for", "kind", "source"}
    | {"last_checked"}
)


class Kind(StrEnum):
    """What sort of help an entry is."""

    POLICE = "police"
    AMBULANCE = "ambulance"
    PSYCH = "psych"
    YOUTH = "youth"
    GOVERNMENT = "government"
    HEALTH = "health"
    LEGAL = "legal"
    FAMILY = "family"
    HOSPITAL = "hospital"
    EMERGENCY = "emergency"
    """Outside mainland China: one number, or the advice to find it."""


TALKING: Final = frozenset({Kind.PSYCH, Kind.YOUTH})
"""Lines where somebody listens, as against those that send police or an ambulance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A place that has entries of its own. ``name`` is what people see."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """One number or service.

    Attributes:
        number: What to dial, written as people see it; ``None`` for a place or an app.
        region: ``None`` for all of mainland China, else a region's id.
        hours: What is known for the entry at large.
        verified_24h: Known to be answered at every hour wherever the caller is. The only mark that counts while the
            seeker's region is unknown (S7).
        hours_in: Regions where better is known than ``hours`` says.
        last_checked: The day on which ``source`` was last read.
    """

    id: str
    number: str | None
    name: str
    region: str | None
    audience: frozenset[Audience]
    hours: Hours
    verified_24h: bool
    what_for: str
    kind: Kind
    source: str
    last_checked: date
    hours_in: Mapping[str, Hours] = field(default_factory=dict)

    def hours_for(self, region: str | None) -> Hours:
        """The hours for somebody in ``region`` (``None``: not known where)."""
        return self.hours if region is None else self.hours_in.get(region, self.hours)

    @property
    def dialled(self) -> str:
        """The number as a ``tel:`` link needs it. Empty when there is none."""
        return "".join(ch for ch in self.number or "" if ch.isdigit() or ch == "+")


@dataclass(frozen=True, slots=True)
class Directory:
    """All entries, in the order in which they are offered: urgent first, then as the files list them."""

    entries: tuple[DirectoryEntry, ...]
    regions: tuple[Region, ...]

    @classmethod
    def load(cls, folder: Path = DIRECTORY_DIR) -> Directory:
        """Read every ``*.yaml`` of the folder in the order of their names.

        Raises:
            DirectoryFormatError: A file is damaged, an id stands twice, or a region is unknown.
        """
        regions = _load_regions(folder / "regions.yaml")
        known = frozenset(region.id for region in regions)
        paths = sorted(path for path in folder.glob("*.yaml") if path.name != "regions.yaml")
        entries = tuple(entry for path in paths for entry in _load_entries(path, known))
        seen: set[str] = set()
        for entry in entries:
            if entry.id in seen:
                raise DirectoryFormatError(entry.id, "this id stands twice in the directory")
            seen.add(entry.id)
        return cls(entries, regions)

    def get(self, entry_id: str) -> DirectoryEntry:
        """The entry with this id.

        Raises:
            EntryNotFoundError: There is none.
        """
        for entry in self.entries:
            if entry.id == entry_id:
                return entry
        raise EntryNotFoundError(entry_id)

    def number(self, entry_id: str) -> str:
        """The number of an entry, as people see it.

        Raises:
            EntryNotFoundError: There is no such entry, so no number may be shown.
            EntryHasNoNumberError: It is a place or an app.
        """
        number = self.get(entry_id).number
        if number is None:
            raise EntryHasNoNumberError(entry_id)
        return number

    def for_region(self, region: str | None, audience: Audience | None = None) -> tuple[DirectoryEntry, ...]:
        """What somebody in ``region`` can use: its own entries first, then the national ones.

        ``None`` means: not known where; only national entries. ``ABROAD`` leaves the national ones out.
        """
        own = [e for e in self.entries if region is not None and e.region == region]
        national = [] if region == ABROAD else [e for e in self.entries if e.region is None]
        return tuple(e for e in (*own, *national) if audience is None or audience in e.audience)

    def open_state(self, entry: DirectoryEntry, now: datetime, region: str | None = None) -> OpenState:
        """Open, closed, or not known for somebody in ``region``. ``now`` is aware."""
        if entry.verified_24h:
            return OpenState.OPEN
        here = region if region is not None else entry.region
        return entry.hours_for(here).state(now)

    def open_now(self, entry: DirectoryEntry, now: datetime, region: str | None = None) -> bool:
        """Whether it is known that somebody answers now. Unknown hours count as closed (S7)."""
        return self.open_state(entry, now, region) is OpenState.OPEN

    def answering_now(
        self,
        region: str | None,
        now: datetime,
        *,
        kinds: Collection[Kind] | None = None,
        audience: Audience | None = None,
    ) -> tuple[DirectoryEntry, ...]:
        """Numbers that are known to answer now (S7). With the region unknown: only those open 24 h everywhere."""
        return tuple(
            entry
            for entry in self.for_region(region, audience)
            if entry.number is not None
            and (kinds is None or entry.kind in kinds)
            and (entry.verified_24h if region is None else self.open_now(entry, now, region))
        )

    def next_number(
        self,
        tried: Collection[str],
        region: str | None,
        now: datetime,
        *,
        kinds: Collection[Kind] | None = None,
    ) -> DirectoryEntry | None:
        """After 没打通: the first answering entry whose id is not among ``tried``; ``None`` when all were tried."""
        return next(
            (e for e in self.answering_now(region, now, kinds=kinds) if e.id not in tried),
            None,
        )

    def numbers(self) -> frozenset[str]:
        """Every number of the directory in digits: what a text may show."""
        return frozenset(entry.dialled for entry in self.entries if entry.number is not None)


def _read(path: Path) -> list[object]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise DirectoryFormatError(path.name, "the file cannot be read as YAML") from exc
    if not isinstance(loaded, list):
        raise DirectoryFormatError(path.name, "the file is not a list")
    return loaded


def _load_regions(path: Path) -> tuple[Region, ...]:
    regions: list[Region] = []
    for row in _read(path):
        match row:
            case {"id": str(region_id), "name": str(name)}:
                regions.append(Region(id=region_id, name=name))
            case _:
                raise DirectoryFormatError(path.name, "a region must have an id and a name")
    return tuple(regions)


def _load_entries(path: Path, regions: frozenset[str]) -> Iterable[DirectoryEntry]:
    for index, row in enumerate(_read(path)):
        where = f"{path.name}, entry {index + 1}"
        if not isinstance(row, dict):
            raise DirectoryFormatError(where, "an entry must be a list of fields")
        try:
            yield _entry(row, regions)
        except (ValueError, TypeError) as exc:
            raise DirectoryFormatError(where, str(exc)) from exc


def _entry(row: Mapping[str, object], regions: frozenset[str]) -> DirectoryEntry:
    if odd := (set(row) - {"hours_in"}) ^ _REQUIRED:
        raise ValueError(f"these fields are missing or unknown: {', '.join(sorted(map(str, odd)))}")
    region = row["region"]
    if region is not None and region not in regions:
        raise ValueError(f"the region {region} is not in regions.yaml")
    hours = parse_hours(row["hours"])
    if (row["verified_24h"] is True) and hours.kind is not HoursKind.ALWAYS:
        raise ValueError("an entry that is verified for 24 h must have hours of the kind always")
    checked = row["last_checked"]
    if type(checked) is not date:
        raise ValueError("last_checked must be a date like 2026-11-22")
    return DirectoryEntry(
        id=_text(row, "id"),
        number=None if row["number"] is None else _text(row, "number"),
        name=_text(row, "name"),
        region=None if region is None else str(region),
        audience=_audience(row["audience"]),
        hours=hours,
        verified_24h=row["verified_24h"] is True,
        what_for=_text(row, "what_for"),
        kind=Kind(_text(row, "kind")),
        source=_text(row, "source"),
        last_checked=checked,
        hours_in=_hours_in(row.get("hours_in", {}), regions),
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text (numbers in quotes)")
    return value.strip()


def _audience(raw: object) -> frozenset[Audience]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("audience must list student, parent or teacher")
    return frozenset(Audience(str(item)) for item in raw)


def _hours_in(raw: object, regions: frozenset[str]) -> dict[str, Hours]:
    if not isinstance(raw, Mapping) or not set(raw) <= regions:
        raise ValueError("hours_in must name known regions")
    return {str(region): parse_hours(hours) for region, hours in raw.items()}
