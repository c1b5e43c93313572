"""People who wait, at the desk of the tests of scheduling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Setting
from app.people.patient_models import Patient
from app.scheduling import booking, waitlist
from app.scheduling.models import Appointment
from app.scheduling.queries import free_slots
from app.scheduling.states import AppointmentStatus, OfferStatus
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from tests.cast import loaded
from tests.factories import make, make_patient
from tests.integration.scheduling.desk import NOW, Desk, act, at


def patient_called(desk: Desk, name: str, **values: Any) -> Patient:
    patient: Patient = loaded(make_patient(desk.cast.main_clinic, name=name, email=f"{name}@patient.test", **values))
    return patient


def wait(desk: Desk, patient: Patient, *, actor: Actor | None = None, now: datetime = NOW, **values: Any) -> int:
    """Put a patient on the main clinic's list; the entry's id."""
    asked = {"clinic_id": desk.cast.main_id, "patient_id": patient.id, "service_id": desk.cast.service_id}
    entry = act(waitlist.add_entry, asked | values, actor=actor or desk.cast.reception, now=now)
    return int(entry.id)


def wait_to_move(desk: Desk, appointment: Appointment, **values: Any) -> int:
    """Put the patient of an appointment on the list for an earlier one; the entry's id."""
    asked = {"appointment_id": appointment.id}
    return int(act(waitlist.add_entry, asked | values, actor=desk.cast.reception).id)


def confirmed(desk: Desk, starts_at: datetime, patient: Patient | None = None, **values: Any) -> Appointment:
    who = {"patient_id": patient.id} if patient else {}
    return desk.book(starts_at, status=AppointmentStatus.CONFIRMED, **who | values)


def at_work(now: datetime) -> None:
    """The worker delivers what is due at `now`, and what comes of it."""
    with clock.freeze(now):
        while outbox.deliver_due():
            pass
    db.session.rollback()


def offers() -> list[WaitlistOffer]:
    """All offers there are, in the order in which they were made."""
    db.session.rollback()
    query = select(WaitlistOffer).order_by(WaitlistOffer.id).execution_options(populate_existing=True)
    rows = list(db.session.scalars(query))
    db.session.expunge_all()
    return rows


def entry_of(entry_id: int) -> WaitlistEntry:
    db.session.rollback()
    return db.session.get_one(WaitlistEntry, entry_id, populate_existing=True)


def cancel(desk: Desk, appointment: Appointment, *, now: datetime = NOW) -> None:
    act(booking.cancel, appointment.id, reason="ill", actor=desk.cast.reception, now=now)


def freed(desk: Desk, starts_at: datetime, **values: Any) -> None:
    """A confirmed appointment at that time is cancelled, and the worker has seen it."""
    cancel(desk, confirmed(desk, starts_at, **values))
    at_work(NOW)


def answer(desk: Desk, command: Any, offer: WaitlistOffer, *, now: datetime = NOW, **values: Any) -> Any:
    return act(command, offer.id, actor=desk.cast.reception, now=now, **values)


def set_limits(desk: Desk, **values: int) -> None:
    for name, value in values.items():
        make(Setting(clinic_id=desk.cast.main_id, name=name, value=value))


def offered_to() -> list[tuple[int, OfferStatus]]:
    return [(offer.entry_id, offer.status) for offer in offers()]


def first_free(desk: Desk, now: datetime = NOW) -> datetime:
    """The first time of the first doctor's Tuesday that anybody could book."""
    cast, day = desk.cast, at(4, 9).date()
    found = free_slots(cast.main_id, cast.service_id, cast.doctor_id, day, day, actor=cast.reception, now=now)
    return found.slots[0].start
