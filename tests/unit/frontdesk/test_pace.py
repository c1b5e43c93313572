"""What is learned of a doctor: little from little, the own lengths from many, and nothing from mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from app.frontdesk.pace import MOST_VISITS, Pace, pace_of
from tests.unit.frontdesk.stays import DAY, NINE, seen, weeks_of


def test_without_a_past_the_plan_holds() -> None:
    assert pace_of([]) == Pace()
    assert Pace().expected(1, 25.0) == 25.0


def test_one_consultation_moves_the_plan_a_little_and_many_outweigh_it() -> None:
    once = pace_of([seen(1, NINE, 40, day=DAY - timedelta(days=1))]).expected(1, 20.0)
    often = pace_of(weeks_of(40)).expected(1, 20.0)
    assert 20 < once < 26
    assert 38 < often < 40


def test_a_service_never_done_takes_what_the_doctor_takes_of_what_is_booked() -> None:
    slow = pace_of(weeks_of(30, booked=20.0))
    assert 1.4 < slow.ratio < 1.5
    assert slow.expected(99, 10.0) == pytest.approx(10 * slow.ratio)


def test_newer_consultations_count_more() -> None:
    older, newer = weeks_of(40, days=20), weeks_of(20, days=10)
    changed = [stay for stay in older if stay.day < DAY - timedelta(days=10)] + newer
    assert pace_of(changed).expected(1, 30.0) < 28


def test_a_visit_left_open_over_lunch_or_opened_at_its_end_teaches_nothing() -> None:
    right = weeks_of(20)
    left_open = [replace(stay, end=(stay.end or 0.0) + 180) for stay in right[7::40]]
    opened_late = [replace(stay, start=(stay.end or 0.0) - 0.5) for stay in right[20::40]]
    spoilt = [*(stay for index, stay in enumerate(right) if index % 40 not in {7, 20}), *left_open, *opened_late]
    assert pace_of(spoilt).expected(1, 20.0) == pytest.approx(20.0)


def test_the_order_in_which_the_past_is_read_does_not_matter() -> None:
    past = weeks_of(17, gap=3.0)
    shuffled = list(past)
    Random(4).shuffle(shuffled)
    assert pace_of(shuffled) == pace_of(past)


def test_only_so_many_of_the_newest_are_looked_at() -> None:
    past = weeks_of(20, days=80)
    assert pace_of(past) == pace_of(past[-MOST_VISITS:])


def test_the_gap_between_two_is_learned_from_those_who_were_there() -> None:
    assert pace_of(weeks_of(20, gap=6.0)).turnover == pytest.approx(6.0, abs=0.3)
    late_comers = [replace(stay, check_in=stay.start or 0.0) for stay in weeks_of(20, gap=15.0)]
    assert pace_of(late_comers).turnover < 1


def test_a_doctor_who_lets_early_patients_wait_for_their_time_is_known_by_it() -> None:
    def early(start_after: float) -> Pace:
        past = [
            each
            for back in range(1, 8)
            for each in (
                seen(1, NINE, 10, day=DAY - timedelta(days=back)),
                seen(2, NINE + start_after, 10, day=DAY - timedelta(days=back), check_in=NINE, appointment=NINE + 60),
            )
        ]
        return pace_of(past)

    assert early(start_after=12).takes_early
    waits = early(start_after=63)
    assert not waits.takes_early
    assert 1 < waits.lateness <= 3


def test_a_pause_is_where_somebody_waited_and_the_doctor_saw_nobody() -> None:
    noon = 12 * 60.0
    past = [
        each
        for back in range(1, 6)
        for each in (
            seen(1, noon - 30, 30, day=DAY - timedelta(days=back), check_in=noon - 30),
            seen(2, noon + 45, 20, day=DAY - timedelta(days=back), check_in=noon - 10),
        )
    ]
    assert pace_of(past).pauses == ((noon, noon + 45),)
    assert pace_of(past[:4]).pauses == ()  # two days are none
    nobody_waited = [replace(stay, check_in=stay.start or 0.0) for stay in past]
    assert pace_of(nobody_waited).pauses == ()
