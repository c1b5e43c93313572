"""The diagnoses, prescriptions and attachments of a visit and of a patient, for the treating doctor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from app.frontdesk.clinical_models import Attachment, Prescription, VisitDiagnosis
from app.frontdesk.clinical_states import PrescriptionStatus
from app.frontdesk.models import Visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db

MOST_EARLIER: Final = 5


def list_diagnoses(visit_id: int, *, actor: Actor) -> list[VisitDiagnosis]:
    """The main one first, then the others in the doctor's order."""
    query = scope.rows(VisitDiagnosis, actor).where(VisitDiagnosis.visit_id == visit_id)
    in_order = query.order_by(VisitDiagnosis.kind, VisitDiagnosis.position, VisitDiagnosis.id)
    return list(db.session.scalars(in_order.execution_options(populate_existing=True)))


def with_items() -> tuple[ORMOption, ...]:
    """What a prescription is shown with."""
    return selectinload(Prescription.items), joinedload(Prescription.clinic)


def list_prescriptions(visit: Visit, *, actor: Actor) -> list[Prescription]:
    """Those of a visit, the newest first."""
    return prescriptions_of([visit], actor=actor).get(visit.id, [])


def prescriptions_of(visits: Iterable[Visit], *, actor: Actor) -> dict[int, list[Prescription]]:
    """By visit, the newest first, with what was prescribed; in a fixed number of statements."""
    known = list(visits)
    found: dict[int, list[Prescription]] = {}
    if not known:
        return found
    query = scope.rows(Prescription, actor).where(
        Prescription.doctor_id.in_({visit.doctor_id for visit in known}),
        Prescription.patient_id.in_({visit.patient_id for visit in known}),
        Prescription.visit_id.in_([visit.id for visit in known]),
    )
    newest = query.order_by(Prescription.issued_at.desc(), Prescription.id.desc())
    for one in db.session.scalars(newest.options(*with_items())):
        found.setdefault(one.visit_id, []).append(one)
    return found


def list_earlier(visit: Visit, *, actor: Actor) -> list[Prescription]:
    """The doctor's last prescriptions for the patient from other visits, to be copied; no cancelled ones."""
    query = scope.rows(Prescription, actor).where(
        Prescription.doctor_id == visit.doctor_id,
        Prescription.patient_id == visit.patient_id,
        Prescription.visit_id != visit.id,
        Prescription.status == PrescriptionStatus.ISSUED,
    )
    newest = query.order_by(Prescription.issued_at.desc(), Prescription.id.desc()).limit(MOST_EARLIER)
    return list(db.session.scalars(newest.options(*with_items())))


def find_to_copy(prescription_id: int, visit: Visit, *, actor: Actor) -> Prescription | None:
    """An earlier prescription of this doctor for this patient."""
    found = scope.find(Prescription, prescription_id, actor=actor, options=with_items())
    return found if found is not None and found.patient_id == visit.patient_id else None


def list_attachments(visit_id: int, *, actor: Actor) -> list[Attachment]:
    """Those that have not been removed, in order of arrival, without their content."""
    query = scope.rows(Attachment, actor).where(Attachment.visit_id == visit_id, Attachment.removed_at.is_(None))
    return list(db.session.scalars(query.options(joinedload(Attachment.clinic)).order_by(Attachment.id)))


def get_attachment(attachment_id: int, *, actor: Actor) -> Attachment:
    """With its content, which is None for a removed one. Refuses: NotFound."""
    return scope.get(Attachment, attachment_id, actor=actor, options=(undefer(Attachment.content),))


def count_prescriptions(visit: Visit) -> int:
    """How many prescriptions a visit has, cancelled ones too."""
    query = select(func.count()).where(
        Prescription.doctor_id == visit.doctor_id,
        Prescription.patient_id == visit.patient_id,
        Prescription.visit_id == visit.id,
    )
    return db.session.scalar(query) or 0
