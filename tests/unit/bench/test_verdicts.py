"""What the benchmarks call wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.bench.population import DOCTORS
from tests.bench.report import defects, markdown
from tests.bench.scheduling import BOOKED_DAYS, FREE_A_DAY, Bookings
from tests.bench.storms import Answer, faults

WINNER, HELPED, UNHELPED = Answer(201, 9.0, 0), Answer(409, 9.0, 5), Answer(409, 9.0, 0)


def test_a_storm_with_one_winner_and_helpful_refusals_is_right() -> None:
    assert faults([HELPED, WINNER, HELPED], overlapping=0) == []


@pytest.mark.parametrize(
    ("answers", "overlapping", "found"),
    [
        ([WINNER, WINNER], 1, ["2 bookings of one time", "1 pairs of overlapping appointments are stored"]),
        ([HELPED, HELPED], 0, ["0 bookings of one time"]),
        ([WINNER, UNHELPED], 0, ["1 refusals without the next free times"]),
        ([WINNER, Answer(500, 9.0, 0), Answer(503, 9.0, 0)], 0, ["1 answers 500", "1 answers 503"]),
    ],
)
def test_whatever_else_happens_in_a_storm_is_named(answers: list[Answer], overlapping: int, found: list[str]) -> None:
    assert faults(answers, overlapping) == found


def test_every_booking_of_the_benchmark_has_a_time_of_its_own() -> None:
    bookings = Bookings(date(2025, 3, 3), patients=100)
    number = DOCTORS * BOOKED_DAYS * FREE_A_DAY
    taken = {(bookings[n]["doctor_id"], bookings[n]["starts_at"]) for n in range(number)}
    assert len(taken) == number
    with pytest.raises(IndexError):
        bookings[number]


def results(**desk: Any) -> dict[str, Any]:
    load = {"book": {"requests_per_second": 9.0, "problems": 0, "example": []}}
    scheduling = {"web_processes": 2, "pages": {}, "load": load, "storms": {}} | desk
    scale = {"patients": 1, "appointments": 1}
    run = {"database": "sqlite", "scale": scale, "screens": {}, "load": {}, "scheduling": scheduling}
    machine = {"cores": 2, "cpu": "a processor", "memory_megabytes": 1, "python": "3"}
    return {"machine": machine, "runs": [run | {"peak_megabytes": [1.0], "loading_seconds": 1.0}]}


def test_a_run_in_which_all_went_well_has_no_defects() -> None:
    assert defects(results()) == []
    assert "| book | 9.0 |" in markdown(results())


def test_a_wrong_storm_and_a_refused_booking_are_defects() -> None:
    storm = {"rounds": 1, "clients": 200, "answers": {"201": 2}, "median_ms": 1.0, "p95_ms": 1.0, "longest_ms": 1.0}
    load = {"book": {"requests_per_second": 9.0, "problems": 1, "example": ["409: taken"]}}
    wrong = results(load=load, storms={"one slot": storm | {"problems": ["round 1: 2 bookings of one time"]}})
    assert defects(wrong) == [
        "sqlite: eight clients, book: 1 answers such as 409: taken",
        "sqlite: storm for one slot, round 1: 2 bookings of one time",
    ]
    assert "round 1: 2 bookings of one time |" in markdown(wrong)
