"""What is asked about free time and appointments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, column, select, table
from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db
from app.people.models import Clinic, Service
from app.people.patient_models import Patient
from app.people.patient_queries import matching
from app.people.queries import get_clinic
from app.scheduling import slots as rules
from app.scheduling.availability import Leave
from app.scheduling.calendars import Taken, load_taken, load_timetables
from app.scheduling.diary import load_diary
from app.scheduling.errors import DoctorNotOffering, RangeBackwards, RangeTooLong
from app.scheduling.explaining import Explanation, explain, of_refusal
from app.scheduling.models import Appointment
from app.scheduling.offers import Offer, get_offer, list_offers
from app.scheduling.requests import TimeQuestion
from app.scheduling.slots import NoSlots, OfferedSlot
from app.scheduling.states import OCCUPYING, OPEN

MOST_DAYS: Final = 62

# The queue is another domain's, above this one; only which visit belongs to an appointment is read.
_VISIT = table("visit", column("id"), column("appointment_id"))


@dataclass(frozen=True)
class SlotAnswer:
    """The free times in order, or why there are none; `zone` is the clinic's."""

    slots: list[OfferedSlot]
    reason: NoSlots | None
    zone: str


def free_slots(
    clinic_id: int, service_id: int, doctor_id: int | None, from_day: date, to_day: date, *, actor: Actor, now: datetime
) -> SlotAnswer:
    """The free times of a service on the clinic's days `from_day` to `to_day`, both included, with one doctor or any.

    The number of statements is the same for any number of doctors and days.
    Refuses: NotFound (clinic), ClinicShut, ServiceNotOffered, RangeBackwards, RangeTooLong.
    """
    clinic = get_clinic(clinic_id, actor=actor)
    days = list_days(from_day, to_day)
    offers = {offer.doctor_id: offer for offer in list_offers(clinic, service_id, doctor_id=doctor_id)}
    timetables = load_timetables(clinic, offers, from_day, to_day)
    taken = _taken_within_reach(clinic, offers, days, now)
    found = sorted(
        OfferedSlot(*slot, number)
        for number, offer in offers.items()
        for slot in rules.free_slots(
            days, timetables[number], taken[number].busy, offer.slots, now=now, full=taken[number].full
        )
    )
    if found:
        return SlotAnswer(found, None, clinic.timezone)
    reasons = [
        rules.reason_for_none(days, timetables[number], offer.slots, now=now) for number, offer in offers.items()
    ]
    return SlotAnswer([], rules.main_reason(reasons), clinic.timezone)


def explain_time(question: TimeQuestion, *, actor: Actor, now: datetime) -> tuple[Explanation, str]:
    """Why a doctor's time is offered for a service or is not, and the clinic's zone.

    Refuses: NotFound (clinic, service), ServiceNotOffered.
    """
    if question.clinic_id is not None:
        clinic = get_clinic(question.clinic_id, actor=actor)
    else:
        clinic = scope.get(Service, question.service_id, actor=actor, options=(joinedload(Service.clinic),)).clinic
    try:
        offer = get_offer(clinic, question.doctor_id, question.service_id)
    except DoctorNotOffering as refusal:
        return of_refusal(refusal), clinic.timezone
    today, last = clinic_day(now, clinic.timezone), offer.slots.last_day(now, clinic.timezone)
    day = min(max(question.at, now), now + timedelta(days=(last - today).days + 2))
    asked = clinic_day(day, clinic.timezone)
    diary = load_diary(offer, asked, asked, now=now)
    why = explain(question.at, diary.timetable, diary.busy, offer.slots, now=now, full=diary.full)
    return why, clinic.timezone


def list_days(from_day: date, to_day: date, *, most: int = MOST_DAYS) -> list[date]:
    """The days from one to the other, both included. Refuses: RangeBackwards, RangeTooLong with more than `most`."""
    if to_day < from_day:
        raise RangeBackwards(field="to")
    if (to_day - from_day).days >= most:
        raise RangeTooLong(field="to", most_days=most)
    return [from_day + timedelta(days=n) for n in range((to_day - from_day).days + 1)]


