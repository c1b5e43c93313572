"""Availability, appointments and the one table that decides who is busy."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from flask_appbuilder import Model
from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Time,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, Revised, UtcDateTime, one_of
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.states import AppointmentStatus, DatedKind

LONGEST_NAME: Final = 130
"""So much of an actor's name is kept, as in the audit log."""


class Availability(Audited, Entity):
    """A doctor is there every week, in clinic wall time; 0 is Monday, an end of 00:00 is midnight."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="ck_availability_weekday"),
        CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="ck_availability_valid"
        ),
        Index("ix_availability_doctor", "doctor_id", "clinic_id", "weekday"),
        Index("ix_availability_clinic", "clinic_id"),
    )

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    weekday: Mapped[int] = mapped_column(Integer)
    start_time: Mapped[time] = mapped_column(Time)
    end_time: Mapped[time] = mapped_column(Time)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    doctor: Mapped[Doctor] = relationship()
    clinic: Mapped[Clinic] = relationship()


class AvailabilityDate(Audited, Entity):
    """On one date a doctor is `closed` or `extra`: a span, or the whole day; no clinic means all of them."""

    __tablename__ = "availability_date"
    __table_args__ = (
        one_of("kind", DatedKind, "ck_availability_date_kind"),
        CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="ck_availability_date_span"),
        Index("ix_availability_date_doctor", "doctor_id", "day"),
    )

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    clinic_id: Mapped[int | None] = mapped_column(ForeignKey("clinic.id"), index=True)
    kind: Mapped[DatedKind] = mapped_column(EnumText(DatedKind))
    day: Mapped[date] = mapped_column(Date)
    start_time: Mapped[time | None] = mapped_column(Time)
    end_time: Mapped[time | None] = mapped_column(Time)
    reason: Mapped[str | None] = mapped_column(String(160))

    doctor: Mapped[Doctor] = relationship()
    clinic: Mapped[Clinic | None] = relationship()


class DoctorLeave(Audited, Entity):
    """A doctor is away at every clinic from `first_day` to `last_day`, both included, on each clinic's wall.

    The database refuses two of a doctor that overlap: an exclusion constraint on PostgreSQL, triggers on SQLite, both
    named `ex_doctor_leave_overlap`.
    """

    __tablename__ = "doctor_leave"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="ck_doctor_leave_days"),
        Index("ix_doctor_leave_doctor", "doctor_id", "last_day"),
    )

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(String(160))
    entered_by: Mapped[str] = mapped_column(String(LONGEST_NAME))

    doctor: Mapped[Doctor] = relationship()


_IN_SERIES = text("series_id IS NOT NULL")


def of_state(state: str) -> Index:
    """Finds the appointments that somebody must still act on, among the many that are over."""
    where = text(f"status = '{state}'")
    return Index(f"ix_appointment_{state}", "clinic_id", "starts_at", postgresql_where=where, sqlite_where=where)


class AppointmentSeries(Audited, Entity):
    """Appointments that were booked together: `rule` is RFC 5545's, in the clinic's wall time from `starts_at` on."""

    __tablename__ = "appointment_series"
    __table_args__ = (
        Index("ix_appointment_series_clinic", "clinic_id"),
        Index("ix_appointment_series_patient", "patient_id"),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    rule: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))

    def __str__(self) -> str:
        return f"#{self.id}"


class Appointment(Audited, Revised, Entity):
    """A patient is to be seen. It occupies its doctor through `doctor_time`, never by itself.

    `is_historic` came from an import. Once somebody has taken a no-show back (`no_show_undone`), only a person says so
    again: the clock does not overrule them.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("clinic_id", "external_id", name="uq_appointment_external_id"),
        CheckConstraint("starts_at < ends_at", name="ck_appointment_times"),
        one_of("status", AppointmentStatus, "ck_appointment_status"),
        Index("ix_appointment_clinic_start", "clinic_id", "starts_at", "id"),
        Index("ix_appointment_doctor_start", "doctor_id", "starts_at"),
        Index("ix_appointment_patient_start", "patient_id", "starts_at"),
        Index("ix_appointment_start", "starts_at", "id"),
        of_state("requested"),
        of_state("confirmed"),
        Index("ix_appointment_series", "series_id", "starts_at", postgresql_where=_IN_SERIES, sqlite_where=_IN_SERIES),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime())
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime())
    status: Mapped[AppointmentStatus] = mapped_column(EnumText(AppointmentStatus), default=AppointmentStatus.REQUESTED)
    type: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(24), default="reception")
    notes: Mapped[str | None] = mapped_column(Text)
    cancelled_by: Mapped[str | None] = mapped_column(String(24))
    cancel_reason: Mapped[str | None] = mapped_column(String(200))
    overbook_reason: Mapped[str | None] = mapped_column(String(200))
    external_id: Mapped[str | None] = mapped_column(String(64))
    is_historic: Mapped[bool] = mapped_column(default=False)
    no_show_undone: Mapped[bool] = mapped_column(default=False, server_default=false())
    series_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_series.id"))

    clinic: Mapped[Clinic] = relationship()
    doctor: Mapped[Doctor] = relationship()
    service: Mapped[Service] = relationship()
    patient: Mapped[Patient] = relationship()

    def __str__(self) -> str:
        return f"#{self.id}"


