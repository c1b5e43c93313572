"""Patients and the terms by which they are found."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.audit import Audited
from app.kernel.columns import Entity, Revised
from app.kernel.crypto import EncryptedText
from app.people.models import Clinic, Doctor

TERM_LENGTH = 40


class Patient(Audited, Revised, Entity):
    """One person at one clinic. `phone` is E.164; the counters and visit dates always equal what the rows say."""

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("clinic_id", "phone", name="uq_patient_phone"),
        UniqueConstraint("clinic_id", "external_id", name="uq_patient_external_id"),
        CheckConstraint(
            "total_visits >= 0 AND total_cancellations >= 0 AND total_no_shows >= 0", name="ck_patient_counters"
        ),
        Index("ix_patient_clinic_name", "clinic_id", "name", "id"),
        Index("ix_patient_name", "name", "id"),
        Index("ix_patient_email", "email"),
        Index("ix_patient_contact", "contact_patient_id"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"medical_history", "allergies"})

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(160))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    whatsapp_name: Mapped[str | None] = mapped_column(String(160))
    date_of_birth: Mapped[date | None] = mapped_column(Date)
    gender: Mapped[str | None] = mapped_column(String(12))
    language: Mapped[str | None] = mapped_column(String(12))
    medical_history: Mapped[str | None] = mapped_column(EncryptedText)
    allergies: Mapped[str | None] = mapped_column(EncryptedText)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    custom_fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    preferred_doctor_id: Mapped[int | None] = mapped_column(ForeignKey("doctor.id"))
    contact_patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    external_id: Mapped[str | None] = mapped_column(String(64))
    total_visits: Mapped[int] = mapped_column(Integer, default=0)
    total_cancellations: Mapped[int] = mapped_column(Integer, default=0)
    total_no_shows: Mapped[int] = mapped_column(Integer, default=0)
    first_visit_date: Mapped[date | None] = mapped_column(Date)
    last_visit_date: Mapped[date | None] = mapped_column(Date)
    is_active: Mapped[bool] = mapped_column(default=True)

    clinic: Mapped[Clinic] = relationship()
    preferred_doctor: Mapped[Doctor | None] = relationship()
    contact_patient: Mapped[Patient | None] = relationship(remote_side="Patient.id")

    def __str__(self) -> str:
        return self.name


class PatientTerm(Model):
    """A folded suffix of something a patient is searched by, matched by prefix under a byte-ordered B-tree."""

    __tablename__ = "patient_term"
    __table_args__ = (Index("ix_patient_term_patient", "patient_id", "term"), {"sqlite_with_rowid": False})

    term: Mapped[str] = mapped_column(
        String(TERM_LENGTH).with_variant(String(TERM_LENGTH, collation="C"), "postgresql"), primary_key=True
    )
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id", ondelete="CASCADE"), primary_key=True)
