"""Which appointments, holds, working hours and leave an actor may see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from app.kernel import scope
from app.kernel.actor import Actor
from app.people.models import DoctorClinic
from app.people.roles import Role
from app.people.scope import of_desk_or_own, within_reach
from app.scheduling.models import (
    Appointment,
    AppointmentSeries,
    Availability,
    AvailabilityDate,
    CalendarFeed,
    DoctorLeave,
    SlotHold,
)
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer


@scope.policy(Appointment)
def _appointments(actor: Actor) -> ColumnElement[bool]:
    """Reception: all of its clinics. A doctor: the own ones, in clinics where they work. Accountants: none."""
    return of_desk_or_own(Appointment, actor)


@scope.policy(SlotHold)
def _holds(actor: Actor) -> ColumnElement[bool]:
    """As the appointments that may come of them."""
    return of_desk_or_own(SlotHold, actor)


@scope.policy(AppointmentSeries)
def _series(actor: Actor) -> ColumnElement[bool]:
    """As its appointments."""
    return of_desk_or_own(AppointmentSeries, actor)


@scope.policy(Availability)
def _weekly_hours(actor: Actor) -> ColumnElement[bool]:
    """Everybody of the clinic: who works when is no secret there."""
    return within_reach(Availability.clinic_id.expression, actor)


@scope.policy(AvailabilityDate)
def _dated_hours(actor: Actor) -> ColumnElement[bool]:
    """Those of a clinic in reach, and those for all clinics of a doctor who works at one in reach."""
    if actor.everywhere:
        return true()
    everywhere = AvailabilityDate.clinic_id.is_(None) & AvailabilityDate.doctor_id.in_(_colleagues(actor))
    return or_(AvailabilityDate.clinic_id.in_(sorted(actor.clinic_ids)), everywhere)


@scope.policy(CalendarFeed)
def _feeds(actor: Actor) -> ColumnElement[bool]:
    """Administrators, and the doctor whose calendar it is."""
    if actor.everywhere:
        return true()
    return false() if actor.doctor_id is None else CalendarFeed.doctor_id == actor.doctor_id


@scope.policy(WaitlistEntry)
def _waiting(actor: Actor) -> ColumnElement[bool]:
    """The desk of the clinic: nobody else says who comes next."""
    return within_reach(WaitlistEntry.clinic_id.expression, actor, Role.RECEPTIONIST)


@scope.policy(WaitlistOffer)
def _offered(actor: Actor) -> ColumnElement[bool]:
    """As the entries that they are for."""
    return within_reach(WaitlistOffer.clinic_id.expression, actor, Role.RECEPTIONIST)


@scope.policy(DoctorLeave)
def _leave(actor: Actor) -> ColumnElement[bool]:
    """That of a doctor who works at a clinic in reach, and a doctor's own."""
    if actor.everywhere:
        return true()
    colleagues = DoctorLeave.doctor_id.in_(_colleagues(actor))
    return colleagues if actor.doctor_id is None else or_(colleagues, DoctorLeave.doctor_id == actor.doctor_id)


def _colleagues(actor: Actor) -> Select[int]:
    return select(DoctorClinic.doctor_id).where(within_reach(DoctorClinic.clinic_id.expression, actor))
