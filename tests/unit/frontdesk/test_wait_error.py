"""The measure of the estimate: by what was known then, errors as they are, and smaller than those of simpler ways."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk import simulated_days as simulated_days_module
from app.frontdesk.pace import LEARNED_FROM, MOST_VISITS, Pace
from app.frontdesk.simulated_days import (
    FIRST_DAY,
    OPENS,
    draw_doctor,
    simulated_days,
    simulated_report,
)
from app.frontdesk.wait_error import WAYS, Report, Tally, guesses, level_of, replay
from config import ROOT
from tests.unit.frontdesk.stays import DAY, NINE, make_stay, seen, weeks_of

SEEDS = (201, 202, 203)  # neither those that the estimate was made with nor those that docs/ tells of


@pytest.fixture(scope="module")
def report() -> Report:
    return simulated_report(SEEDS, days=20, warm_up=20)


@pytest.mark.parametrize("level", ["all", "calm", "normal", "overrun"])
def test_at_check_in_the_estimate_errs_less_than_both_simpler_ways(report: Report, level: str) -> None:
    best, *others = (report.tally(at_check_in=True, level=level, way=way) for way in WAYS)
    assert best.count > 300
    for other in others:
        assert best.mean < 0.9 * other.mean
        assert best.quantile(0.5) < other.quantile(0.5)
        assert best.share_close > other.share_close


def test_while_somebody_waits_it_errs_less_as_well(report: Report) -> None:
    best, *others = (report.tally(at_check_in=False, way=way) for way in WAYS)
    assert best.count > 1000
    assert best.mean < 0.9 * min(other.mean for other in others)


def test_every_kind_of_day_is_among_the_simulated_ones(report: Report) -> None:
    assert report.days.total() == 240
    assert min(report.days[level] for level in ("calm", "normal", "overrun")) > 20


def test_the_same_seed_is_the_same_clinic() -> None:
    one, same, other = (list(simulated_days(draw_doctor(Random(seed)), Random(seed), 3)) for seed in (5, 5, 6))
    assert one == same != other


def test_simulated_doctors_see_one_after_the_other_and_people_leave_unseen() -> None:
    rng = Random(17)
    left = 0
    for _ in range(6):
        for stays in simulated_days(draw_doctor(rng), rng, 20):
            assert [stay.number for stay in stays] == list(range(1, len(stays) + 1))
            assert all(one.check_in <= two.check_in for one, two in pairwise(stays))
            inside = sorted((stay.start, stay.end) for stay in stays if stay.start is not None and stay.end is not None)
            assert all(one[1] <= two[0] + 1e-6 for one, two in pairwise(inside))
            assert all(stay.check_in <= (stay.called or stay.check_in) for stay in stays)
            assert all(start >= OPENS - 5 for start, _ in inside)
            left += sum(stay.start is None for stay in stays)
    assert left > 10


def test_what_is_said_uses_nothing_that_came_later() -> None:
    first, second = seen(1, NINE, 20, check_in=NINE - 2), seen(2, NINE + 23, 17, check_in=NINE + 5, called=NINE + 22)
    later = make_stay(3, NINE + 30, start=NINE + 41, end=NINE + 300)
    days = [first, second], [first, second, later]
    alone, crowded = ([each.said for each in guesses(day, Pace(), []) if each.at_check_in][:2] for day in days)
    assert alone[1][0] == crowded[1][0]
    assert alone[1][2] == crowded[1][2] == 15.0


def test_the_three_ways_are_what_they_are_called() -> None:
    stays = [
        make_stay(1, NINE, called=NINE + 1, start=NINE + 2, end=NINE + 30),
        make_stay(2, NINE + 5, called=NINE + 31, start=NINE + 32, end=NINE + 50),
        make_stay(3, NINE + 10, called=NINE + 51, start=NINE + 52, end=NINE + 60),
    ]
    past = [seen(1, NINE, 10), seen(2, NINE + 20, 20)]
    *_, last = (guess for guess in guesses(stays, Pace(), past) if guess.at_check_in)
    assert last.actual == 42
    assert last.said[1] == 30  # one inside and one who waits, fifteen minutes each
    assert last.said[2] == 20  # the other has waited for five minutes


def test_who_left_unseen_waits_like_the_others_but_is_no_measure() -> None:
    stays = [make_stay(1, NINE, end=NINE + 90), seen(2, NINE + 95, 10, check_in=NINE + 1)]
    (guess,) = (each for each in guesses(stays, Pace(), []) if each.at_check_in)
    assert (guess.actual, guess.said[1]) == (94, 20)


def test_the_days_before_are_learned_from_and_not_measured() -> None:
    past = weeks_of(20, days=10)
    days = [[stay for stay in past if stay.day == DAY - timedelta(days=back)] for back in range(10, 0, -1)]
    report = Report()
    replay([*days, []], report, since=DAY - timedelta(days=2))
    assert report.days.total() == 2
    assert report.tally(at_check_in=True).count == 16
    assert report.tally(at_check_in=True).mean < 12


def test_a_day_is_crowded_by_how_long_people_waited_from_when_they_were_due() -> None:
    def day(delay: float) -> str:
        return level_of([seen(1, NINE + delay, 10, check_in=NINE - 60, appointment=NINE)])

    assert [day(minutes) for minutes in (0, 5.9, 6, 19, 20)] == ["calm", "calm", "normal", "normal", "overrun"]
    assert level_of([make_stay(1, NINE, end=NINE + 10)]) == "calm"


@given(st.lists(st.integers(-6000, 6000).map(lambda tenth: tenth / 10), min_size=1, max_size=60))
def test_a_tally_tells_mean_bias_and_quantiles(errors: list[float]) -> None:
    tally = Tally()
    for error in errors:
        tally.add(error)
    sizes = sorted(abs(error) for error in errors)
    assert tally.mean == pytest.approx(fmean(sizes))
    assert tally.bias == pytest.approx(fmean(errors))
    assert tally.share_close == sum(size <= 10 for size in sizes) / len(sizes)
    assert tally.quantile(1.0) == pytest.approx(sizes[-1])
    assert tally.quantile(0.5) <= median(sizes) + 1e-6


def test_an_empty_tally_is_all_nought() -> None:
    tally = Tally()
    assert (tally.mean, tally.bias, tally.share_close, tally.quantile(0.5)) == (0, 0, 0, 0)


def test_simulated_days_follow_each_other() -> None:
    days = [stays[0].day for stays in simulated_days(draw_doctor(Random(1)), Random(1), 4) if stays]
    assert days == [FIRST_DAY + timedelta(days=index) for index in range(4)]


def test_the_document_tells_of_the_days_that_are_simulated() -> None:
    text = " ".join((ROOT / "docs" / "wait-estimate.md").read_text().split())
    kinds = [
        f"{kind} {booked:.0%}".replace("%", " %") + f", {walk_ins:g}, {weight}"
        for kind, (booked, walk_ins, weight) in simulated_days_module.DAYS.items()
    ]
    assert "; ".join(kinds) in text
    assert f"| no-show | {simulated_days_module.NO_SHOW:.0%}".replace("%", " %") in text
    assert f"last {MOST_VISITS} completed visits" in text
    assert f"{LEARNED_FROM.days} days before today" in text
