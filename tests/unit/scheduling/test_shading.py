"""What a calendar shades, and why: pure arithmetic on the minutes of a wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.shading import DAY, Shade, Why, hours_shown, minutes_of, shades_of_day

NINE, NOON, FIVE = 9 * 60, 12 * 60, 17 * 60
MINUTES = st.integers(0, DAY)
STRETCHES = st.tuples(MINUTES, MINUTES).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(tuple)


def test_what_is_not_open_is_outside_working_hours() -> None:
    assert shades_of_day([(NINE, NOON), (NOON + 60, FIVE)], []) == [
        Shade(0, NINE, Why.OUTSIDE),
        Shade(NOON, NOON + 60, Why.OUTSIDE),
        Shade(FIVE, DAY, Why.OUTSIDE),
    ]


def test_a_reason_explains_the_part_that_it_names() -> None:
    closed = Shade(NOON, FIVE, Why.CLOSED, "Training")
    assert shades_of_day([(NINE, NOON)], [closed]) == [
        Shade(0, NINE, Why.OUTSIDE),
        closed,
        Shade(FIVE, DAY, Why.OUTSIDE),
    ]


def test_a_reason_says_nothing_about_what_is_open_all_the_same() -> None:
    closed = Shade(NINE, NOON, Why.CLOSED)
    assert Why.CLOSED not in {shade.why for shade in shades_of_day([(NINE, FIVE)], [closed])}


def test_the_first_reason_counts() -> None:
    holiday, closed = Shade(0, DAY, Why.HOLIDAY, "New Year"), Shade(NINE, NOON, Why.CLOSED)
    assert shades_of_day([], [holiday, closed]) == [holiday]


def test_what_is_busy_is_shaded_where_it_is_open() -> None:
    busy = Shade(8 * 60, 10 * 60, Why.ELSEWHERE)
    assert Shade(NINE, 10 * 60, Why.ELSEWHERE) in shades_of_day([(NINE, FIVE)], [], [busy])


@given(st.lists(STRETCHES, max_size=4), st.lists(STRETCHES, max_size=4))
def test_every_minute_is_either_open_or_shaded_once(
    open_: list[tuple[int, int]], closed: list[tuple[int, int]]
) -> None:
    shades = shades_of_day(open_, [Shade(*span, Why.CLOSED) for span in closed])
    shaded = [minute for shade in shades for minute in range(shade.start, shade.end)]
    free = {minute for start, end in open_ for minute in range(start, end)}
    assert len(shaded) == len(set(shaded))
    assert set(shaded) == set(range(DAY)) - free


def test_minutes_are_those_of_the_clinics_wall() -> None:
    start = datetime(2025, 3, 3, 8, tzinfo=UTC)
    assert minutes_of(start, start + timedelta(hours=1), date(2025, 3, 3), "Europe/Berlin") == (NINE, 10 * 60)
    assert minutes_of(start, start + timedelta(hours=1), date(2025, 3, 4), "Europe/Berlin") is None


def test_what_runs_over_midnight_is_shown_on_both_days() -> None:
    start = datetime(2025, 3, 3, 22, tzinfo=UTC)  # 23 o'clock in Berlin
    span = (start, start + timedelta(hours=2))
    assert minutes_of(*span, date(2025, 3, 3), "Europe/Berlin") == (23 * 60, DAY)
    assert minutes_of(*span, date(2025, 3, 4), "Europe/Berlin") == (0, 60)


def test_on_the_days_when_the_clocks_change_the_wall_counts() -> None:
    gap, fold = date(2025, 3, 30), date(2025, 10, 26)
    over_gap = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)  # 01:30, and an hour later it is 03:30
    assert minutes_of(over_gap, over_gap + timedelta(hours=1), gap, "Europe/Berlin") == (90, 210)
    over_fold = datetime(2025, 10, 26, 0, 45, tzinfo=UTC)  # 02:45, and half an hour later it is 02:15
    assert minutes_of(over_fold, over_fold + timedelta(minutes=30), fold, "Europe/Berlin") == (165, 195)


def test_the_hours_shown_are_whole_ones_around_all_there_is() -> None:
    assert hours_shown([(NINE + 30, NOON), (NOON, FIVE + 1)]) == (9, 18)
    assert hours_shown([]) == (8, 18)
    assert hours_shown([(0, DAY)]) == (0, 24)
