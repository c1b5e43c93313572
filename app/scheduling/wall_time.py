"""How a clinic's wall clock maps to instants, on the days its clocks change too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.scheduling.intervals import merged

# No zone, historical local mean times included, is 16 hours or more away from UTC.
_FARTHEST = timedelta(hours=16)
_PROBE = timedelta(hours=4)


class OffsetSpan(NamedTuple):
    """From `start` to `end` (UTC) the wall clock is `offset` ahead of UTC."""

    start: datetime
    end: datetime
    offset: timedelta


@lru_cache(maxsize=4096)
def offset_spans(day: date, zone: str) -> tuple[OffsetSpan, ...]:
    """The stretches of constant offset around `day`, in order; they cover every instant that may fall on it."""
    midnight = datetime.combine(day, time(), UTC)
    spans: list[OffsetSpan] = []
    start = probe = midnight - _FARTHEST
    last = midnight + timedelta(days=1) + _FARTHEST
    while probe < last:
        following = probe + _PROBE
        if _offset_at(probe, zone) != _offset_at(following, zone):
            change = _change_between(probe, following, zone)
            spans.append(OffsetSpan(start, change, _offset_at(probe, zone)))
            start = change
        probe = following
    return (*spans, OffsetSpan(start, probe, _offset_at(probe, zone)))


def instants(day: date, zone: str, walls: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    """Every UTC instant at which the clinic's wall clock shows `day` and one of `walls`, as merged intervals.

    `walls` are [start, end) in seconds since the wall's midnight, at most 86400. Wall time that the clocks skip has no
    instant, so an interval that begins in it begins at the first instant after it; wall time that comes twice counts
    both times.
    """
    midnight = datetime.combine(day, time(), UTC)
    return merged(
        (
            max(midnight + timedelta(seconds=start) - span.offset, span.start),
            min(midnight + timedelta(seconds=end) - span.offset, span.end),
        )
        for start, end in walls
        for span in offset_spans(day, zone)
    )


def _offset_at(instant: datetime, zone: str) -> timedelta:
    return instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _change_between(before: datetime, after: datetime, zone: str) -> datetime:
    """The first whole second after `before` that has the offset of `after`."""
    offset = _offset_at(after, zone)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(before + timedelta(seconds=middle), zone) == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)
