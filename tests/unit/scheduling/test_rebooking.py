"""What is proposed to whom a doctor cannot see: near, with the own doctor where that is not far, nothing twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.clock import clinic_day
from app.scheduling.rebooking import ANOTHER_DOCTOR, MOST_ALTERNATIVES, Displaced, FreeTimes, propose
from app.scheduling.slots import OfferedSlot, Slot, SlotSettings

BERLIN = "Europe/Berlin"
OWN, OTHER, THIRD = 1, 2, 3
HALF_AN_HOUR = timedelta(minutes=30)
PLAIN = SlotSettings(grid_minutes=30, duration_minutes=30)


def at(day: int, hour: int, minute: int = 0, zone: str = BERLIN) -> datetime:
    """A wall time in March 2025; the clocks change on the 30th."""
    return datetime(2025, 3, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def free(
    by_doctor: dict[int, Iterable[datetime]],
    *,
    clinic_id: int = 1,
    zone: str = BERLIN,
    settings: SlotSettings = PLAIN,
) -> FreeTimes:
    slots = {doctor: [Slot(start, start + HALF_AN_HOUR) for start in starts] for doctor, starts in by_doctor.items()}
    return FreeTimes(clinic_id, zone, settings, slots)


def displaced(starts_at: datetime, times: FreeTimes, patient: int = 1, engaged: Iterable[datetime] = ()) -> Displaced:
    return Displaced(patient, OWN, starts_at, times, [(start, start + HALF_AN_HOUR) for start in engaged])


def proposed(*those: Displaced) -> list[tuple[int, datetime] | None]:
    return [(times[0].doctor_id, times[0].start) if times else None for times in propose(those)]


# -- which is the nearest --------------------------------------------------------------------------------------------


def test_the_fewest_days_away_and_then_the_closest_time_of_day_is_proposed() -> None:
    times = free({OWN: [at(3, 15), at(7, 8), at(7, 14, 30), at(7, 16), at(9, 15)]})
    assert proposed(displaced(at(5, 15), times)) == [(OWN, at(3, 15))]
    assert proposed(displaced(at(6, 15), times)) == [(OWN, at(7, 14, 30))]
    assert proposed(displaced(at(8, 15), times)) == [(OWN, at(7, 14, 30))]


def test_the_time_of_day_is_the_walls_also_where_the_clocks_change() -> None:
    times = free({OWN: [at(31, 9), at(31, 10), at(31, 11)]})
    assert proposed(displaced(at(28, 10), times)) == [(OWN, at(31, 10))]


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Kiritimati", 4), ("Pacific/Pago_Pago", 5)])
def test_days_are_those_of_the_clinic(zone: str, day: int) -> None:
    was = at(4, 23, zone=zone)
    near, far = at(4, 1, zone=zone), at(5, 0, 30, zone=zone)
    assert proposed(displaced(was, free({OWN: [near, far]}, zone=zone))) == [(OWN, near)]
    assert clinic_day(near, zone) == date(2025, 3, 4)


@pytest.mark.parametrize(("own_after", "doctor"), [(1, OWN), (ANOTHER_DOCTOR, OWN), (ANOTHER_DOCTOR + 1, OTHER)])
def test_the_own_doctor_is_preferred_unless_more_than_a_week_farther_off(own_after: int, doctor: int) -> None:
    times = free({OWN: [at(10 + own_after, 10)], OTHER: [at(10, 10)]})
    assert proposed(displaced(at(10, 10), times)) == [(doctor, at(10 + (own_after if doctor == OWN else 0), 10))]


# -- nothing twice ---------------------------------------------------------------------------------------------------


def test_two_at_the_same_time_get_two_times() -> None:
    times = free({OWN: [at(7, 10), at(7, 10, 15), at(7, 10, 30)]})
    here = [displaced(at(5, 10), times, patient) for patient in (1, 2, 3)]
    assert proposed(*here) == [(OWN, at(7, 10)), (OWN, at(7, 10, 30)), None]


def test_buffers_are_kept_free_between_two_proposals() -> None:
    settings = SlotSettings(30, 30, buffer_before_minutes=5, buffer_after_minutes=10)
    times = free({OWN: [at(7, 10), at(7, 10, 30), at(7, 11)]}, settings=settings)
    assert proposed(*(displaced(at(5, 10), times, patient) for patient in (1, 2))) == [
        (OWN, at(7, 10)),
        (OWN, at(7, 11)),
    ]


@pytest.mark.parametrize(("minutes", "start"), [(0, at(7, 10, 30)), (30, at(7, 11)), (45, at(7, 12))])
def test_the_way_to_another_clinic_is_kept_free_as_well(minutes: int, start: datetime) -> None:
    here = free({OWN: [at(7, 10)]})
    starts = [at(7, 10), at(7, 10, 30), at(7, 11), at(7, 12)]
    there = free({OWN: starts}, clinic_id=2, settings=SlotSettings(30, 30, travel_minutes=minutes))
    assert proposed(displaced(at(5, 10), here), displaced(at(5, 10), there, 2)) == [(OWN, at(7, 10)), (OWN, start)]


def test_a_patient_is_not_proposed_two_at_once_nor_one_while_engaged() -> None:
    times = free({OWN: [at(7, 10)], OTHER: [at(7, 10), at(8, 10)]})
    assert proposed(displaced(at(5, 10), times), displaced(at(6, 10), times)) == [(OWN, at(7, 10)), (OTHER, at(8, 10))]
    assert proposed(displaced(at(5, 10), times, engaged=[at(7, 10, 15)])) == [(OTHER, at(8, 10))]


def test_no_doctor_is_given_more_in_a_day_than_there_is_room_for() -> None:
    slots = {OWN: [Slot(at(day, hour), at(day, hour, 30)) for day in (7, 8) for hour in (9, 10, 11)]}
    times = FreeTimes(1, BERLIN, PLAIN, slots, {(OWN, date(2025, 3, 7)): 1, (OWN, date(2025, 3, 8)): 1})
    here = [displaced(at(5, 10), times, patient) for patient in (1, 2, 3)]
    assert proposed(*here) == [(OWN, at(7, 10)), (OWN, at(8, 10)), None]
    assert [len(found) for found in propose(here)] == [1, 1, 0]
    elsewhere = displaced(at(5, 11), free({OWN: [at(7, 11)]}, clinic_id=2), patient=4)
    assert proposed(elsewhere, *here[:1]) == [(OWN, at(7, 11)), (OWN, at(7, 10))]


def test_where_nothing_is_free_nothing_is_proposed() -> None:
    assert propose([displaced(at(5, 10), free({}))]) == [[]]
    assert propose([]) == []


# -- alternatives ----------------------------------------------------------------------------------------------------


def test_alternatives_are_of_other_days_with_the_own_doctor_and_with_others_in_turn() -> None:
    hours = [(day, hour) for day in (3, 4, 6, 7, 10) for hour in (9, 10, 11)]
    times = free({OWN: [at(*one) for one in hours], OTHER: [at(5, 10), at(6, 12)], THIRD: [at(5, 10, 30)]})
    [[first, *others]] = propose([displaced(at(5, 10), times)])
    assert first == OfferedSlot(at(4, 10), at(4, 10, 30), OWN)
    assert [(slot.doctor_id, slot.start) for slot in others] == [
        (OWN, at(3, 10)),
        (OTHER, at(5, 10)),
        (THIRD, at(5, 10, 30)),
        (OWN, at(6, 10)),
        (OWN, at(7, 10)),
    ]


def test_what_is_proposed_to_somebody_else_is_no_alternative() -> None:
    times = free({OWN: [at(6, 10), at(7, 10)]})
    assert [len(found) for found in propose([displaced(at(5, 10), times, 1), displaced(at(5, 10), times, 2)])] == [1, 1]


def test_another_doctor_at_the_very_time_that_is_proposed_is_an_alternative() -> None:
    times = free({OWN: [at(7, 10)], OTHER: [at(7, 10)]})
    [[first, second]] = propose([displaced(at(5, 10), times)])
    assert (first.doctor_id, second.doctor_id, first.start) == (OWN, OTHER, second.start)


# -- whatever comes --------------------------------------------------------------------------------------------------


@st.composite
def many(draw: st.DrawFn) -> list[Displaced]:
    places = []
    for clinic_id in (1, 2):
        minutes = st.sampled_from([0, 10, 30])
        settings = SlotSettings(15, 30, draw(minutes), draw(minutes), travel_minutes=draw(minutes))
        quarters = st.lists(st.integers(0, 4 * 24 * 20), unique=True, max_size=30).map(sorted)
        starts = {
            doctor: [at(1, 0) + quarter * timedelta(minutes=15) for quarter in draw(quarters)]
            for doctor in (OWN, OTHER, THIRD)
        }
        places.append(free(starts, clinic_id=clinic_id, settings=settings))
    return [
        displaced(at(8, 9) + n * HALF_AN_HOUR, draw(st.sampled_from(places)), draw(st.integers(1, 3)))
        for n in range(draw(st.integers(0, 8)))
    ]


@given(many())
def test_proposals_never_need_the_same_stretch_of_a_doctor_or_a_patient(those: list[Displaced]) -> None:
    found = propose(those)
    given = [(one, times[0]) for one, times in zip(those, found, strict=True) if times]
    for (one, slot), (other, another) in combinations(given, 2):
        if slot.doctor_id == another.doctor_id:
            mine, theirs = one.times.settings, other.times.settings
            way = max(mine.travel_minutes, theirs.travel_minutes) * (one.times.clinic_id != other.times.clinic_id)
            needed, busy = mine.time_taken(*slot[:2]), theirs.time_taken(*another[:2])
            gap = max(busy.start - needed.end, needed.start - busy.end)
            assert gap >= timedelta(minutes=way)
        if one.patient_id == other.patient_id:
            assert slot.end <= another.start or another.end <= slot.start


@given(many())
def test_every_time_is_one_of_the_free_ones_and_alternatives_are_few_and_different(those: list[Displaced]) -> None:
    for one, times in zip(those, propose(those), strict=True):
        free_ones = {(*slot, doctor) for doctor, slots in one.times.slots.items() for slot in slots}
        assert free_ones.issuperset(map(tuple, times))
        assert len(set(times)) == len(times) <= 1 + MOST_ALTERNATIVES
        days = [(slot.doctor_id, clinic_day(slot.start, BERLIN)) for slot in times]
        assert len(set(days)) == len(days)


@given(many())
def test_the_first_in_order_gets_the_best_there_is(those: list[Displaced]) -> None:
    if not those or not (times := propose(those)[0]):
        return
    one = those[0]

    def farness(slot: OfferedSlot) -> int:
        away = abs((clinic_day(slot.start, BERLIN) - clinic_day(one.starts_at, BERLIN)).days)
        return away + ANOTHER_DOCTOR * (slot.doctor_id != one.doctor_id)

    everything = [OfferedSlot(*slot, doctor) for doctor, slots in one.times.slots.items() for slot in slots]
    assert farness(times[0]) == min(map(farness, everything))
