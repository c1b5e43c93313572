"""Which times an appointment may be booked at, and what the others are refused with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from app.kernel.errors import Refusal
from app.scheduling.availability import Timetable, WeeklyRule
from app.scheduling.errors import OutsideAvailability, SlotTaken, StartsInThePast, TooFar, TooSoon
from app.scheduling.rules import ensure_bookable
from app.scheduling.slots import Busy, SlotSettings

NOW = datetime(2025, 3, 3, 7, tzinfo=UTC)  # a Monday
MORNINGS = Timetable("UTC", [WeeklyRule(weekday, time(9), time(12)) for weekday in range(5)])
SETTINGS = SlotSettings(15, 30, buffer_before_minutes=5, buffer_after_minutes=10, notice_minutes=150, horizon_days=7)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "refusal"),
    [
        (at(3, 6, 59), StartsInThePast),
        (at(3, 9, 29), TooSoon),
        (at(3, 9, 30), None),
        (at(3, 9, 37), None),  # the grid is an offer, not a limit
        (at(3, 11, 30), None),
        (at(3, 11, 31), OutsideAvailability),
        (at(3, 14), OutsideAvailability),
        (at(4, 8, 59), OutsideAvailability),
        (at(8, 10), OutsideAvailability),
        (at(10, 11, 30), None),
        (at(11, 9), TooFar),
        (at(5, 9), SlotTaken),
        (at(5, 9, 4), SlotTaken),
        (at(5, 9, 5), None),
        (at(5, 10, 20), None),
        (at(5, 10, 21), SlotTaken),
    ],
)
def test_a_time_is_bookable_or_refused_with_the_fact(starts_at: datetime, refusal: type[Refusal] | None) -> None:
    busy = [Busy(at(5, 11), at(5, 11, 30)), Busy(at(5, 8), at(5, 9))]
    if refusal is None:
        ensure_bookable(starts_at, MORNINGS, busy, SETTINGS, now=NOW)
    else:
        with pytest.raises(refusal) as refused:
            ensure_bookable(starts_at, MORNINGS, busy, SETTINGS, now=NOW)
        assert refused.value.field == "starts_at"


def test_an_appointment_may_run_over_midnight_where_the_work_does() -> None:
    night = Timetable("Europe/Lisbon", [WeeklyRule(0, time(20), time(0)), WeeklyRule(1, time(0), time(2))])
    ensure_bookable(at(3, 23, 45), night, [], SETTINGS, now=NOW)
    without_tuesday = Timetable("Europe/Lisbon", night.weekly[:1])
    ensure_bookable(at(3, 23, 30), without_tuesday, [], SETTINGS, now=NOW)
    with pytest.raises(OutsideAvailability):
        ensure_bookable(at(3, 23, 45), without_tuesday, [], SETTINGS, now=NOW)


def test_a_holiday_is_outside_the_availability() -> None:
    closed = Timetable("UTC", MORNINGS.weekly, holidays={date(2025, 3, 4): "Carnival"})
    with pytest.raises(OutsideAvailability):
        ensure_bookable(at(4, 10), closed, [], SETTINGS, now=NOW)


@pytest.mark.parametrize("hours", [-14, 0, 14])
@pytest.mark.parametrize(
    ("moment", "refusal"), [(datetime(1, 1, 1), StartsInThePast), (datetime(9999, 12, 31, 23, 59), TooFar)]
)
def test_absurd_times_are_refused_rather_than_an_error(hours: int, moment: datetime, refusal: type[Refusal]) -> None:
    starts_at = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    with pytest.raises(refusal):
        ensure_bookable(starts_at, MORNINGS, [], SETTINGS, now=NOW)


def test_a_refusal_says_how_much_notice_and_how_far_ahead() -> None:
    with pytest.raises(TooSoon, match="150 minutes"):
        ensure_bookable(at(3, 9), MORNINGS, [], SETTINGS, now=NOW)
    with pytest.raises(TooFar, match="next 7 days"):
        ensure_bookable(at(31, 9), MORNINGS, [], SETTINGS, now=NOW)
