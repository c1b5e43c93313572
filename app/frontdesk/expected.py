"""Who is expected today: appointments of the clinic's day that nobody has checked in; and which doctors are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db
from app.people.queries import get_clinic, list_doctors_of
from app.scheduling.models import Appointment
from app.scheduling.queries import of_patients_called
from app.scheduling.states import AppointmentStatus

MOST_SHOWN: Final = 25


def list_expected(clinic_id: int, *, q: str = "", actor: Actor, now: datetime) -> Sequence[Appointment]:
    """The confirmed appointments of the clinic's present day in order, at most MOST_SHOWN and one more.

    With `q` those of patients whom it finds. Refuses: NotFound (clinic).
    """
    zone = get_clinic(clinic_id, actor=actor).timezone
    start, end = day_bounds(clinic_day(now, zone), zone)
    query = (
        scope.rows(Appointment, actor)
        .where(
            Appointment.clinic_id == clinic_id,
            Appointment.starts_at >= start,
            Appointment.starts_at < end,
            Appointment.status == AppointmentStatus.CONFIRMED,
        )
        .options(joinedload(Appointment.patient), joinedload(Appointment.doctor), joinedload(Appointment.service))
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST_SHOWN + 1)
    )
    if q.strip():
        query = query.where(of_patients_called(q, actor))
    return list(db.session.scalars(query))


def find_doctors_here(clinic_id: int) -> Callable[[], Collection[int]]:
    """The ids of the doctors who work at the clinic now; read once, and only where a page is drawn."""
    return cache(lambda: {doctor.id for doctor in list_doctors_of(clinic_id)})
