"""The demo: people at the desk whom everybody can play. Refused on a public address."""

from __future__ import annotations

from dataclasses import dataclass

from records import audit, lines, staff
from records.models import Role
from records.store import Store, Tx

PASSWORD = "shudong-demo"  # noqa: S105  # printed at the start on purpose; the app refuses public addresses with it


@dataclass(frozen=True, slots=True)
class DemoPerson:
    login: str
    name: str
    roles: tuple[Role, ...]
    skills: tuple[str, ...]


PEOPLE = (
    DemoPerson("counsellor", "咨询员甲", (Role.COUNSELLOR,), ("student", "parent", "crisis")),
    DemoPerson("counsellor2", "咨询员乙", (Role.COUNSELLOR,), ("student", "parent", "crisis")),
    DemoPerson("supervisor", "督导", (Role.SUPERVISOR, Role.COUNSELLOR), ("student", "parent", "crisis")),
    DemoPerson("admin", "管理员", (Role.ADMIN,), ()),
)


async def seed_demo(store: Store) -> None:
    """Add the demo people that are not there yet."""
    await store.write(_seed)


async def _seed(tx: Tx) -> None:
    line = await lines.ensure_default(tx)
    for person in PEOPLE:
        if await staff.by_login(tx, person.login) is not None:
            continue
        added = await staff.create(
            tx,
            login=person.login,
            password=PASSWORD,
            display_name=person.name,
            roles=person.roles,
            line_ids=[line.id],
            skills=person.skills,
            demo=True,
        )
        await audit.write(tx, actor="demo", action="staff.add", object_kind="staff", object_id=added.id)


def demo_pages(base: str) -> str:
    """What the terminal shows after ``make run``."""
    people = "\n".join(f"  {person.login:12} {PASSWORD}   {person.name}" for person in PEOPLE)
    return (
        f"\nDemo. Open two windows:\n  a student    {base}/chat\n  the desk     {base}/console\n"
        f"Sign-ins (login, password):\n{people}\nStop with Ctrl-C."
    )
