"""Which visits an actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, true

from app.frontdesk.models import Visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.roles import Role
from app.people.scope import within_reach


@scope.policy(Visit)
def _visits(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: the own ones, in clinics where they work. Accountants: none."""
    if actor.everywhere:
        return true()
    in_clinic = within_reach(Visit.clinic_id.expression, actor)
    if actor.has_role(Role.RECEPTIONIST):
        return in_clinic
    if actor.doctor_id is None:
        return false()
    return in_clinic & (Visit.doctor_id == actor.doctor_id)
