"""Who may watch a board live, and which version of it is the current one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.kernel.models import BoardVersion
from app.people.models import Clinic
from app.people.roles import Role
from app.people.rooms import clinic_room, doctor_room


def room_of_clinic(clinic_id: int, *, actor: Actor) -> str:
    """The room of a clinic's reception. Refuses: NotFound, NotAllowed (who is not at its desk)."""
    scope.get(Clinic, clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic_id)
    return clinic_room(clinic_id)


def room_of_doctor(doctor_id: int, *, actor: Actor) -> str:
    """The own room. Refuses: NotAllowed (any other, whether it exists or not)."""
    if actor.doctor_id is None or actor.doctor_id != doctor_id:
        raise NotAllowed
    return doctor_room(doctor_id)


def board_versions(clinic_ids: Iterable[int]) -> dict[int, int]:
    """The current version of each of these clinics' boards."""
    query = select(BoardVersion.clinic_id, BoardVersion.version).where(BoardVersion.clinic_id.in_(sorted(clinic_ids)))
    return {row.clinic_id: row.version for row in db.session.execute(query)}
