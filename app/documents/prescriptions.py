"""A prescription as a PDF, for the doctor who wrote it."""

from __future__ import annotations

from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.documents.content import ClinicBlock
from app.documents.gathering import Translator
from app.documents.prescription_content import MedicineContent, PrescriptionContent, PrescriptionLabels
from app.documents.prescription_layout import prescription_pdf
from app.documents.service import Document
from app.frontdesk.clinical_models import Prescription, PrescriptionItem
from app.frontdesk.clinical_states import PrescriptionStatus
from app.frontdesk.rules import ensure_treating_doctor
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient


def prescription_document(
    prescription_id: int, *, actor: Actor, translator: Translator, demo: bool = False
) -> Document:
    """The prescription in the patient's language; a cancelled one is marked so. Refuses: NotFound, NotAllowed."""
    prescription = scope.get(Prescription, prescription_id, actor=actor, options=_needed_rows())
    ensure_treating_doctor(actor.doctor_id, prescription.doctor_id)
    content = content_of(prescription, translator, demo=demo)
    return Document(f"prescription-{prescription.id}.pdf", "application/pdf", prescription_pdf(content))


def content_of(prescription: Prescription, translator: Translator, *, demo: bool = False) -> PrescriptionContent:
    """What is printed."""
    patient, clinic = prescription.patient, prescription.clinic
    language = patient.language or clinic.language
    labels = PrescriptionLabels.translated(translator(language))
    cancelled = [labels.cancelled] if prescription.status is PrescriptionStatus.CANCELLED else []
    specialty = prescription.doctor.specialty
    return PrescriptionContent(
        clinic=_letterhead(clinic),
        number=str(prescription.id),
        patient_name=patient.name,
        date_of_birth=patient.date_of_birth,
        doctor_name=prescription.doctor.name,
        specialty=specialty.name if specialty else "",
        issued_on=clinic_day(prescription.issued_at, clinic.timezone),
        medicines=tuple(map(_medicine, prescription.items)),
        locale=language,
        labels=labels,
        mark=" · ".join([*cancelled, *([labels.demo] if demo else [])]),
    )


def _needed_rows() -> tuple[ORMOption, ...]:
    """Without anything clinical of the patient."""
    patient = joinedload(Prescription.patient)
    return (
        joinedload(Prescription.clinic),
        joinedload(Prescription.doctor).joinedload(Doctor.specialty),
        patient.load_only(Patient.name, Patient.date_of_birth, Patient.language),
        selectinload(Prescription.items),
    )


def _letterhead(clinic: Clinic) -> ClinicBlock:
    return ClinicBlock(
        name=clinic.name,
        address_lines=tuple((clinic.address or "").splitlines()),
        phone=clinic.phone or "",
        email=clinic.email or "",
    )


def _medicine(item: PrescriptionItem) -> MedicineContent:
    return MedicineContent(
        medicine=item.medicine,
        strength=item.strength or "",
        dose=item.dose or "",
        frequency=item.frequency or "",
        duration=item.duration or "",
        quantity=item.quantity or "",
        instructions=item.instructions or "",
    )
