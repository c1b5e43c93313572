"""The waiting list: who wants an earlier time, and which freed times were offered to them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, Time, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, Revised, UtcDateTime, one_of
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.models import LONGEST_NAME, Appointment
from app.scheduling.states import OfferStatus, Urgency, WaitStatus

_WAITING = text("status = 'waiting'")
_OPEN = text("status = 'open'")
_LIVE = text("status IN ('open', 'accepted')")


class Window(NamedTuple):
    """Days and times of the clinic's wall between which an appointment is to lie; None and no weekdays: any."""

    from_day: date | None
    to_day: date | None
    weekdays: tuple[int, ...]
    from_time: time | None
    to_time: time | None


class WaitlistEntry(Audited, Revised, Entity):
    """A patient wants a service as soon as it can be had, with one doctor or with any.

    `waiting_since`, `from_day` and `to_day` are days of the clinic, `from_time` and `to_time` its wall time: the
    appointment is to lie between them. `weekdays` are numbers from 0 (Monday); none are all of them. An `appointment`
    is the one that the patient has: it is moved, and only an earlier time is of use. Nobody waits twice for a service.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        one_of("status", WaitStatus, "ck_waitlist_entry_status"),
        one_of("urgency", Urgency, "ck_waitlist_entry_urgency"),
        CheckConstraint("from_day IS NULL OR to_day IS NULL OR from_day <= to_day", name="ck_waitlist_entry_days"),
        CheckConstraint("from_time IS NULL OR to_time IS NULL OR from_time < to_time", name="ck_waitlist_entry_times"),
        Index(
            "uq_waitlist_entry_waiting",
            "patient_id",
            "service_id",
            unique=True,
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_waitlist_entry_rank", "clinic_id", "status", "urgency", "waiting_since", "id"),
        Index("ix_waitlist_entry_patient", "patient_id"),
        Index("ix_waitlist_entry_appointment", "appointment_id"),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    doctor_id: Mapped[int | None] = mapped_column(ForeignKey("doctor.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    urgency: Mapped[Urgency] = mapped_column(EnumText(Urgency), default=Urgency.ROUTINE)
    waiting_since: Mapped[date] = mapped_column(Date)
    from_day: Mapped[date | None] = mapped_column(Date)
    to_day: Mapped[date | None] = mapped_column(Date)
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    from_time: Mapped[time | None] = mapped_column(Time)
    to_time: Mapped[time | None] = mapped_column(Time)
    notes: Mapped[str | None] = mapped_column(Text)
    status: Mapped[WaitStatus] = mapped_column(EnumText(WaitStatus), default=WaitStatus.WAITING)

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    service: Mapped[Service] = relationship()
    doctor: Mapped[Doctor | None] = relationship()
    appointment: Mapped[Appointment | None] = relationship()

    @property
    def window(self) -> Window:
        """When the patient could come."""
        return Window(self.from_day, self.to_day, tuple(self.weekdays), self.from_time, self.to_time)

    def __str__(self) -> str:
        return str(self.patient)


class WaitlistOffer(Audited, Entity):
    """A time that is kept for an entry of the waiting list until `expires_at`, and what became of it.

    While it is open a `slot_hold` that names it keeps the time. An entry has one offer at most that is open or was
    accepted; `appointment_id` is what an accepted one was booked as.
    """

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        one_of("status", OfferStatus, "ck_waitlist_offer_status"),
        CheckConstraint("starts_at < ends_at", name="ck_waitlist_offer_times"),
        CheckConstraint("(status = 'accepted') = (appointment_id IS NOT NULL)", name="ck_waitlist_offer_accepted"),
        Index("uq_waitlist_offer_live", "entry_id", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_waitlist_offer_entry", "entry_id", "doctor_id", "starts_at"),
        Index("ix_waitlist_offer_clinic", "clinic_id", "id"),
        Index("ix_waitlist_offer_open", "clinic_id", "expires_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_waitlist_offer_appointment", "appointment_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("waitlist_entry.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime())
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    status: Mapped[OfferStatus] = mapped_column(EnumText(OfferStatus), default=OfferStatus.OPEN)
    offered_by: Mapped[str] = mapped_column(String(LONGEST_NAME))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))

    entry: Mapped[WaitlistEntry] = relationship()
    clinic: Mapped[Clinic] = relationship()
    doctor: Mapped[Doctor] = relationship()
    appointment: Mapped[Appointment | None] = relationship()

    def __str__(self) -> str:
        return f"#{self.id}"
