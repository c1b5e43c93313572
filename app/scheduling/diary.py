"""A doctor's days at a clinic, loaded once: whether a time of them can be had, and the next ones that can."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.kernel.clock import clinic_day
from app.scheduling import rules, slots
from app.scheduling.availability import Timetable
from app.scheduling.calendars import load_taken, load_timetables
from app.scheduling.offers import Offer
from app.scheduling.slots import Busy, Slot

# The longest service with its buffers and the longest way end this long after the day on which it begins.
REACH: Final = timedelta(days=2)
NEXT_FREE: Final = 5
NEXT_FREE_DAYS: Final = timedelta(days=14)


@dataclass(frozen=True)
class Diary:
    """An offer, with what decides as of `now` when its doctor has time; `busy` is in order.

    It can be asked of times that begin on the days that it was loaded for, and of those that are out of reach.
    """

    offer: Offer
    timetable: Timetable
    busy: list[Busy]
    full: frozenset[date]
    now: datetime

    def ensure_bookable(self, starts_at: datetime) -> None:
        """Refuses as `rules.ensure_bookable`."""
        near = self._near(starts_at)
        rules.ensure_bookable(starts_at, self.timetable, near, self.offer.slots, now=self.now, full=self.full)

    def take(self, starts_at: datetime) -> None:
        """Note that a time that can be had is gone from now on."""
        insort(self.busy, self.offer.slots.time_taken(starts_at, starts_at + self.offer.slots.duration))

    def next_free(self, after: datetime) -> list[Slot]:
        """The next few free times from `after` on (a time within reach), in the fortnight that follows."""
        first = clinic_day(after, self.timetable.zone)
        days = [first + timedelta(days=n) for n in range(NEXT_FREE_DAYS.days)]
        near = self._near(after, NEXT_FREE_DAYS)
        found = slots.free_slots(days, self.timetable, near, self.offer.slots, now=self.now, full=self.full)
        return [slot for slot in found if slot.start >= after][:NEXT_FREE]

    def _near(self, starts_at: datetime, span: timedelta = timedelta()) -> Sequence[Busy]:
        """What may be in the way of appointments that begin from `starts_at` to `span` later."""
        first = bisect_left(self.busy, starts_at, key=lambda one: one.end + REACH)
        last = bisect_right(self.busy, starts_at, key=lambda one: one.start - REACH - span)
        return self.busy[first:last]


def load_diary(
    offer: Offer, first_day: date, last_day: date, *, now: datetime, without_appointment: int | None = None
) -> Diary:
    """The diary of these days, within some years of now, but for one appointment's own time."""
    doctor_id = offer.doctor_id
    timetable = load_timetables(offer.clinic, [doctor_id], first_day, last_day)[doctor_id]
    taken = load_taken([offer], first_day, last_day, now=now, without_appointment=without_appointment)[doctor_id]
    return Diary(offer, timetable, sorted(taken.busy), taken.full, now)
