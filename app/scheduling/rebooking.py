"""Which new times are proposed for appointments that their doctor cannot keep."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from heapq import merge
from itertools import chain, islice, zip_longest
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from app.kernel.clock import clinic_day
from app.scheduling.slots import Busy, OfferedSlot, Slot, SlotSettings, travel_time

ANOTHER_DOCTOR: Final = 7
MOST_ALTERNATIVES: Final = 5


@dataclass(frozen=True)
class FreeTimes:
    """When a service can be had at a clinic in `zone`: the free slots of each doctor who offers it, by doctor's id.

    `settings` have the buffers of the service and how far the clinic is from others; `room` says how many more
    appointments a doctor takes on a day, where that is limited.
    """

    clinic_id: int
    zone: str
    settings: SlotSettings
    slots: Mapping[int, Sequence[Slot]]
    room: Mapping[tuple[int, date], int] = field(default_factory=dict)

    def by_day(self, doctor_id: int, *, another: bool) -> Mapping[date, list[tuple[int, OfferedSlot]]]:
        """The slots of each day of the clinic with a doctor, or with others, and the minute at which each begins."""
        if (doctor_id, another) not in self._days:
            found: dict[date, list[tuple[int, OfferedSlot]]] = defaultdict(list)
            for one, days in self._days_of_doctors.items():
                for day, slots in days.items() if (one != doctor_id) is another else ():
                    found[day] += slots
            self._days[doctor_id, another] = dict(sorted(found.items()))
        return self._days[doctor_id, another]

    @cached_property
    def _days_of_doctors(self) -> dict[int, dict[date, list[tuple[int, OfferedSlot]]]]:
        zone = ZoneInfo(self.zone)
        found: dict[int, dict[date, list[tuple[int, OfferedSlot]]]] = {}
        for doctor_id, slots in self.slots.items():
            days = found[doctor_id] = defaultdict(list)
            for slot in slots:
                wall = slot.start.astimezone(zone)
                days[wall.date()].append((wall.hour * 60 + wall.minute, OfferedSlot(*slot, doctor_id)))
        return found

    @cached_property
    def _days(self) -> dict[tuple[int, bool], Mapping[date, list[tuple[int, OfferedSlot]]]]:
        """What `by_day` has answered: hundreds of appointments ask the same."""
        return {}

    def day_of(self, slot: OfferedSlot) -> tuple[int, date]:
        """Whose day it is on, by the doctor's id."""
        return slot.doctor_id, clinic_day(slot.start, self.zone)


@dataclass(frozen=True)
class Displaced:
    """An appointment that cannot stay where it is, what `times` there are for it, and when its patient is `engaged`."""

    patient_id: int
    doctor_id: int
    starts_at: datetime
    times: FreeTimes
    engaged: Sequence[tuple[datetime, datetime]] = ()


def propose(displaced: Sequence[Displaced]) -> list[list[OfferedSlot]]:
    """For each appointment, in order, the proposed time and up to five alternatives in order of time; or nothing.

    The proposed one is the nearest to where the appointment was: the fewest days before or after, then the closest to
    its time of day, of two as near the earlier. Another doctor's counts as a week farther away: patients stay with
    their own doctor unless that is more than a week farther off.
    No two proposals need the same stretch of a doctor's time, buffers and ways between clinics included; no doctor is
    given more in a day than there is room for, and no patient two at once, or one while engaged. First come, first
    served.
    The alternatives are the next nearest with the own doctor and with others, in turn, one of each doctor's day; what
    is proposed to somebody else is nobody's alternative.
    """
    given = _Given()
    proposed = []
    for number, one in enumerate(displaced):
        first = next((slot for slot in _nearest_first(one) if given.leaves(number, one, slot)), None)
        if first is not None:
            given.give(number, one, first)
        proposed.append(first)
    return [
        [] if first is None else [first, *_alternatives(number, one, first, given)]
        for number, (one, first) in enumerate(zip(displaced, proposed, strict=True))
    ]


