"""The demo's appointments and visits: planned by `calendar`, given to patients, numbered, stored."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select

from app.demo.calendar import Course, Offered, courses, fill
from app.frontdesk.models import NoteTemplate, QueueCounter, Visit
from app.frontdesk.states import Priority, VisitStatus
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.models import Clinic, Doctor, DoctorPatient, Service
from app.people.queries import list_doctors_of, offers, service_terms
from app.scheduling.availability import open_intervals
from app.scheduling.calendars import load_timetables
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus, CancelledBy, occupies_time

FUTURE_DAYS: Final = 28
PAST_DENSITY, TODAY_DENSITY = 0.6, 0.85
NOTES: Final = (
    "Doing well. No change of medication.",
    "BP 128/82. Advised more movement; review in three months.",
    "Viral infection, rest and fluids. Returns if fever persists.",
    "Wound clean, stitches out.",
    "Referred for blood tests: FBC, HbA1c, lipids.",
)
NOT_SIGNED: Final[Mapping[str, Any]] = {"vitals": None, "record_revision": 0, "signed_at": None, "signed_by": None}
TEMPLATES: Final = {
    "Cold": "Runny nose, no fever. Throat red, lungs clear. Rest and fluids; returns if fever persists.",
    "Check-up": "No complaints. Heart and lungs without findings. Next check-up in a year.",
}
REASONS: Final = ("Feeling better", "Cannot leave work", "Doctor is ill", "Found an earlier time")


@dataclass(slots=True)
class Event:
    """One course with its doctor and patient, and the ids of its rows once they are stored."""

    course: Course
    doctor_id: int
    patient_id: int
    day: date
    appointment_id: int | None = None
    visit_id: int | None = None


def add_history(clinic: Clinic, patient_ids: Sequence[int], rng: Random, *, days: int, now: datetime) -> list[Event]:
    """Store what happened at the clinic in the past `days`, what happens today and what is booked."""
    events = _events(clinic, patient_ids, rng, days, now)
    _add_appointments(clinic, [event for event in events if not event.course.coming.walk_in], rng, now)
    _add_visits(clinic, [event for event in events if event.course.visit is not None], rng)
    treated = sorted({(event.doctor_id, event.patient_id) for event in events})
    db.session.execute(insert(DoctorPatient), [{"doctor_id": one, "patient_id": two} for one, two in treated])
    return events


def offers_of(doctor_id: int, services: Sequence[Service]) -> list[Offered]:
    """Those of the services that the doctor offers, at their terms."""
    return [
        Offered(one.id, one.name, service_terms(doctor_id, one.id)) for one in services if offers(doctor_id, one.id)
    ]


def _events(clinic: Clinic, patient_ids: Sequence[int], rng: Random, days: int, now: datetime) -> list[Event]:
    """By day and doctor; nobody comes twice on one day."""
    today = clinic_day(now, clinic.timezone)
    first, last = today - timedelta(days=days), today + timedelta(days=FUTURE_DAYS)
    doctor_ids = [doctor.id for doctor in list_doctors_of(clinic.id)]
    timetables = load_timetables(clinic, doctor_ids, first, last)
    services = db.session.scalars(select(Service).where(Service.clinic_id == clinic.id).order_by(Service.id)).all()
    offered = {doctor_id: offers_of(doctor_id, services) for doctor_id in doctor_ids}
    events = []
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        comers = iter(rng.sample(patient_ids, len(patient_ids)))
        for doctor_id in doctor_ids:
            work = open_intervals(day, timetables[doctor_id])
            planned = fill(work, offered[doctor_id], rng, density=_density(day, today))
            events += [Event(course, doctor_id, next(comers), day) for course in courses(planned, rng, now=now)]
    return events


def _density(day: date, today: date) -> float:
    """How much of the doctors' time is booked: less and less in the weeks to come."""
    if day < today:
        return PAST_DENSITY
    return TODAY_DENSITY if day == today else max(0.12, PAST_DENSITY - 0.02 * (day - today).days)


def _add_appointments(clinic: Clinic, events: Sequence[Event], rng: Random, now: datetime) -> None:
    rows = [_appointment_row(clinic, event, rng, now) for event in events]
    ids = db.session.scalars(insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True), rows)
    for event, appointment_id in zip(events, ids, strict=True):
        event.appointment_id = appointment_id
    busy = [_busy_row(clinic, event) for event in events if occupies_time(event.course.status)]
    db.session.execute(insert(DoctorTime), busy)


