"""A practice that works past midnight: whoever came in the evening stays in the queue, on every screen alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.frontdesk import consultations, displays, queue, tickets
from app.frontdesk.display_models import Display
from app.frontdesk.doctor_stats import get_doctor_stats
from app.frontdesk.estimates import _known
from app.frontdesk.sheets import get_doctor_day
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import clock, outbox
from tests.integration.frontdesk.front import NOW, Front

LATE = NOW + timedelta(hours=13, minutes=50)  # 23:50 in Berlin
MIDNIGHT, SIX = NOW + timedelta(hours=14), NOW + timedelta(hours=20)


@pytest.fixture
def night(front: Front) -> Front:
    """Ten minutes before the clinic's midnight."""
    _known.clear()
    front.now = LATE
    return front


def at(front: Front, moment: datetime) -> None:
    front.now = moment
    with clock.freeze(moment):
        outbox.deliver_due()


def tv(front: Front) -> Any:
    about = {"clinic_id": front.cast.main_id, "name": f"Ground floor {front.now}"}
    made: Display = front.act(displays.create_display, about, offered=("en",), actor=front.cast.admin)
    return displays.see_waiting_room(made, now=front.now)


def place(front: Front, visit: Any) -> tickets.Place:
    row = tickets.find_visit(visit.id)
    assert row is not None
    assert tickets.is_in_use(row, now=front.now)
    return tickets.place_of(row, now=front.now)


def test_who_came_in_the_evening_still_waits_after_midnight_on_every_screen(night: Front) -> None:
    first, second = night.check_in(night.appointment(LATE + timedelta(minutes=5))), night.walk_in()
    at(night, MIDNIGHT + timedelta(minutes=5))
    assert night.board()["business_date"] == "2030-05-07"
    assert night.columns()["waiting"] == [second.id, first.id]
    assert [place(night, visit).ahead for visit in (second, first)] == [0, 1]
    of_doctor = [board["phases"]["waiting"] for board in get_doctor_day(actor=night.cast.doctor, now=night.now).boards]
    assert [visit["id"] for visits in of_doctor for visit in visits] == [second.id, first.id]
    assert [queue.numbers for queue in tv(night).queues] == [(second.queue_number, first.queue_number)]
    assert get_doctor_stats(actor=night.cast.doctor, now=night.now).waiting == 2


def test_who_is_called_after_midnight_is_on_the_television_until_the_visit_ends(night: Front) -> None:
    visit, other = night.walk_in(), night.walk_in()
    at(night, MIDNIGHT + timedelta(minutes=5))
    assert night.call_next().id == visit.id
    room = tv(night)
    assert [call.number for call in room.called] == [visit.queue_number]
    assert (place(night, visit).status, place(night, other).called_number) == (VisitStatus.CALLED, visit.queue_number)
    night.act(consultations.start, visit.id, actor=night.cast.doctor)
    room = tv(night)
    assert (room.called, [call.number for call in room.earlier]) == ((), [visit.queue_number])
    assert place(night, visit).status is VisitStatus.IN_PROGRESS
    night.complete(visit)
    assert (tv(night).calls, night.columns()["completed"]) == ([], [])  # of the day on which the patient came


def test_who_was_called_before_midnight_and_has_not_come_is_still_called_after_it(night: Front) -> None:
    visit = night.walk_in()
    night.call_next()
    at(night, MIDNIGHT + timedelta(minutes=5))
    assert [call.number for call in tv(night).called] == [visit.queue_number]
    night.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    assert tv(night).calls == []  # fetched, and not called on this day


def test_the_estimate_after_midnight_is_neither_in_the_past_nor_of_the_evening(night: Front) -> None:
    visits = [night.walk_in() for _ in range(3)]
    at(night, MIDNIGHT + timedelta(minutes=5))
    night.act(consultations.start, visits[0].id, actor=night.cast.doctor)
    starts = [datetime.fromisoformat(each["estimated_start"]) for each in night.board()["phases"]["waiting"]]
    assert night.now <= starts[0] < starts[1] < night.now + timedelta(hours=2)
    minutes = [place(night, visit).about_minutes for visit in visits[1:]]
    assert all(told is not None and told > 0 for told in minutes)


def test_nobody_of_the_new_day_gets_a_number_that_somebody_still_waits_with(night: Front) -> None:
    called, _waits, inside, gone = (night.walk_in() for _ in range(4))
    night.act(queue.call, called.id)
    night.start(inside)
    night.act(queue.leave, gone.id)
    at(night, MIDNIGHT + timedelta(minutes=5))
    assert [night.walk_in().queue_number for _ in range(3)] == [3, 4, 5]
    at(night, SIX)
    assert night.walk_in().queue_number == 6
    numbers = [each["queue_number"] for each in night.board()["phases"]["waiting"]]
    assert len(set(numbers)) == len(numbers)


def test_the_queue_of_the_evening_ends_after_the_night_and_the_new_days_does_not(night: Front) -> None:
    old = night.walk_in()
    at(night, MIDNIGHT + timedelta(minutes=1))
    new = night.walk_in()
    at(night, SIX - timedelta(minutes=1))
    assert night.columns()["waiting"] == [old.id, new.id]
    at(night, SIX)
    assert night.columns()["waiting"] == [new.id]
    at(night, SIX + timedelta(hours=24))  # though its first number was not 1
    assert night.columns()["waiting"] == []
