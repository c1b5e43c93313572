"""Who may watch a board live."""

from __future__ import annotations

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.errors import NotAllowed
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
