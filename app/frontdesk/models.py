"""Visits: a patient's presence in the clinic on one day, and its number in the queue."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.frontdesk.states import Priority, VisitStatus
from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, Revised, UtcDateTime, one_of
from app.kernel.crypto import EncryptedText
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.models import Appointment

_ACTIVE = text("status IN ('waiting', 'called', 'in_progress')")


class Visit(Audited, Revised, Entity):
    """`business_date` is the clinic's date at check-in; `notes` are the consultation's, encrypted."""

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
    audit_hidden: ClassVar[frozenset[str]] = frozenset({"notes"})

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
    notes: Mapped[str | None] = mapped_column(EncryptedText)
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
