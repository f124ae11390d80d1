"""Lines (热线) and the tree of organisations: who answers, where, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from records import sql
from records.errors import NotFoundError
from records.ids import new_id
from records.models import Line
from records.tables import line, organisation
from records.tx import Tx

_CHANGEABLE = frozenset({
    "name", "time_zone", "hours", "audiences", "skills", "region", "neighbour_id", "is_default", "organisation_id",
})  # fmt: skip
_DEFAULT = sa.select(line).order_by(line.c.is_default.desc(), line.c.id).limit(1)
_ALL = sa.select(line).order_by(line.c.id)


def _read(row: sa.Row[Any]) -> Line:
    return Line(
        id=row.id, slug=row.slug, name=row.name, time_zone=row.time_zone, hours=row.hours,
        audiences=tuple(row.audiences), skills=tuple(row.skills), region=row.region, neighbour_id=row.neighbour_id,
        is_default=row.is_default,
    )  # fmt: skip


async def default_line(tx: Tx) -> Line:
    """Raises:
    NotFoundError: No line exists yet; ``ensure_default`` makes the first one.
    """
    row = (await tx.execute(_DEFAULT)).first()
    if row is None:
        raise NotFoundError("line", "default")
    return _read(row)


async def ensure_default(tx: Tx, *, slug: str = "default", name: str = "12355") -> Line:
    """The default line; on an empty database it is made, open around the clock for everybody."""
    row = (await tx.execute(_DEFAULT)).first()
    return _read(row) if row is not None else await create(tx, slug=slug, name=name, is_default=True)


async def get(tx: Tx, line_id: str) -> Line:
    """Raises:
    NotFoundError: No such line.
    """
    return _read(await sql.fetch(tx, line, line_id))


async def by_slug(tx: Tx, slug: str) -> Line | None:
    row = await sql.find(tx, line, slug=slug)
    return None if row is None else _read(row)


async def all(tx: Tx) -> list[Line]:  # noqa: A001 - always called as lines.all
    return [_read(row) for row in (await tx.execute(_ALL)).all()]


async def create(
    tx: Tx,
    *,
    slug: str,
    name: str,
    time_zone: str = "Asia/Shanghai",
    hours: Mapping[str, Any] | None = None,
    audiences: Iterable[str] = ("student", "parent", "teacher"),
    skills: Iterable[str] = (),
    region: str | None = None,
    neighbour_id: str | None = None,
    is_default: bool = False,
    organisation_id: str | None = None,
) -> Line:
    """``hours`` empty: around the clock.

    Raises:
        ConflictError: The slug is taken.
    """
    row = {
        "id": new_id(tx.now), "slug": slug, "name": name, "time_zone": time_zone, "hours": dict(hours or {}),
        "audiences": [str(item) for item in audiences], "skills": [str(item) for item in skills], "region": region,
        "neighbour_id": neighbour_id, "is_default": is_default, "organisation_id": organisation_id,
        "created_at": tx.now,
    }  # fmt: skip
    if is_default:
        await tx.execute(sa.update(line).values(is_default=False))
    await sql.insert(tx, line, row)
    return await get(tx, str(row["id"]))


async def update(tx: Tx, line_id: str, **changed: Any) -> Line:
    """Raises:
    NotFoundError: No such line.
    TypeError: Not a field of a line.
    """
    if unknown := changed.keys() - _CHANGEABLE:
        raise TypeError(f"not a field of a line: {sorted(unknown)}")
    if changed.get("is_default"):
        await tx.execute(sa.update(line).values(is_default=False))
    await sql.update_one(tx, line, line_id, changed)
    return await get(tx, line_id)


async def create_organisation(
    tx: Tx, *, kind: str, name: str, parent_id: str | None = None, region: str | None = None
) -> str:
    """A place in the tree (city, county, school, hospital, police); answers its id."""
    id_ = new_id(tx.now)
    row = {"id": id_, "kind": kind, "name": name, "parent_id": parent_id, "region": region, "created_at": tx.now}
    await sql.insert(tx, organisation, row)
    return id_


async def ids_under(tx: Tx, organisation_ids: Iterable[str]) -> frozenset[str]:
    """The lines of these organisations and of all below them."""
    roots = list(organisation_ids)
    if not roots:
        return frozenset()
    tree = sa.select(organisation.c.id).where(organisation.c.id.in_(roots)).cte("tree", recursive=True)
    below = sa.select(organisation.c.id).join(tree, organisation.c.parent_id == tree.c.id)
    members = sa.select(tree.union(below).c.id)
    return frozenset((await tx.execute(sa.select(line.c.id).where(line.c.organisation_id.in_(members)))).scalars())
