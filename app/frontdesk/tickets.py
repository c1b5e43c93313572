"""A patient's own place in the queue, for whoever holds the ticket: nothing about anybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import joinedload

from app.frontdesk.board import get_board
from app.frontdesk.display_rules import about_minutes, people_ahead, shown_name
from app.frontdesk.models import Visit
from app.frontdesk.rules import ensure_can_leave
from app.frontdesk.states import ACTIVE, Phase, VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor, system
from app.kernel.clock import clinic_day
from app.people.roles import Role
from app.people.settings import get_settings

HOLDER = system("patient, by the link of a ticket")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the visit stands in the queue. `ahead` people go in before it, its turn comes in `about_minutes`.

    `called_number` is whom its doctor calls at the moment, `called_time` since when the holder is (ISO 8601).
    """

    status: VisitStatus
    number: int
    doctor: str
    room: str | None = None
    version: int = 0
    ahead: int | None = None
    about_minutes: int | None = None
    called_number: int | None = None
    called_time: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status not in ACTIVE


def find_visit(visit_id: int, *, actor: Actor = HOLDER) -> Visit | None:
    """The visit with what its ticket says around it; None as well at a clinic that is closed."""
    around = (joinedload(Visit.clinic), joinedload(Visit.doctor), joinedload(Visit.patient))
    visit = scope.find(Visit, visit_id, actor=actor, options=around)
    return visit if visit is not None and visit.clinic.is_active else None


def is_in_use(visit: Visit, *, now: datetime) -> bool:
    """Whether the ticket still says anything: on the clinic's day, and while the visit has not ended."""
    return visit.status in ACTIVE or visit.business_date >= clinic_day(now, visit.clinic.timezone)


def place_of(visit: Visit, *, now: datetime) -> Place:
    """Where the visit stands now, by the clinic's board."""
    board = get_board(visit.clinic_id, actor=HOLDER, now=now)
    shown = next((each for visits in board["phases"].values() for each in visits if each["id"] == visit.id), None)
    if shown is None:
        return Place(visit.status, visit.queue_number, visit.doctor.name, version=board["version"])
    return _place(shown, board["phases"][Phase.WAITING], version=board["version"], now=now)


def _place(shown: dict[str, Any], waiting: list[dict[str, Any]], *, version: int, now: datetime) -> Place:
    status = VisitStatus(shown["status"])
    waits = status is VisitStatus.WAITING
    called = [each for each in waiting if each["status"] == "called" and each["doctor_id"] == shown["doctor_id"]]
    return Place(
        status,
        shown["queue_number"],
        shown["doctor_name"],
        shown["room"],
        version,
        ahead=people_ahead(shown, waiting) if waits else None,
        about_minutes=about_minutes(shown["estimated_start"], now) if waits else None,
        called_number=max(called, key=lambda each: each["called_time"])["queue_number"] if waits and called else None,
        called_time=shown["called_time"] if status is VisitStatus.CALLED else None,
    )


def get_printable(visit_id: int, *, actor: Actor) -> Visit:
    """The visit whose ticket the desk prints. Refuses: NotFound, NotAllowed, AlreadyWithDoctor, VisitOver."""
    visit = scope.get(Visit, visit_id, actor=actor, options=(joinedload(Visit.clinic), joinedload(Visit.patient)))
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=visit.clinic_id)
    ensure_can_leave(visit.status)
    return visit


def name_on_paper(visit: Visit) -> str | None:
    """What a printed ticket shows of the patient's name; None is nothing."""
    return shown_name(visit.patient.name, get_settings(visit.clinic_id).display_names)
