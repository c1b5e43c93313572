"""When doctors work: weekly hours at a clinic, and single dates on which they are closed or extra.

Appointments that are already booked stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.people.models import Doctor, DoctorClinic
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling.availability import DatedRule, overlap
from app.scheduling.calendars import dated_rule, weekly_rule
from app.scheduling.errors import DoctorNotAtClinic, HalfASpan
from app.scheduling.models import Availability, AvailabilityDate
from app.scheduling.requests import dated_hours, weekly_hours


def add_hours(values: Mapping[str, object], *, actor: Actor, now: datetime) -> Availability:  # noqa: ARG001 - as all commands
    """Let a doctor work every week at a clinic, in its wall time.

    Hours that overlap others are one stretch with them (`overlaps_others` tells).
    Refuses: NotFound (clinic), NotAllowed, Invalid, RuleWithoutLength, RuleNeverValid, DoctorNotAtClinic.
    """
    hours = Availability(**weekly_hours(values, complete=True))
    get_clinic(hours.clinic_id, actor=actor)
    _ensure_may_change(hours.doctor_id, actor)
    _ensure_fits(hours)
    db.session.add(hours)
    db.session.flush()
    return hours


def change_hours(hours_id: int, values: Mapping[str, object], *, actor: Actor, now: datetime) -> Availability:  # noqa: ARG001 - as all commands
    """Change the fields that are sent. Refuses as `add_hours` does, and NotFound for the hours."""
    hours = scope.get(Availability, hours_id, actor=actor, lock=True)
    _ensure_may_change(hours.doctor_id, actor)
    with db.session.no_autoflush:
        _write(hours, weekly_hours(values, complete=False))
        get_clinic(hours.clinic_id, actor=actor)
        _ensure_may_change(hours.doctor_id, actor)
        _ensure_fits(hours)
    db.session.flush()
    return hours


def remove_hours(hours_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Refuses: NotFound, NotAllowed."""
    hours = scope.get(Availability, hours_id, actor=actor, lock=True)
    _ensure_may_change(hours.doctor_id, actor)
    db.session.delete(hours)


def add_date(values: Mapping[str, object], *, actor: Actor, now: datetime) -> AvailabilityDate:  # noqa: ARG001 - as all commands
    """Close a doctor's day or part of it, or add time to it; without a clinic at all of them.

    Refuses: NotFound (clinic), NotAllowed, Invalid, RuleWithoutLength, HalfASpan, DoctorNotAtClinic.
    """
    dated = AvailabilityDate(**dated_hours(values, complete=True))
    _ensure_date_fits(dated, actor)
    db.session.add(dated)
    db.session.flush()
    return dated


def change_date(date_id: int, values: Mapping[str, object], *, actor: Actor, now: datetime) -> AvailabilityDate:  # noqa: ARG001 - as all commands
    """Change the fields that are sent. Refuses as `add_date` does, and NotFound for the date."""
    dated = scope.get(AvailabilityDate, date_id, actor=actor, lock=True)
    _ensure_may_change(dated.doctor_id, actor)
    with db.session.no_autoflush:
        _write(dated, dated_hours(values, complete=False))
        _ensure_date_fits(dated, actor)
    db.session.flush()
    return dated


def remove_date(date_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Refuses: NotFound, NotAllowed."""
    dated = scope.get(AvailabilityDate, date_id, actor=actor, lock=True)
    _ensure_may_change(dated.doctor_id, actor)
    db.session.delete(dated)


def may_change(doctor_id: int, *, actor: Actor) -> bool:
    """Administrators change everybody's hours, doctors their own."""
    return actor.has_role(Role.ADMIN) or (actor.has_role(Role.DOCTOR) and doctor_id == actor.doctor_id)


def _ensure_may_change(doctor_id: int, actor: Actor) -> None:
    if not may_change(doctor_id, actor=actor):
        raise NotAllowed


def _ensure_fits(hours: Availability) -> None:
    """It has a length and days on which it is valid, and the doctor works at that clinic."""
    weekly_rule(hours)
    _ensure_works_at(hours.doctor_id, hours.clinic_id)


def overlaps_others(hours: Availability) -> bool:
    """Whether other hours of the doctor at the clinic give the same time: worth a warning, never a refusal."""
    rule = weekly_rule(hours)
    others = select(Availability).where(
        Availability.doctor_id == hours.doctor_id,
        Availability.clinic_id == hours.clinic_id,
        Availability.weekday == hours.weekday,
        Availability.id != (hours.id or 0),
    )
    return any(overlap(rule, weekly_rule(other)) for other in db.session.scalars(others))


def _ensure_date_fits(dated: AvailabilityDate, actor: Actor) -> DatedRule:
    if (dated.start_time is None) != (dated.end_time is None):
        raise HalfASpan(field="end_time")
    if dated.clinic_id is not None:
        get_clinic(dated.clinic_id, actor=actor)
    _ensure_may_change(dated.doctor_id, actor)
    if dated.clinic_id is not None:
        _ensure_works_at(dated.doctor_id, dated.clinic_id)
    else:
        scope.get(Doctor, dated.doctor_id, actor=actor)
    return dated_rule(dated)


def _ensure_works_at(doctor_id: int, clinic_id: int) -> None:
    workplace = select(DoctorClinic.id).where(DoctorClinic.doctor_id == doctor_id, DoctorClinic.clinic_id == clinic_id)
    if db.session.scalar(workplace) is None:
        raise DoctorNotAtClinic(field="doctor_id")


def _write(row: Availability | AvailabilityDate, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
