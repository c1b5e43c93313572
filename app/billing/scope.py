"""Which invoices and payments an actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from app.billing.models import Invoice, Payment
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.roles import Role
from app.people.scope import within_reach


@scope.policy(Invoice)
def _invoices(actor: Actor) -> ColumnElement[bool]:
    return _in_reach(Invoice, actor)


@scope.policy(Payment)
def _payments(actor: Actor) -> ColumnElement[bool]:
    return _in_reach(Payment, actor)


def _in_reach(model: type[Invoice | Payment], actor: Actor) -> ColumnElement[bool]:
    """Reception and accounting: all of their clinics. A doctor: what they earned, through their earnings alone."""
    if actor.everywhere:
        return true()
    in_clinics = within_reach(model.clinic_id.expression, actor, Role.RECEPTIONIST, Role.ACCOUNTANT)
    return in_clinics if actor.doctor_id is None else or_(in_clinics, model.doctor_id == actor.doctor_id)
