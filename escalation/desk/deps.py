"""What the desk's routes and socket are handed."""

from __future__ import annotations

from dataclasses import dataclass

from escalation.casework import Casework
from escalation.closing import Closing
from escalation.desk.guards import Guards
from escalation.desk.hub import Hub
from escalation.desk.views import Views
from escalation.reveal import Reveal
from escalation.room import Room
from escalation.signin import StaffSessions
from escalation.speaking import Speaking


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDeps:
    room: Room
    sessions: StaffSessions
    guards: Guards
    casework: Casework
    closing: Closing
    speaking: Speaking
    reveal: Reveal
    views: Views
    hub: Hub