class CalendarFeed(Audited, Entity):
    """Whoever knows the token reads the doctor's calendar. Only its SHA-256 is kept: the token cannot be shown again.

    `created_at` is when the present address was made. The file last changed (`content_hash`) at `content_changed_at`,
    as far as anybody has looked.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        UniqueConstraint("doctor_id", name="uq_calendar_feed_doctor"),
        UniqueConstraint("token_hash", name="uq_calendar_feed_token"),
        CheckConstraint("(content_hash IS NULL) = (content_changed_at IS NULL)", name="ck_calendar_feed_content"),
    )
    audit_hidden = frozenset({"token_hash"})

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64))
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    content_hash: Mapped[str | None] = mapped_column(String(64))
    content_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class SlotHold(Entity):
    """A time is kept for somebody until `expires_at`: its row of `doctor_time` goes with it.

    `purpose` says what for: a booking at the desk, an offer of the waiting list, which is then named.
    """

    __tablename__ = "slot_hold"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ck_slot_hold_times"),
        Index("ix_slot_hold_doctor", "doctor_id", "expires_at"),
        Index("uq_slot_hold_offer", "offer_id", unique=True),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id", ondelete="CASCADE"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime())
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    held_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    purpose: Mapped[str] = mapped_column(String(40), default="booking")
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("waitlist_offer.id"))

    clinic: Mapped[Clinic] = relationship()


class DoctorTime(Model):
    """A doctor is busy, buffers included, at a clinic. The database refuses two that overlap, wherever they are.

    The refusal is an exclusion constraint on PostgreSQL and a pair of triggers on SQLite, both named
    `ex_doctor_time_busy` and both laid by the migration. A row belongs to an appointment, or to a hold and then expires
    with it; an expired one is deleted before the doctor's time is taken again.
    """

    __tablename__ = "doctor_time"
    __table_args__ = (
        UniqueConstraint("appointment_id", name="uq_doctor_time_appointment"),
        CheckConstraint("busy_from < busy_to", name="ck_doctor_time_span"),
        CheckConstraint(
            "(appointment_id IS NULL) <> (hold_id IS NULL) AND (hold_id IS NULL) = (expires_at IS NULL)",
            name="ck_doctor_time_owner",
        ),
        Index("ix_doctor_time_from", "doctor_id", "busy_from"),
        Index("ix_doctor_time_to", "doctor_id", "busy_to"),
        Index("uq_doctor_time_hold", "hold_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    clinic_id: Mapped[int | None] = mapped_column(ForeignKey("clinic.id"))
    busy_from: Mapped[datetime] = mapped_column(UtcDateTime())
    busy_to: Mapped[datetime] = mapped_column(UtcDateTime())
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("slot_hold.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
