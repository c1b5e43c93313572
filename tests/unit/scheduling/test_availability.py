"""Working time: weekly rules, minus closed, plus extra, minus holidays, on a clinic's wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.scheduling.availability import DatedRule, Timetable, WeeklyRule, open_intervals
from app.scheduling.errors import RuleNeverValid, RuleWithoutLength
from app.scheduling.states import DatedKind

MONDAY = date(2025, 3, 3)
NINE_TO_FIVE = WeeklyRule(0, time(9), time(17))


def every_day(start: time, end: time) -> list[WeeklyRule]:
    return [WeeklyRule(weekday, start, end) for weekday in range(7)]


def walls(day: date, timetable: Timetable) -> list[str]:
    zone = ZoneInfo(timetable.zone)
    return [
        f"{start.astimezone(zone):%d %H:%M}-{end.astimezone(zone):%d %H:%M}"
        for start, end in open_intervals(day, timetable)
    ]


def hours(day: date, timetable: Timetable) -> float:
    return sum((end - start).total_seconds() for start, end in open_intervals(day, timetable)) / 3600


def test_a_weekly_rule_is_wall_time_and_comes_out_as_instants() -> None:
    timetable = Timetable("Asia/Kathmandu", [NINE_TO_FIVE])
    assert open_intervals(MONDAY, timetable) == [
        (datetime(2025, 3, 3, 3, 15, tzinfo=UTC), datetime(2025, 3, 3, 11, 15, tzinfo=UTC))
    ]


def test_a_weekly_rule_works_on_its_weekday_only() -> None:
    assert open_intervals(date(2025, 3, 4), Timetable("UTC", [NINE_TO_FIVE])) == []


def test_a_rule_is_valid_on_its_first_and_on_its_last_day() -> None:
    timetable = Timetable("UTC", [WeeklyRule(0, time(9), time(10), date(2025, 3, 3), date(2025, 3, 10))])
    worked = [day for day in (24, 3, 10, 17) if open_intervals(date(2025, 2 if day == 24 else 3, day), timetable)]
    assert worked == [3, 10]


def test_rules_that_overlap_or_touch_are_one_stretch() -> None:
    rules = [
        WeeklyRule(0, time(13), time(15)),
        WeeklyRule(0, time(9), time(12)),
        WeeklyRule(0, time(11), time(13)),
        WeeklyRule(0, time(16), time(17)),
    ]
    assert walls(MONDAY, Timetable("UTC", rules)) == ["03 09:00-03 15:00", "03 16:00-03 17:00"]


def test_an_end_of_midnight_is_the_end_of_the_day() -> None:
    assert walls(MONDAY, Timetable("UTC", [WeeklyRule(0, time(22), time(0))])) == ["03 22:00-04 00:00"]


def test_from_midnight_to_midnight_is_the_whole_day() -> None:
    assert hours(MONDAY, Timetable("UTC", [WeeklyRule(0, time(0), time(0))])) == 24


def test_a_closed_span_cuts_a_hole() -> None:
    lunch = DatedRule(DatedKind.CLOSED, MONDAY, time(12), time(13))
    assert walls(MONDAY, Timetable("UTC", [NINE_TO_FIVE], [lunch])) == ["03 09:00-03 12:00", "03 13:00-03 17:00"]


def test_a_closed_day_has_no_time() -> None:
    assert walls(MONDAY, Timetable("UTC", [NINE_TO_FIVE], [DatedRule(DatedKind.CLOSED, MONDAY)])) == []


def test_a_closed_span_without_an_end_lasts_to_the_end_of_the_day() -> None:
    early_end = DatedRule(DatedKind.CLOSED, MONDAY, start=time(14))
    assert walls(MONDAY, Timetable("UTC", [NINE_TO_FIVE], [early_end])) == ["03 09:00-03 14:00"]


def test_extra_time_is_added_after_closed_time_is_taken_away() -> None:
    dated = [
        DatedRule(DatedKind.EXTRA, MONDAY, time(10), time(11)),
        DatedRule(DatedKind.CLOSED, MONDAY),
    ]
    assert walls(MONDAY, Timetable("UTC", [NINE_TO_FIVE], dated)) == ["03 10:00-03 11:00"]


def test_extra_time_opens_a_day_that_has_no_weekly_rule() -> None:
    sunday = date(2025, 3, 2)
    extra = DatedRule(DatedKind.EXTRA, sunday, time(10), time(12))
    assert walls(sunday, Timetable("UTC", [NINE_TO_FIVE], [extra])) == ["02 10:00-02 12:00"]


def test_a_dated_rule_is_for_its_date_alone() -> None:
    closed = DatedRule(DatedKind.CLOSED, date(2025, 3, 10))
    assert hours(MONDAY, Timetable("UTC", [NINE_TO_FIVE], [closed])) == 8


def test_a_holiday_beats_extra_time() -> None:
    extra = DatedRule(DatedKind.EXTRA, MONDAY)
    assert open_intervals(MONDAY, Timetable("UTC", [NINE_TO_FIVE], [extra], {MONDAY: "Labour Day"})) == []


@pytest.mark.parametrize(("start", "end"), [(time(9), time(9)), (time(17), time(9)), (time(23, 59), time(0, 1))])
def test_a_rule_without_length_is_refused(start: time, end: time) -> None:
    with pytest.raises(RuleWithoutLength) as refused:
        WeeklyRule(0, start, end)
    assert (refused.value.code, refused.value.status, refused.value.field) == ("rule_without_length", 422, "end_time")
    with pytest.raises(RuleWithoutLength):
        DatedRule(DatedKind.EXTRA, MONDAY, start, end)


def test_extra_time_without_a_start_begins_with_the_day() -> None:
    assert walls(MONDAY, Timetable("UTC", [], [DatedRule(DatedKind.EXTRA, MONDAY, end=time(1))])) == [
        "03 00:00-03 01:00"
    ]


def test_a_rule_that_ends_before_its_first_day_is_refused() -> None:
    with pytest.raises(RuleNeverValid) as refused:
        WeeklyRule(0, time(9), time(10), date(2025, 3, 2), date(2025, 3, 1))
    assert refused.value.field == "valid_to"


def test_wall_time_that_the_clocks_skip_begins_at_the_first_instant_after_it() -> None:
    timetable = Timetable("Europe/Lisbon", every_day(time(1, 30), time(4)))  # 01:00 becomes 02:00
    assert open_intervals(date(2025, 3, 30), timetable) == [
        (datetime(2025, 3, 30, 1, tzinfo=UTC), datetime(2025, 3, 30, 3, tzinfo=UTC))
    ]


def test_a_rule_inside_the_time_that_the_clocks_skip_has_no_time_that_day() -> None:
    assert open_intervals(date(2025, 3, 30), Timetable("Europe/Lisbon", every_day(time(1, 15), time(1, 45)))) == []


def test_wall_time_that_comes_twice_counts_both_times() -> None:
    timetable = Timetable("Europe/Lisbon", every_day(time(1), time(2)))  # 02:00 becomes 01:00
    assert open_intervals(date(2025, 10, 26), timetable) == [
        (datetime(2025, 10, 26, 0, tzinfo=UTC), datetime(2025, 10, 26, 2, tzinfo=UTC))
    ]


def test_a_rule_that_begins_in_the_time_that_comes_twice_is_not_stretched_by_the_hour_before_it() -> None:
    timetable = Timetable("Europe/Lisbon", every_day(time(1, 30), time(3)))
    assert open_intervals(date(2025, 10, 26), timetable) == [
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 0, tzinfo=UTC)),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), datetime(2025, 10, 26, 3, 0, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Lisbon", date(2025, 3, 30), 23),
        ("Europe/Lisbon", date(2025, 10, 26), 25),
        ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
        ("Australia/Lord_Howe", date(2025, 4, 6), 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # has no midnight
        ("America/Sao_Paulo", date(2018, 2, 17), 25),  # its last hour comes twice
        ("Africa/Cairo", date(2024, 4, 26), 23),
        ("Africa/Cairo", date(2024, 10, 31), 25),
        ("America/St_Johns", date(2010, 11, 7), 24 + 1 / 60),  # goes back to the day before when a minute old
        ("America/St_Johns", date(2010, 11, 6), 24 + 59 / 60),
        ("Asia/Kathmandu", date(1986, 1, 1), 23.75),
        ("Antarctica/Troll", date(2025, 3, 30), 22),
        ("Pacific/Apia", date(2011, 12, 29), 24),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # left out of the calendar
        ("Asia/Manila", date(1844, 12, 31), 0),  # likewise, with local mean time 16 hours behind UTC
    ],
)
def test_a_whole_day_is_as_long_as_that_day_was(zone: str, day: date, length: float) -> None:
    assert hours(day, Timetable(zone, every_day(time(0), time(0)))) == pytest.approx(length)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_closed_rather_than_an_error(day: date) -> None:
    assert open_intervals(day, Timetable("Pacific/Kiritimati", every_day(time(0), time(0)))) == []
