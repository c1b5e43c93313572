"""Who waits for an earlier time: some with an appointment that they would give up for it, some without any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import select

from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.models import Clinic, Service
from app.scheduling import waitlist
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, Urgency

FAR: Final = timedelta(days=5)
WITHOUT_APPOINTMENT: Final = 2
WISHES: Final = (
    {"urgency": Urgency.URGENT, "notes": "Pain at night"},
    {"urgency": Urgency.SOON, "weekdays": [0, 2, 4]},
    {"urgency": Urgency.ROUTINE, "from_time": "08:00", "to_time": "12:00"},
)


def add_waiting(clinic: Clinic, patient_ids: Sequence[int], rng: Random, *, actor: Actor, now: datetime) -> None:
    """Put some patients of the clinic on its waiting list, since some days before `now`."""
    today = clinic_day(now, clinic.timezone)
    booked = _far_ahead(clinic, now)
    others = sorted(set(patient_ids) - booked.keys())
    services = select(Service.id).where(Service.clinic_id == clinic.id)
    place = {"clinic_id": clinic.id, "service_id": db.session.scalars(services.order_by(Service.id)).first()}
    abouts: list[dict[str, Any]] = [{"appointment_id": pk} for pk in list(booked.values())[: len(WISHES)]]
    abouts += [place | {"patient_id": pk} for pk in rng.sample(others, WITHOUT_APPOINTMENT)]
    for number, about in enumerate(abouts):
        since = {"waiting_since": today - timedelta(days=rng.randint(1, 25))}
        waitlist.add_entry(about | since | WISHES[number % len(WISHES)], actor=actor, now=now)


def _far_ahead(clinic: Clinic, now: datetime) -> dict[int, int]:
    """A confirmed appointment some days from now of each patient who has one."""
    query = select(Appointment.id, Appointment.patient_id).where(
        Appointment.clinic_id == clinic.id,
        Appointment.status == AppointmentStatus.CONFIRMED,
        Appointment.starts_at > now + FAR,
    )
    return {patient_id: pk for pk, patient_id in db.session.execute(query.order_by(Appointment.starts_at))}
