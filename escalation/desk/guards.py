"""Who may use which route of the desk. The role opens the route; whose ticket it is the transaction itself checks."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from aiohttp import web

from escalation.presence import Presence
from escalation.signin import StaffSessions, StaffWho
from escalation.web import ForbiddenError, NotSignedInError
from records.models import Role

COOKIE = "shudong_desk"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffGuard:
    """A session by cookie, one of ``allowed`` roles, and for changes the token against forged requests."""

    sessions: StaffSessions
    presence: Presence
    allowed: frozenset[Role]
    name: str

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(sorted(str(role) for role in self.allowed))

    async def admit(self, request: web.Request) -> StaffWho:
        """The signed-in person. Anything that changes something is also a human action (S14).

        Raises:
            NotSignedInError: No session.
            ForbiddenError: Wrong role, or no valid token against forged requests.
        """
        token = request.cookies.get(COOKIE, "")
        who = await self.sessions.check(token) if token else None
        if who is None:
            raise NotSignedInError
        if not self.allowed & who.staff.roles:
            raise ForbiddenError("role")
        if request.method not in SAFE:
            given = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(given.encode(), who.csrf.encode()):
                raise ForbiddenError("csrf")
            await self.sessions.touch(token)
            await self.presence.acted(who.staff)
        return who


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """One object a guard; the permission table shows their names."""

    staff: StaffGuard
    counsellor: StaffGuard
    supervisor: StaffGuard


def guards(sessions: StaffSessions, presence: Presence) -> Guards:
    def guard(name: str, *roles: Role) -> StaffGuard:
        return StaffGuard(sessions=sessions, presence=presence, allowed=frozenset(roles), name=name)

    return Guards(
        staff=guard("staff", *Role),
        # A supervisor may do whatever a counsellor may.
        counsellor=guard("counsellor", Role.COUNSELLOR, Role.SUPERVISOR),
        supervisor=guard("supervisor", Role.SUPERVISOR),
    )
