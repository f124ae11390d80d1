"""The desk's face: HTTP routes and the socket of ``docs/protocol.md``, section 2."""

from __future__ import annotations

from escalation.desk.routes import DeskDeps, desk_routes

__all__ = ["DeskDeps", "desk_routes"]
