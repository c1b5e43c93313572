"""Free slots and the reasons for none, by example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.scheduling.availability import Timetable, WeeklyRule
from app.scheduling.slots import Busy, NoSlots, SlotSettings, free_slots, main_reason, reason_for_none

MONDAY = date(2025, 3, 3)
LAST_WEEK = datetime(2025, 2, 24, tzinfo=UTC)
HALF_HOURS = SlotSettings(grid_minutes=30, duration_minutes=30)
MORNING = Timetable("UTC", [WeeklyRule(0, time(9), time(11))])


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def offered(
    timetable: Timetable = MORNING,
    busy: Sequence[Busy] = (),
    settings: SlotSettings = HALF_HOURS,
    *,
    days: Sequence[date] = (MONDAY,),
    now: datetime = LAST_WEEK,
) -> list[str]:
    zone = ZoneInfo(timetable.zone)
    return [f"{slot.start.astimezone(zone):%H:%M}" for slot in free_slots(days, timetable, busy, settings, now=now)]


def test_slots_fill_the_working_time() -> None:
    assert offered() == ["09:00", "09:30", "10:00", "10:30"]


def test_a_slot_ends_after_the_duration() -> None:
    first = free_slots([MONDAY], MORNING, [], replace(HALF_HOURS, duration_minutes=50), now=LAST_WEEK)[0]
    assert first == (at(9), at(9, 50))


def test_a_slot_that_would_outlast_the_working_time_is_not_offered() -> None:
    assert offered(settings=replace(HALF_HOURS, duration_minutes=45)) == ["09:00", "09:30", "10:00"]


def test_the_grid_begins_with_each_stretch_of_work() -> None:
    timetable = Timetable("UTC", [WeeklyRule(0, time(9), time(10)), WeeklyRule(0, time(10, 10), time(11, 10))])
    assert offered(timetable) == ["09:00", "09:30", "10:10", "10:40"]


def test_what_is_taken_is_not_offered() -> None:
    assert offered(busy=[Busy(at(9, 40), at(9, 50))]) == ["09:00", "10:00", "10:30"]


def test_busy_times_that_only_touch_a_slot_leave_it_free() -> None:
    assert offered(busy=[Busy(at(8), at(9)), Busy(at(9, 30), at(10, 30))]) == ["09:00", "10:30"]


def test_busy_times_may_come_in_any_order_and_overlap() -> None:
    busy = [Busy(at(10), at(10, 5)), Busy(at(8), at(10, 20)), Busy(at(9), at(9, 5))]
    assert offered(busy=busy) == ["10:30"]


def test_buffers_keep_the_doctor_free_around_a_slot() -> None:
    settings = replace(HALF_HOURS, buffer_before_minutes=10, buffer_after_minutes=5)
    assert offered(busy=[Busy(at(10, 34), at(10, 36))], settings=settings) == ["09:00", "09:30"]
    assert offered(busy=[Busy(at(10, 35), at(10, 36))], settings=settings) == ["09:00", "09:30", "10:00"]
    assert offered(busy=[Busy(at(9, 0), at(9, 21))], settings=settings) == ["10:00", "10:30"]
    assert offered(busy=[Busy(at(9, 0), at(9, 20))], settings=settings) == ["09:30", "10:00", "10:30"]


def test_buffers_may_reach_out_of_the_working_time() -> None:
    assert offered(settings=replace(HALF_HOURS, buffer_before_minutes=60, buffer_after_minutes=60))[0] == "09:00"


def test_what_an_appointment_takes_includes_its_buffers() -> None:
    settings = replace(HALF_HOURS, buffer_before_minutes=10, buffer_after_minutes=5)
    assert settings.time_taken(at(9), at(9, 30)) == Busy(at(8, 50), at(9, 35))


def test_a_slot_needs_its_notice() -> None:
    settings = replace(HALF_HOURS, notice_minutes=60)
    assert offered(settings=settings, now=at(9)) == ["10:00", "10:30"]
    assert offered(settings=settings, now=at(9, 1)) == ["10:30"]


def test_nothing_in_the_past_is_offered() -> None:
    assert offered(now=at(9, 45)) == ["10:00", "10:30"]
    assert offered(now=at(9, 45, day=date(2025, 3, 4))) == []


def test_the_last_day_within_the_horizon_is_offered_whole() -> None:
    now = at(23, 59, day=date(2025, 2, 26))
    assert offered(settings=replace(HALF_HOURS, horizon_days=5), now=now) == ["09:00", "09:30", "10:00", "10:30"]
    assert offered(settings=replace(HALF_HOURS, horizon_days=4), now=now) == []


def test_the_horizon_counts_the_clinics_days() -> None:
    timetable = replace(MORNING, zone="Pacific/Auckland")
    now = datetime(2025, 3, 1, 12, tzinfo=UTC)  # already 2 March there
    assert len(offered(timetable, settings=replace(HALF_HOURS, horizon_days=1), now=now)) == 4


def test_a_slot_may_run_over_midnight_where_the_work_does() -> None:
    night = Timetable("UTC", [WeeklyRule(0, time(23), time(0)), WeeklyRule(1, time(0), time(1))])
    hour = replace(HALF_HOURS, duration_minutes=60)
    assert offered(night, settings=hour) == ["23:00", "23:30"]
    assert offered(night, settings=hour, days=[MONDAY, date(2025, 3, 4)]) == ["23:00", "23:30", "00:00"]


def test_a_slot_may_run_over_into_the_day_after_one_that_the_calendar_left_out() -> None:
    night = Timetable("Pacific/Apia", [WeeklyRule(3, time(23, 30), time(0)), WeeklyRule(5, time(0), time(1))])
    thursday, now = date(2011, 12, 29), datetime(2011, 12, 1, tzinfo=UTC)  # Saturday followed
    assert offered(night, settings=replace(HALF_HOURS, duration_minutes=60), days=[thursday], now=now) == ["23:30"]


def test_days_may_come_in_any_order_and_twice() -> None:
    daily = Timetable("UTC", [WeeklyRule(weekday, time(9), time(10)) for weekday in range(7)])
    starts = [
        slot.start.day for slot in free_slots([date(2025, 3, 5), MONDAY, MONDAY], daily, [], HALF_HOURS, now=LAST_WEEK)
    ]
    assert starts == [3, 3, 5, 5]


def test_slots_keep_their_wall_times_on_the_day_the_clocks_change() -> None:
    daily = [WeeklyRule(6, time(0), time(6))]
    settings = SlotSettings(grid_minutes=40, duration_minutes=40)
    usual = offered(Timetable("Europe/Lisbon", daily), settings=settings, days=[date(2025, 3, 23)])
    changed = offered(Timetable("Europe/Lisbon", daily), settings=settings, days=[date(2025, 3, 30)])
    assert usual == ["00:00", "00:40", "01:20", "02:00", "02:40", "03:20", "04:00", "04:40", "05:20"]
    assert changed == ["00:00", "00:40", "02:00", "02:40", "03:20", "04:00", "04:40", "05:20"]


@pytest.mark.parametrize("days", [[date.min], [date.max], [date.min, date.max]])
def test_absurd_days_have_no_slots(days: list[date]) -> None:
    assert offered(days=days) == []
    assert reason_for_none(days, MORNING, HALF_HOURS, now=LAST_WEEK) is NoSlots.NO_AVAILABILITY


def reason(
    timetable: Timetable = MORNING,
    settings: SlotSettings = HALF_HOURS,
    *,
    days: Sequence[date] = (MONDAY,),
    now: datetime = LAST_WEEK,
) -> NoSlots:
    return reason_for_none(days, timetable, settings, now=now)


def test_a_day_with_work_and_time_to_come_is_fully_booked() -> None:
    assert reason() is NoSlots.FULLY_BOOKED


def test_a_day_without_work_has_no_availability() -> None:
    assert reason(days=[date(2025, 3, 4)]) is NoSlots.NO_AVAILABILITY
    assert reason(days=[]) is NoSlots.NO_AVAILABILITY


def test_a_service_longer_than_the_work_has_no_availability() -> None:
    assert reason(settings=replace(HALF_HOURS, duration_minutes=121)) is NoSlots.NO_AVAILABILITY


def test_work_that_falls_on_a_holiday_is_a_holiday() -> None:
    closed = replace(MORNING, holidays={MONDAY: "Monday", date(2025, 3, 4): "Tuesday"})
    assert reason(closed) is NoSlots.HOLIDAY
    assert reason(closed, days=[date(2025, 3, 4)]) is NoSlots.NO_AVAILABILITY


def test_work_that_is_past_or_within_the_notice_is_too_soon() -> None:
    assert reason(now=at(10, 31)) is NoSlots.TOO_SOON
    assert reason(settings=replace(HALF_HOURS, notice_minutes=120), now=at(9)) is NoSlots.TOO_SOON


def test_work_beyond_the_horizon_is_too_far() -> None:
    assert reason(settings=replace(HALF_HOURS, horizon_days=6)) is NoSlots.TOO_FAR
    assert reason(settings=replace(HALF_HOURS, horizon_days=7)) is NoSlots.FULLY_BOOKED


def test_work_that_is_partly_past_and_partly_beyond_the_horizon_is_too_far() -> None:
    settings = replace(HALF_HOURS, horizon_days=6)
    assert reason(settings=settings, days=[MONDAY, date(2025, 3, 10)], now=at(12)) is NoSlots.TOO_FAR


def test_several_doctors_share_the_most_telling_reason() -> None:
    assert main_reason([NoSlots.HOLIDAY, NoSlots.FULLY_BOOKED, NoSlots.TOO_SOON]) is NoSlots.FULLY_BOOKED
    assert main_reason([NoSlots.NO_AVAILABILITY, NoSlots.HOLIDAY]) is NoSlots.HOLIDAY
    assert main_reason([]) is NoSlots.NO_AVAILABILITY


def test_thirty_minutes_of_work_hold_one_slot_of_thirty_minutes() -> None:
    timetable = Timetable("UTC", [WeeklyRule(0, time(9), time(9, 30))])
    assert free_slots([MONDAY], timetable, [], HALF_HOURS, now=LAST_WEEK) == [(at(9), at(9) + timedelta(minutes=30))]
