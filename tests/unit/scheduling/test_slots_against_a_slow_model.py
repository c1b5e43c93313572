"""Working time and free slots against a model that looks at every minute, in zones and on days that are awkward."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.scheduling.availability import DatedRule, Leave, Timetable, WeeklyRule, open_intervals
from app.scheduling.errors import DailyMaximumReached, SlotTaken
from app.scheduling.explaining import Because, explain
from app.scheduling.rules import ensure_bookable
from app.scheduling.slots import (
    Busy,
    NoSlots,
    Slot,
    SlotSettings,
    free_slots,
    full_days,
    reason_for_none,
    slots_of_work,
    travel_time,
)
from app.scheduling.states import BusyKind, DatedKind

MINUTE = timedelta(minutes=1)
AWKWARD_DAYS = [
    ("UTC", date(2025, 3, 3)),
    ("Europe/Lisbon", date(2025, 3, 30)),
    ("Europe/Lisbon", date(2025, 10, 26)),
    ("Europe/Lisbon", date(1992, 9, 27)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Australia/Lord_Howe", date(2025, 4, 6)),
    ("Australia/Lord_Howe", date(2025, 10, 5)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Africa/Cairo", date(2024, 4, 26)),
    ("Africa/Cairo", date(2024, 11, 1)),
    ("Antarctica/Troll", date(2025, 10, 26)),
    ("Pacific/Apia", date(2011, 12, 30)),
]


@dataclass(frozen=True)
class Case:
    first_day: date
    days: list[date]
    timetable: Timetable
    busy: list[Busy]
    settings: SlotSettings
    now: datetime
    booked: list[datetime]
    maximum: int | None

    @property
    def full(self) -> frozenset[date]:
        return full_days(self.booked, self.timetable.zone, self.maximum)


def is_worked(wall: datetime, timetable: Timetable) -> bool:
    def within(start: time | None, end: time | None) -> bool:
        return (start is None or start <= wall.time()) and (end in (None, time(0)) or wall.time() < end)

    dated = [rule for rule in timetable.dated if rule.date == wall.date() and within(rule.start, rule.end)]
    weekly = any(rule.weekday == wall.weekday() and within(rule.start, rule.end) for rule in timetable.weekly)
    closed = any(rule.kind is DatedKind.CLOSED for rule in dated)
    extra = any(rule.kind is DatedKind.EXTRA for rule in dated)
    away = wall.date() in timetable.holidays or any(
        leave.first_day <= wall.date() <= leave.last_day for leave in timetable.leave
    )
    return not away and ((weekly and not closed) or extra)


def worked_walls(case: Case) -> dict[datetime, datetime]:
    """Each worked minute (UTC) that may be part of the case's days in any zone, with what the clinic's wall shows."""
    zone = ZoneInfo(case.timetable.zone)
    first = datetime.combine(case.first_day, time(), UTC) - timedelta(hours=16)
    minutes = [first + n * MINUTE for n in range((3 * 24 + 32) * 60)]
    walls = {minute: minute.astimezone(zone).replace(tzinfo=None) for minute in minutes}
    return {minute: wall for minute, wall in walls.items() if is_worked(wall, case.timetable)}


def stretch_starts(worked: dict[datetime, datetime]) -> dict[datetime, datetime]:
    """For each worked minute the one with which its stretch of work began on that day."""
    starts: dict[datetime, datetime] = {}
    for minute, wall in worked.items():
        before = minute - MINUTE
        same_stretch = before in worked and worked[before].date() == wall.date()
        starts[minute] = starts[before] if same_stretch else minute
    return starts


def minutes_away(one: Busy) -> set[datetime]:
    """At another clinic the way there and back is gone as well."""
    way = one.travel // MINUTE if one.kind is BusyKind.ELSEWHERE else 0
    return {one.start + n * MINUTE for n in range(-way, (one.end - one.start) // MINUTE + way)}


def is_full(day: date, case: Case) -> bool:
    zone = ZoneInfo(case.timetable.zone)
    booked = [start for start in case.booked if start.astimezone(zone).date() == day]
    return case.maximum is not None and len(booked) >= case.maximum


def slow_slots(case: Case) -> list[Slot]:
    worked, rules = worked_walls(case), case.settings
    starts = stretch_starts(worked)
    taken = {minute for one in case.busy for minute in minutes_away(one)}
    today = case.now.astimezone(ZoneInfo(case.timetable.zone)).date()
    return [
        Slot(minute, minute + rules.duration_minutes * MINUTE)
        for minute, wall in worked.items()
        if (wall - worked[starts[minute]]) % (rules.grid_minutes * MINUTE) == timedelta()
        and wall.date() in case.days
        and not is_full(wall.date(), case)
        and today <= wall.date() <= today + timedelta(days=rules.horizon_days)
        and minute >= case.now + rules.notice_minutes * MINUTE
        and all(minute + n * MINUTE in worked for n in range(rules.duration_minutes))
        and not any(
            minute + n * MINUTE in taken
            for n in range(-rules.buffer_before_minutes, rules.duration_minutes + rules.buffer_after_minutes)
        )
    ]


def fast_slots(case: Case) -> list[Slot]:
    return free_slots(case.days, case.timetable, case.busy, case.settings, now=case.now, full=case.full)


wall_times = st.one_of(
    st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5)),
    st.sampled_from([time(0), time(0, 1), time(1), time(1, 30), time(2), time(2, 15), time(3), time(23), time(23, 59)]),
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[time, time]:
    start, end = sorted((draw(wall_times), draw(wall_times)))
    return (start, time(0)) if start == end or draw(st.integers(0, 4)) == 0 else (start, end)


def dated_rules(days: list[date]) -> st.SearchStrategy[DatedRule]:
    return st.builds(
        lambda kind, day, span: DatedRule(kind, day, *span),
        st.sampled_from(DatedKind),
        st.sampled_from(days),
        st.one_of(st.just((None, None)), spans()),
    )


def leaves(days: list[date]) -> st.SearchStrategy[Leave]:
    return st.builds(
        lambda first, length: Leave(first, first + timedelta(days=length)),
        st.sampled_from([days[0] - timedelta(days=5), *days]),
        st.sampled_from([0, 0, 1, 4]),
    )


def busy_times(midnight: datetime) -> st.SearchStrategy[Busy]:
    """Appointments, holds and what is elsewhere, with the way that the two clinics say it is."""
    return st.builds(
        lambda start, length, kind, way: Busy(
            midnight + start * MINUTE,
            midnight + (start + length) * MINUTE,
            kind,
            travel_time(*way) if kind is BusyKind.ELSEWHERE else timedelta(),
        ),
        st.integers(-600, 3600),
        st.integers(1, 400),
        st.sampled_from(BusyKind),
        st.tuples(st.sampled_from([0, 20, 45]), st.sampled_from([0, 30, 240])),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, awkward_day = draw(st.sampled_from(AWKWARD_DAYS))
    first_day = awkward_day - timedelta(days=draw(st.integers(0, 1)))
    days = [first_day, first_day + timedelta(days=1)]
    midnight = datetime.combine(first_day, time(), UTC)
    weekday = st.sampled_from([day.weekday() for day in [*days, days[1] + timedelta(days=1)]])
    weekly = draw(st.lists(st.builds(lambda day, span: WeeklyRule(day, *span), weekday, spans()), max_size=4))
    holidays = draw(st.sets(st.sampled_from(days), max_size=1))
    return Case(
        first_day=first_day,
        days=draw(st.sampled_from([days, days[:1], days[1:]])),
        timetable=Timetable(
            zone,
            weekly,
            draw(st.lists(dated_rules(days), max_size=3)),
            dict.fromkeys(holidays, "Holiday"),
            draw(st.lists(leaves(days), max_size=1)),
        ),
        busy=draw(st.lists(busy_times(midnight), max_size=6)),
        settings=SlotSettings(
            grid_minutes=draw(st.sampled_from([5, 7, 15, 20, 30, 45, 60])),
            duration_minutes=draw(st.sampled_from([5, 15, 20, 45, 90, 200])),
            buffer_before_minutes=draw(st.sampled_from([0, 0, 5, 30])),
            buffer_after_minutes=draw(st.sampled_from([0, 0, 10, 25])),
            notice_minutes=draw(st.sampled_from([0, 60, 720])),
            horizon_days=draw(st.sampled_from([0, 1, 2, 90])),
        ),
        now=midnight + draw(st.integers(-2 * 24 * 60, 24 * 60)) * MINUTE,
        booked=draw(st.lists(st.integers(-600, 3600).map(lambda n: midnight + n * MINUTE), max_size=4)),
        maximum=draw(st.sampled_from([None, None, 1, 2])),
    )


@settings(max_examples=80)
@given(cases())
def test_working_time_is_every_minute_at_which_the_wall_shows_worked_time(case: Case) -> None:
    expected = [minute for minute, wall in worked_walls(case).items() if wall.date() in case.days]
    intervals = sorted(interval for day in case.days for interval in open_intervals(day, case.timetable))
    assert [start + n * MINUTE for start, end in intervals for n in range((end - start) // MINUTE)] == expected


@settings(max_examples=120)
@given(cases())
def test_free_slots_are_those_of_the_slow_model(case: Case) -> None:
    assert fast_slots(case) == slow_slots(case)


@settings(max_examples=150)
@given(cases())
def test_a_slot_is_bookable_where_it_is_offered_and_taken_where_it_is_not(case: Case) -> None:
    offered = fast_slots(case)
    for slot in free_slots(case.days, case.timetable, [], case.settings, now=case.now)[:20]:
        expected = nullcontext() if slot in offered else pytest.raises((SlotTaken, DailyMaximumReached))
        with expected:
            ensure_bookable(
                slot.start,
                case.timetable,
                case.busy,
                case.settings,
                now=case.now,
                full=case.full,
            )


@settings(max_examples=120)
@given(cases(), st.lists(st.integers(-600, 3600), max_size=12))
def test_an_explanation_says_offered_exactly_where_a_slot_is(case: Case, minutes: list[int]) -> None:
    zone = ZoneInfo(case.timetable.zone)
    offered = {slot.start for slot in fast_slots(case)}
    midnight = datetime.combine(case.first_day, time(), UTC)
    worked = [slot.start for slot in slots_of_work(case.days, case.timetable, case.settings)]
    moments = [*worked[:40], *[start + MINUTE for start in worked[:5]], *[midnight + n * MINUTE for n in minutes]]
    for moment in moments:
        why = explain(moment, case.timetable, case.busy, case.settings, now=case.now, full=case.full)
        if moment.astimezone(zone).date() in case.days:
            assert why.offered == (moment in offered), (moment, why)
        assert why.template % why.params
        bookable = why.because in {Because.OFFERED, Because.OFF_GRID}
        with nullcontext() if bookable else pytest.raises(Refusal):
            ensure_bookable(moment, case.timetable, case.busy, case.settings, now=case.now, full=case.full)


@settings(max_examples=150)
@given(cases())
def test_no_slot_is_for_being_booked_up_exactly_where_an_idle_doctor_would_have_one(case: Case) -> None:
    idle = free_slots(case.days, case.timetable, [], case.settings, now=case.now)
    reason = reason_for_none(case.days, case.timetable, case.settings, now=case.now)
    assert (reason is NoSlots.FULLY_BOOKED) == bool(idle)
