"""When a doctor works at a clinic: weekly and dated rules in clinic wall time, turned into instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta

from app.kernel.clock import clinic_day
from app.scheduling.errors import LeaveBackwards, RuleNeverValid, RuleWithoutLength
from app.scheduling.intervals import merged, without
from app.scheduling.states import DatedKind
from app.scheduling.wall_time import instants

_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class WeeklyRule:
    """Works every `weekday` (0 is Monday) from `start` to `end`, clinic wall time; an end of 00:00 is midnight.

    `valid_from` and `valid_to` are the first and the last day, both included; None is without limit.
    Refuses: RuleWithoutLength, RuleNeverValid.
    """

    weekday: int
    start: time
    end: time
    valid_from: date | None = None
    valid_to: date | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        _ensure_length(self.start, self.end)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise RuleNeverValid(field="valid_to")

    def applies_on(self, day: date) -> bool:
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )

    def covers(self, wall: datetime) -> bool:
        """Whether the rule gives this moment of the clinic's wall clock."""
        return self.applies_on(wall.date()) and _within(wall, self.start, self.end)


def overlap(one: WeeklyRule, other: WeeklyRule) -> bool:
    """Whether both rules give the same minute of some week; those that only touch do not."""
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_to or date.max, other.valid_to or date.max)
    (start, end), (other_start, other_end) = _wall(one.start, one.end), _wall(other.start, other.end)
    return one.weekday == other.weekday and first <= last and start < other_end and other_start < end


@dataclass(frozen=True)
class DatedRule:
    """Takes away or adds time on one `date`, clinic wall time.

    Without `start` it begins with the day, without `end` it ends with it; without both it is the whole day.
    Refuses: RuleWithoutLength.
    """

    kind: DatedKind
    date: date
    start: time | None = None
    end: time | None = None
    reason: str | None = None
    id: int | None = None

    def __post_init__(self) -> None:
        _ensure_length(self.start, self.end)

    def covers(self, wall: datetime) -> bool:
        """Whether the rule is about this moment of the clinic's wall clock."""
        return self.date == wall.date() and _within(wall, self.start, self.end)


@dataclass(frozen=True)
class Leave:
    """The doctor is away from `first_day` to `last_day`, both included. Refuses: LeaveBackwards."""

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise LeaveBackwards(field="last_day")

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def cuts(self, starts_at: datetime, ends_at: datetime, zone: str) -> bool:
        """Whether some of [starts_at, ends_at) (aware) is on these days of a clinic in `zone`."""
        last_moment = ends_at - timedelta.resolution
        return clinic_day(starts_at, zone) <= self.last_day and clinic_day(last_moment, zone) >= self.first_day


@dataclass(frozen=True)
class Timetable:
    """All that decides when one doctor works at one clinic; `zone` is the clinic's IANA time zone.

    `holidays` are the clinic's, by name; `leave` is the doctor's at every clinic.
    """

    zone: str
    weekly: Sequence[WeeklyRule]
    dated: Sequence[DatedRule] = ()
    holidays: Mapping[date, str] = field(default_factory=dict)
    leave: Sequence[Leave] = ()

    def is_off(self, day: date) -> bool:
        """Whether nobody works that day whatever the hours: a holiday, or the doctor's leave."""
        return day in self.holidays or any(leave.covers(day) for leave in self.leave)


def open_intervals(day: date, timetable: Timetable) -> list[tuple[datetime, datetime]]:
    """The doctor's working time on the clinic's `day` as [start, end) in UTC, sorted, merged.

    Weekly rules, minus closed, plus extra; nothing on a holiday or on leave. Nothing either in the first and last year
    that a date can name, which have days without a neighbour.
    """
    if timetable.is_off(day) or day.year in (MINYEAR, MAXYEAR):
        return []
    weekly = [_wall(rule.start, rule.end) for rule in timetable.weekly if rule.applies_on(day)]
    dated = [rule for rule in timetable.dated if rule.date == day]
    if dated:
        weekly = without(weekly, _walls_of(DatedKind.CLOSED, dated)) + _walls_of(DatedKind.EXTRA, dated)
    return instants(day, timetable.zone, merged(weekly))


def _walls_of(kind: DatedKind, rules: Iterable[DatedRule]) -> list[tuple[int, int]]:
    return [_wall(rule.start, rule.end) for rule in rules if rule.kind == kind]


def _wall(start: time | None, end: time | None) -> tuple[int, int]:
    return _seconds(start or time()), _seconds(end or time()) or _DAY_SECONDS


def _within(wall: datetime, start: time | None, end: time | None) -> bool:
    first, last = _wall(start, end)
    return first <= _seconds(wall.time()) < last


def _seconds(wall: time) -> int:
    return wall.hour * 3600 + wall.minute * 60 + wall.second


def _ensure_length(start: time | None, end: time | None) -> None:
    wall_start, wall_end = _wall(start, end)
    if wall_end <= wall_start:
        raise RuleWithoutLength(field="end_time")
