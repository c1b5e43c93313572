"""Set arithmetic on intervals, against sets of points."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.intervals import merged, without

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def points(intervals: list[tuple[int, int]]) -> set[int]:
    return {point for start, end in intervals for point in range(start, end)}


@given(spans)
def test_merging_keeps_the_points_and_leaves_a_gap_between_intervals(intervals: list[tuple[int, int]]) -> None:
    union = merged(intervals)
    assert points(union) == points(intervals)
    assert all(start < end for start, end in union)
    assert all(before[1] < after[0] for before, after in pairwise(union))


@given(spans, spans)
def test_taking_away_leaves_the_points_that_are_not_taken(
    intervals: list[tuple[int, int]], removed: list[tuple[int, int]]
) -> None:
    assert points(without(intervals, removed)) == points(intervals) - points(removed)


def test_intervals_that_touch_become_one() -> None:
    assert merged([(5, 9), (1, 5)]) == [(1, 9)]
