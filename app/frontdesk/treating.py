"""A visit in the hands of the doctor who treats: in reach, locked, and open to what is to be done."""

from __future__ import annotations

from sqlalchemy.orm.interfaces import ORMOption

from app.frontdesk.models import Visit
from app.frontdesk.rules import ensure_can_write_record, ensure_expected, ensure_treating_doctor
from app.frontdesk.states import VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.patients import hold_active
from app.scheduling.errors import PatientArchived


def find_own_visit(visit_id: int, *, actor: Actor) -> Visit:
    """The doctor's own visit, to be looked at. Refuses: NotFound, NotTheTreatingDoctor."""
    visit = scope.get(Visit, visit_id, actor=actor)
    ensure_treating_doctor(actor.doctor_id, visit.doctor_id)
    return visit


def take_own_visit(
    visit_id: int,
    *,
    expected_status: VisitStatus | None = None,
    options: tuple[ORMOption, ...] = (),
    actor: Actor,
) -> Visit:
    """The same, locked until the transaction ends. Refuses: NotFound, NotTheTreatingDoctor, StateChanged."""
    visit = scope.get(Visit, visit_id, actor=actor, lock=True, options=options)
    ensure_treating_doctor(actor.doctor_id, visit.doctor_id)
    ensure_expected(visit.status, expected_status)
    return visit


def take_open_visit(visit_id: int, *, actor: Actor) -> Visit:
    """Locked, and the consultation under way.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, Signed.
    """
    visit = take_own_visit(visit_id, actor=actor)
    ensure_can_write_record(visit.status)
    return visit


def ensure_patient_kept(visit: Visit) -> None:
    """Nothing is added to an archived record. Refuses: PatientArchived."""
    if not hold_active(visit.patient_id):
        raise PatientArchived
