"""What a waiting room reads of a board: calls, numbers and as much of a name as the clinic shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.display_rules import (
    MOST_CALLED,
    MOST_EARLIER,
    MOST_NEXT,
    about_minutes,
    people_ahead,
    shown_name,
    waiting_room,
)
from app.frontdesk.states import Phase, VisitStatus, phase_of
from app.people.settings import DisplayNames

NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)
NUMBER, INITIALS, FIRST_NAME = DisplayNames
_ids = count(1)


def visit(number: int, status: str = "waiting", *, minute: int | None = None, **values: Any) -> dict[str, Any]:
    called = None if minute is None else (NOW + timedelta(minutes=minute)).isoformat()
    return {
        "id": next(_ids),
        "patient_id": 4711,
        "doctor_id": 1,
        "doctor_name": "Dr. A",
        "room": "1",
        "queue_number": number,
        "status": status,
        "business_date": "2030-05-06",
        "called_time": called,
        "patient_name": "Priya Sharma",
    } | values


def board(*visits: dict[str, Any]) -> dict[str, Any]:
    phases = {
        phase.value: [each for each in visits if phase_of(VisitStatus(each["status"])) is phase] for phase in Phase
    }
    return {"version": 7, "business_date": "2030-05-06", "phases": phases}


def shown(*visits: dict[str, Any], rooms: tuple[str, ...] = (), names: DisplayNames = NUMBER) -> Any:
    return waiting_room(board(*visits), rooms=rooms, names=names)


@pytest.mark.parametrize(
    ("name", "initials", "first_name"),
    [
        ("Priya Sharma", "P. S.", "Priya"),
        ("Sharma, Priya", "P. S.", "Priya"),
        ("Dr. Anna Maria von Stein", "A. M. v.".replace("v.", "V."), "Anna"),
        ("Priya", "P.", "P."),
        ("王小明", "王.", "王."),
        ("वरुण पटेल", "व. प.", "वरुण"),
        ("  Eva   Example ", "E. E.", "Eva"),
        ("Smith,", "S.", "S."),
        ("...", None, None),
        ("", None, None),
    ],
)
def test_a_name_is_shown_as_far_as_the_clinic_says(name: str, initials: str | None, first_name: str | None) -> None:
    assert shown_name(name, NUMBER) is None
    assert shown_name(name, INITIALS) == initials
    assert shown_name(name, FIRST_NAME) == first_name


@given(st.text())
def test_initials_never_hold_a_whole_word_of_two_letters(name: str) -> None:
    found = shown_name(name, INITIALS)
    assert found is None or all(len(word) <= 4 and word.endswith(".") for word in found.split(" "))


def test_those_who_are_called_stand_apart_from_those_who_went_in_the_latest_first() -> None:
    room = shown(
        visit(1, "completed", minute=1),
        visit(2, "called", minute=2),
        visit(3, "in_progress", minute=4),
        visit(4, "called", minute=3),
        visit(5, "in_progress"),
    )
    assert [call.number for call in room.called] == [4, 2]
    assert [call.number for call in room.earlier] == [3, 1]
    assert [call.number for call in room.calls] == [1, 2, 4, 3]
    assert room.version == 7


def test_a_visit_that_is_called_anew_is_another_call() -> None:
    once, again = (shown(visit(1, "called", minute=minute)).called[0] for minute in (1, 5))
    assert once.key != again.key


def test_no_more_calls_are_shown_than_a_screen_holds_and_none_is_in_both_lists() -> None:
    room = shown(*(visit(number, "called", minute=number) for number in range(1, 20)))
    assert [call.number for call in room.called] == list(range(19, 19 - MOST_CALLED, -1))
    assert [call.number for call in room.earlier] == list(range(13, 13 - MOST_EARLIER, -1))


def test_a_call_of_another_day_is_no_news() -> None:
    assert shown(visit(1, "in_progress", minute=-600, business_date="2030-05-05")).calls == []


def test_who_came_yesterday_is_shown_while_called_and_if_called_today() -> None:
    yesterday = {"business_date": "2030-05-05"}
    room = shown(
        visit(1, "called", minute=-600, **yesterday),
        visit(2, "called", minute=1, **yesterday),
        visit(3, "in_progress", minute=2, **yesterday),
        visit(4, "waiting", **yesterday),
    )
    assert [call.number for call in room.called] == [2, 1]
    assert [call.number for call in room.earlier] == [3]
    assert room.queues[0].numbers == (4,)


def test_nothing_about_a_patient_but_number_and_allowed_name_is_in_what_is_shown() -> None:
    for names, name in {NUMBER: None, INITIALS: "P. S.", FIRST_NAME: "Priya"}.items():
        room = shown(visit(1, "called", minute=1), visit(2), names=names)
        assert room.called[0].name == name
        assert "Sharma" not in repr(room)
        assert "4711" not in repr(room)
    assert "Priya" not in repr(shown(visit(1, "called", minute=1), visit(2)))


def test_who_is_next_is_said_for_each_doctor_as_far_as_there_is_room() -> None:
    room = shown(
        *(visit(number) for number in range(1, 8)),
        visit(9, "called", minute=1),
        visit(8, doctor_id=2, doctor_name="Dr. B", room=None),
    )
    assert [(queue.doctor, queue.room, queue.numbers, queue.more) for queue in room.queues] == [
        ("Dr. A", "1", (1, 2, 3, 4), 7 - MOST_NEXT),
        ("Dr. B", None, (8,), 0),
    ]


def test_a_screen_for_some_rooms_shows_those_alone() -> None:
    visits = [visit(1, "called", minute=1), visit(2, room="2 b"), visit(3, "called", minute=2, room=None)]
    room = shown(*visits, rooms=(" 2 B ",))
    assert (room.calls, [queue.numbers for queue in room.queues]) == ([], [(2,)])
    assert [call.number for call in shown(*visits).calls] == [1, 3]


def test_ahead_are_those_further_up_and_those_who_are_called_of_the_same_doctor() -> None:
    first, called, own, other, late = (
        visit(1),
        visit(2, "called", minute=1),
        visit(3),
        visit(4, doctor_id=2),
        visit(5, "called", minute=2),
    )
    waiting = [other, first, called, own, late]
    assert people_ahead(own, waiting) == 3
    assert people_ahead(first, waiting) == 2
    assert people_ahead(other, waiting) == 0


@pytest.mark.parametrize(("minutes", "about"), [(-5, 0), (0, 0), (1, 5), (5, 5), (5.01, 10), (19, 20), (60, 60)])
def test_a_wait_is_told_in_steps_of_five_minutes(minutes: float, about: int) -> None:
    assert about_minutes((NOW + timedelta(minutes=minutes)).isoformat(), NOW) == about
    assert about_minutes(None, NOW) is None
