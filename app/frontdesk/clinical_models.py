"""What a consultation leaves beside its notes: coded diagnoses, prescriptions, attachments; and the codes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.frontdesk.clinical_states import DiagnosisKind, PrescriptionStatus
from app.frontdesk.models import Visit
from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, UtcDateTime, one_of
from app.kernel.crypto import EncryptedBytes, EncryptedText
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient

TERM_LENGTH: Final = 40
LONGEST_CODE: Final = 16
LONGEST_TITLE: Final = 300
MOST_ITEMS: Final = 12
_MAIN = text("kind = 'main'")


class DiagnosisCode(Entity):
    """One code of a classification; the same for all clinics, changed by imports alone."""

    __tablename__ = "diagnosis_code"
    __table_args__ = (UniqueConstraint("code", name="uq_diagnosis_code"),)

    code: Mapped[str] = mapped_column(String(LONGEST_CODE))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    system: Mapped[str] = mapped_column(String(24), default="ICD-10")
    is_active: Mapped[bool] = mapped_column(default=True)

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"


class DiagnosisTerm(Model):
    """A folded word by whose beginning a code in use is found, under a byte-ordered B-tree."""

    __tablename__ = "diagnosis_term"
    __table_args__ = (Index("ix_diagnosis_term_code", "code_id", "term"), {"sqlite_with_rowid": False})

    term: Mapped[str] = mapped_column(
        String(TERM_LENGTH).with_variant(String(TERM_LENGTH, collation="C"), "postgresql"), primary_key=True
    )
    code_id: Mapped[int] = mapped_column(ForeignKey("diagnosis_code.id", ondelete="CASCADE"), primary_key=True)


class VisitDiagnosis(Audited, Entity):
    """A code with its title as they were when the doctor chose them."""

    __tablename__ = "visit_diagnosis"
    __table_args__ = (
        one_of("kind", DiagnosisKind, "ck_visit_diagnosis_kind"),
        Index("uq_visit_diagnosis_main", "visit_id", unique=True, postgresql_where=_MAIN, sqlite_where=_MAIN),
        Index("ix_visit_diagnosis_visit", "visit_id", "position"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"code", "title"})

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    code: Mapped[str] = mapped_column(EncryptedText)
    title: Mapped[str] = mapped_column(EncryptedText)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[DiagnosisKind] = mapped_column(EnumText(DiagnosisKind))


class Prescription(Audited, Entity):
    """What a doctor prescribed at once: never changed, only cancelled. `form_key` is that of the form it came from."""

    __tablename__ = "prescription"
    __table_args__ = (
        UniqueConstraint("visit_id", "form_key", name="uq_prescription_form_key"),
        one_of("status", PrescriptionStatus, "ck_prescription_status"),
        CheckConstraint(f"item_count BETWEEN 1 AND {MOST_ITEMS}", name="ck_prescription_items"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="ck_prescription_cancelled"),
        CheckConstraint("(status = 'cancelled') = (cancel_reason IS NOT NULL)", name="ck_prescription_reason"),
        Index("ix_prescription_doctor_patient", "doctor_id", "patient_id", "issued_at", "id"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"cancel_reason", "form_key"})

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime())
    item_count: Mapped[int] = mapped_column(Integer)
    form_key: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[PrescriptionStatus] = mapped_column(EnumText(PrescriptionStatus), default=PrescriptionStatus.ISSUED)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    cancel_reason: Mapped[str | None] = mapped_column(EncryptedText)

    visit: Mapped[Visit] = relationship()
    clinic: Mapped[Clinic] = relationship()
    doctor: Mapped[Doctor] = relationship()
    patient: Mapped[Patient] = relationship()
    items: Mapped[list[PrescriptionItem]] = relationship(order_by="PrescriptionItem.position")


class PrescriptionItem(Entity):
    """One medicine, and how it is to be taken."""

    __tablename__ = "prescription_item"
    __table_args__ = (
        UniqueConstraint("prescription_id", "position", name="uq_prescription_item"),
        CheckConstraint("position >= 1", name="ck_prescription_item_position"),
    )

    prescription_id: Mapped[int] = mapped_column(ForeignKey("prescription.id"))
    position: Mapped[int] = mapped_column(Integer)
    medicine: Mapped[str] = mapped_column(EncryptedText)
    strength: Mapped[str | None] = mapped_column(EncryptedText)
    dose: Mapped[str | None] = mapped_column(EncryptedText)
    frequency: Mapped[str | None] = mapped_column(EncryptedText)
    duration: Mapped[str | None] = mapped_column(EncryptedText)
    quantity: Mapped[str | None] = mapped_column(EncryptedText)
    instructions: Mapped[str | None] = mapped_column(EncryptedText)


class Attachment(Audited, Entity):
    """A file of a consultation; of a removed one the row stays without its content.

    `size` and `sha256` are those of the content in the clear; `uploaded_by` is the name of who did.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("(removed_at IS NULL) = (content IS NOT NULL)", name="ck_attachment_content"),
        CheckConstraint("size > 0", name="ck_attachment_size"),
        Index("ix_attachment_visit", "visit_id", "id"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"name", "content_type", "size", "sha256", "content"})

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    name: Mapped[str] = mapped_column(EncryptedText)
    content_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = deferred(mapped_column(EncryptedBytes))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime())
    uploaded_by: Mapped[str] = mapped_column(String(130))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    clinic: Mapped[Clinic] = relationship()
