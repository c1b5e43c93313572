"""The counters and visit dates of patients, counted anew from the rows after many of them came in at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, select, update

from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

_COUNTED = ("total_visits", "total_cancellations", "total_no_shows", "first_visit_date", "last_visit_date")


def recount(patient_ids: Collection[int], zone: str) -> None:
    """Set the counters of these patients of a clinic in `zone` to what their rows say.

    The caller holds the patients' rows, or nobody else can know them yet.
    """
    counted = {patient_id: dict.fromkeys(_COUNTED[:3], 0) | dict.fromkeys(_COUNTED[3:]) for patient_id in patient_ids}
    for row in _appointments(patient_ids):
        days = [clinic_day(moment, zone) for moment in (row.first, row.last) if moment is not None]
        _add(counted[row.patient_id], row.completed, days)
        counted[row.patient_id]["total_cancellations"] = row.cancelled
        counted[row.patient_id]["total_no_shows"] = row.no_shows
    for row in _visits(patient_ids):
        _add(counted[row.patient_id], row.completed, [row.first, row.last])
    table: Any = Patient.__table__
    change = update(table).where(table.c.id == bindparam("pk")).values({name: bindparam(name) for name in _COUNTED})
    if counted:
        db.session.execute(
            change.values(updated_at=table.c.updated_at), [values | {"pk": pk} for pk, values in counted.items()]
        )


def _add(counted: dict[str, Any], completed: int, days: list[Any]) -> None:
    counted["total_visits"] += completed
    known = [day for day in (counted["first_visit_date"], counted["last_visit_date"], *days) if day is not None]
    if known:
        counted["first_visit_date"], counted["last_visit_date"] = min(known), max(known)


def _appointments(patient_ids: Collection[int]) -> Sequence[Row[Any]]:
    """What each patient's appointments add; a completed one counts where no visit stands for it."""
    seen = exists().where(Visit.appointment_id == Appointment.id)
    completed = (Appointment.status == AppointmentStatus.COMPLETED) & ~seen
    query = (
        select(
            Appointment.patient_id,
            func.count().filter(completed).label("completed"),
            func.count().filter(Appointment.status == AppointmentStatus.CANCELLED).label("cancelled"),
            func.count().filter(Appointment.status == AppointmentStatus.NO_SHOW).label("no_shows"),
            func.min(Appointment.starts_at).filter(completed).label("first"),
            func.max(Appointment.starts_at).filter(completed).label("last"),
        )
        .where(Appointment.patient_id.in_(patient_ids))
        .group_by(Appointment.patient_id)
    )
    rows: Sequence[Row[Any]] = db.session.execute(query).all()
    return rows


def _visits(patient_ids: Collection[int]) -> Sequence[Row[Any]]:
    query = (
        select(
            Visit.patient_id,
            func.count().label("completed"),
            func.min(Visit.business_date).label("first"),
            func.max(Visit.business_date).label("last"),
        )
        .where(Visit.patient_id.in_(patient_ids), Visit.status == VisitStatus.COMPLETED)
        .group_by(Visit.patient_id)
    )
    rows: Sequence[Row[Any]] = db.session.execute(query).all()
    return rows
