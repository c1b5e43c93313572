"""The one place that reads the wall clock, and the clinic's view of a day."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _frozen or datetime.now(UTC)


def by_the_computer() -> float:
    """Seconds since 1970 by the computer's clock, frozen or not: cookies and tokens run out by it."""
    return time.time()


@contextmanager
def freeze(moment: datetime) -> Iterator[None]:
    """Let `now()` answer `moment` (aware) in this process: for tests and the demo."""
    global _frozen  # noqa: PLW0603 - the clock is one per process by nature
    before, _frozen = _frozen, moment.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before


def clinic_day(moment: datetime, zone: str) -> date:
    """The date on the clinic's wall at `moment` (aware); `zone` is an IANA name."""
    return moment.astimezone(ZoneInfo(zone)).date()


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """The clinic's `day` as [start, end) in UTC; 23 or 25 hours on the days the clocks change."""
    tz = ZoneInfo(zone)
    start = datetime(day.year, day.month, day.day, tzinfo=tz)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=tz)
    return start.astimezone(UTC), end.astimezone(UTC)
