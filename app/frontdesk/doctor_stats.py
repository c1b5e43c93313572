"""A doctor's day in figures: visits by what has become of them, what is coming, and the doctor's share of the money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, false, func, or_, select, union

from app.billing.earnings import Revenue, own_doctor_id, revenue_between
from app.frontdesk.models import Visit
from app.frontdesk.queries import IS_OPEN
from app.frontdesk.states import Phase, VisitStatus, phase_of
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db
from app.people.models import Clinic
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.scheduling.states import OPEN

UPCOMING_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class DoctorStats:
    """The day is each clinic's own; who left is not counted, who is still here since yesterday waits or is with the
    doctor.

    `upcoming_appointments` begin within the next 30 days. `today_revenue` is by currency, those of the doctor's clinics
    first: the doctor's share of what was paid today, of what of it was given back, and of what was issued today and is
    not yet paid.
    """

    today_visits: int
    waiting: int
    active_consultations: int
    completed: int
    upcoming_appointments: int
    today_revenue: dict[str, Revenue]


def get_doctor_stats(*, actor: Actor, now: datetime) -> DoctorStats:
    """The doctor's own day at the clinics where they work. Refuses: NotFound (who has no doctor's record)."""
    own_doctor_id(actor)
    in_reach = Clinic.id.in_(sorted(actor.clinics_as(Role.DOCTOR)))
    clinics = db.session.scalars(select(Clinic).where(in_reach).order_by(Clinic.id)).all()
    today = {clinic.id: clinic_day(now, clinic.timezone) for clinic in clinics}
    visits = _count_visits(today, actor)
    spans = {clinic.id: day_bounds(today[clinic.id], clinic.timezone) for clinic in clinics}
    revenue = {clinic.currency: Revenue.none(clinic.currency) for clinic in clinics} | revenue_between(
        spans, actor=actor
    )
    return DoctorStats(
        today_visits=sum(of_today for _, of_today in visits.values()),
        waiting=_in_phase(Phase.WAITING, visits),
        active_consultations=_in_phase(Phase.WITH_DOCTOR, visits),
        completed=_in_phase(Phase.COMPLETED, visits),
        upcoming_appointments=_count_upcoming(actor, now),
        today_revenue=revenue,
    )


Counted = dict[VisitStatus, tuple[int, int]]


def _count_visits(today: dict[int, date], actor: Actor) -> Counted:
    """By state: how many visits are of today or have not ended, and how many of them are of today."""
    of_today = or_(false(), *(and_(Visit.clinic_id == key, Visit.business_date == day) for key, day in today.items()))
    own = select(Visit.id).where(scope.visible(Visit, actor), Visit.doctor_id == actor.doctor_id)
    of_day = own.where(Visit.business_date.in_(sorted(set(today.values()))), of_today)
    still_open = own.where(IS_OPEN)
    query = (
        select(Visit.status, func.count(), func.count().filter(of_today))
        .where(Visit.id.in_(union(of_day, still_open)), Visit.status != VisitStatus.LEFT)
        .group_by(Visit.status)
    )
    return {status: (count, new) for status, count, new in db.session.execute(query)}


def _in_phase(phase: Phase, visits: Counted) -> int:
    return sum(count for status, (count, _) in visits.items() if phase_of(status) is phase)


def _count_upcoming(actor: Actor, now: datetime) -> int:
    query = select(func.count()).where(
        scope.visible(Appointment, actor),
        Appointment.doctor_id == actor.doctor_id,
        Appointment.starts_at >= now,
        Appointment.starts_at < now + timedelta(days=UPCOMING_DAYS),
        Appointment.status.in_(OPEN),
    )
    return db.session.scalar(query) or 0
