"""Leave of doctors: days on which they are at no clinic. Booked appointments stay until somebody moves them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.kernel import db as database
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.people.models import Doctor
from app.scheduling.availability import Leave
from app.scheduling.busy_time import lock_doctor
from app.scheduling.errors import LeaveOverlaps
from app.scheduling.hours import may_change
from app.scheduling.models import LONGEST_NAME, DoctorLeave
from app.scheduling.requests import leave_days

database.refuses("ex_doctor_leave_overlap", lambda: LeaveOverlaps(field="first_day"))


def add_leave(values: Mapping[str, object], *, actor: Actor, now: datetime) -> DoctorLeave:  # noqa: ARG001 - as all commands
    """Let a doctor be away for some days, at every clinic.

    Refuses: NotAllowed, NotFound (doctor), Invalid, LeaveBackwards, LeaveOverlaps.
    """
    leave = DoctorLeave(**leave_days(values, complete=True), entered_by=actor.name[:LONGEST_NAME])
    _ensure_may_change(leave, actor)
    scope.get(Doctor, leave.doctor_id, actor=actor)
    _ensure_fits(leave)
    db.session.add(leave)
    db.session.flush()
    return leave


def change_leave(leave_id: int, values: Mapping[str, object], *, actor: Actor, now: datetime) -> DoctorLeave:  # noqa: ARG001 - as all commands
    """Change the days or the reason. Refuses as `add_leave` does, and NotFound for the leave."""
    leave = scope.get(DoctorLeave, leave_id, actor=actor, lock=True)
    _ensure_may_change(leave, actor)
    with db.session.no_autoflush:
        for name, value in leave_days(values, complete=False).items():
            setattr(leave, name, value)
        _ensure_fits(leave)
    db.session.flush()
    return leave


def remove_leave(leave_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """The doctor works after all. Refuses: NotFound, NotAllowed."""
    leave = scope.get(DoctorLeave, leave_id, actor=actor, lock=True)
    _ensure_may_change(leave, actor)
    db.session.delete(leave)


def _ensure_may_change(leave: DoctorLeave, actor: Actor) -> None:
    if not may_change(leave.doctor_id, actor=actor):
        raise NotAllowed


def _ensure_fits(leave: DoctorLeave) -> None:
    """It does not go backwards, nor over other leave of the doctor."""
    days = Leave(leave.first_day, leave.last_day)
    lock_doctor(leave.doctor_id)
    other = select(DoctorLeave.id).where(
        DoctorLeave.doctor_id == leave.doctor_id,
        DoctorLeave.id != (leave.id or 0),
        DoctorLeave.first_day <= days.last_day,
        DoctorLeave.last_day >= days.first_day,
    )
    if db.session.scalar(other.limit(1)) is not None:
        raise LeaveOverlaps(field="first_day")
