"""Appointments that repeat: what of a series can be had is shown first, then what is chosen of it is booked at once.

Locks are taken in the order of `booking`: appointments, then the doctor, then the patient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.columns import is_in
from app.kernel.db import db
from app.kernel.errors import Refusal
from app.people.patient_models import Patient
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling import effects
from app.scheduling.appointment_book import enter
from app.scheduling.booking import get_locked, get_patient, write_off
from app.scheduling.busy_time import claim_doctor
from app.scheduling.diary import NEXT_FREE_DAYS, Diary, load_diary
from app.scheduling.errors import (
    ClinicClosed,
    NoLongerOpen,
    NoRoom,
    NotAnOccurrence,
    NothingChosen,
    OutsideAvailability,
    ReasonMissing,
    SeriesTaken,
    TimeSkipped,
)
from app.scheduling.models import Appointment, AppointmentSeries
from app.scheduling.offers import Offer, get_offer
from app.scheduling.recurrence import Occurrence, occurrences
from app.scheduling.series_requests import SeriesRequest, SeriesTerms
from app.scheduling.shapes import next_free_fields, timestamp
from app.scheduling.slots import NoSlots
from app.scheduling.states import AppointmentStatus, CancelledBy


@dataclass(frozen=True)
class Planned:
    """One time of a series, and why it cannot be had: `refusal`, with the next free times as slots are written.

    `is_booked` marks the appointment that the series repeats: that one is there already.
    """

    occurrence: Occurrence
    ends_at: datetime | None
    refusal: Refusal | None = None
    next_free: list[dict[str, Any]] = field(default_factory=list)
    is_booked: bool = False

    @property
    def starts_at(self) -> datetime | None:
        return self.occurrence.starts_at

    @property
    def is_free(self) -> bool:
        return self.refusal is None and not self.is_booked


@dataclass(frozen=True)
class SeriesPlan:
    """Every time that the rule names, in order; `zone` is the clinic's."""

    times: list[Planned]
    zone: str


def series_of(appointment: Appointment, rule: str) -> SeriesRequest:
    """The series that begins with an appointment."""
    return SeriesRequest(
        clinic_id=appointment.clinic_id,
        doctor_id=appointment.doctor_id,
        service_id=appointment.service_id,
        patient_id=appointment.patient_id,
        starts_at=appointment.starts_at,
        rule=rule,
    )


def plan_series(
    request: SeriesRequest, *, repeated: Appointment | None = None, actor: Actor, now: datetime
) -> SeriesPlan:
    """What of a series could be booked; nothing is. `repeated` is the appointment that it begins with, if there is one.

    Refuses: NotFound (clinic), NotAllowed, ClinicShut, ServiceNotOffered, DoctorNotOffering, UnknownPatient,
    PatientArchived, and what `occurrences` refuses.
    """
    offer, _ = _asked_for(request, actor)
    times = occurrences(request.rule, request.starts_at, offer.clinic.timezone)
    return SeriesPlan(_planned(offer, times, _start_of(repeated), now), offer.clinic.timezone)


def book_series(
    request: SeriesRequest, terms: SeriesTerms, *, repeated_id: int | None = None, actor: Actor, now: datetime
) -> list[Appointment]:
    """Book what is chosen of a series, all of it or nothing, and tie it together.

    The appointment `repeated_id` joins the series, unless it is in one. Refuses as `plan_series` does; NotAnOccurrence,
    NothingChosen, and SeriesTaken with every time that cannot be had.
    """
    repeated = get_locked(repeated_id, actor=actor) if repeated_id is not None else None
    claim_doctor(request.doctor_id, now=now)
    offer, patient = _asked_for(request, actor)
    zone = offer.clinic.timezone
    named = occurrences(request.rule, request.starts_at, zone)
    wanted = _chosen(named, terms.occurrences, _start_of(repeated))
    refused = [one for one in _planned(offer, wanted, None, now) if not one.is_free]
    if refused:
        raise SeriesTaken(field="occurrences", occurrences=[planned_fields(one, zone) for one in refused])
    series = _new_series(request, actor)
    if repeated is not None and _start_of(repeated) and repeated.series_id is None:
        repeated.series_id = series.id
    starts = [one.starts_at for one in wanted if one.starts_at is not None]
    appointments = enter(offer, patient, starts, terms, series_id=series.id)
    if terms.status is AppointmentStatus.CONFIRMED:
        effects.series_confirmed(appointments)
    return appointments


def get_series(series_id: int, *, actor: Actor) -> AppointmentSeries:
    """The series in reach. Refuses: NotFound."""
    return scope.get(AppointmentSeries, series_id, actor=actor)


