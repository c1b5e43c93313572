"""A diary answers for any of its days as the rules do for that day alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.scheduling.availability import Timetable, WeeklyRule
from app.scheduling.diary import Diary
from app.scheduling.errors import SlotTaken, TooFar
from app.scheduling.offers import Offer
from app.scheduling.rules import ensure_bookable
from app.scheduling.slots import Busy, SlotSettings, free_slots
from app.scheduling.states import BusyKind

NOW = datetime(2025, 3, 3, tzinfo=UTC)  # a Monday
ALWAYS = Timetable("UTC", [WeeklyRule(day, time(0), time(0)) for day in range(7)])
OFFICE = Timetable("UTC", [WeeklyRule(day, time(9), time(11)) for day in range(5)])
MINUTE = timedelta(minutes=1)


def diary_of(timetable: Timetable = OFFICE, busy: list[Busy] | None = None, **settings: int) -> Diary:
    slots = SlotSettings(**{"grid_minutes": 60, "duration_minutes": 60} | settings)
    nobody = cast("Any", None)
    return Diary(Offer(nobody, nobody, 1, slots), timetable, busy or [], frozenset({date(2025, 3, 6)}), NOW)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


@st.composite
def busy_times(draw: st.DrawFn) -> list[Busy]:
    """One after the other, as a doctor's are, some elsewhere; at most a day long."""
    spans = st.tuples(st.integers(0, 3000), st.integers(1, 1600), st.sampled_from([0, 90, 240]))
    found, end = [], NOW - timedelta(days=2)
    for gap, length, way in draw(st.lists(spans, max_size=30)):
        start, end = end + gap * MINUTE, end + (gap + length) * MINUTE
        found.append(Busy(start, end, BusyKind.ELSEWHERE if way else BusyKind.APPOINTMENT, way * MINUTE))
    return found


@given(busy_times(), st.integers(0, 40 * 24 * 60), st.sampled_from([10, 600, 1440]), st.sampled_from([0, 240]))
def test_what_is_far_away_makes_no_difference(busy: list[Busy], minutes: int, duration: int, buffer: int) -> None:
    diary = diary_of(ALWAYS, busy, duration_minutes=duration, buffer_before_minutes=buffer, buffer_after_minutes=buffer)
    starts_at, settings = NOW + minutes * MINUTE, diary.offer.slots

    def refused(ensure: Any, *args: Any, **values: Any) -> str | None:
        try:
            ensure(starts_at, *args, **values)
        except Refusal as refusal:
            return refusal.code
        return None

    expected = refused(ensure_bookable, ALWAYS, busy, settings, now=NOW, full=diary.full)
    assert refused(diary.ensure_bookable) == expected
    fortnight = [starts_at.date() + timedelta(days=n) for n in range(14)]
    free = free_slots(fortnight, ALWAYS, busy, settings, now=NOW, full=diary.full)
    assert diary.next_free(starts_at) == [slot for slot in free if slot.start >= starts_at][:5]


def test_what_was_taken_is_gone() -> None:
    diary = diary_of(busy=[Busy(at(5, 9), at(5, 10))])
    diary.take(at(4, 9))
    for day in (4, 5):
        with pytest.raises(SlotTaken):
            diary.ensure_bookable(at(day, 9, 30))
    assert [slot.start for slot in diary.next_free(at(4, 9))] == [at(4, 10), at(5, 10), at(7, 9), at(7, 10), at(10, 9)]


def test_what_is_out_of_reach_is_refused_whatever_was_loaded() -> None:
    with pytest.raises(TooFar):
        diary_of().ensure_bookable(datetime.max.replace(tzinfo=UTC))
