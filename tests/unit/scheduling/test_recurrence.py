"""The times that a rule of repetition names, on the clinic's wall."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.scheduling.errors import NeverOccurs, RuleNotUnderstood, RuleWithoutEnd, TooManyOccurrences
from app.scheduling.recurrence import MOST, occurrences, rule_text

BERLIN = "Europe/Berlin"
TUESDAY = datetime(2025, 3, 4, 9, tzinfo=UTC)  # 10:00 in Berlin


def walls(rule: str, starts_at: datetime = TUESDAY, zone: str = BERLIN) -> list[str]:
    return [f"{one.wall:%m-%d %H:%M}" for one in occurrences(rule, starts_at, zone)]


def test_every_second_week_keeps_the_time_of_day_when_the_clocks_change() -> None:
    found = occurrences("FREQ=WEEKLY;INTERVAL=2;COUNT=6", TUESDAY, BERLIN)
    assert [f"{one.wall:%m-%d %H:%M}" for one in found] == [
        "03-04 10:00", "03-18 10:00", "04-01 10:00", "04-15 10:00", "04-29 10:00", "05-13 10:00",
    ]  # fmt: skip
    assert [one.starts_at.hour for one in found if one.starts_at] == [9, 9, 8, 8, 8, 8]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", ["03-04", "03-14", "03-24"]),
        ("RRULE:FREQ=WEEKLY;COUNT=2", ["03-04", "03-11"]),
        ("freq=weekly;byday=tu,th;count=4", ["03-04", "03-06", "03-11", "03-13"]),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=2", ["03-10", "03-17"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=3", ["03-04", "03-16", "03-18"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO;COUNT=3", ["03-04", "03-09", "03-18"]),
        ("FREQ=WEEKLY;UNTIL=20250318", ["03-04", "03-11", "03-18"]),
        ("FREQ=WEEKLY;UNTIL=20250318T095959", ["03-04", "03-11"]),
        ("FREQ=WEEKLY;UNTIL=20250318T090000Z", ["03-04", "03-11", "03-18"]),
        ("FREQ=WEEKLY;UNTIL=20250318T085959Z", ["03-04", "03-11"]),
        ("FREQ=MONTHLY;COUNT=3", ["03-04", "04-04", "05-04"]),
        ("FREQ=MONTHLY;BYDAY=1TU,-1FR;COUNT=4", ["03-04", "03-28", "04-01", "04-25"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["03-31", "04-30"]),
    ],
)
def test_a_rule_names_its_days(rule: str, days: list[str]) -> None:
    assert walls(rule) == [f"{day} 10:00" for day in days]


def test_a_month_without_such_a_day_is_left_out() -> None:
    assert walls("FREQ=MONTHLY;COUNT=3", datetime(2025, 1, 31, 9, tzinfo=UTC)) == [
        "01-31 10:00", "03-31 10:00", "05-31 10:00",
    ]  # fmt: skip


def test_a_time_that_the_clocks_skip_has_no_instant() -> None:
    found = occurrences("FREQ=DAILY;COUNT=3", datetime(2025, 3, 29, 1, 30, tzinfo=UTC), BERLIN)
    assert [one.starts_at for one in found] == [
        datetime(2025, 3, 29, 1, 30, tzinfo=UTC), None, datetime(2025, 3, 31, 0, 30, tzinfo=UTC),
    ]  # fmt: skip


def test_of_a_time_that_comes_twice_the_first_is_meant_but_the_beginning_stays_where_it_is() -> None:
    assert occurrences("FREQ=DAILY;COUNT=2", datetime(2025, 10, 25, 0, 30, tzinfo=UTC), BERLIN)[
        1
    ].starts_at == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    second = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    assert occurrences("FREQ=DAILY;COUNT=1", second, BERLIN)[0].starts_at == second


@pytest.mark.parametrize(
    ("rule", "refusal"),
    [
        ("", RuleNotUnderstood),
        ("every week", RuleNotUnderstood),
        ("FREQ=HOURLY;COUNT=2", RuleNotUnderstood),
        ("FREQ=YEARLY;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;FREQ=DAILY;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;BYHOUR=9;COUNT=2", RuleNotUnderstood),
        ("FREQ=DAILY;BYDAY=MO;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;BYDAY=2MO;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", RuleNotUnderstood),
        ("FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=3;COUNT=2", RuleNotUnderstood),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;INTERVAL=100;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;COUNT=0", RuleNotUnderstood),
        ("FREQ=WEEKLY;COUNT=-1", RuleNotUnderstood),
        ("FREQ=WEEKLY;COUNT=", RuleNotUnderstood),
        ("FREQ=WEEKLY;UNTIL=20251340", RuleNotUnderstood),
        ("FREQ=WEEKLY;UNTIL=tomorrow", RuleNotUnderstood),
        ("FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=DAILY;COUNT=2", RuleNotUnderstood),
        ("FREQ=WEEKLY;COUNT=2;" + "X" * 200, RuleNotUnderstood),
        ("FREQ=WEEKLY", RuleWithoutEnd),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20250401", RuleWithoutEnd),
        ("FREQ=WEEKLY;COUNT=53", TooManyOccurrences),
        ("FREQ=DAILY;UNTIL=20990101", TooManyOccurrences),
        ("FREQ=WEEKLY;UNTIL=20250303", NeverOccurs),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;COUNT=2", None),
    ],
)
def test_what_a_rule_may_not_be(rule: str, refusal: type[Invalid] | None) -> None:
    if refusal is None:
        assert len(occurrences(rule, TUESDAY, BERLIN)) == 2
        return
    with pytest.raises(refusal) as refused:
        occurrences(rule, TUESDAY, BERLIN)
    assert refused.value.field == "rule"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("starts_at", [datetime.max.replace(tzinfo=UTC), datetime(9999, 12, 31, 12, tzinfo=UTC)])
def test_the_end_of_all_days_is_no_error(starts_at: datetime, zone: str) -> None:
    with suppress(NeverOccurs):
        assert len(occurrences("FREQ=DAILY;COUNT=5", starts_at, zone)) < 5


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    starts_at=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 99),
    weekdays=st.sets(st.integers(0, 6)),
    times=st.integers(1, MOST),
)
def test_each_time_of_any_rule_shows_the_same_time_of_day(
    zone: str, starts_at: datetime, frequency: str, interval: int, weekdays: set[int], times: int
) -> None:
    starts_at = starts_at.replace(second=0, microsecond=0)
    rule = rule_text(frequency, interval, weekdays=weekdays, times=times)
    found = occurrences(rule, starts_at, zone)
    wall = starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert len(found) == times
    assert [one.wall for one in found] == sorted({one.wall for one in found})
    for one in found:
        assert one.wall.time() == wall.time()
        if one.starts_at is not None:
            assert one.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == one.wall
    if frequency == "WEEKLY" and weekdays:
        assert {one.wall.weekday() for one in found} <= weekdays
    if frequency == "DAILY":
        steps = {later.wall - sooner.wall for sooner, later in pairwise(found)}
        assert steps <= {timedelta(days=interval)}


def test_the_form_writes_rules_as_the_standard_has_them() -> None:
    assert rule_text("WEEKLY", 2, weekdays=[3, 1], times=6) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=6"
    assert rule_text("MONTHLY", 1, weekdays=[3], until=date(2025, 6, 1)) == "FREQ=MONTHLY;INTERVAL=1;UNTIL=20250601"
