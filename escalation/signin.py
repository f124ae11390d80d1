"""Staff sessions: sign in, stay signed in while somebody works, end. Passwords are checked by ``records.staff``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from escalation.errors import SignInRefusedError
from escalation.room import Room
from records import audit, tables
from records import staff as people
from records.ids import hash_token
from records.models import Staff
from records.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWho:
    """Who asks."""

    staff: Staff
    csrf: str = field(repr=False)
    token: str = field(repr=False)


class StaffSessions:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def sign_in(self, login: str, password: str) -> StaffWho:
        """A new session.

        Raises:
            SignInRefusedError: Unknown login, wrong password, disabled or locked out: one answer for all.
        """
        done = await people.sign_in(self._room.store, login, password)
        person = done.staff
        if person is None:
            raise SignInRefusedError
        ttl = timedelta(seconds=self._room.settings.session_absolute_s)

        async def work(tx: Tx) -> tuple[str, str]:
            await audit.write(tx, actor=person.id, action="session.open", object_kind="staff", object_id=person.id)
            return await people.open_session(tx, person.id, ttl=ttl)

        token, csrf = await self._room.store.write(work)
        return StaffWho(staff=person, csrf=csrf, token=token)

    async def check(self, token: str) -> StaffWho | None:
        """Whose session this is; None when it ended, was idle for too long, or its owner may no more."""
        async with self._room.store.read() as tx:
            found = await people.session(tx, token)
            row = tables.staff_session.c
            query = sa.select(row.last_seen_at).where(row.token_hash == hash_token(token))
            seen = (await tx.execute(query)).scalar()
            now = tx.now
        if found is None or seen is None:
            return None
        idle = (now - seen).total_seconds()
        if idle > self._room.settings.session_idle_s:
            await self._room.store.write(lambda tx: people.revoke_session(tx, token))
            return None
        return StaffWho(staff=found[0], csrf=found[1], token=token)

    async def touch(self, token: str) -> None:
        """A human did something."""
        await self._room.store.write(lambda tx: people.touch_session(tx, token))

    async def end(self, who: StaffWho) -> None:
        async def work(tx: Tx) -> None:
            await people.revoke_session(tx, who.token)
            await audit.write(tx, actor=who.staff.id, action="session.end", object_kind="staff", object_id=who.staff.id)

        await self._room.store.write(work)
