"""Every route of the desk, in one list."""

from __future__ import annotations

from escalation.desk import (
    routes_care,
    routes_conversations,
    routes_judging,
    routes_session,
    routes_supervision,
    routes_tickets,
)
from escalation.desk.deps import DeskDeps
from escalation.web import Route

__all__ = ["DeskDeps", "desk_routes"]


def desk_routes(deps: DeskDeps) -> list[Route]:
    """``mount`` them into the application; the socket is among them."""
    return [
        *routes_session.routes(deps),
        *routes_tickets.routes(deps),
        *routes_conversations.routes(deps),
        *routes_judging.routes(deps),
        *routes_care.routes(deps),
        *routes_supervision.routes(deps),
    ]
