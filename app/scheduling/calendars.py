"""Loads what decides a doctor's free time: rules, holidays, leave, busy times, full days; for many doctors at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Row,
    Select,
    String,
    Time,
    and_,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from app.kernel.clock import day_bounds
from app.kernel.db import db
from app.people.models import Clinic, Holiday, Setting
from app.scheduling.availability import DatedRule, Leave, Timetable, WeeklyRule
from app.scheduling.models import Appointment, Availability, AvailabilityDate, DoctorLeave, DoctorTime, SlotHold
from app.scheduling.offers import Offer
from app.scheduling.slots import Busy, counted_days, full_days, travel_time
from app.scheduling.states import COUNTED, BusyKind, DatedKind

# A slot may run over midnight, and a calendar may leave a day out: rules are needed for some days after the last.
_DAYS_AFTER = timedelta(days=4)
# The longest service with its buffers and the longest way end this long after the day on which it begins.
_REACH = timedelta(days=2)
_WEEKLY: Final = "weekly"
_HOLIDAY: Final = "holiday"
_LEAVE: Final = "leave"

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """What is gone of a doctor's time at a clinic: the busy times, and the days that take no more appointments.

    Where their number in a day is limited, `counted` has how many each day has.
    """

    busy: Sequence[Busy] = ()
    full: frozenset[date] = frozenset()
    counted: Mapping[date, int] = field(default_factory=dict)


def load_timetables(
    clinic: Clinic, doctor_ids: Collection[int], first_day: date, last_day: date
) -> dict[int, Timetable]:
    """Each doctor's rules at the clinic, complete for slots that begin on its days from `first_day` to `last_day`."""
    until = min(last_day, date.max - _DAYS_AFTER) + _DAYS_AFTER
    asked = {"clinic_id": clinic.id, "doctor_ids": list(doctor_ids), "first_day": first_day, "last_day": until}
    rows = db.session.execute(_rules(), asked).all()
    weekly = _by_doctor((row.doctor_id, _weekly(row)) for row in rows if row.sort == _WEEKLY)
    dated = _by_doctor((row.doctor_id, _dated(row)) for row in rows if row.sort in tuple(DatedKind))
    leave = _by_doctor((row.doctor_id, Leave(row.first, row.last)) for row in rows if row.sort == _LEAVE)
    holidays = {row.first: row.words for row in rows if row.sort == _HOLIDAY}
    return {one: Timetable(clinic.timezone, weekly[one], dated[one], holidays, leave[one]) for one in doctor_ids}


def load_taken(
    offers: Collection[Offer],
    first_day: date,
    last_day: date,
    *,
    now: datetime,
    without_appointment: int | None = None,
) -> dict[int, Taken]:
    """What is taken of each offer's doctor and may touch slots that begin on these days, but for one appointment's own.

    All offers are of one clinic. A hold that has expired by `now` takes nothing. The days must be within some years of
    now; `load_timetables` takes any.
    """
    if not offers:
        return {}
    clinic = next(iter(offers)).clinic
    bounds = day_bounds(first_day, clinic.timezone)[0], day_bounds(last_day, clinic.timezone)[1]
    busy = _busy_times(offers, clinic, bounds, now, without_appointment)
    limited = {offer.doctor_id: offer.daily_maximum for offer in offers if offer.daily_maximum is not None}
    starts = _counted_starts(clinic.id, limited, bounds, now, without_appointment) if limited else {}
    return {
        one.doctor_id: Taken(
            busy[one.doctor_id],
            full_days(starts.get(one.doctor_id, ()), clinic.timezone, one.daily_maximum),
            counted_days(starts.get(one.doctor_id, ()), clinic.timezone),
        )
        for one in offers
    }


def weekly_rule(row: Availability) -> WeeklyRule:
    """The row as the rules know it."""
    return WeeklyRule(row.weekday, row.start_time, row.end_time, row.valid_from, row.valid_to, row.id)


def dated_rule(row: AvailabilityDate) -> DatedRule:
    """The row as the rules know it."""
    return DatedRule(row.kind, row.day, row.start_time, row.end_time, row.reason, row.id)


# -- rules -----------------------------------------------------------------------------------------------------------

# What a kind of rule does not have, in the types of those that do.
_NO_NUMBER: ColumnElement[Any] = cast(null(), Integer)
_NO_TIME: ColumnElement[Any] = cast(null(), Time)
_NO_WORDS: ColumnElement[Any] = cast(null(), String)


