"""What a clinic's calendar shows of some days: the doctors, their appointments, and when they cannot be booked and why.

The number of statements is the same for any number of doctors, days and appointments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select

from app.kernel import live, scope
from app.kernel.actor import Actor
from app.kernel.clock import day_bounds
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.people.models import Clinic, Doctor, DoctorClinic, Service
from app.people.patient_models import Patient
from app.people.queries import get_clinic
from app.people.roles import Role
from app.people.settings import get_settings
from app.scheduling.availability import Timetable, open_intervals
from app.scheduling.calendars import load_timetables
from app.scheduling.models import Appointment, AvailabilityDate, DoctorTime
from app.scheduling.queries import list_days
from app.scheduling.shading import DAY, Shade, Stretch, Why, hours_shown, minutes_of, shades_of_day
from app.scheduling.states import AppointmentStatus, DatedKind

MOST_DAYS: Final = 31
LONGEST: Final = timedelta(days=1)  # of an appointment


class Entry(NamedTuple):
    """An appointment in the calendar; times in UTC."""

    id: int
    doctor_id: int
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    patient_name: str
    service_id: int
    overbooked: bool


@dataclass(frozen=True)
class Agenda:
    """`shades` are by doctor and day; `hours` are the first and last full hour that there is anything to see in.

    `may_arrange` says whether the reader books and moves here: a doctor sees the own column alone.
    """

    clinic: Clinic
    days: Sequence[date]
    doctors: Sequence[tuple[int, str]]
    services: Mapping[int, str]
    entries: Sequence[Entry]
    shades: Mapping[tuple[int, date], Sequence[Shade]]
    hours: Stretch
    grid_minutes: int
    version: int
    may_arrange: bool


def get_agenda(
    clinic_id: int, from_day: date, to_day: date, *, doctor_id: int | None = None, actor: Actor, now: datetime
) -> Agenda:
    """The clinic's days from one to the other, both included, of all its doctors or of one.

    Cancelled appointments have given their time back and are not shown; neither are those of before an import.
    Refuses: NotFound (clinic, doctor), NotAllowed, RangeBackwards, RangeTooLong.
    """
    clinic = get_clinic(clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR, at=clinic.id)
    arranges = actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    days = list_days(from_day, to_day, most=MOST_DAYS)
    entries = _entries(clinic, days, doctor_id, actor)
    doctors = _doctors(clinic, {entry.doctor_id for entry in entries}, None if arranges else actor.doctor_id)
    if doctor_id is not None:
        doctors = [doctor for doctor in doctors if doctor[0] == doctor_id]
        if not doctors:
            raise NotFound
    shades, open_ = _shades(clinic, [number for number, _ in doctors], days, now)
    seen = [*open_, *_minutes_of_entries(entries, clinic.timezone)]
    return Agenda(
        clinic=clinic,
        days=days,
        doctors=doctors,
        services=_services(clinic.id),
        entries=entries,
        shades=shades,
        hours=hours_shown(seen),
        grid_minutes=get_settings(clinic.id).slot_grid_minutes,
        version=live.board_version(clinic.id),
        may_arrange=arranges,
    )


def _entries(clinic: Clinic, days: Sequence[date], doctor_id: int | None, actor: Actor) -> list[Entry]:
    start, end = day_bounds(days[0], clinic.timezone)[0], day_bounds(days[-1], clinic.timezone)[1]
    query = (
        select(
            Appointment.id,
            Appointment.doctor_id,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.status,
            Patient.name,
            Appointment.service_id,
            Appointment.overbook_reason.is_not(None),
        )
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(
            scope.visible(Appointment, actor),
            Appointment.clinic_id == clinic.id,
            Appointment.starts_at > start - LONGEST,  # narrows the index; what has ended by then is left out below
            Appointment.starts_at < end,
            Appointment.ends_at > start,
            Appointment.status != AppointmentStatus.CANCELLED,
            Appointment.is_historic.is_(False),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    if doctor_id is not None:
        query = query.where(Appointment.doctor_id == doctor_id)
    return [Entry(*row) for row in db.session.execute(query)]


def _doctors(clinic: Clinic, booked: Collection[int], own: int | None) -> list[tuple[int, str]]:
    """Who works at the clinic, and who no longer does but has appointments; of a doctor none but the own record."""
    works = Doctor.is_active & Doctor.id.in_(select(DoctorClinic.doctor_id).where(DoctorClinic.clinic_id == clinic.id))
    wanted: ColumnElement[bool] = or_(works, Doctor.id.in_(sorted(booked))) if own is None else Doctor.id == own
    query = select(Doctor.id, Doctor.name).where(wanted).order_by(Doctor.name, Doctor.id)
    return [(number, name) for number, name in db.session.execute(query)]


def _services(clinic_id: int) -> dict[int, str]:
    query = select(Service.id, Service.name).where(Service.clinic_id == clinic_id).order_by(Service.name, Service.id)
    return {number: name for number, name in db.session.execute(query)}  # noqa: C416 - rows


def _minutes_of_entries(entries: Sequence[Entry], zone: str) -> Iterator[Stretch]:
    """What of a day the appointments need; one that runs over midnight needs the ends of both days."""
    wall = ZoneInfo(zone)
    for entry in entries:
        start, end = entry.starts_at.astimezone(wall), entry.ends_at.astimezone(wall)
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        if start.date() == end.date():
            yield first, max(last, first + 1)
        else:
            yield first, DAY
            yield 0, max(last, 1)


# -- what is shaded ----------------------------------------------------------------------------------------------------


def _shades(
    clinic: Clinic, doctor_ids: Sequence[int], days: Sequence[date], now: datetime
) -> tuple[dict[tuple[int, date], list[Shade]], list[Stretch]]:
    """The shades by doctor and day, and every stretch that is open."""
    timetables = load_timetables(clinic, doctor_ids, days[0], days[-1])
    closed, busy = _closed(clinic, doctor_ids, days), _busy(clinic, doctor_ids, days, now)
    shades, everything_open = {}, []
    for doctor_id in doctor_ids:
        for day in days:
            spans = (minutes_of(*span, day, clinic.timezone) for span in open_intervals(day, timetables[doctor_id]))
            open_ = [span for span in spans if span]
            reasons = [*_days_off(timetables[doctor_id], day), *closed[doctor_id, day]]
            taken = [
                Shade(*shown, why)
                for start, end, why in busy[doctor_id]
                if (shown := minutes_of(start, end, day, clinic.timezone))
            ]
            shades[doctor_id, day] = shades_of_day(open_, reasons, taken)
            everything_open += open_
    return shades, everything_open


def _days_off(timetable: Timetable, day: date) -> Iterator[Shade]:
    """Why nobody works on the whole of a day."""
    if day in timetable.holidays:
        yield Shade(0, DAY, Why.HOLIDAY, timetable.holidays[day])
    if any(leave.covers(day) for leave in timetable.leave):
        yield Shade(0, DAY, Why.LEAVE)


def _closed(
    clinic: Clinic, doctor_ids: Collection[int], days: Sequence[date]
) -> Mapping[tuple[int, date], list[Shade]]:
    """What is entered as closed, with its reason."""
    query = select(AvailabilityDate).where(
        AvailabilityDate.doctor_id.in_(doctor_ids),
        or_(AvailabilityDate.clinic_id == clinic.id, AvailabilityDate.clinic_id.is_(None)),
        AvailabilityDate.kind == DatedKind.CLOSED,
        AvailabilityDate.day.between(days[0], days[-1]),
    )
    found = defaultdict(list)
    for row in db.session.scalars(query.order_by(AvailabilityDate.start_time, AvailabilityDate.id)):
        start = row.start_time.hour * 60 + row.start_time.minute if row.start_time else 0
        end = row.end_time.hour * 60 + row.end_time.minute if row.end_time else 0
        found[row.doctor_id, row.day].append(Shade(start, end or DAY, Why.CLOSED, row.reason))
    return found


def _busy(
    clinic: Clinic, doctor_ids: Collection[int], days: Sequence[date], now: datetime
) -> Mapping[int, list[tuple[datetime, datetime, Why]]]:
    """What is taken of the doctors' time and is no appointment of this clinic; at which other one is not told."""
    start, end = day_bounds(days[0], clinic.timezone)[0], day_bounds(days[-1], clinic.timezone)[1]
    query = (
        select(DoctorTime.doctor_id, DoctorTime.busy_from, DoctorTime.busy_to, DoctorTime.appointment_id)
        .outerjoin(Appointment, Appointment.id == DoctorTime.appointment_id)
        .where(
            DoctorTime.doctor_id.in_(doctor_ids),
            DoctorTime.busy_from > start - 2 * LONGEST,  # narrows the index, as above; buffers included
            DoctorTime.busy_from < end,
            DoctorTime.busy_to > start,
            or_(Appointment.id.is_(None), Appointment.clinic_id != clinic.id),
            or_(DoctorTime.expires_at.is_(None), DoctorTime.expires_at > now),
        )
        .order_by(DoctorTime.busy_from)
    )
    found = defaultdict(list)
    for doctor_id, busy_from, busy_to, appointment_id in db.session.execute(query):
        why = Why.HELD if appointment_id is None else Why.ELSEWHERE
        found[doctor_id].append((busy_from, busy_to, why))
    return found