def _appointment_row(clinic: Clinic, event: Event, rng: Random, now: datetime) -> dict[str, Any]:
    coming, cancelled = event.course.coming, event.course.status is AppointmentStatus.CANCELLED
    booked = min(coming.starts_at, now) - timedelta(minutes=rng.randint(60, 20 * 24 * 60))
    by = CancelledBy.PATIENT if rng.random() < 0.8 else CancelledBy.CLINIC
    left = event.course.visit is VisitStatus.LEFT
    return {
        "clinic_id": clinic.id,
        "doctor_id": event.doctor_id,
        "service_id": coming.offered.service_id,
        "patient_id": event.patient_id,
        "starts_at": coming.starts_at,
        "ends_at": coming.ends_at,
        "status": event.course.status,
        "source": rng.choice(("reception", "reception", "phone")),
        "cancelled_by": by.value if cancelled else None,
        "cancel_reason": ("left" if left else rng.choice(REASONS)) if cancelled else None,
        "created_at": booked,
        "updated_at": booked,
    }


def _busy_row(clinic: Clinic, event: Event) -> dict[str, Any]:
    coming = event.course.coming
    return {
        "doctor_id": event.doctor_id,
        "clinic_id": clinic.id,
        "busy_from": coming.starts_at,
        "busy_to": coming.ends_at + coming.offered.buffer_after,
        "appointment_id": event.appointment_id,
    }


def _add_visits(clinic: Clinic, events: Sequence[Event], rng: Random) -> None:
    """In the order of arrival, which numbers them."""
    arrived = sorted(
        events, key=lambda event: (event.course.check_in or event.course.coming.starts_at, event.doctor_id)
    )
    last: Mapping[date, int] = defaultdict(int)
    signers = {doctor.id: doctor.name for doctor in db.session.scalars(select(Doctor))}
    rows = list(_visit_rows(clinic, arrived, last, rng, signers))
    ids = db.session.scalars(insert(Visit).returning(Visit.id, sort_by_parameter_order=True), rows)
    for event, visit_id in zip(arrived, ids, strict=True):
        event.visit_id = visit_id
    counters = [{"clinic_id": clinic.id, "business_date": day, "last_number": number} for day, number in last.items()]
    db.session.execute(insert(QueueCounter), counters)


def _signed(event: Event, signers: Mapping[int, str]) -> dict[str, Any]:
    """The end of a record, with vital signs that suit an adult."""
    spread = event.patient_id % 25
    vitals = {"systolic": 112 + spread, "diastolic": 70 + spread // 2, "pulse": 60 + spread, "weight": 58 + spread}
    return {
        "vitals": json.dumps({name: str(value) for name, value in vitals.items()}),
        "record_revision": 1,
        "signed_at": event.course.ended,
        "signed_by": signers[event.doctor_id],
    }


def _visit_rows(
    clinic: Clinic, arrived: Sequence[Event], last: Any, rng: Random, signers: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    for event in arrived:
        course = event.course
        last[event.day] += 1
        yield {
            "clinic_id": clinic.id,
            "doctor_id": event.doctor_id,
            "service_id": course.coming.offered.service_id,
            "patient_id": event.patient_id,
            "appointment_id": event.appointment_id,
            "business_date": event.day,
            "queue_number": last[event.day],
            "priority": Priority.URGENT if rng.random() < 0.03 else Priority.NORMAL,
            "status": course.visit,
            "check_in_time": course.check_in,
            "called_time": course.called,
            "start_time": course.started,
            "end_time": course.ended,
            "notes": rng.choice(NOTES) if course.visit is VisitStatus.COMPLETED and rng.random() < 0.5 else None,
            **(_signed(event, signers) if course.visit is VisitStatus.COMPLETED else NOT_SIGNED),
            "status_reason": None,
            "created_at": course.check_in,
            "updated_at": course.ended or course.started or course.called or course.check_in,
        }


def add_templates(doctors: Iterable[Doctor]) -> None:
    """The doctors' own texts to begin notes with."""
    rows = [
        {"doctor_id": doctor.id, "name": name, "body": body} for doctor in doctors for name, body in TEMPLATES.items()
    ]
    db.session.execute(insert(NoteTemplate), rows)
