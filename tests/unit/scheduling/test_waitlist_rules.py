"""Who of the waiting list is offered a freed time: by example, and against a slow reading of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.slots import Slot
from app.scheduling.states import Urgency
from app.scheduling.waitlist_errors import DaysBackwards, TimesBackwards
from app.scheduling.waitlist_rules import (
    SHORTEST_OFFER,
    Gap,
    Wish,
    answer_until,
    best_match,
    ensure_wishes_make_sense,
    first_to_offer,
    suits,
)

BERLIN = "Europe/Berlin"
MONDAY = date(2025, 3, 3)
DOCTOR, OTHER = 7, 8
SERVICE, LONG = 1, 2


def at(hour: int, minute: int = 0, *, day: int = 3) -> datetime:
    """A wall time in Berlin in March 2025, before the clocks change."""
    return datetime(2025, 3, day, hour, minute, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def slot(hour: int, minute: int = 0, *, minutes: int = 30, day: int = 3) -> Slot:
    start = at(hour, minute, day=day)
    return Slot(start, start + timedelta(minutes=minutes))


def wish(entry_id: int = 1, **values: Any) -> Wish:
    defaults = {"service_id": SERVICE, "urgency": Urgency.ROUTINE, "since": date(2025, 2, 3)}
    return Wish(entry_id=entry_id, patient_id=entry_id, **defaults | values)


GAP = Gap(DOCTOR, at(10), at(11))
FREE = {SERVICE: [slot(9, 30), slot(10), slot(10, 30), slot(11)], LONG: [slot(10, minutes=60)]}


def first(*wishes: Wish, slots: dict[int, Sequence[Slot]] | None = None, gap: Gap = GAP) -> tuple[int, datetime] | None:
    found = best_match(wishes, slots or FREE, gap, zone=BERLIN)
    return (found.wish.entry_id, found.slot.start) if found else None


# -- what suits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"from_day": MONDAY, "to_day": MONDAY},
        {"weekdays": (0,)},
        {"from_time": time(10), "to_time": time(10, 30)},
        {"before": at(10, 1)},
        {"not_these": (slot(9, 30), slot(10, 30))},
    ],
)
def test_a_time_within_all_wishes_suits(wishes: dict[str, Any]) -> None:
    assert suits(wish(**wishes), slot(10), zone=BERLIN)


@pytest.mark.parametrize(
    "wishes",
    [
        {"from_day": date(2025, 3, 4)},
        {"to_day": date(2025, 3, 2)},
        {"weekdays": (1, 2)},
        {"from_time": time(10, 1)},
        {"to_time": time(10, 29)},
        {"before": at(10)},
        {"not_these": (slot(10),)},
        {"not_these": (slot(9, 45),)},
    ],
)
def test_a_time_against_one_wish_does_not_suit(wishes: dict[str, Any]) -> None:
    assert not suits(wish(**wishes), slot(10), zone=BERLIN)


def test_wishes_are_on_the_wall_of_the_clinic() -> None:
    late = Slot(datetime(2025, 3, 3, 23, 30, tzinfo=UTC), datetime(2025, 3, 4, tzinfo=UTC))
    assert suits(wish(from_day=date(2025, 3, 4), weekdays=(1,), to_time=time(1)), late, zone=BERLIN)
    assert suits(wish(to_day=MONDAY, from_time=time(18)), late, zone="America/New_York")


def test_a_time_that_runs_over_midnight_has_no_latest_end_that_day() -> None:
    assert not suits(wish(to_time=time(23, 59)), slot(23, 45), zone=BERLIN)
    assert suits(wish(from_time=time(23)), slot(23, 45), zone=BERLIN)


# -- who comes first -------------------------------------------------------------------------------------------------


def test_the_more_urgent_comes_first_however_long_others_wait() -> None:
    assert first(wish(1), wish(2, urgency=Urgency.SOON, since=MONDAY)) == (2, at(10))
    assert first(wish(2, urgency=Urgency.SOON), wish(3, urgency=Urgency.URGENT, since=MONDAY)) == (3, at(10))


def test_of_the_same_urgency_who_waits_since_the_earlier_day() -> None:
    assert first(wish(1, since=date(2025, 2, 4)), wish(2, since=date(2025, 2, 3))) == (2, at(10))


def test_of_the_same_day_who_asked_for_this_doctor_then_who_fills_more_of_the_time() -> None:
    assert first(wish(1, service_id=LONG), wish(2, doctor_id=DOCTOR)) == (2, at(10))
    assert first(wish(1), wish(2, service_id=LONG)) == (2, at(10))
    assert first(wish(2), wish(1)) == (1, at(10))


def test_whoever_wants_another_doctor_is_not_asked() -> None:
    assert first(wish(1, doctor_id=OTHER)) is None
    assert first(wish(1, doctor_id=OTHER), wish(2)) == (2, at(10))


def test_only_times_that_take_something_of_the_gap_are_offered() -> None:
    assert first(wish(), slots={SERVICE: [slot(9, 30), slot(11)]}) is None
    assert first(wish(), slots={LONG: [slot(10)]}) is None


def test_the_time_that_fills_most_of_the_gap_is_offered_of_those_the_earliest() -> None:
    assert first(wish(), slots={SERVICE: [slot(9, 45), slot(10), slot(10, 15)]}) == (1, at(10))
    assert first(wish(not_these=(slot(10),))) == (1, at(10, 30))


def test_nobody_waits_for_it() -> None:
    assert first() is None
    assert best_match([wish()], {}, GAP, zone=BERLIN) is None


# -- against a slow reading ------------------------------------------------------------------------------------------

wishes_of_any_kind = st.builds(
    Wish,
    entry_id=st.integers(1, 50),
    patient_id=st.integers(1, 50),
    service_id=st.sampled_from([SERVICE, LONG]),
    urgency=st.sampled_from(list(Urgency)),
    since=st.dates(date(2025, 2, 1), date(2025, 2, 4)),
    doctor_id=st.sampled_from([None, DOCTOR, OTHER]),
    from_day=st.none() | st.dates(date(2025, 3, 2), date(2025, 3, 4)),
    to_day=st.none() | st.dates(date(2025, 3, 2), date(2025, 3, 4)),
    weekdays=st.sampled_from([(), (0,), (1, 2)]),
    from_time=st.none() | st.sampled_from([time(9), time(10, 15)]),
    to_time=st.none() | st.sampled_from([time(10, 45), time(12)]),
    before=st.none() | st.sampled_from([at(10), at(10, 30), at(12)]),
    not_these=st.sampled_from([(), (slot(10),), (slot(10), slot(10, 30))]),
)


@given(st.lists(wishes_of_any_kind, max_size=8, unique_by=lambda one: one.entry_id))
def test_nobody_is_passed_over(wishes: list[Wish]) -> None:
    """Whoever would also have taken something of the gap is not before the chosen one by urgency, then by day."""
    found = best_match(wishes, FREE, GAP, zone=BERLIN)
    able = [one for one in wishes if any(_takes(one, free) for free in FREE[one.service_id])]
    assert (found is None) == (not able)
    if found is None:
        return
    assert _takes(found.wish, found.slot)
    order = list(Urgency)
    for one in able:
        more_urgent = order.index(one.urgency) > order.index(found.wish.urgency)
        assert not more_urgent
        assert one.urgency is not found.wish.urgency or one.since >= found.wish.since


def _takes(one: Wish, free: Slot) -> bool:
    minutes = {free.start + timedelta(minutes=n) for n in range(int((free.end - free.start).total_seconds() // 60))}
    in_gap = any(GAP.start <= minute < GAP.end for minute in minutes)
    return one.doctor_id != OTHER and in_gap and suits(one, free, zone=BERLIN)


# -- until when ------------------------------------------------------------------------------------------------------


def test_an_offer_stands_for_the_clinics_minutes_but_leaves_the_time_to_come() -> None:
    now = at(8)
    assert answer_until(at(15), now=now, offer_minutes=60, lead_minutes=120) == at(9)
    assert answer_until(at(10, 30), now=now, offer_minutes=60, lead_minutes=120) == at(8, 30)


def test_what_is_offered_leaves_time_to_answer() -> None:
    earliest = first_to_offer(at(8), lead_minutes=120)
    assert earliest == at(10) + SHORTEST_OFFER
    assert answer_until(earliest, now=at(8), offer_minutes=60, lead_minutes=120) - at(8) == SHORTEST_OFFER


def test_wishes_that_nothing_can_meet_are_refused() -> None:
    ensure_wishes_make_sense(MONDAY, MONDAY, time(9), time(9, 1))
    with pytest.raises(DaysBackwards):
        ensure_wishes_make_sense(MONDAY, date(2025, 3, 2), None, None)
    with pytest.raises(TimesBackwards):
        ensure_wishes_make_sense(None, None, time(9), time(9))