def _alternatives(number: int, one: Displaced, first: OfferedSlot, given: _Given) -> list[OfferedSlot]:
    def of_each_day(slots: Iterable[OfferedSlot]) -> Iterator[OfferedSlot]:
        seen = {one.times.day_of(first)}
        for slot in slots:
            if one.times.day_of(slot) not in seen and given.leaves(number, one, slot):
                seen.add(one.times.day_of(slot))
                yield slot

    own, others = of_each_day(_nearest_first(one, [False])), of_each_day(_nearest_first(one, [True]))
    in_turn = (slot for slot in chain.from_iterable(zip_longest(own, others)) if slot is not None)
    return sorted(islice(in_turn, MOST_ALTERNATIVES))


def _nearest_first(one: Displaced, others: Sequence[bool] = (False, True)) -> Iterator[OfferedSlot]:
    """The times there are with the own doctor (False) and with others (True), in order of preference."""
    was = one.starts_at.astimezone(ZoneInfo(one.times.zone))
    minute = was.hour * 60 + was.minute
    days = {another: one.times.by_day(one.doctor_id, another=another) for another in others}
    for _farness, another, day in merge(*(_outward(days[another], was.date(), another=another) for another in others)):
        yield from (slot for _away, slot in sorted((abs(at - minute), slot) for at, slot in days[another][day]))


def _outward(days: Iterable[date], middle: date, *, another: bool) -> Iterator[tuple[int, bool, date]]:
    """Sorted days by how far they count from the middle, of two the earlier first; each is looked at in its turn."""
    ordered, farther = list(days), ANOTHER_DOCTOR * another
    at = bisect_left(ordered, middle)
    before = (((middle - day).days + farther, another, day) for day in reversed(ordered[:at]))
    return merge(before, (((day - middle).days + farther, another, day) for day in ordered[at:]))


class _Gift(NamedTuple):
    """A time that is proposed, by its appointment's number; `needed` is what it takes of the doctor's time."""

    number: int
    times: FreeTimes
    slot: OfferedSlot
    needed: Busy


@dataclass
class _Given:
    """What is proposed so far."""

    of_doctor: dict[int, list[_Gift]] = field(default_factory=lambda: defaultdict(list))
    of_patient: dict[int, list[_Gift]] = field(default_factory=lambda: defaultdict(list))

    def give(self, number: int, one: Displaced, slot: OfferedSlot) -> None:
        gift = _Gift(number, one.times, slot, one.times.settings.time_taken(slot.start, slot.end))
        self.of_doctor[slot.doctor_id].append(gift)
        self.of_patient[one.patient_id].append(gift)

    def leaves(self, number: int, one: Displaced, slot: OfferedSlot) -> bool:
        """Whether the time is still to be had for this appointment: what it was given itself does not count."""
        needed = one.times.settings.time_taken(slot.start, slot.end)
        gifts = [gift for gift in self.of_doctor[slot.doctor_id] if gift.number != number]
        patients = (gift.slot[:2] for gift in self.of_patient[one.patient_id] if gift.number != number)
        return (
            not any(start < slot.end and slot.start < end for start, end in chain(one.engaged, patients))
            and not any(_collide(one.times, needed, gift) for gift in gifts)
            and _has_room(one.times, slot, gifts)
        )


def _collide(times: FreeTimes, needed: Busy, gift: _Gift) -> bool:
    """Whether a doctor cannot give both."""
    way = timedelta()
    if gift.times.clinic_id != times.clinic_id:
        way = travel_time(times.settings.travel_minutes, gift.times.settings.travel_minutes)
    return needed.start < gift.needed.end + way and gift.needed.start < needed.end + way


def _has_room(times: FreeTimes, slot: OfferedSlot, gifts: Iterable[_Gift]) -> bool:
    day = times.day_of(slot)
    if day not in times.room:
        return True
    here = (gift.slot for gift in gifts if gift.times.clinic_id == times.clinic_id)
    return sum(times.day_of(given) == day for given in here) < times.room[day]
