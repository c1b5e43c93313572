"""Which visits an actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.frontdesk.display_models import Display
from app.frontdesk.models import Visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.scope import of_desk_or_own, within_reach


@scope.policy(Visit)
def _visits(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: the own ones, in clinics where they work. Accountants: none."""
    return of_desk_or_own(Visit, actor)


@scope.policy(Display)
def _displays(actor: Actor) -> ColumnElement[bool]:
    """Those of the clinics in reach."""
    return within_reach(Display.clinic_id.expression, actor)
