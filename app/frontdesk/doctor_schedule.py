"""A doctor's own appointments of some days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select

from app.billing.earnings import own_doctor_id
from app.billing.queries import EARLIEST, LATEST
from app.frontdesk.doctor_stats import UPCOMING_DAYS
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.people.errors import NotADate
from app.people.fields import LARGEST_ID, Check, calendar_day, checked, one_of, whole_number
from app.scheduling.errors import RangeBackwards
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

ARGUMENTS: Final = ("from", "to", "status", "clinic_id")


@dataclass(frozen=True, slots=True)
class ScheduleQuestion:
    """Which appointments: days of the wall clock of `zone`, both included; without `states` in any of them."""

    zone: str
    start: date
    end: date
    states: Collection[AppointmentStatus] = ()
    clinic_id: int | None = None


def schedule_question(values: Mapping[str, str], *, zone: str, now: datetime) -> ScheduleQuestion:
    """From today on for thirty days where nothing else is asked. Refuses: Invalid with all problems, RangeBackwards."""
    checks: dict[str, Check] = {
        "from": _day,
        "to": _day,
        "status": one_of(list(AppointmentStatus)),
        "clinic_id": whole_number(1, LARGEST_ID),
    }
    asked = checked({name: text for name, text in values.items() if name in checks}, checks)
    start = asked.get("from") or clinic_day(now, zone)
    end = asked.get("to") or min(start + timedelta(days=UPCOMING_DAYS), LATEST)
    if end < start:
        raise RangeBackwards(field="to")
    status = asked.get("status")
    return ScheduleQuestion(zone, start, end, (status,) if status else (), asked.get("clinic_id"))


def my_schedule(question: ScheduleQuestion, *, actor: Actor) -> Select[tuple[Appointment]]:
    """The doctor's own appointments, to be sorted and paged. Refuses: NotFound (who has no doctor's record)."""
    query = scope.rows(Appointment, actor).where(
        Appointment.doctor_id == own_doctor_id(actor),
        Appointment.starts_at >= day_bounds(question.start, question.zone)[0],
        Appointment.starts_at < day_bounds(question.end, question.zone)[1],
    )
    if question.states:
        query = query.where(Appointment.status.in_(question.states))
    if question.clinic_id is not None:
        query = query.where(Appointment.clinic_id == question.clinic_id)
    return query


def by_day(rows: Collection[Appointment], zones: Mapping[int, str]) -> list[tuple[date, list[Appointment]]]:
    """The appointments, in order, under the day of each one's clinic; `zones` by clinic id."""
    days: dict[date, list[Appointment]] = {}
    for row in rows:
        days.setdefault(clinic_day(row.starts_at, zones[row.clinic_id]), []).append(row)
    return sorted(days.items())


def _day(raw: object) -> Any:
    day = calendar_day(raw)
    if not EARLIEST <= day <= LATEST:
        raise NotADate
    return day
