"""Visits: a patient's presence in the clinic on one day, its number in the queue, and the record of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from flask_appbuilder import Model
from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.frontdesk.states import Priority, VisitStatus
from app.kernel import clock
from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, Revised, UtcDateTime, one_of
from app.kernel.crypto import EncryptedText
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.models import Appointment

_ACTIVE = text("status IN ('waiting', 'called', 'in_progress')")


class Visit(Audited, Revised, Entity):
    """`business_date` is the clinic's date at check-in.

    The record is `notes`, `private_notes` and `vitals` (JSON), encrypted, and not read with the row: lists and boards
    decrypt nothing. `record_revision` counts its saves; `signed_at` locks it, which the database holds as well.
    """

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("clinic_id", "business_date", "queue_number", name="uq_visit_queue_number"),
        UniqueConstraint("appointment_id", name="uq_visit_appointment"),
        Index(
            "uq_visit_active", "patient_id", "doctor_id", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE
        ),
        one_of("status", VisitStatus, "ck_visit_status"),
        one_of("priority", Priority, "ck_visit_priority"),
        CheckConstraint("queue_number > 0", name="ck_visit_queue_number"),
        Index("ix_visit_open", "clinic_id", "doctor_id", postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
        Index("ix_visit_clinic_check_in", "clinic_id", "check_in_time", "id"),
        Index("ix_visit_doctor_day", "doctor_id", "business_date"),
        Index("ix_visit_patient_check_in", "patient_id", "check_in_time"),
        Index("ix_visit_check_in", "check_in_time", "id"),
    )
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"notes", "private_notes", "vitals"})

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    business_date: Mapped[date] = mapped_column(Date)
    queue_number: Mapped[int] = mapped_column(Integer)
    priority: Mapped[Priority] = mapped_column(EnumText(Priority), default=Priority.NORMAL)
    status: Mapped[VisitStatus] = mapped_column(EnumText(VisitStatus), default=VisitStatus.WAITING)
    check_in_time: Mapped[datetime] = mapped_column(UtcDateTime())
    called_time: Mapped[datetime | None] = mapped_column(UtcDateTime())
    start_time: Mapped[datetime | None] = mapped_column(UtcDateTime())
    end_time: Mapped[datetime | None] = mapped_column(UtcDateTime())
    notes: Mapped[str | None] = mapped_column(EncryptedText, deferred=True, deferred_group="record")
    private_notes: Mapped[str | None] = mapped_column(EncryptedText, deferred=True, deferred_group="record")
    vitals: Mapped[str | None] = mapped_column(EncryptedText, deferred=True, deferred_group="record")
    record_revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    signed_by: Mapped[str | None] = mapped_column(String(130))
    status_reason: Mapped[str | None] = mapped_column(String(200))
    priority_reason: Mapped[str | None] = mapped_column(String(200))

    clinic: Mapped[Clinic] = relationship()
    doctor: Mapped[Doctor] = relationship()
    service: Mapped[Service] = relationship()
    patient: Mapped[Patient] = relationship()
    appointment: Mapped[Appointment | None] = relationship()

    def __str__(self) -> str:
        return f"#{self.id}"


class QueueCounter(Model):
    """The last queue number given out at a clinic on a date; its row is the lock of the numbering."""

    __tablename__ = "queue_counter"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    last_number: Mapped[int] = mapped_column(Integer)


class VisitAmendment(Audited, Model):
    """What a doctor adds to a signed record, by name; never changed and never taken away, which the database holds.

    `is_private` is for the author's eyes, as private notes are.
    """

    __tablename__ = "visit_amendment"
    __table_args__ = (Index("ix_visit_amendment_visit", "visit_id", "id"), {"sqlite_autoincrement": True})
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"text"})

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    author: Mapped[str] = mapped_column(String(130))
    text: Mapped[str] = mapped_column(EncryptedText)
    is_private: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), default=clock.now)


class NoteTemplate(Audited, Revised, Entity):
    """A doctor's own text to begin notes with; it says nothing of a patient."""

    __tablename__ = "note_template"
    __table_args__ = (UniqueConstraint("doctor_id", "name", name="uq_note_template_name"),)
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"body"})

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    name: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)

    doctor: Mapped[Doctor] = relationship()

    def __str__(self) -> str:
        return self.name
