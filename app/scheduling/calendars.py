"""Loads what decides a doctor's free time: rules, holidays and busy times, for any number of doctors at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import or_, select

from app.kernel.clock import day_bounds
from app.kernel.db import db
from app.people.models import Clinic, Holiday
from app.scheduling.availability import DatedRule, Timetable, WeeklyRule
from app.scheduling.models import Availability, AvailabilityDate, DoctorTime
from app.scheduling.slots import Busy

# A slot may run over midnight, and a calendar may leave a day out: rules are needed for some days after the last.
_DAYS_AFTER = timedelta(days=4)
# The longest service with its buffers ends this long after the day on which it begins.
_REACH = timedelta(days=2)

T = TypeVar("T")


def load_timetables(
    clinic: Clinic, doctor_ids: Collection[int], first_day: date, last_day: date
) -> dict[int, Timetable]:
    """Each doctor's rules at the clinic, complete for slots that begin on its days from `first_day` to `last_day`."""
    until = min(last_day, date.max - _DAYS_AFTER) + _DAYS_AFTER
    weekly, dated = _weekly_rules(clinic.id, doctor_ids), _dated_rules(clinic.id, doctor_ids, first_day, until)
    closed = select(Holiday.day).where(Holiday.clinic_id == clinic.id, Holiday.day.between(first_day, until))
    holidays = frozenset(db.session.scalars(closed))
    return {one: Timetable(clinic.timezone, weekly[one], dated[one], holidays) for one in doctor_ids}


def load_busy_times(
    clinic: Clinic,
    doctor_ids: Collection[int],
    first_day: date,
    last_day: date,
    *,
    without_appointment: int | None = None,
) -> dict[int, list[Busy]]:
    """What is taken of each doctor's time and may touch slots that begin on these days, but for one appointment's own.

    The days must be within some years of now; `load_timetables` takes any.
    """
    start, end = day_bounds(first_day, clinic.timezone)[0] - _REACH, day_bounds(last_day, clinic.timezone)[1] + _REACH
    query = select(DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to).where(
        DoctorTime.doctor_id.in_(doctor_ids), DoctorTime.busy_from < end, DoctorTime.busy_to > start
    )
    if without_appointment is not None:
        query = query.where(DoctorTime.appointment_id.is_distinct_from(without_appointment))
    return _by_doctor((doctor_id, Busy(start, end)) for doctor_id, start, end in db.session.execute(query))


def weekly_rule(row: Availability) -> WeeklyRule:
    """The row as the rules know it."""
    return WeeklyRule(row.weekday, row.start_time, row.end_time, row.valid_from, row.valid_to)


def dated_rule(row: AvailabilityDate) -> DatedRule:
    """The row as the rules know it."""
    return DatedRule(row.kind, row.day, row.start_time, row.end_time)


def _weekly_rules(clinic_id: int, doctor_ids: Collection[int]) -> dict[int, list[WeeklyRule]]:
    query = select(Availability).where(Availability.clinic_id == clinic_id, Availability.doctor_id.in_(doctor_ids))
    return _by_doctor((row.doctor_id, weekly_rule(row)) for row in db.session.scalars(query))


def _dated_rules(
    clinic_id: int, doctor_ids: Collection[int], first_day: date, last_day: date
) -> dict[int, list[DatedRule]]:
    query = select(AvailabilityDate).where(
        AvailabilityDate.doctor_id.in_(doctor_ids),
        or_(AvailabilityDate.clinic_id == clinic_id, AvailabilityDate.clinic_id.is_(None)),
        AvailabilityDate.day.between(first_day, last_day),
    )
    return _by_doctor((row.doctor_id, dated_rule(row)) for row in db.session.scalars(query))


def _by_doctor(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    grouped: dict[int, list[T]] = defaultdict(list)
    for doctor_id, item in pairs:
        grouped[doctor_id].append(item)
    return grouped
