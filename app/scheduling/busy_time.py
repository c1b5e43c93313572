"""Takes and gives back a doctor's time: the rows whose overlap the database refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert

from app.kernel import db as database
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.scheduling.calendars import load_taken
from app.scheduling.diary import NEXT_FREE_DAYS, load_diary
from app.scheduling.errors import DailyMaximumReached, NoRoom, OutsideAvailability, SlotTaken
from app.scheduling.models import Appointment, DoctorTime, SlotHold
from app.scheduling.offers import Offer
from app.scheduling.rules import ensure_free, ensure_within_reach
from app.scheduling.shapes import next_free_fields
from app.scheduling.slots import Busy, SlotSettings
from app.scheduling.states import occupies_time

DOCTOR_LOCK: Final = 1
_TAKE: Final = insert(DoctorTime.__table__).inline()  # past the mapper: what is stored is only ever asked for

database.refuses("ex_doctor_time_busy", SlotTaken)


def lock_doctor(doctor_id: int) -> None:
    """Let nobody else book this doctor until the transaction ends.

    The database's own constraint has one winner too, but lets the losers wait for each other in circles.
    """
    database.lock(DOCTOR_LOCK, doctor_id)


def claim_doctor(doctor_id: int, *, now: datetime) -> None:
    """Lock the doctor, and give back the time of holds that have expired: it is to be had again."""
    lock_doctor(doctor_id)
    db.session.execute(_EXPIRED, {"doctor_id": doctor_id, "now": now})


_EXPIRED = delete(SlotHold.__table__).where(  # built once, and past the mapper: nobody has these in hand
    SlotHold.doctor_id == bindparam("doctor_id"), SlotHold.expires_at <= bindparam("now")
)


def ensure_time(offer: Offer, starts_at: datetime, *, now: datetime, without_appointment: int | None = None) -> None:
    """The offer's doctor works then and has room, but for the one appointment; call it under `claim_doctor`.

    Refuses: StartsInThePast, TooSoon, TooFar, OutsideAvailability; SlotTaken and DailyMaximumReached with the next free
    times.
    """
    zone = offer.clinic.timezone
    ensure_within_reach(starts_at, offer.slots, zone=zone, now=now)
    day = clinic_day(starts_at, zone)
    try:
        load_diary(offer, day, day, now=now, without_appointment=without_appointment).ensure_bookable(starts_at)
    except NoRoom as refusal:
        following = load_diary(offer, day, day + NEXT_FREE_DAYS, now=now, without_appointment=without_appointment)
        raise type(refusal)(field=refusal.field, next_free=next_free_fields(following, starts_at)) from None


def is_overbooked(
    offer: Offer, starts_at: datetime, reason: str | None, *, now: datetime, without_appointment: int | None = None
) -> bool:
    """Whether the time is only to be had by overbooking, for which a `reason` is needed.

    Refuses as `ensure_time`; with a reason none of OutsideAvailability, SlotTaken and DailyMaximumReached.
    """
    try:
        ensure_time(offer, starts_at, now=now, without_appointment=without_appointment)
    except (OutsideAvailability, SlotTaken, DailyMaximumReached):
        if reason is None:
            raise
        return True
    return False


def ensure_still_free(appointment: Appointment, offer: Offer, *, now: datetime) -> None:
    """Nobody else has the appointment's own time; call it under `claim_doctor`. Refuses: SlotTaken."""
    first, last = (clinic_day(time, offer.clinic.timezone) for time in (appointment.starts_at, appointment.ends_at))
    busy = load_taken([offer], first, last, now=now)[appointment.doctor_id].busy
    ensure_free(offer.slots.time_taken(appointment.starts_at, appointment.ends_at), busy)


def take_time(appointments: Iterable[Appointment], slots: SlotSettings) -> None:
    """Make the doctor busy, buffers included, where the appointments occupy time. Refuses: SlotTaken."""
    occupying = [
        one
        for one in appointments
        if occupies_time(one.status, historic=one.is_historic, overbooked=one.overbook_reason is not None)
    ]
    _store(_row_of(one, slots.time_taken(one.starts_at, one.ends_at), appointment_id=one.id) for one in occupying)


def keep_time(hold: SlotHold, slots: SlotSettings) -> None:
    """Make the doctor busy, buffers included, until the hold expires or is released. Refuses: SlotTaken."""
    busy = slots.time_taken(hold.starts_at, hold.ends_at)
    _store([_row_of(hold, busy, hold_id=hold.id, expires_at=hold.expires_at)])


def free_time(appointment: Appointment) -> None:
    """Give the doctor's time back."""
    free_times([appointment.id])


def free_times(appointment_ids: Collection[int]) -> None:
    """Give back what these appointments take of their doctors' time."""
    db.session.execute(delete(DoctorTime).where(DoctorTime.appointment_id.in_(appointment_ids)))


def _row_of(owner: Appointment | SlotHold, busy: Busy, **values: object) -> dict[str, object]:
    place = {"doctor_id": owner.doctor_id, "clinic_id": owner.clinic_id}
    return place | {"busy_from": busy.start, "busy_to": busy.end} | values


def _store(rows: Iterable[dict[str, object]]) -> None:
    if taken := list(rows):
        db.session.execute(_TAKE, taken)
