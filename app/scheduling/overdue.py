"""What becomes of appointments whose time went by and on which nobody acted: here the clock decides, not a person.

Whoever is about to act on one of them has its row locked: it is left to them, and looked at again at the next sweep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import joinedload

from app.kernel.actor import Actor
from app.kernel.columns import is_in
from app.kernel.db import db
from app.kernel.errors import N_
from app.people.models import Clinic
from app.people.roles import Role
from app.people.settings import get_settings
from app.scheduling.booking import record_missed, write_off
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, CancelledBy

NOT_ANSWERED: Final = N_("Not answered before its time")

Place = tuple[datetime, int]
"""Where a list of appointments goes on: after this start and id."""


def list_clinic_ids() -> list[int]:
    """Every clinic: one that has closed may have left something open."""
    return list(db.session.scalars(select(Clinic.id).order_by(Clinic.id)))


def list_unanswered(clinic_id: int, after: Place | None, *, now: datetime, limit: int) -> list[Place]:
    """The clinic's next requested appointments that have begun, by start and id."""
    return _list(clinic_id, _unanswered(now), after, limit)


def list_unattended(clinic_id: int, after: Place | None, *, now: datetime, limit: int) -> list[Place]:
    """The clinic's next confirmed appointments that ended longer ago than its grace time, by start and id."""
    return _list(clinic_id, _unattended(clinic_id, now), after, limit)


def cancel_unanswered(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment | None:
    """Cancel a request that nobody answered before its time; None where that is no longer so, or somebody acts on it.

    Refuses: NotAllowed.
    """
    actor.require_role(Role.ADMIN)
    appointment = _held(appointment_id, _unanswered(now))
    if appointment is not None:
        write_off(appointment, reason=NOT_ANSWERED, by=CancelledBy.SYSTEM)
    return appointment


def miss_unattended(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment | None:
    """Make a no-show of an appointment to which nobody came; None where that is no longer so, or somebody acts on it.

    Refuses: NotAllowed.
    """
    actor.require_role(Role.ADMIN)
    clinic_id = db.session.scalar(select(Appointment.clinic_id).where(Appointment.id == appointment_id))
    if clinic_id is None:
        return None
    appointment = _held(appointment_id, _unattended(clinic_id, now))
    if appointment is not None:
        record_missed(appointment)
    return appointment


def _unanswered(now: datetime) -> ColumnElement[bool]:
    requested = is_in(Appointment.status, AppointmentStatus.REQUESTED)
    return and_(requested, Appointment.starts_at <= now, Appointment.is_historic.is_(False))


def _unattended(clinic_id: int, now: datetime) -> ColumnElement[bool]:
    ended = now - timedelta(minutes=get_settings(clinic_id).no_show_grace_minutes)
    return and_(
        is_in(Appointment.status, AppointmentStatus.CONFIRMED),
        Appointment.starts_at < ended,  # follows from the next, and is what the index is sorted by
        Appointment.ends_at <= ended,
        Appointment.is_historic.is_(False),
        Appointment.no_show_undone.is_(False),
    )


def _list(clinic_id: int, overdue: ColumnElement[bool], after: Place | None, limit: int) -> list[Place]:
    place = tuple_(Appointment.starts_at, Appointment.id)
    query = select(Appointment.starts_at, Appointment.id).where(Appointment.clinic_id == clinic_id, overdue)
    if after is not None:
        query = query.where(Appointment.starts_at >= after[0], place > after)
    rows = db.session.execute(query.order_by(Appointment.starts_at, Appointment.id).limit(limit))
    return [(starts_at, number) for starts_at, number in rows]


def _held(appointment_id: int, overdue: ColumnElement[bool]) -> Appointment | None:
    """The appointment, locked, if it is still overdue and nobody else holds it."""
    query = (
        select(Appointment)
        .where(Appointment.id == appointment_id, overdue)
        .options(joinedload(Appointment.clinic), joinedload(Appointment.patient))
        .with_for_update(of=Appointment, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    appointment: Appointment | None = db.session.scalars(query).one_or_none()
    return appointment
