"""A visit in the hands of the doctor who treats: in reach, locked, and open to what is to be done."""

from __future__ import annotations

from app.frontdesk.clinical_rules import ensure_can_change
from app.frontdesk.models import Visit
from app.frontdesk.rules import ensure_treating_doctor
from app.frontdesk.signing import is_signed
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.patient_models import Patient
from app.scheduling.errors import PatientArchived


def find_own_visit(visit_id: int, *, actor: Actor) -> Visit:
    """The doctor's own visit, to be looked at. Refuses: NotFound, NotTheTreatingDoctor."""
    visit = scope.get(Visit, visit_id, actor=actor)
    ensure_treating_doctor(actor.doctor_id, visit.doctor_id)
    return visit


def take_own_visit(visit_id: int, *, actor: Actor) -> Visit:
    """The same, locked until the transaction ends. Refuses: NotFound, NotTheTreatingDoctor."""
    visit = scope.get(Visit, visit_id, actor=actor, lock=True)
    ensure_treating_doctor(actor.doctor_id, visit.doctor_id)
    return visit


def take_open_visit(visit_id: int, *, actor: Actor) -> Visit:
    """Locked, and the consultation under way.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, ConsultationSigned.
    """
    visit = take_own_visit(visit_id, actor=actor)
    ensure_can_change(visit.status, signed=is_signed(visit))
    return visit


def ensure_patient_kept(visit: Visit) -> None:
    """Nothing is added to an archived record. Refuses: PatientArchived."""
    if not db.session.get_one(Patient, visit.patient_id, populate_existing=True).is_active:
        raise PatientArchived
