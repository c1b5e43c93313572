"""The counters and visit dates of patients, counted from the rows when many of them come in at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import bindparam, exists, select, update

from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.bulk import among
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Tally:
    """The counted columns of one patient; a visit is a completed one, or a completed appointment without any."""

    total_visits: int = 0
    total_cancellations: int = 0
    total_no_shows: int = 0
    first_visit_date: date | None = None
    last_visit_date: date | None = None

    def add(self, status: AppointmentStatus, day: date) -> None:
        """Count an appointment (or a visit, as completed) on the clinic's `day`."""
        if status is AppointmentStatus.COMPLETED:
            self.total_visits += 1
            self.first_visit_date = min(self.first_visit_date or day, day)
            self.last_visit_date = max(self.last_visit_date or day, day)
        elif status is AppointmentStatus.CANCELLED:
            self.total_cancellations += 1
        elif status is AppointmentStatus.NO_SHOW:
            self.total_no_shows += 1


def tallied(events: Iterable[tuple[K, AppointmentStatus, date]]) -> dict[K, Tally]:
    """One tally for each patient, named by whatever key the events name them by."""
    tallies: dict[K, Tally] = defaultdict(Tally)
    for patient, status, day in events:
        tallies[patient].add(status, day)
    return tallies


def recount(patient_ids: Collection[int], zone: str) -> None:
    """Set the counters of these patients of a clinic in `zone` to what their rows say.

    The caller holds the patients' rows, or nobody else can know them yet.
    """
    tallies = tallied(_events(patient_ids, zone))
    table: Any = Patient.__table__
    change = (
        update(table).where(table.c.id == bindparam("pk")).values({name: bindparam(name) for name in asdict(Tally())})
    )
    rows = [asdict(tallies[patient_id]) | {"pk": patient_id} for patient_id in patient_ids]
    if rows:
        db.session.execute(change.values(updated_at=table.c.updated_at), rows)


def _events(patient_ids: Collection[int], zone: str) -> Iterator[tuple[int, AppointmentStatus, date]]:
    seen = exists().where(Visit.appointment_id == Appointment.id)
    completed = Appointment.status == AppointmentStatus.COMPLETED
    appointments = select(Appointment.patient_id, Appointment.status, Appointment.starts_at).where(
        among(Appointment.patient_id, patient_ids), ~(completed & seen)
    )
    for patient_id, status, starts_at in db.session.execute(appointments):
        yield patient_id, status, clinic_day(starts_at, zone)
    visits = select(Visit.patient_id, Visit.business_date).where(
        among(Visit.patient_id, patient_ids), Visit.status == VisitStatus.COMPLETED
    )
    for patient_id, day in db.session.execute(visits):
        yield patient_id, AppointmentStatus.COMPLETED, day
