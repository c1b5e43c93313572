"""What a doctor's week at a clinic looks like, with rules that are not saved yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Clinic, DoctorClinic
from app.people.queries import get_clinic
from app.scheduling.availability import DatedRule, Timetable, WeeklyRule, open_intervals
from app.scheduling.calendars import load_timetables
from app.scheduling.states import DatedKind


@dataclass(frozen=True)
class PlannedDay:
    """When the doctor works on a day, as [start, end) in UTC, and what takes time away from it."""

    work: list[tuple[datetime, datetime]]
    holiday: str | None = None
    on_leave: bool = False
    closed: bool = False


def preview_week(
    clinic_id: int,
    doctor_id: int,
    first_day: date,
    *,
    weekly: Sequence[WeeklyRule] = (),
    dated: Sequence[DatedRule] = (),
    actor: Actor,
) -> dict[date, PlannedDay]:
    """Seven days of the doctor at the clinic, if these rules were added to what is there, or took their rows' place.

    Refuses: NotFound (clinic).
    """
    clinic = get_clinic(clinic_id, actor=actor)
    days = [first_day + timedelta(days=n) for n in range(7)]
    there = load_timetables(clinic, [doctor_id], days[0], days[-1])[doctor_id]
    planned = replace(
        there,
        weekly=[*(rule for rule in there.weekly if rule.id not in {one.id for one in weekly}), *weekly],
        dated=[*(rule for rule in there.dated if rule.id not in {one.id for one in dated}), *dated],
    )
    return {day: _planned(day, planned) for day in days}


def find_clinic_of(doctor_id: int, *, actor: Actor) -> Clinic | None:
    """A clinic in reach where the doctor works: the one they came to first."""
    workplace = select(DoctorClinic.clinic_id).where(DoctorClinic.doctor_id == doctor_id)
    query = scope.rows(Clinic, actor).where(Clinic.id.in_(workplace)).order_by(Clinic.id).limit(1)
    clinic: Clinic | None = db.session.scalars(query).first()
    return clinic


def _planned(day: date, timetable: Timetable) -> PlannedDay:
    return PlannedDay(
        open_intervals(day, timetable),
        holiday=timetable.holidays.get(day),
        on_leave=any(leave.covers(day) for leave in timetable.leave),
        closed=any(rule.kind is DatedKind.CLOSED and rule.date == day for rule in timetable.dated),
    )
