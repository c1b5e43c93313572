"""Whether a doctor works all through an appointment, by which rules, and what stands against it where not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel.clock import clinic_day
from app.scheduling.availability import DatedRule, Timetable, WeeklyRule, open_intervals
from app.scheduling.errors import ClinicClosed, DoctorOnLeave, HoursClosed, HoursEnd, OutsideAvailability
from app.scheduling.intervals import merged
from app.scheduling.states import DatedKind


def ensure_worked(starts_at: datetime, ends_at: datetime, timetable: Timetable) -> None:
    """The doctor works from `starts_at` to `ends_at` (aware) without a break.

    Refuses: OutsideAvailability, as ClinicClosed, DoctorOnLeave, HoursClosed or HoursEnd where it is one of these.
    """
    gap = first_gap(starts_at, ends_at, timetable)
    if gap is not None:
        raise _why_not_worked(gap, timetable, begun=gap > starts_at)


def first_gap(starts_at: datetime, ends_at: datetime, timetable: Timetable) -> datetime | None:
    """The first instant of [starts_at, ends_at) at which the doctor does not work."""
    first, last = clinic_day(starts_at, timetable.zone), clinic_day(ends_at, timetable.zone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    work = merged(interval for day in days for interval in open_intervals(day, timetable))
    until = next((end for start, end in work if start <= starts_at < end), starts_at)
    return until if until < ends_at else None


def covering(instant: datetime, timetable: Timetable) -> list[WeeklyRule | DatedRule]:
    """The rules that say something of this instant: weekly ones, extra and closed dates."""
    wall = instant.astimezone(ZoneInfo(timetable.zone))
    rules: list[WeeklyRule | DatedRule] = [*timetable.weekly, *timetable.dated]
    return [rule for rule in rules if rule.covers(wall)]


def is_closing(rule: WeeklyRule | DatedRule) -> bool:
    return isinstance(rule, DatedRule) and rule.kind is DatedKind.CLOSED


def wall_clock(instant: datetime, zone: str) -> str:
    """What the clinic's clock shows, as HH:MM."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def _why_not_worked(gap: datetime, timetable: Timetable, *, begun: bool) -> OutsideAvailability:
    """The strongest reason first; `begun`: the doctor works until then."""
    day: date = clinic_day(gap, timetable.zone)
    rules = covering(gap, timetable)
    if day in timetable.holidays:
        return ClinicClosed(field="starts_at", holiday=timetable.holidays[day])
    if timetable.is_off(day):
        return DoctorOnLeave(field="starts_at")
    if any(is_closing(rule) for rule in rules) and any(isinstance(rule, WeeklyRule) for rule in rules):
        return HoursClosed(field="starts_at")
    if begun:
        return HoursEnd(field="starts_at", until=wall_clock(gap, timetable.zone))
    return OutsideAvailability(field="starts_at")
