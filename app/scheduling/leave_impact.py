"""What leave does to appointments: whom the doctor would miss, which times are proposed to them, and moving them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.people.models import Clinic, Doctor
from app.people.roles import Role
from app.scheduling import slots as rules
from app.scheduling.availability import Leave
from app.scheduling.booking import get_locked, reschedule
from app.scheduling.calendars import load_taken, load_timetables
from app.scheduling.errors import ClinicShut, NoLongerAffected, ServiceNotOffered
from app.scheduling.models import Appointment, DoctorLeave
from app.scheduling.offers import Offer, list_offers
from app.scheduling.queries import list_affected
from app.scheduling.rebooking import Displaced, FreeTimes, propose
from app.scheduling.slots import OfferedSlot, SlotSettings
from app.scheduling.states import OCCUPYING, OPEN

MOST: Final = 100
AROUND: Final = 28
"""How many days before and after the leave are looked at."""


@dataclass(frozen=True)
class Affected:
    """An appointment that falls into leave, and the times that it may move to: the proposed one first, or none.

    `may_move` is False for a reader who is not of its clinic's desk; there are no times then.
    """

    appointment: Appointment
    may_move: bool
    times: Sequence[OfferedSlot] = ()


@dataclass(frozen=True)
class LeaveImpact:
    """The first of the `count` appointments in reach that fall into the leave, in order; `doctors` are names by id."""

    leave: DoctorLeave
    affected: list[Affected]
    count: int
    doctors: Mapping[int, str]


def count_affected(leave: DoctorLeave, *, actor: Actor, now: datetime) -> int:
    """How many appointments in reach fall into the leave and are still to come."""
    return len(list_affected(leave.doctor_id, leave.first_day, leave.last_day, actor=actor, now=now))


def patients_of(appointment_ids: Collection[int], *, actor: Actor) -> dict[int, str]:
    """The patients' names by appointment, in the order of these. Refuses: NotFound where one is not in reach."""
    query = scope.rows(Appointment, actor).where(Appointment.id.in_(appointment_ids))
    rows = db.session.scalars(query.options(joinedload(Appointment.patient)))
    names = {row.id: row.patient.name for row in rows}
    if not names.keys() >= set(appointment_ids):
        raise NotFound
    return {number: names[number] for number in appointment_ids}


def plan_leave_impact(leave_id: int, *, actor: Actor, now: datetime) -> LeaveImpact:
    """Who is affected by leave, at most a hundred at once, and what is proposed to each; nothing is changed.

    The number of statements grows with the clinics and services alone. Refuses: NotFound.
    """
    leave = scope.get(DoctorLeave, leave_id, actor=actor, options=(joinedload(DoctorLeave.doctor),))
    also = (Appointment.patient, Appointment.service)
    found = list_affected(leave.doctor_id, leave.first_day, leave.last_day, also=also, actor=actor, now=now)
    shown = [Affected(one, actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=one.clinic_id)) for one in found[:MOST]]
    movable = [one.appointment for one in shown if one.may_move]
    proposals = dict(zip((one.id for one in movable), propose(_displaced(movable, leave, now)), strict=True))
    affected = [replace(one, times=proposals.get(one.appointment.id, ())) for one in shown]
    names = _names_of({slot.doctor_id for one in affected for slot in one.times})
    return LeaveImpact(leave, affected, len(found), names)


def rebook_affected(
    leave_id: int, appointment_id: int, starts_at: datetime, *, doctor_id: int, actor: Actor, now: datetime
) -> Appointment:
    """Move one appointment out of leave; its patient is told, also of one that is only requested.

    It keeps a length that it was given, and else lasts as long as the service does with the doctor.
    Refuses: NotFound (leave, appointment), NotAllowed, NoLongerAffected, and as `booking.reschedule` does.
    """
    leave = scope.get(DoctorLeave, leave_id, actor=actor)
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    if not _falls_into(leave, appointment, now):
        raise NoLongerAffected
    length = _own_length(appointment, _offers(appointment.clinic, appointment.service_id))
    return reschedule(
        appointment.id,
        starts_at,
        ends_at=_end_of(starts_at, length),
        doctor_id=doctor_id,
        doctor_away=True,
        actor=actor,
        now=now,
    )


def _end_of(starts_at: datetime, length: timedelta | None) -> datetime | None:
    """When it ends where it keeps a length of its own; a time that no clock reaches is refused as too far anyway."""
    try:
        return None if length is None else starts_at + length
    except OverflowError:
        return None


def _falls_into(leave: DoctorLeave, appointment: Appointment, now: datetime) -> bool:
    """Whether `list_affected` would name it."""
    return (
        appointment.doctor_id == leave.doctor_id
        and appointment.status in OPEN
        and appointment.starts_at >= now
        and Leave(leave.first_day, leave.last_day).cuts(
            appointment.starts_at, appointment.ends_at, appointment.clinic.timezone
        )
    )


