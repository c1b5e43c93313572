"""Which visits an actor may see, and what of a doctor's own."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, select

from app.frontdesk.display_models import Display
from app.frontdesk.models import NoteTemplate, Visit, VisitAmendment
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.scope import of_desk_or_own, within_reach


@scope.policy(Visit)
def _visits(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: the own ones, in clinics where they work. Accountants: none."""
    return of_desk_or_own(Visit, actor)


@scope.policy(VisitAmendment)
def _amendments(actor: Actor) -> ColumnElement[bool]:
    """Those of the own visits, in clinics where the doctor works; nobody else's, administrators included."""
    if actor.doctor_id is None:
        return false()
    own = and_(Visit.id == VisitAmendment.visit_id, Visit.doctor_id == actor.doctor_id, _visits(actor))
    return select(Visit.id).where(own).exists()


@scope.policy(NoteTemplate)
def _templates(actor: Actor) -> ColumnElement[bool]:
    """A doctor's own; nobody else's, administrators included."""
    return false() if actor.doctor_id is None else NoteTemplate.doctor_id == actor.doctor_id


@scope.policy(Display)
def _displays(actor: Actor) -> ColumnElement[bool]:
    """Those of the clinics in reach."""
    return within_reach(Display.clinic_id.expression, actor)
