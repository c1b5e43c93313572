"""What the benchmarks call wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.web.outlets import framed
from tests.bench import live
from tests.bench.boards import Board
from tests.bench.population import DOCTORS
from tests.bench.report import defects, markdown
from tests.bench.scheduling import BOOKED_DAYS, FREE_A_DAY, Bookings
from tests.bench.storms import Answer, faults

LIVE: dict[str, Any] = {"lost": 0, "boards_differ": False, "median_ms": 20.0, "p95_ms": 41.0}
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


# -- live boards


def test_live_boards_that_are_quick_and_miss_nothing_are_right() -> None:
    assert list(live.faults("300 boards, one web process", LIVE)) == []


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        ({"lost": 2}, "2 events lost"),
        ({"boards_differ": True}, "not all came back to the same board"),
        ({"median_ms": 40.1}, "median_ms is 40.1, more than 40.0"),
        ({"p95_ms": 90.0}, "p95_ms is 90.0, more than 82.0"),
    ],
)
def test_whatever_is_wrong_with_live_boards_is_named(figures: dict[str, Any], found: str) -> None:
    assert list(live.faults("300 boards, x", LIVE | figures)) == [f"300 boards, x: {found}"]


def test_a_board_reads_what_it_got_however_it_was_cut_up() -> None:
    told = framed('42["new_checkin",{"visit_id":6}]') + framed(
        '42["queue_updated",{"visit_id":7,"x":"%s"}]' % ("x" * 200)
    )
    told += framed('42["queue_updated",{"visit_id":8}]')
    board = Board(1, "", 1, ready=True)
    for at in range(0, len(told), 50):
        board.take(told[at : at + 50], float(at))
    assert [visit_id for visit_id, _ in board.receipts()] == [7, 8]
    assert list(board.receipts()) == []
