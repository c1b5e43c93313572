"""Who of the waiting list is offered a freed time, and until when: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from app.scheduling.slots import Slot
from app.scheduling.states import Urgency
from app.scheduling.waitlist_errors import DaysBackwards, TimesBackwards

SHORTEST_OFFER: Final = timedelta(minutes=10)
"""Nobody is asked who would have less time than this to answer."""

_URGENCY: Final = list(Urgency)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What one entry of the waiting list would take: days and times on the clinic's wall, both ends included.

    Only a time that begins before `before` (UTC) is of use to it, and none that meets one of `not_these`: those that it
    was offered already, and when the patient is elsewhere. `weekdays` are numbers from 0 (Monday); without any all are.
    """

    entry_id: int
    patient_id: int
    service_id: int
    urgency: Urgency
    since: date
    doctor_id: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    weekdays: Sequence[int] = ()
    from_time: time | None = None
    to_time: time | None = None
    before: datetime | None = None
    not_these: Sequence[Slot] = ()


class Gap(NamedTuple):
    """Time of a doctor that has become free, [start, end) in UTC."""

    doctor_id: int
    start: datetime
    end: datetime

    def filled_by(self, slot: Slot) -> timedelta:
        """How much of it the slot would take; nothing or less where they do not meet."""
        return min(slot.end, self.end) - max(slot.start, self.start)


class Match(NamedTuple):
    """An entry and the time that it is to be offered."""

    wish: Wish
    slot: Slot


def ensure_wishes_make_sense(
    from_day: date | None, to_day: date | None, from_time: time | None, to_time: time | None
) -> None:
    """Refuses: DaysBackwards, TimesBackwards."""
    if from_day and to_day and to_day < from_day:
        raise DaysBackwards(field="to_day")
    if from_time and to_time and to_time <= from_time:
        raise TimesBackwards(field="to_time")


def suits(wish: Wish, slot: Slot, *, zone: str) -> bool:
    """Whether somebody would take this time; `zone` is the clinic's."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in slot)
    return (
        (wish.before is None or slot.start < wish.before)
        and not any(slot.start < other.end and other.start < slot.end for other in wish.not_these)
        and (wish.from_day is None or wish.from_day <= start.date())
        and (wish.to_day is None or start.date() <= wish.to_day)
        and (not wish.weekdays or start.weekday() in wish.weekdays)
        and (wish.from_time is None or wish.from_time <= start.time())
        and (wish.to_time is None or (end.date() == start.date() and end.time() <= wish.to_time))
    )


def best_match(wishes: Iterable[Wish], slots: Mapping[int, Sequence[Slot]], gap: Gap, *, zone: str) -> Match | None:
    """Who is offered what of a gap: the most urgent, of those who wait since the earliest day, whom it fits best.

    `slots` are the free times of the gap's doctor by service. It fits better whoever asked for this very doctor, then
    whose appointment fills more of the gap; for the rest who came first. Each is offered the time that fills most of
    the gap, of those the earliest. `zone` is the clinic's.
    """
    found = [
        Match(wish, max(suitable, key=lambda slot: (gap.filled_by(slot), -slot.start.timestamp())))
        for wish in wishes
        if wish.doctor_id in {None, gap.doctor_id} and (suitable := _suitable(wish, slots, gap, zone))
    ]
    return min(found, key=lambda match: _rank(match, gap), default=None)


def _suitable(wish: Wish, slots: Mapping[int, Sequence[Slot]], gap: Gap, zone: str) -> list[Slot]:
    offered = slots.get(wish.service_id, ())
    return [slot for slot in offered if gap.filled_by(slot) > timedelta() and suits(wish, slot, zone=zone)]


def _rank(match: Match, gap: Gap) -> tuple[int, date, bool, timedelta, int]:
    wish = match.wish
    return (
        -_URGENCY.index(wish.urgency),
        wish.since,
        wish.doctor_id != gap.doctor_id,
        -gap.filled_by(match.slot),
        wish.entry_id,
    )


def first_to_offer(now: datetime, *, lead_minutes: int) -> datetime:
    """The earliest time that is still offered: somebody has to answer, and then to come within `lead_minutes`."""
    return now + SHORTEST_OFFER + timedelta(minutes=lead_minutes)


def answer_until(starts_at: datetime, *, now: datetime, offer_minutes: int, lead_minutes: int) -> datetime:
    """Until when an offer of a time stands: `offer_minutes`, but no longer than `lead_minutes` before it begins."""
    return min(now + timedelta(minutes=offer_minutes), starts_at - timedelta(minutes=lead_minutes))
