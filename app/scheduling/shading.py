"""When a doctor cannot be booked on a day, and why: the parts of a calendar that are shaded.

Minutes are counted on the clinic's wall from midnight, 0 to 1440.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from app.kernel.clock import day_bounds
from app.scheduling.intervals import without

DAY: Final = 24 * 60
Stretch = tuple[int, int]


class Why(StrEnum):
    """Why nobody is booked there. CLOSED and HOLIDAY have words of their own, ELSEWHERE never says where."""

    OUTSIDE = "outside"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    LEAVE = "leave"
    ELSEWHERE = "elsewhere"
    HELD = "held"


class Shade(NamedTuple):
    """From minute `start` to minute `end`, because of `why`; `words` are what somebody has entered about it."""

    start: int
    end: int
    why: Why
    words: str | None = None


def shades_of_day(open_: Sequence[Stretch], reasons: Iterable[Shade], busy: Iterable[Shade] = ()) -> list[Shade]:
    """The day without its `open_` minutes, each under the first of the `reasons` that names it, the rest OUTSIDE.

    Of what is open, what is `busy` is shaded too. In order of time.
    """
    found: list[Shade] = []
    unexplained = without([(0, DAY)], open_)
    for reason in reasons:
        found += _under(reason, unexplained)
        unexplained = without(unexplained, [(reason.start, reason.end)])
    found += [Shade(start, end, Why.OUTSIDE) for start, end in unexplained]
    for taken in busy:
        found += _under(taken, open_)
    return sorted(found)


def _under(shade: Shade, stretches: Iterable[Stretch]) -> list[Shade]:
    """The parts of a shade that lie in the stretches."""
    cuts = ((max(start, shade.start), min(end, shade.end)) for start, end in stretches)
    return [shade._replace(start=start, end=end) for start, end in cuts if start < end]


def minutes_of(start: datetime, end: datetime, day: date, zone: str) -> Stretch | None:
    """What the clinic's wall shows of [start, end) (aware) on its `day`; None where it shows nothing.

    Where the clocks go back in between, it is as long as it lasts.
    """
    first, last = day_bounds(day, zone)
    start, end = max(start, first), min(end, last)
    if start >= end:
        return None
    shown = _minute(start, zone)
    until = DAY if end == last else _minute(end, zone)
    if until <= shown:
        until = min(DAY, shown + (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(minutes=1))
    return shown, until


def _minute(moment: datetime, zone: str) -> int:
    wall = moment.astimezone(ZoneInfo(zone))
    return wall.hour * 60 + wall.minute


def hours_shown(stretches: Iterable[Stretch], *, otherwise: Stretch = (8, 18)) -> Stretch:
    """The full hours that a calendar must show for these minutes of its days; without any `otherwise`."""
    found = list(stretches)
    if not found:
        return otherwise
    return min(start for start, _ in found) // 60, -(-max(end for _, end in found) // 60)
