"""When those who wait will probably begin: never in the past, in their order, no sooner for more who go in before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.pace import Pace, Stay, pace_of
from app.frontdesk.rules import QueuedVisit, in_queue_order
from app.frontdesk.states import Priority, VisitStatus
from app.frontdesk.waiting import Scene, estimated_starts, remaining
from tests.unit.frontdesk.stays import NINE, make_stay, seen, weeks_of

STEADY = Pace(turnover=2.0)


def starts(now: float, *stays: Stay, pace: Pace = STEADY) -> dict[int, float]:
    return {stay.number: start for stay, start in estimated_starts(Scene(now, stays), pace)}


def test_to_a_free_doctor_the_first_goes_at_once_and_each_other_after_the_one_before() -> None:
    waits = starts(NINE, make_stay(1, NINE - 5), make_stay(2, NINE, planned=30.0), make_stay(3, NINE))
    assert waits == {1: NINE + 1, 2: NINE + 23, 3: NINE + 55}


def test_the_doctors_own_lengths_count_and_not_the_plan() -> None:
    pace = pace_of(weeks_of(40))
    waits = starts(NINE, make_stay(1, NINE), make_stay(2, NINE), pace=pace)
    assert waits[2] - waits[1] > 38


def test_who_has_been_called_goes_first_and_the_urgent_next() -> None:
    called = make_stay(3, NINE, called=NINE + 1)
    urgent = make_stay(2, NINE, urgent=True)
    assert list(starts(NINE + 2, make_stay(1, NINE), urgent, called)) == [3, 2, 1]


def test_when_somebody_was_called_moves_nobody() -> None:
    """Called in another order, or once more: the queue says who of them goes in first."""

    def waits(first: float, second: float) -> dict[int, float]:
        called = [make_stay(number, NINE, called=NINE + minute) for number, minute in ((1, first), (2, second))]
        return starts(NINE + 9, *called, make_stay(3, NINE))

    assert list(waits(1, 2)) == [1, 2, 3]
    assert waits(1, 2) == waits(8, 2)


def test_the_consultation_under_way_is_waited_for_the_less_the_longer_it_has_lasted() -> None:
    begun = make_stay(1, NINE, start=NINE)
    waits = [starts(NINE + passed, begun, make_stay(2, NINE))[2] - NINE - passed for passed in (0, 10, 18)]
    assert waits[0] > waits[1] > waits[2] > 3


def test_one_that_outlasts_all_others_is_not_said_to_end_at_once() -> None:
    begun = make_stay(1, NINE, start=NINE)
    wait = starts(NINE + 90, begun, make_stay(2, NINE))[2] - NINE - 90
    assert 5 < wait < 20


def test_a_consultation_that_nobody_closed_does_not_keep_the_doctor() -> None:
    forgotten, newer = make_stay(1, NINE, start=NINE), make_stay(2, NINE, start=NINE + 30)
    waits = starts(NINE + 35, forgotten, newer, make_stay(3, NINE))
    assert waits[3] - NINE - 35 < 25
    assert starts(NINE + 400, forgotten, make_stay(3, NINE + 399))[3] < NINE + 405


def test_a_doctor_who_takes_longer_today_is_taken_to_go_on_so() -> None:
    def second(minutes: float) -> float:
        today = [seen(number, NINE + 40 * number, minutes) for number in range(1, 9)]
        waits = starts(NINE + 400, *today, make_stay(10, NINE + 399), make_stay(11, NINE + 399))
        return waits[11] - waits[10]

    assert second(14) < second(20) == 22 < second(30)


def test_a_doctor_who_waits_for_the_time_of_an_appointment_begins_then() -> None:
    early = make_stay(1, NINE, appointment=NINE + 30)
    waiting = Pace(takes_early=False, lateness=1.0)
    assert starts(NINE, early, pace=waiting) == {1: NINE + 31}
    assert starts(NINE, early) == {1: NINE + 2}
    assert starts(NINE, replace(early, called=NINE), pace=waiting)[1] < NINE + 5


def test_nobody_begins_in_a_pause_that_is_still_to_come_or_under_way() -> None:
    pace = Pace(pauses=((NINE, NINE + 30),))
    assert starts(NINE - 10, make_stay(1, NINE - 10), make_stay(2, NINE - 10), pace=pace)[2] == NINE + 30
    assert starts(NINE + 10, make_stay(1, NINE), pace=pace) == {1: NINE + 30}
    worked_on = make_stay(1, NINE, start=NINE + 5)
    assert starts(NINE + 10, worked_on, make_stay(2, NINE), pace=pace)[2] < NINE + 30


def test_a_doctor_who_lets_somebody_wait_with_nobody_inside_is_away() -> None:
    assert starts(NINE + 20, make_stay(1, NINE))[1] == NINE + 30


def test_what_remains_is_the_mean_of_what_took_longer() -> None:
    lengths = [(10.0, 100.0), (20.0, 100.0), (40.0, 100.0)]
    assert remaining(lengths, 15.0, 20.0) == pytest.approx(15.0, abs=0.1)
    assert remaining(lengths, 30.0, 20.0) == pytest.approx(10.0, abs=0.1)
    assert remaining(lengths, 500.0, 20.0) == 7.0
    assert remaining([], 500.0, 0.5) == 1.0


minutes = st.floats(0, 240).map(lambda minute: NINE + round(minute, 2))
lengths = st.floats(1, 90).map(lambda length: round(length, 1))


@st.composite
def stays(draw: Any, number: int) -> Stay:
    stay = make_stay(
        number,
        draw(minutes),
        service_id=draw(st.integers(1, 3)),
        planned=draw(lengths),
        appointment=draw(st.none() | minutes),
        urgent=draw(st.booleans()),
    )
    state = draw(st.sampled_from(["waiting", "waiting", "called", "inside", "seen"]))
    called = stay.check_in + draw(st.floats(0, 30))
    times = {"called": called, "start": called + draw(st.floats(0, 5))}
    times["end"] = times["start"] + draw(lengths)
    kept = {"waiting": [], "called": ["called"], "inside": ["called", "start"], "seen": ["called", "start", "end"]}
    return replace(stay, **{name: times[name] for name in kept[state]})


paces = st.builds(
    Pace,
    lengths=st.dictionaries(
        st.integers(1, 3), st.lists(st.tuples(lengths, st.floats(0.1, 1)), min_size=1, max_size=5).map(tuple)
    ),
    ratio=st.floats(0.3, 3),
    turnover=st.floats(0, 15),
    lateness=st.floats(0, 15),
    takes_early=st.booleans(),
    pauses=st.lists(minutes, max_size=4, unique=True).map(
        lambda edges: tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
    ),
)


@st.composite
def scenes(draw: Any) -> Scene:
    here = [draw(stays(number)) for number in range(1, draw(st.integers(1, 9)))]
    known = [moment for stay in here for moment in (stay.check_in, stay.called, stay.start, stay.end) if moment]
    return Scene(max([NINE, *known]) + draw(st.floats(0, 60)), here)


@given(scenes(), paces)
def test_nobody_begins_in_the_past_nor_before_somebody_who_goes_in_earlier(scene: Scene, pace: Pace) -> None:
    estimates = estimated_starts(scene, pace)
    assert [stay for stay, _ in estimates] == scene.waiting
    assert all(start >= scene.now for _, start in estimates)
    assert all(sooner <= later for (_, sooner), (_, later) in pairwise(estimates))


@given(scenes(), paces, st.randoms())
def test_the_same_rows_give_the_same_estimates_in_whatever_order(scene: Scene, pace: Pace, random: Any) -> None:
    shuffled = list(scene.stays)
    random.shuffle(shuffled)
    assert estimated_starts(replace(scene, stays=shuffled), pace) == estimated_starts(scene, pace)


@given(scenes(), paces, st.data())
def test_one_more_who_goes_in_before_lets_nobody_begin_sooner(scene: Scene, pace: Pace, data: Any) -> None:
    before = {stay.number: start for stay, start in estimated_starts(scene, pace)}
    more = replace(data.draw(stays(50)), called=None, start=None, end=None, check_in=NINE)
    crowded = estimated_starts(replace(scene, stays=[*scene.stays, more]), pace)
    behind = [stay.number for stay, _ in crowded]
    for stay, start in crowded[behind.index(50) + 1 :]:
        assert start >= before[stay.number] - 1e-6


@given(scenes())
def test_the_order_is_that_of_the_queue(scene: Scene) -> None:
    queue = [stay for stay in scene.waiting if stay.called is None]
    visits = [
        QueuedVisit(
            stay.number,
            VisitStatus.WAITING,
            Priority.URGENT if stay.urgent else Priority.NORMAL,
            None if stay.appointment is None else _moment(stay.appointment),
            _moment(stay.check_in),
            stay.number,
        )
        for stay in queue
    ]
    assert [visit.visit_id for visit in in_queue_order(visits)] == [stay.number for stay in queue]


def _moment(minute: float) -> datetime:
    return datetime(2030, 5, 6, tzinfo=UTC) + timedelta(minutes=minute)
