"""When an appointment repeats: the part of RFC 5545's recurrence rules that a clinic needs, in clinic wall time.

Each day, week or month, every so many, on certain weekdays or days of the month, a number of times or until a day. What
is left out names hours, seldom comes to an end, or to nothing (section 3.3.10: BYHOUR, BYSETPOS, BYMONTH, FREQ=YEARLY).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil import rrule

from app.scheduling.errors import NeverOccurs, RuleNotUnderstood, RuleWithoutEnd, TooManyOccurrences

MOST: Final = 52
LONGEST_RULE: Final = 200
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES: Final = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_ORDINAL_DAY: Final = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL: Final = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_KNOWN: Final = {
    "DAILY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"},
    "WEEKLY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"},
    "MONTHLY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY"},
}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: what the clinic's wall shows, and the instant (UTC); None where the clocks skip it."""

    wall: datetime
    starts_at: datetime | None


def occurrences(rule: str, starts_at: datetime, zone: str) -> list[Occurrence]:
    """The times that a rule ("FREQ=WEEKLY;INTERVAL=2;COUNT=6") names from `starts_at` (aware) on, in order.

    All at the time of day that the wall of the clinic in `zone` shows at `starts_at`, whatever its clocks do meanwhile;
    of a time that comes twice the first. `starts_at` is one of them where the rule names its day.
    Refuses: RuleNotUnderstood, RuleWithoutEnd, TooManyOccurrences, NeverOccurs.
    """
    try:
        first = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        repeated = rrule.rrule(dtstart=first, **_arguments(rule, zone))
        walls = list(islice(repeated, MOST + 1))
        found = [Occurrence(wall, starts_at if wall == first else _instant(wall, zone)) for wall in walls]
    except OverflowError:  # at the end of all days that a date can name
        raise NeverOccurs(field="rule") from None
    if len(found) > MOST:
        raise TooManyOccurrences(field="rule", most=MOST)
    if not found:
        raise NeverOccurs(field="rule")
    return found


def rule_text(
    frequency: str,
    interval: int,
    *,
    weekdays: Collection[int] = (),
    times: int | None = None,
    until: date | None = None,
) -> str:
    """The rule as RFC 5545 writes it; `frequency` is DAILY, WEEKLY or MONTHLY, weekdays count from Monday (0)."""
    parts = [f"FREQ={frequency}", f"INTERVAL={interval}"]
    if weekdays and frequency == "WEEKLY":
        parts.append("BYDAY=" + ",".join(_WEEKDAYS[day] for day in sorted(weekdays)))
    if times is not None:
        parts.append(f"COUNT={times}")
    if until is not None:
        parts.append(f"UNTIL={until:%Y%m%d}")
    return ";".join(parts)


def _arguments(rule: str, zone: str) -> dict[str, Any]:
    """What dateutil's rrule takes."""
    parts = _parts(rule)
    frequency = parts.get("FREQ", "")
    if not parts.keys() <= _KNOWN.get(frequency, set()) or {"BYDAY", "BYMONTHDAY"} <= parts.keys():
        raise RuleNotUnderstood(field="rule")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise RuleWithoutEnd(field="rule")
    arguments: dict[str, Any] = {"freq": _FREQUENCIES[frequency], "interval": _number(parts.get("INTERVAL", "1"), 99)}
    if "COUNT" in parts:
        arguments["count"] = _number(parts["COUNT"], 99_999)
    if "UNTIL" in parts:
        arguments["until"] = _until(parts["UNTIL"], zone)
    if "BYDAY" in parts:
        arguments["byweekday"] = [_weekday(text, frequency) for text in parts["BYDAY"].split(",")]
    if "BYMONTHDAY" in parts:
        arguments["bymonthday"] = [_month_day(text) for text in parts["BYMONTHDAY"].split(",")]
    if "WKST" in parts:
        arguments["wkst"] = _weekday(parts["WKST"], "WEEKLY").weekday
    return arguments


def _parts(rule: str) -> Mapping[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = [part.partition("=") for part in text.split(";")]
    parts = {name: value for name, _, value in pairs}
    if len(text) > LONGEST_RULE or len(parts) != len(pairs) or not all(parts.values()):
        raise RuleNotUnderstood(field="rule")
    return parts


def _number(text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= most:
        raise RuleNotUnderstood(field="rule")
    return int(text)


def _weekday(text: str, frequency: str) -> Any:
    match = _ORDINAL_DAY.fullmatch(text)
    if match is None or (match[1] and frequency != "MONTHLY"):
        raise RuleNotUnderstood(field="rule")
    weekday = rrule.weekday(_WEEKDAYS.index(match[2]))
    return weekday(int(match[1])) if match[1] else weekday


def _month_day(text: str) -> int:
    day = _number(text.removeprefix("-"), 31)
    return -day if text.startswith("-") else day


def _until(text: str, zone: str) -> datetime:
    """The last moment on the clinic's wall; a day without a time is meant to its end."""
    if not _UNTIL.fullmatch(text):
        raise RuleNotUnderstood(field="rule")
    try:
        if "T" not in text:
            return datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time.max)  # noqa: DTZ007 - wall time
        wall = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - see above
    except ValueError:
        raise RuleNotUnderstood(field="rule") from None
    return wall.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) if text.endswith("Z") else wall


def _instant(wall: datetime, zone: str) -> datetime | None:
    moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return moment if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall else None