@cache
def _rules() -> CompoundSelect[Any]:
    """All rules of doctors at a clinic, of all sorts, in one statement: slots and bookings ask for them all.

    Built once: putting it together takes as long as carrying it out.
    """
    clinic_id, doctor_ids = (
        bindparam("clinic_id", type_=Integer),
        bindparam("doctor_ids", expanding=True, type_=Integer),
    )
    first_day, last_day = bindparam("first_day", type_=Date), bindparam("last_day", type_=Date)
    weekly, dated, leave = Availability, AvailabilityDate, DoctorLeave
    here = or_(dated.clinic_id == clinic_id, dated.clinic_id.is_(None))
    kind = cast(dated.kind, String)
    return union_all(
        _rows(
            *(literal(_WEEKLY), weekly.doctor_id, weekly.id, weekly.weekday, weekly.start_time, weekly.end_time),
            *(weekly.valid_from, weekly.valid_to, _NO_WORDS),
        ).where(
            weekly.clinic_id == clinic_id,
            weekly.doctor_id.in_(doctor_ids),
            or_(weekly.valid_from.is_(None), weekly.valid_from <= last_day),
            or_(weekly.valid_to.is_(None), weekly.valid_to >= first_day),
        ),
        _rows(
            *(kind, dated.doctor_id, dated.id, _NO_NUMBER, dated.start_time, dated.end_time),
            *(dated.day, dated.day, dated.reason),
        ).where(dated.doctor_id.in_(doctor_ids), here, dated.day.between(first_day, last_day)),
        _rows(
            *(literal(_LEAVE), leave.doctor_id, leave.id, _NO_NUMBER, _NO_TIME, _NO_TIME),
            *(leave.first_day, leave.last_day, _NO_WORDS),
        ).where(leave.doctor_id.in_(doctor_ids), leave.last_day >= first_day, leave.first_day <= last_day),
        _rows(
            *(literal(_HOLIDAY), _NO_NUMBER, Holiday.id, _NO_NUMBER, _NO_TIME, _NO_TIME),
            *(Holiday.day, Holiday.day, Holiday.name),
        ).where(Holiday.clinic_id == clinic_id, Holiday.day.between(first_day, last_day)),
    )


def _rows(*columns: Any) -> Select[Any]:
    names = ("sort", "doctor_id", "id", "weekday", "start", "end", "first", "last", "words")
    return select(*(column.label(name) for column, name in zip(columns, names, strict=True)))


def _weekly(row: Row[Any]) -> WeeklyRule:
    return WeeklyRule(row.weekday, row.start, row.end, row.first, row.last, row.id)


def _dated(row: Row[Any]) -> DatedRule:
    return DatedRule(DatedKind(row.sort), row.first, row.start, row.end, row.words, row.id)


# -- what is taken ---------------------------------------------------------------------------------------------------


def _busy_times(
    offers: Collection[Offer],
    clinic: Clinic,
    bounds: tuple[datetime, datetime],
    now: datetime,
    without_appointment: int | None,
) -> dict[int, list[Busy]]:
    own_travel = {offer.doctor_id: offer.slots.travel_minutes for offer in offers}
    query = _busy_rows(tuple(own_travel), bounds, now)
    if without_appointment is not None:
        query = query.where(DoctorTime.appointment_id.is_distinct_from(without_appointment))

    def busy(row: Row[Any]) -> Busy:
        if row.clinic_id not in {clinic.id, None}:
            way = travel_time(own_travel[row.doctor_id], row.value or 0)
            return Busy(row.busy_from, row.busy_to, BusyKind.ELSEWHERE, way)
        return Busy(row.busy_from, row.busy_to, BusyKind.HOLD if row.expires_at else BusyKind.APPOINTMENT)

    return _by_doctor((row.doctor_id, busy(row)) for row in db.session.execute(query))


def _busy_rows(doctor_ids: Collection[int], bounds: tuple[datetime, datetime], now: datetime) -> Select[Any]:
    """Each busy time with how far its clinic says it is from others."""
    way = and_(Setting.clinic_id == DoctorTime.clinic_id, Setting.name == "travel_minutes")
    columns = (DoctorTime.doctor_id, DoctorTime.clinic_id, DoctorTime.busy_from, DoctorTime.busy_to)
    return (
        select(*columns, DoctorTime.expires_at, Setting.value)
        .outerjoin(Setting, way)
        .where(
            DoctorTime.doctor_id.in_(doctor_ids),
            DoctorTime.busy_from < bounds[1] + _REACH,
            DoctorTime.busy_to > bounds[0] - _REACH,
            or_(DoctorTime.expires_at.is_(None), DoctorTime.expires_at > now),
        )
    )


def _counted_starts(
    clinic_id: int,
    doctor_ids: Collection[int],
    bounds: tuple[datetime, datetime],
    now: datetime,
    without_appointment: int | None,
) -> dict[int, list[datetime]]:
    """When appointments that count towards a daily maximum begin; a live hold will be one, if anything comes of it."""
    booked = select(Appointment.doctor_id, Appointment.starts_at).where(
        Appointment.doctor_id.in_(doctor_ids),
        Appointment.clinic_id == clinic_id,
        Appointment.starts_at >= bounds[0],
        Appointment.starts_at < bounds[1],
        Appointment.status.in_(COUNTED),
        Appointment.id != (without_appointment or 0),
    )
    held = select(SlotHold.doctor_id, SlotHold.starts_at).where(
        SlotHold.doctor_id.in_(doctor_ids),
        SlotHold.clinic_id == clinic_id,
        SlotHold.starts_at >= bounds[0],
        SlotHold.starts_at < bounds[1],
        SlotHold.expires_at > now,
    )
    return _by_doctor((row[0], row[1]) for row in db.session.execute(union_all(booked, held)))


def _by_doctor(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    grouped: dict[int, list[T]] = defaultdict(list)
    for doctor_id, item in pairs:
        grouped[doctor_id].append(item)
    return grouped