def cancel_series(
    series_id: int,
    *,
    since: datetime | None = None,
    reason: str,
    by: CancelledBy | None = None,
    actor: Actor,
    now: datetime,
) -> list[Appointment]:
    """Cancel the open appointments of a series that begin at `since` or later, in one act; from now on without it.

    Refuses: NotFound, NotAllowed, ReasonMissing, NoLongerOpen where there is none.
    """
    series = get_series(series_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=series.clinic_id)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    held = (
        scope.rows(Appointment, actor)
        .where(Appointment.series_id == series.id, Appointment.starts_at >= (since or now))
        .where(is_in(Appointment.status, AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED))
        .order_by(Appointment.id)
        .options(joinedload(Appointment.clinic), joinedload(Appointment.patient))
        .with_for_update(of=Appointment, key_share=True)
        .execution_options(populate_existing=True)
    )
    rows = sorted(db.session.scalars(held), key=lambda row: row.starts_at)
    if not rows:
        raise NoLongerOpen
    for appointment in rows:
        write_off(appointment, reason=reason, by=by or CancelledBy.CLINIC)
    return rows


def planned_fields(planned: Planned, zone: str) -> dict[str, Any]:
    """A time of a series as REST and refusals write it."""
    start, end = planned.starts_at, planned.ends_at
    return {
        "local_time": planned.occurrence.wall.isoformat(timespec="minutes"),
        "starts_at": timestamp(start, zone) if start else None,
        "ends_at": timestamp(end, zone) if end else None,
        "free": planned.is_free,
        "code": _code_of(planned.refusal),
        "next_free": planned.next_free,
    }


def _asked_for(request: SeriesRequest, actor: Actor) -> tuple[Offer, Patient]:
    clinic = get_clinic(request.clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    offer = get_offer(clinic, request.doctor_id, request.service_id)
    return offer, get_patient(request.patient_id, clinic, actor=actor)


def _start_of(repeated: Appointment | None) -> datetime | None:
    """When the repeated appointment takes, or took, the doctor's time."""
    stands = repeated is not None and repeated.status is not AppointmentStatus.CANCELLED
    return repeated.starts_at if repeated is not None and stands else None


def _planned(offer: Offer, times: Sequence[Occurrence], booked_at: datetime | None, now: datetime) -> list[Planned]:
    """What of these times can be had, one after the other: a long one may be in the way of the next."""
    diary = _diary_of(offer, times, now)
    planned: list[Planned] = []
    for one in times:
        if one.starts_at is not None and one.starts_at == booked_at:
            planned.append(Planned(one, one.starts_at + offer.slots.duration, is_booked=True))
            continue
        found = _looked_at(one, diary)
        if found.is_free and found.starts_at is not None:
            diary.take(found.starts_at)
        planned.append(found)
    return planned


def _diary_of(offer: Offer, times: Iterable[Occurrence], now: datetime) -> Diary:
    """The doctor's days from the first to the last of these times, as far as they are within reach."""
    zone = offer.clinic.timezone
    today, last = clinic_day(now, zone), offer.slots.last_day(now, zone)
    days = [day for one in times if today <= (day := one.wall.date()) <= last] or [today]
    return load_diary(offer, min(days), max(days) + NEXT_FREE_DAYS, now=now)


def _looked_at(one: Occurrence, diary: Diary) -> Planned:
    if one.starts_at is None:
        return Planned(one, None, TimeSkipped())
    ends_at = one.starts_at + diary.offer.slots.duration
    try:
        diary.ensure_bookable(one.starts_at)
    except (OutsideAvailability, NoRoom) as refusal:
        return Planned(one, ends_at, refusal, next_free_fields(diary, one.starts_at))
    except Refusal as refusal:
        return Planned(one, ends_at, refusal)
    return Planned(one, ends_at)


def _code_of(refusal: Refusal | None) -> str | None:
    """What a program is told: a holiday by its name, because the whole of a series may fall on one."""
    if refusal is None:
        return None
    return NoSlots.HOLIDAY if isinstance(refusal, ClinicClosed) else refusal.code


def _chosen(
    named: list[Occurrence], wanted: Collection[datetime] | None, booked_at: datetime | None
) -> list[Occurrence]:
    """Those of the named times that are wanted, without the appointment that is there. Refuses: NotAnOccurrence."""
    starts = {one.starts_at for one in named}
    if wanted is not None and not starts.issuperset(wanted):
        raise NotAnOccurrence(field="occurrences")
    chosen = [
        one
        for one in named
        if (wanted is None or one.starts_at in wanted) and (booked_at is None or one.starts_at != booked_at)
    ]
    if not chosen:
        raise NothingChosen(field="occurrences")
    return chosen


def _new_series(request: SeriesRequest, actor: Actor) -> AppointmentSeries:
    series = AppointmentSeries(**asdict(request), created_by_id=actor.user_id)
    db.session.add(series)
    db.session.flush()
    return series
