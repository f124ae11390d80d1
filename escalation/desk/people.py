"""Lines and colleagues with their load: for transfers, and so that everybody sees who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalation import priority, rows
from escalation.desk import shapes
from escalation.desk.views import colleagues
from records import lines
from records.models import Staff

if TYPE_CHECKING:
    from escalation.desk.deps import DeskDeps


async def everybody(deps: DeskDeps, staff: Staff) -> shapes.People:
    """Lines to transfer to, and the people of one's own lines."""
    room = deps.room
    async with room.store.read() as tx:
        known = await lines.all(tx)
        persons = [one for one in await colleagues(tx) if one.line_ids & staff.line_ids]
        claimed = await rows.load_by_staff(tx, {line for one in persons for line in one.line_ids})
    listed = []
    for one in persons:
        duty = await room.presence.of(one)
        listed.append(
            shapes.Colleague(
                id=one.id, name=one.display_name, on_duty=room.presence.counts(duty), capacity=duty.capacity,
                load=priority.load(claimed.get(one.id, []), duty.capacity), lines=sorted(one.line_ids),
            )
        )  # fmt: skip
    return shapes.People(lines=[shapes.LineShape(id=line.id, name=line.name) for line in known], staff=listed)
