"""Takes and gives back a doctor's time: the rows whose overlap the database refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete

from app.kernel import db as database
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.scheduling.calendars import load_busy_times, load_timetables
from app.scheduling.errors import OutsideAvailability, SlotTaken
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.offers import Offer
from app.scheduling.queries import next_free_slots
from app.scheduling.rules import ensure_bookable, ensure_free, ensure_within_reach
from app.scheduling.shapes import slot_fields
from app.scheduling.slots import SlotSettings
from app.scheduling.states import occupies_time

DOCTOR_LOCK: Final = 1

database.refuses("ex_doctor_time_busy", SlotTaken)


def lock_doctor(doctor_id: int) -> None:
    """Let nobody else book this doctor until the transaction ends.

    The database's own constraint has one winner too, but lets the losers wait for each other in circles.
    """
    database.lock(DOCTOR_LOCK, doctor_id)


def ensure_time(offer: Offer, starts_at: datetime, *, now: datetime, without_appointment: int | None = None) -> None:
    """The offer's doctor works then and is free, but for the one appointment; call it under `lock_doctor`.

    Refuses: StartsInThePast, TooSoon, TooFar, OutsideAvailability, SlotTaken with the next free times.
    """
    zone, doctor_id = offer.clinic.timezone, offer.doctor_id
    ensure_within_reach(starts_at, offer.slots, zone=zone, now=now)
    day = clinic_day(starts_at, zone)
    timetable = load_timetables(offer.clinic, [doctor_id], day, day)[doctor_id]
    busy = load_busy_times(offer.clinic, [doctor_id], day, day, without_appointment=without_appointment)[doctor_id]
    try:
        ensure_bookable(starts_at, timetable, busy, offer.slots, now=now)
    except SlotTaken as taken:
        free = [slot_fields(*slot, zone) for slot in next_free_slots(offer, starts_at, now=now)]
        raise SlotTaken(field=taken.field, next_free=free) from None


def is_overbooked(
    offer: Offer, starts_at: datetime, reason: str | None, *, now: datetime, without_appointment: int | None = None
) -> bool:
    """Whether the time is only to be had by overbooking, for which a `reason` is needed.

    Refuses as `ensure_time`; with a reason neither OutsideAvailability nor SlotTaken.
    """
    try:
        ensure_time(offer, starts_at, now=now, without_appointment=without_appointment)
    except (OutsideAvailability, SlotTaken):
        if reason is None:
            raise
        return True
    return False


def ensure_still_free(appointment: Appointment, slots: SlotSettings) -> None:
    """Nobody else has the appointment's own time; call it under `lock_doctor`. Refuses: SlotTaken."""
    day = clinic_day(appointment.starts_at, appointment.clinic.timezone)
    busy = load_busy_times(appointment.clinic, [appointment.doctor_id], day, day)[appointment.doctor_id]
    ensure_free(slots.time_taken(appointment.starts_at, appointment.ends_at), busy)


def take_time(appointment: Appointment, slots: SlotSettings) -> None:
    """Make the doctor busy, buffers included, where the appointment occupies time. Refuses: SlotTaken."""
    overbooked = appointment.overbook_reason is not None
    if not occupies_time(appointment.status, historic=appointment.is_historic, overbooked=overbooked):
        return
    busy = slots.time_taken(appointment.starts_at, appointment.ends_at)
    db.session.add(
        DoctorTime(
            doctor_id=appointment.doctor_id, busy_from=busy.start, busy_to=busy.end, appointment_id=appointment.id
        )
    )
    db.session.flush()


def free_time(appointment: Appointment) -> None:
    """Give the doctor's time back."""
    db.session.execute(delete(DoctorTime).where(DoctorTime.appointment_id == appointment.id))
