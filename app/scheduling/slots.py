"""The free times that can be offered to a patient, and why there are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from app.kernel.clock import clinic_day
from app.scheduling.availability import Timetable, open_intervals
from app.scheduling.intervals import merged
from app.scheduling.states import BusyKind
from app.scheduling.wall_time import OffsetSpan, offset_spans

_NEVER = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class Slot(NamedTuple):
    """A time a patient can be given, [start, end) in UTC, without buffers."""

    start: datetime
    end: datetime


class OfferedSlot(NamedTuple):
    """A time that a patient can be given with a doctor, [start, end) in UTC."""

    start: datetime
    end: datetime
    doctor_id: int


class Busy(NamedTuple):
    """A stretch of the doctor's time that is taken, [start, end) in UTC, its own buffers included.

    `travel` is how long the doctor needs from there and back: nothing where it is at the same clinic.
    """

    start: datetime
    end: datetime
    kind: BusyKind = BusyKind.APPOINTMENT
    travel: timedelta = timedelta()

    @property
    def away(self) -> tuple[datetime, datetime]:
        """When the doctor is not here, the way included."""
        return self.start - self.travel, self.end + self.travel


@dataclass(frozen=True)
class SlotSettings:
    """How a service is offered: slots begin every `grid_minutes`, last `duration_minutes`.

    The buffers keep the doctor free around the slot and may reach out of working time. A slot begins `notice_minutes`
    from now or later, and at most `horizon_days` clinic days after today. The clinic is `travel_minutes` from others.
    """

    grid_minutes: int
    duration_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    notice_minutes: int = 0
    horizon_days: int = 365
    travel_minutes: int = 0

    @cached_property
    def grid(self) -> timedelta:
        return timedelta(minutes=self.grid_minutes)

    @cached_property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @cached_property
    def buffer_before(self) -> timedelta:
        return timedelta(minutes=self.buffer_before_minutes)

    @cached_property
    def buffer_after(self) -> timedelta:
        return timedelta(minutes=self.buffer_after_minutes)

    def earliest_start(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.notice_minutes)

    def last_day(self, now: datetime, zone: str) -> date:
        """The last clinic day on which a slot may begin."""
        return clinic_day(now, zone) + timedelta(days=self.horizon_days)

    def time_taken(self, start: datetime, end: datetime) -> Busy:
        """What an appointment from `start` to `end` takes of the doctor's time: the busy row to store."""
        return Busy(start - self.buffer_before, end + self.buffer_after)


class NoSlots(StrEnum):
    """Why nothing is offered, the most telling first."""

    FULLY_BOOKED = "fully_booked"
    TOO_FAR = "too_far"
    TOO_SOON = "too_soon"
    HOLIDAY = "holiday"
    NO_AVAILABILITY = "no_availability"


def travel_time(here_minutes: int, there_minutes: int) -> timedelta:
    """The way between two clinics, each of which says how far it is from others: the farther one counts."""
    return timedelta(minutes=max(here_minutes, there_minutes))


def full_days(starts: Iterable[datetime], zone: str, maximum: int | None) -> frozenset[date]:
    """The days of a clinic in `zone` on which as many appointments begin as the doctor takes there in a day."""
    if maximum is None:
        return frozenset()
    return frozenset(day for day, number in counted_days(starts, zone).items() if number >= maximum)


def counted_days(starts: Iterable[datetime], zone: str) -> Counter[date]:
    """How many appointments begin on each day of a clinic in `zone`."""
    return Counter(clinic_day(start, zone) for start in starts)


def free_slots(
    days: Iterable[date],
    timetable: Timetable,
    busy: Iterable[Busy],
    settings: SlotSettings,
    *,
    now: datetime,
    full: Collection[date] = (),
) -> list[Slot]:
    """The slots that begin on the clinic's `days`, in order; none on those that are `full`.

    On each day they begin where a stretch of working time begins and every grid step of the wall clock after it. A slot
    may run on over midnight where the work does.
    """
    today, last_day = clinic_day(now, timetable.zone), settings.last_day(now, timetable.zone)
    earliest = settings.earliest_start(now)
    open_days = (day for day in days if today <= day <= last_day and day not in full)
    offered = slots_of_work(open_days, timetable, settings)
    return list(_untaken((slot for slot in offered if slot.start >= earliest), busy, settings))


def reason_for_none(days: Iterable[date], timetable: Timetable, settings: SlotSettings, *, now: datetime) -> NoSlots:
    """Why `free_slots` found nothing on these `days`."""
    days = list(days)
    last_day = settings.last_day(now, timetable.zone)
    in_reach = [slot.start for slot in slots_of_work((day for day in days if day <= last_day), timetable, settings)]
    if any(start >= settings.earliest_start(now) for start in in_reach):
        return NoSlots.FULLY_BOOKED
    if any(slots_of_work((day for day in days if day > last_day), timetable, settings)):
        return NoSlots.TOO_FAR
    if in_reach:
        return NoSlots.TOO_SOON
    if any(slots_of_work(days, replace(timetable, holidays={}), settings)):
        return NoSlots.HOLIDAY
    return NoSlots.NO_AVAILABILITY


def main_reason(reasons: Iterable[NoSlots]) -> NoSlots:
    """The one reason to give for several doctors of whom none is free; without any doctor there is no availability."""
    return min(reasons, key=list(NoSlots).index, default=NoSlots.NO_AVAILABILITY)


def slots_of_work(days: Iterable[date], timetable: Timetable, settings: SlotSettings) -> Iterator[Slot]:
    """Every slot that the doctor's working time has room for, free or not, in order."""
    wanted = {day for day in days if MINYEAR < day.year < MAXYEAR}
    # A slot may end on a later day, and not always on the next: Samoa left one out.
    following = {day + timedelta(days=n) for day in wanted for n in range(1, settings.duration.days + 3)}
    worked = {day: open_intervals(day, timetable) for day in wanted | following}
    through_midnight = iter(merged(interval for intervals in worked.values() for interval in intervals))
    until = datetime.min.replace(tzinfo=UTC)
    for start, end, own_day in sorted((*interval, day) for day in wanted for interval in worked[day]):
        while until < end:
            until = next(through_midnight)[1]
        for slot_start in _grid(start, end, offset_spans(own_day, timetable.zone), settings.grid):
            slot_end = slot_start + settings.duration
            if slot_end <= until:
                yield Slot(slot_start, slot_end)


def _grid(start: datetime, end: datetime, spans: Iterable[OffsetSpan], step: timedelta) -> Iterator[datetime]:
    """The instants of [start, end) whose wall time is a whole number of steps from the wall time of `start`."""
    wall_start = None
    for span in spans:
        if span.end <= start or span.start >= end:
            continue
        if wall_start is None:
            wall_start = start + span.offset
        anchor = wall_start - span.offset
        instant = anchor - (anchor - max(start, span.start)) // step * step
        while instant < min(end, span.end):
            yield instant
            instant += step


def _untaken(slots: Iterable[Slot], busy: Iterable[Busy], settings: SlotSettings) -> Iterator[Slot]:
    """Those of `slots` (in order) that leave the buffers free; one pass over slots and busy times together."""
    before, after = settings.buffer_before, settings.buffer_after
    taken = iter(merged((start - after, end + before) for start, end in (one.away for one in busy)))
    taken_from, taken_to = next(taken, _NEVER)
    for slot in slots:
        while taken_to <= slot.start:
            taken_from, taken_to = next(taken, _NEVER)
        if slot.end <= taken_from:
            yield slot
