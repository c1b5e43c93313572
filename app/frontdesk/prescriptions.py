"""Prescriptions: issued by the treating doctor, during the consultation or after it; never changed, only cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.frontdesk.clinical_errors import PrescriptionFixed
from app.frontdesk.clinical_models import Prescription, PrescriptionItem
from app.frontdesk.clinical_queries import count_prescriptions
from app.frontdesk.clinical_requests import cancel_reason, prescribed_items
from app.frontdesk.clinical_rules import ensure_can_cancel, ensure_can_prescribe
from app.frontdesk.clinical_states import PrescriptionStatus
from app.frontdesk.rules import ensure_treating_doctor
from app.frontdesk.treating import ensure_patient_kept, take_own_visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses

refuses("ck_prescription_fixed", PrescriptionFixed)


def prescribe(
    visit_id: int, values: Mapping[str, object], *, form_key: str | None = None, actor: Actor, now: datetime
) -> Prescription:
    """Issue a prescription of 1 to 12 medicines. The same form sent twice gives the one that is there already.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, PatientArchived, TooManyPrescriptions, Invalid
    with every problem of every field.
    """
    items = prescribed_items(values)
    visit = take_own_visit(visit_id, actor=actor)
    sent_before = _sent_before(visit.id, form_key)
    if sent_before is not None:
        return sent_before
    ensure_can_prescribe(visit.status, present=count_prescriptions(visit))
    ensure_patient_kept(visit)
    prescription = Prescription(
        visit_id=visit.id,
        clinic_id=visit.clinic_id,
        doctor_id=visit.doctor_id,
        patient_id=visit.patient_id,
        issued_at=now,
        item_count=len(items),
        form_key=form_key,
        status=PrescriptionStatus.ISSUED,
        items=[PrescriptionItem(position=place, **item) for place, item in enumerate(items, start=1)],
    )
    db.session.add(prescription)
    db.session.flush()
    return prescription


def cancel_prescription(
    prescription_id: int, values: Mapping[str, object], *, actor: Actor, now: datetime
) -> Prescription:
    """Say that a prescription no longer holds, and why. Refuses: NotFound, Invalid, PrescriptionCancelled."""
    reason = cancel_reason(values)
    prescription = scope.get(Prescription, prescription_id, actor=actor, lock=True)
    ensure_treating_doctor(actor.doctor_id, prescription.doctor_id)
    ensure_can_cancel(prescription.status, reason=reason)
    prescription.status, prescription.cancelled_at = PrescriptionStatus.CANCELLED, now
    prescription.cancel_reason = reason
    db.session.flush()
    return prescription


def _sent_before(visit_id: int, form_key: str | None) -> Prescription | None:
    if form_key is None:
        return None
    query = select(Prescription).where(Prescription.visit_id == visit_id, Prescription.form_key == form_key)
    found: Prescription | None = db.session.scalars(query).one_or_none()
    return found
