"""What may be done with an appointment, by its state and by the clock, and which times may be booked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from app.kernel.clock import clinic_day
from app.scheduling.availability import Timetable
from app.scheduling.errors import (
    DailyMaximumReached,
    EndsBeforeItBegins,
    LastsTooLong,
    LengthIsFixed,
    NoLongerOpen,
    NotBegun,
    NotCheckedIn,
    NotConfirmed,
    NotNoShow,
    NotRequested,
    NotTheAppointmentDay,
    SlotTaken,
    StartsInThePast,
    TooFar,
    TooSoon,
)
from app.scheduling.slots import Busy, SlotSettings
from app.scheduling.states import OCCUPYING, OPEN, AppointmentStatus
from app.scheduling.working import ensure_worked

LONGEST = timedelta(hours=24)

FOLLOW_UP: Final = "follow-up"


def ensure_can_confirm(status: AppointmentStatus) -> None:
    if status is not AppointmentStatus.REQUESTED:
        raise NotRequested


def ensure_can_cancel(status: AppointmentStatus) -> None:
    if status not in OPEN:
        raise NoLongerOpen


def ensure_can_reschedule(status: AppointmentStatus) -> None:
    if status not in OPEN:
        raise NoLongerOpen


def ensure_can_change_length(status: AppointmentStatus) -> None:
    """Also while the patient is here: a consultation may take longer than was planned."""
    if status not in OCCUPYING:
        raise LengthIsFixed


def ensure_length(starts_at: datetime, ends_at: datetime) -> None:
    """Both aware. Refuses: EndsBeforeItBegins, LastsTooLong."""
    if ends_at <= starts_at:
        raise EndsBeforeItBegins(field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise LastsTooLong(field="ends_at", longest_hours=LONGEST // timedelta(hours=1))


def ensure_can_check_in(status: AppointmentStatus, starts_at: datetime, *, now: datetime, zone: str) -> None:
    """Check-in is possible all through the clinic's day of the appointment; `zone` is the clinic's."""
    if status is not AppointmentStatus.CONFIRMED:
        raise NotConfirmed
    if clinic_day(starts_at, zone) != clinic_day(now, zone):
        raise NotTheAppointmentDay


def ensure_can_undo_check_in(status: AppointmentStatus) -> None:
    if status is not AppointmentStatus.CHECKED_IN:
        raise NotCheckedIn


def ensure_can_complete(status: AppointmentStatus) -> None:
    if status is not AppointmentStatus.CHECKED_IN:
        raise NotCheckedIn


def ensure_can_hand_over(status: AppointmentStatus) -> None:
    """A patient who is there is seen by another doctor; who is still to come is rescheduled."""
    if status is not AppointmentStatus.CHECKED_IN:
        raise NotCheckedIn


def ensure_can_cancel_as_left(status: AppointmentStatus) -> None:
    """The patient was checked in and went away unseen: the appointment ends with the visit."""
    if status is not AppointmentStatus.CHECKED_IN:
        raise NotCheckedIn


def ensure_can_mark_no_show(status: AppointmentStatus, starts_at: datetime, *, now: datetime) -> None:
    if status is not AppointmentStatus.CONFIRMED:
        raise NotConfirmed
    if now < starts_at:
        raise NotBegun


def ensure_can_undo_no_show(status: AppointmentStatus) -> None:
    """Whether the time is still free is a second question, answered by the busy times."""
    if status is not AppointmentStatus.NO_SHOW:
        raise NotNoShow


def is_follow_up_type(kind: str | None) -> bool:
    """Whether an appointment's type, as somebody typed it, says that it is a follow-up."""
    return (kind or "").strip().casefold() == FOLLOW_UP


def counts_as_follow_up(last_seen: date | None, day: date, *, window_days: int) -> bool:
    """Whether an appointment on `day` may be a follow-up of `last_seen`, both of the clinic; 0 days is never."""
    return last_seen is not None and window_days > 0 and 0 <= (day - last_seen).days <= window_days


def ensure_starts_in_future(starts_at: datetime, *, now: datetime) -> None:
    if starts_at < now:
        raise StartsInThePast(field="starts_at")


def ensure_bookable(
    starts_at: datetime,
    timetable: Timetable,
    busy: Iterable[Busy],
    settings: SlotSettings,
    *,
    now: datetime,
    full: Collection[date] = (),
) -> None:
    """An appointment of the settings' duration may begin at `starts_at` (aware); it need not be on the slot grid.

    On a day that is `full` there is no room for it.
    Refuses: StartsInThePast, TooSoon, TooFar, OutsideAvailability, DailyMaximumReached, SlotTaken.
    """
    ensure_within_reach(starts_at, settings, zone=timetable.zone, now=now)
    ends_at = starts_at + settings.duration
    ensure_worked(starts_at, ends_at, timetable)
    if clinic_day(starts_at, timetable.zone) in full:
        raise DailyMaximumReached(field="starts_at")
    ensure_free(settings.time_taken(starts_at, ends_at), busy)


def ensure_free(needed: Busy, busy: Iterable[Busy]) -> None:
    """None of the busy times, and no way from or to one, is in what an appointment needs, buffers included.

    Refuses: SlotTaken.
    """
    if any(start < needed.end and needed.start < end for start, end in (taken.away for taken in busy)):
        raise SlotTaken(field="starts_at")


def ensure_within_reach(starts_at: datetime, settings: SlotSettings, *, zone: str, now: datetime) -> None:
    """`starts_at` (aware) is neither too soon nor too far ahead; `zone` is the clinic's.

    Refuses: StartsInThePast, TooSoon, TooFar.
    """
    ensure_starts_in_future(starts_at, now=now)
    if starts_at < settings.earliest_start(now):
        raise TooSoon(field="starts_at", notice_minutes=settings.notice_minutes)
    _ensure_within_horizon(starts_at, settings, now=now, zone=zone)


def _ensure_within_horizon(starts_at: datetime, settings: SlotSettings, *, now: datetime, zone: str) -> None:
    # Compared as instants first: the last days a datetime can name have no clinic day in some zones.
    out_of_reach = now + timedelta(days=settings.horizon_days + 2)
    if starts_at > out_of_reach or clinic_day(starts_at, zone) > settings.last_day(now, zone):
        raise TooFar(field="starts_at", horizon_days=settings.horizon_days)
