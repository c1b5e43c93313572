"""The counters and visit dates of patients, counted anew from their rows: after an import, or to look for mistakes."""

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


@dataclass(frozen=True, slots=True)
class Difference:
    """What a patient's record says and what the patient's rows say."""

    patient_id: int
    stored: Tally
    counted: Tally


def find_differences(patient_ids: Collection[int], zone: str) -> list[Difference]:
    """Those of these patients of a clinic in `zone` whose counters are not what their rows say.

    The patients are held until the transaction ends: whoever changes a row of theirs counts it after that, or has
    counted it before.
    """
    names = list(asdict(Tally()))
    table: Any = Patient.__table__
    held = (
        select(table.c.id, *(table.c[name] for name in names))
        .where(among(table.c.id, patient_ids))
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )
    stored = {row[0]: Tally(*row[1:]) for row in db.session.execute(held)}
    counted = tallied(_events(list(stored), zone)) if stored else {}
    found = (Difference(key, tally, counted.get(key, Tally())) for key, tally in stored.items())
    return [one for one in found if one.stored != one.counted]


def recount(patient_ids: Collection[int], zone: str) -> list[Difference]:
    """Set the counters of these patients of a clinic in `zone` to what their rows say; what was wrong."""
    wrong = find_differences(patient_ids, zone)
    table: Any = Patient.__table__
    change = (
        update(table).where(table.c.id == bindparam("pk")).values({name: bindparam(name) for name in asdict(Tally())})
    )
    if wrong:
        rows = [asdict(one.counted) | {"pk": one.patient_id} for one in wrong]
        db.session.execute(change.values(updated_at=table.c.updated_at), rows)
    return wrong


def list_patient_ids(clinic_id: int, after: int, *, limit: int) -> list[int]:
    """The clinic's next patients, archived ones included, whose id is above `after`."""
    query = select(Patient.id).where(Patient.clinic_id == clinic_id, Patient.id > after)
    return list(db.session.scalars(query.order_by(Patient.id).limit(limit)))


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
