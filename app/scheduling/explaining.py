"""Why a time is offered or is not: the rule that decides, in a code, in words and in its facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from app.kernel.clock import clinic_day
from app.kernel.errors import N_, Refusal
from app.scheduling.availability import DatedRule, Timetable, WeeklyRule
from app.scheduling.errors import (
    ClinicClosed,
    DailyMaximumReached,
    DoctorNotOffering,
    DoctorOnLeave,
    HoursClosed,
    HoursEnd,
    OutsideAvailability,
    StartsInThePast,
    TooFar,
    TooSoon,
)
from app.scheduling.rules import ensure_within_reach
from app.scheduling.slots import Busy, SlotSettings, slots_of_work
from app.scheduling.states import BusyKind
from app.scheduling.working import covering, ensure_worked, first_gap, is_closing, wall_clock

Fact = Mapping[str, Any]


class Because(StrEnum):
    """What decides: one word for programs."""

    OFFERED = "offered"
    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    HOLIDAY = "holiday"
    LEAVE = "leave"
    CLOSED = "closed"
    HOURS_END = "hours_end"
    NO_HOURS = "no_hours"
    OFF_GRID = "off_grid"
    DAILY_MAXIMUM = "daily_maximum"
    BUSY = "busy"
    TRAVEL = "travel"
    NOT_OFFERED = "not_offered"


_OF_REFUSALS: Final[Mapping[type[Refusal], Because]] = {
    StartsInThePast: Because.PAST,
    TooSoon: Because.TOO_SOON,
    TooFar: Because.TOO_FAR,
    ClinicClosed: Because.HOLIDAY,
    DoctorOnLeave: Because.LEAVE,
    HoursClosed: Because.CLOSED,
    HoursEnd: Because.HOURS_END,
    OutsideAvailability: Because.NO_HOURS,
    DailyMaximumReached: Because.DAILY_MAXIMUM,
    DoctorNotOffering: Because.NOT_OFFERED,
}
_OFFERED: Final = N_("That time is offered.")
_OFF_GRID: Final = N_("That time can be booked, but offered times begin at %(times)s.")
_BUSY: Final = N_("The doctor is busy from %(start)s to %(end)s.")
_ELSEWHERE: Final = N_("The doctor is at another clinic from %(start)s to %(end)s.")
_HELD: Final = N_("The time from %(start)s to %(end)s is held for somebody.")
_TRAVEL: Final = N_("The doctor is on the way from or to another clinic.")
_OF_BUSY: Final = {BusyKind.APPOINTMENT: _BUSY, BusyKind.ELSEWHERE: _ELSEWHERE, BusyKind.HOLD: _HELD}


@dataclass(frozen=True)
class Explanation:
    """`template` with `params` says it in words; `facts` are the rules that offer the time and those that refuse it.

    Each fact has its `rule`, whether it `offers`, and dates, wall times and instants as the rule has them. Of what is
    busy elsewhere there is nothing but when.
    """

    because: Because
    template: str
    params: Mapping[str, Any]
    facts: tuple[Fact, ...] = ()

    @property
    def offered(self) -> bool:
        return self.because is Because.OFFERED


def explain(
    at: datetime,
    timetable: Timetable,
    busy: Iterable[Busy],
    settings: SlotSettings,
    *,
    now: datetime,
    full: Collection[date] = (),
) -> Explanation:
    """Why an appointment of the settings' duration is offered to begin at `at` (aware, a whole minute), or is not.

    It is offered exactly where `free_slots` of that day has a slot that begins then.
    """
    try:
        ensure_within_reach(at, settings, zone=timetable.zone, now=now)
        ensure_worked(at, at + settings.duration, timetable)
        if clinic_day(at, timetable.zone) in full:
            raise DailyMaximumReached
    except Refusal as refusal:
        return of_refusal(refusal, tuple(_facts_of(refusal, at, timetable, settings, now)))
    offering = tuple(_rules_of(at, timetable))
    return (
        _taken(at, timetable.zone, busy, settings, offering)
        or _off_grid(at, timetable, settings, offering)
        or Explanation(Because.OFFERED, _OFFERED, {}, offering)
    )


def of_refusal(refusal: Refusal, facts: tuple[Fact, ...] = ()) -> Explanation:
    """In the words in which a booking is refused."""
    return Explanation(_OF_REFUSALS[type(refusal)], refusal.template, refusal.params, facts)


def _rules_of(at: datetime, timetable: Timetable) -> Iterator[Fact]:
    """The hours that a time lies in, and what closes them."""
    for rule in covering(at, timetable):
        times = {"id": rule.id, "start_time": rule.start, "end_time": rule.end}
        if isinstance(rule, WeeklyRule):
            validity = {"valid_from": rule.valid_from, "valid_to": rule.valid_to}
            yield {"rule": "weekly", "offers": True, "weekday": rule.weekday} | times | validity
        else:
            yield _dated_fact(rule, times)


def _dated_fact(rule: DatedRule, times: Fact) -> Fact:
    said = {"date": rule.date, "reason": rule.reason}
    return {"rule": rule.kind.value, "offers": not is_closing(rule)} | dict(times) | said


def _facts_of(
    refusal: Refusal, at: datetime, timetable: Timetable, settings: SlotSettings, now: datetime
) -> Iterator[Fact]:
    """The rule behind a refusal, after the hours that speak for the time."""
    zone = timetable.zone
    if isinstance(refusal, StartsInThePast):
        yield {"rule": "now", "offers": False, "now": now}
    elif isinstance(refusal, TooSoon):
        earliest = settings.earliest_start(now)
        yield {"rule": "notice", "offers": False, "notice_minutes": settings.notice_minutes, "earliest": earliest}
    elif isinstance(refusal, TooFar):
        last = settings.last_day(now, zone)
        yield {"rule": "horizon", "offers": False, "horizon_days": settings.horizon_days, "last_day": last}
    elif isinstance(refusal, DailyMaximumReached):
        yield from _rules_of(at, timetable)
        yield {"rule": "daily_maximum", "offers": False, "date": clinic_day(at, zone)}
    else:
        gap = first_gap(at, at + settings.duration, timetable) or at
        yield from _facts_of_gap(gap, at, timetable, settings)


def _facts_of_gap(gap: datetime, at: datetime, timetable: Timetable, settings: SlotSettings) -> Iterator[Fact]:
    """What an appointment at `at` runs into at `gap`."""
    day = clinic_day(gap, timetable.zone)
    yield from _rules_of(gap, timetable)
    if gap > at:
        yield from _rules_of(at, timetable)
        yield {"rule": "duration", "offers": False, "duration_minutes": settings.duration_minutes, "until": gap}
    if day in timetable.holidays:
        yield {"rule": "holiday", "offers": False, "date": day, "name": timetable.holidays[day]}
    for leave in timetable.leave:
        if leave.covers(day):
            yield {"rule": "leave", "offers": False, "first_day": leave.first_day, "last_day": leave.last_day}


def _taken(
    at: datetime, zone: str, busy: Iterable[Busy], settings: SlotSettings, offering: tuple[Fact, ...]
) -> Explanation | None:
    """What else the doctor does then, or the way to it."""
    needed = settings.time_taken(at, at + settings.duration)
    in_the_way = sorted(one for one in busy if one.away[0] < needed.end and needed.start < one.away[1])
    if not in_the_way:
        return None
    facts = (*offering, *map(_busy_fact, in_the_way))
    for one in in_the_way:
        if one.start < needed.end and needed.start < one.end:
            params = {"start": wall_clock(one.start, zone), "end": wall_clock(one.end, zone)}
            return Explanation(Because.BUSY, _OF_BUSY[one.kind], params, facts)
    return Explanation(Because.TRAVEL, _TRAVEL, {}, facts)


def _busy_fact(one: Busy) -> Fact:
    way = {"travel_minutes": int(one.travel.total_seconds()) // 60} if one.travel else {}
    return {"rule": "busy", "offers": False, "kind": one.kind.value, "from": one.start, "to": one.end} | way


def _off_grid(
    at: datetime, timetable: Timetable, settings: SlotSettings, offering: tuple[Fact, ...]
) -> Explanation | None:
    """Appointments may begin at any minute; they are offered on the grid."""
    starts = [slot.start for slot in slots_of_work([clinic_day(at, timetable.zone)], timetable, settings)]
    if at in starts:
        return None
    nearest = [*[start for start in starts if start < at][-1:], *[start for start in starts if start > at][:1]]
    fact = {"rule": "grid", "offers": False, "grid_minutes": settings.grid_minutes, "nearest": nearest}
    times = ", ".join(wall_clock(start, timetable.zone) for start in nearest)
    return Explanation(Because.OFF_GRID, _OFF_GRID, {"times": times}, (*offering, fact))