def _taken_within_reach(
    clinic: Clinic, offers: Mapping[int, Offer], days: Sequence[date], now: datetime
) -> Mapping[int, Taken]:
    """What is taken of the doctors' time on those of the days on which anything can be booked."""
    today = clinic_day(now, clinic.timezone)
    last = max((offer.slots.last_day(now, clinic.timezone) for offer in offers.values()), default=today)
    reachable = [day for day in days if today <= day <= last]
    if not reachable:
        return dict.fromkeys(offers, Taken())
    return load_taken(offers.values(), reachable[0], reachable[-1], now=now)


def list_appointments_of(patient_id: int, *, actor: Actor) -> Select[tuple[Appointment]]:
    """The patient's appointments in reach, to be sorted and paged. Refuses: NotFound (patient)."""
    scope.get(Patient, patient_id, actor=actor)
    return scope.rows(Appointment, actor).where(Appointment.patient_id == patient_id)


def of_patients_called(q: str, actor: Actor) -> ColumnElement[bool]:
    """The criterion for appointments of patients whom `q` finds, by name or phone."""
    return matching(q, None if actor.everywhere else actor.clinic_ids, of=Appointment.patient_id.expression)


def beginning_on(day: date, zone: str, *, later: bool) -> ColumnElement[bool]:
    """The criterion for appointments that begin on this day of a clinic in `zone` or after it, else on it or before."""
    start, end = day_bounds(day, zone)
    return Appointment.starts_at >= start if later else Appointment.starts_at < end


def list_overlapping(appointment: Appointment) -> list[int]:
    """Ids of other open appointments of the same patient at that time: worth a warning, never a refusal."""
    own = {name: getattr(appointment, name) for name in ("patient_id", "id", "starts_at", "ends_at")}
    return list(db.session.scalars(_OVERLAPPING, own))


_OVERLAPPING = (  # built once: putting it together takes as long as carrying it out
    select(Appointment.id)
    .where(
        Appointment.patient_id == bindparam("patient_id"),
        Appointment.id != bindparam("id"),
        Appointment.starts_at < bindparam("ends_at"),
        Appointment.ends_at > bindparam("starts_at"),
        Appointment.status.in_(OCCUPYING),
    )
    .order_by(Appointment.starts_at, Appointment.id)
)


def list_affected(
    doctor_id: int, first_day: date, last_day: date, *, also: Collection[Any] = (), actor: Actor, now: datetime
) -> list[Appointment]:
    """The open appointments still to come, in reach, that the doctor would miss by being away on these days.

    The days are those of each appointment's clinic, both included; in order of time, with the clinic and what `also`
    names of their references.
    """
    farthest = timedelta(days=1)  # no zone is that far from UTC, nor a service longer
    until = day_bounds(min(last_day, date.max - 2 * farthest) + farthest, "UTC")[1]
    since = day_bounds(max(first_day, now.date()) - farthest, "UTC")[0] - farthest
    query = scope.rows(Appointment, actor).where(
        Appointment.doctor_id == doctor_id,
        Appointment.status.in_(OPEN),
        Appointment.starts_at >= max(since, now),
        Appointment.starts_at < until,
    )
    loaded = (joinedload(one) for one in (Appointment.clinic, *also))
    rows = db.session.scalars(query.options(*loaded).order_by(Appointment.starts_at, Appointment.id))
    leave = Leave(first_day, last_day)
    return [row for row in rows if leave.cuts(row.starts_at, row.ends_at, row.clinic.timezone)]


def find_visit_ids(appointment_ids: Collection[int]) -> dict[int, int]:
    """The visit of each appointment that has one."""
    query = select(_VISIT.c.appointment_id, _VISIT.c.id).where(_VISIT.c.appointment_id.in_(appointment_ids))
    return {appointment_id: visit_id for appointment_id, visit_id in db.session.execute(query)}  # noqa: C416 - rows
