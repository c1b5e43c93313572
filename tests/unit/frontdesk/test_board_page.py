"""What the page of the board makes of a board: doctors with their queues, one doctor's part, waiting times, ages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.frontdesk.board_page import (
    MOST_COMPLETED,
    about_minutes,
    age_in_years,
    board_page,
    minutes_since,
    places_of,
    wait_class,
)
from app.frontdesk.drawn import drawn
from app.frontdesk.states import Phase

_ids = count(1)
STATUS = {"waiting": "waiting", "with_doctor": "in_progress", "completed": "completed"}


def visit(doctor_id: int, phase: str, **values: Any) -> dict[str, Any]:
    return {
        "id": next(_ids),
        "doctor_id": doctor_id,
        "doctor_name": f"Dr. {chr(64 + doctor_id)}",
        "room": None,
        "phase": phase,
        "status": STATUS[phase],
    } | values


def board(*visits: dict[str, Any]) -> dict[str, Any]:
    return {"phases": {phase.value: [each for each in visits if each["phase"] == phase] for phase in Phase}}


def test_each_doctor_with_somebody_on_the_board_has_a_queue() -> None:
    called, first, second = visit(2, "waiting", status="called"), visit(2, "waiting"), visit(2, "waiting")
    page = board_page(board(called, first, second, visit(1, "with_doctor"), visit(3, "completed")))
    assert [(doctor.name, doctor.waiting, doctor.next_id, len(doctor.inside)) for doctor in page.doctors] == [
        ("Dr. A", 0, None, 1),
        ("Dr. B", 3, first["id"], 0),
        ("Dr. C", 0, None, 0),
    ]


def test_a_chosen_doctors_part_is_that_doctors_visits() -> None:
    own, other = visit(1, "waiting"), visit(2, "waiting")
    page = board_page(board(own, other), 1)
    assert page.columns[Phase.WAITING] == [own]
    assert [doctor.id for doctor in page.doctors] == [1, 2]


def test_a_doctor_with_nobody_on_the_board_is_no_choice() -> None:
    page = board_page(board(visit(1, "waiting")), 9)
    assert page.chosen is None
    assert len(page.columns[Phase.WAITING]) == 1


def test_only_the_newest_of_those_seen_are_on_the_page() -> None:
    seen = [visit(1, "completed") for _ in range(MOST_COMPLETED + 5)]
    page = board_page(board(*seen))
    assert page.completed_shown == seen[:MOST_COMPLETED]
    assert len(page.columns[Phase.COMPLETED]) == MOST_COMPLETED + 5


def test_minutes_are_whole_and_never_negative() -> None:
    now = datetime(2030, 5, 6, 8, 29, 59, tzinfo=UTC)
    assert minutes_since("2030-05-06T10:00:00+02:00", now) == 29
    assert minutes_since("2030-05-06T11:00:00+02:00", now) == 0


@pytest.mark.parametrize(
    ("minutes", "looks"), [(0, ""), (29, ""), (30, "wait-long"), (59, "wait-long"), (60, "wait-too-long")]
)
def test_a_long_wait_is_seen(minutes: int, looks: str) -> None:
    assert wait_class(minutes) == looks


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2000-05-06", "2030-05-05", 29),
        ("2000-05-06", "2030-05-06", 30),
        ("2004-02-29", "2025-02-28", 20),
        ("2004-02-29", "2025-03-01", 21),
        ("2030-05-06", "2030-05-06", 0),
        (None, "2030-05-06", None),
    ],
)
def test_an_age_changes_on_the_birthday(born: str | None, day: str, age: int | None) -> None:
    assert age_in_years(born, day) == age


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(-30, 0), (0, 0), (2, 0), (3, 5), (12, 10), (13, 15), (57, 55), (59, 60), (61, 60), (66, 70), (124, 120)],
)
def test_an_estimate_is_no_more_exact_than_it_is_known(minutes: int, shown: int) -> None:
    now = datetime(2030, 5, 6, 8, tzinfo=UTC)
    assert about_minutes((now + timedelta(minutes=minutes)).isoformat(), now) == shown


def test_places_count_for_each_doctor() -> None:
    doctors = enumerate([1, 2, 1, 1, 2])
    waiting = [{"id": number, "doctor_id": doctor, "status": "waiting"} for number, doctor in doctors]
    assert places_of(waiting) == {0: 1, 1: 1, 2: 2, 3: 3, 4: 2}


def test_whoever_is_called_is_ahead_of_all_and_has_no_place() -> None:
    states = ["waiting", "called", "waiting"]
    waiting = [{"id": number, "doctor_id": 1, "status": status} for number, status in enumerate(states)]
    assert places_of(waiting) == {0: 2, 2: 3}


def test_what_was_drawn_is_drawn_again_for_another_board_or_minute() -> None:
    now = datetime(2030, 5, 6, 8, tzinfo=UTC)
    board: dict[str, Any] = {"version": 1}
    times: list[int] = []

    def draw() -> str:
        times.append(1)
        return str(len(times))

    place = (-1, None, "en")
    assert [drawn(place, board, draw, now=now) for _ in range(3)] == ["1", "1", "1"]
    assert drawn(place, board, draw, now=now + timedelta(seconds=59)) == "1"
    assert drawn(place, board, draw, now=now + timedelta(seconds=60)) == "2"
    assert drawn(place, {"version": 1}, draw, now=now + timedelta(seconds=60)) == "3"
    assert drawn((-1, 7, "en"), board, draw, now=now) == "4"