# -- what there is for them ------------------------------------------------------------------------------------------


def _displaced(appointments: Sequence[Appointment], leave: DoctorLeave, now: datetime) -> list[Displaced]:
    places: dict[tuple[int, int], list[Appointment]] = defaultdict(list)
    for one in appointments:
        places[one.clinic_id, one.service_id].append(one)
    engaged = _engaged(appointments, now)
    found = {}
    for (_clinic_id, service_id), those in places.items():
        clinic = those[0].clinic
        offers = _offers(clinic, service_id)
        lengths = {one.id: _own_length(one, offers) for one in those}
        times = _free_times(clinic, offers, set(lengths.values()), leave, now)
        for one in those:
            free, busy = times[lengths[one.id]], engaged[one.patient_id]
            found[one.id] = Displaced(one.patient_id, one.doctor_id, one.starts_at, free, busy)
    return [found[one.id] for one in appointments]


def _offers(clinic: Clinic, service_id: int) -> dict[int, Offer]:
    """The service with each doctor who offers it; nobody does where the clinic no longer has it, or is closed."""
    try:
        return {offer.doctor_id: offer for offer in list_offers(clinic, service_id)}
    except (ClinicShut, ServiceNotOffered):
        return {}


def _own_length(appointment: Appointment, offers: Mapping[int, Offer]) -> timedelta | None:
    """How long it lasts where that is not what the service takes with its doctor."""
    offer = offers.get(appointment.doctor_id)
    length = appointment.ends_at - appointment.starts_at
    return None if offer is not None and offer.slots.duration == length else length


def _free_times(
    clinic: Clinic,
    offers: Mapping[int, Offer],
    lengths: Collection[timedelta | None],
    leave: DoctorLeave,
    now: datetime,
) -> dict[timedelta | None, FreeTimes]:
    """What is free around the leave with all doctors of one clinic and service, for appointments of each length."""
    settings = next((offer.slots for offer in offers.values()), SlotSettings(1, 1))  # buffers of no slots, without any
    days = _days_around(leave, clinic, offers, now)
    if not days:
        return {length: FreeTimes(clinic.id, clinic.timezone, settings, {}) for length in lengths}
    timetables = load_timetables(clinic, offers, days[0], days[-1])
    longest = [_lasting(offer, max(length or timedelta() for length in lengths)) for offer in offers.values()]
    taken = load_taken([*offers.values(), *longest], days[0], days[-1], now=now)

    room = {
        (offer.doctor_id, day): offer.daily_maximum - taken[offer.doctor_id].counted.get(day, 0)
        for offer in offers.values()
        for day in days
        if offer.daily_maximum is not None
    }

    def slots(offer: Offer, length: timedelta | None) -> Sequence[rules.Slot]:
        one, lasting = offer.doctor_id, _lasting(offer, length).slots
        return rules.free_slots(days, timetables[one], taken[one].busy, lasting, now=now, full=taken[one].full)

    return {
        length: FreeTimes(
            clinic.id, clinic.timezone, settings, {one: slots(offer, length) for one, offer in offers.items()}, room
        )
        for length in lengths
    }


def _lasting(offer: Offer, length: timedelta | None) -> Offer:
    """The offer for an appointment of this length; without one it lasts as the service does."""
    minutes = (length or offer.slots.duration) // timedelta(minutes=1)
    return replace(offer, slots=replace(offer.slots, duration_minutes=minutes))


def _days_around(leave: DoctorLeave, clinic: Clinic, offers: Mapping[int, Offer], now: datetime) -> list[date]:
    """The clinic's days, from today on as far as anything can be booked, that are near the leave or in it."""
    today = clinic_day(now, clinic.timezone)
    horizon = max((offer.slots.horizon_days for offer in offers.values()), default=-1)
    first = max((leave.first_day - today).days - AROUND, 0)
    last = min((leave.last_day - today).days + AROUND, horizon)
    return [today + timedelta(days=n) for n in range(first, last + 1)]


def _engaged(appointments: Sequence[Appointment], now: datetime) -> Mapping[int, list[tuple[datetime, datetime]]]:
    """When the patients of these appointments have others, by patient."""
    query = select(Appointment.patient_id, Appointment.starts_at, Appointment.ends_at).where(
        Appointment.patient_id.in_({one.patient_id for one in appointments}),
        Appointment.id.not_in([one.id for one in appointments]),
        Appointment.status.in_(OCCUPYING),
        Appointment.ends_at > now,
    )
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for patient_id, starts_at, ends_at in db.session.execute(query) if appointments else ():
        found[patient_id].append((starts_at, ends_at))
    return found


def _names_of(doctor_ids: Collection[int]) -> dict[int, str]:
    query: Any = select(Doctor.id, Doctor.name).where(Doctor.id.in_(doctor_ids))
    return dict(map(tuple, db.session.execute(query)))
