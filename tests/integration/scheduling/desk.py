"""A clinic week to book in: the cast, the hours of its doctors, and what the screens were told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, select

from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.live import Announcement
from app.people.patient_models import Patient
from app.scheduling import booking
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.requests import BookingRequest
from tests.cast import Cast

NOW = datetime(2025, 3, 3, 7, tzinfo=UTC)  # a Monday, 8 o'clock in Berlin


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall time of the clinics in March 2025, before the clocks change."""
    return datetime(2025, 3, day, hour - 1, minute, tzinfo=UTC)


@dataclass
class Desk:
    """The cast at work: doctors from nine to five, `doctor2` at Main in the morning and Riverside in the afternoon."""

    cast: Cast
    patient: Patient
    riverside_patient: Patient
    told: list[Announcement] = field(default_factory=list)

    def request(self, starts_at: datetime, **values: Any) -> BookingRequest:
        """For the desk's patient at the main clinic, unless `values` say something else."""
        defaults = {
            "clinic_id": self.cast.main_id,
            "doctor_id": self.cast.doctor_id,
            "service_id": self.cast.service_id,
            "patient_id": self.patient.id,
        }
        return BookingRequest(starts_at=starts_at, **defaults | values)

    def at_riverside(self, starts_at: datetime, **values: Any) -> BookingRequest:
        here = {
            "clinic_id": self.cast.riverside_id,
            "doctor_id": self.cast.doctor2_id,
            "service_id": self.cast.riverside_service_id,
            "patient_id": self.riverside_patient.id,
        }
        return BookingRequest(starts_at=starts_at, **here | values)

    def book(
        self, starts_at: datetime, *, actor: Actor | None = None, now: datetime = NOW, **values: Any
    ) -> Appointment:
        return self.take(self.request(starts_at, **values), actor=actor, now=now)

    def take(self, request: BookingRequest, *, actor: Actor | None = None, now: datetime = NOW) -> Appointment:
        actor = actor or self.cast.reception
        with transaction(actor):
            return booking.book(request, actor=actor, now=now)

    def events(self) -> list[str]:
        return [announcement.event for announcement in self.told]


def act(command: Any, *args: Any, actor: Actor, now: datetime = NOW, **values: Any) -> Any:
    """One command in its own transaction."""
    with transaction(actor):
        return command(*args, actor=actor, now=now, **values)


def stored(appointment_id: int) -> Appointment:
    """The row as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Appointment, appointment_id, populate_existing=True)


def busy_of(doctor_id: int) -> list[tuple[datetime, datetime]]:
    """The doctor's busy times, in order."""
    db.session.rollback()
    query = select(DoctorTime.busy_from, DoctorTime.busy_to).where(DoctorTime.doctor_id == doctor_id)
    return [(start, end) for start, end in db.session.execute(query.order_by(DoctorTime.busy_from))]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
