"""Set arithmetic on half-open intervals [start, end) of anything that can be ordered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

Point = TypeVar("Point", int, datetime)


def merged(intervals: Iterable[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """The same points as sorted intervals that neither overlap nor touch; those of no length disappear."""
    union: list[tuple[Point, Point]] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def without(
    intervals: Iterable[tuple[Point, Point]], removed: Iterable[tuple[Point, Point]]
) -> list[tuple[Point, Point]]:
    """The points of `intervals` that are in none of `removed`."""
    remaining = merged(intervals)
    for cut_start, cut_end in merged(removed):
        pieces = [
            piece
            for start, end in remaining
            for piece in ((start, min(end, cut_start)), (max(start, cut_end), end))
            if piece[0] < piece[1]
        ]
        remaining = pieces
    return remaining
