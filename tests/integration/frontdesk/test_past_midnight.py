"""A practice that works past midnight: who was with a doctor then goes on, on every screen alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.frontdesk import consultations, displays, queue, tickets
from app.frontdesk.display_models import Display
from app.frontdesk.doctor_stats import get_doctor_stats
from app.frontdesk.estimates import _known
from app.frontdesk.models import Visit
from app.frontdesk.sheets import get_doctor_day
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import clock, outbox
from tests.integration.frontdesk.front import NOW, Front

LATE = NOW + timedelta(hours=13, minutes=50)  # 23:50 in Berlin
PAST_MIDNIGHT = NOW + timedelta(hours=14, minutes=5)


@pytest.fixture
def night(front: Front) -> Front:
    """Ten minutes before the clinic's midnight."""
    _known.clear()
    front.now = LATE
    return front


@pytest.fixture
def back(night: Front) -> Visit:
    """Who was with the doctor at midnight and was sent back to wait in the night."""
    visit = night.start(night.walk_in())
    pass_midnight(night)
    sent: Visit = night.act(queue.move, visit.id, Phase.WAITING, reason="X-ray first")
    return sent


def pass_midnight(front: Front) -> None:
    front.now = PAST_MIDNIGHT
    with clock.freeze(front.now):
        outbox.deliver_due()


def tv(front: Front) -> Any:
    about = {"clinic_id": front.cast.main_id, "name": f"Ground floor {front.now}"}
    made: Display = front.act(displays.create_display, about, offered=("en",), actor=front.cast.admin)
    return displays.see_waiting_room(made, now=front.now)


def place(front: Front, visit: Visit) -> tickets.Place:
    row = tickets.find_visit(visit.id)
    assert row is not None
    assert tickets.is_in_use(row, now=front.now)
    return tickets.place_of(row, now=front.now)


def test_who_is_sent_back_in_the_night_waits_on_every_screen(night: Front, back: Visit) -> None:
    second = night.walk_in()
    assert night.board()["business_date"] == "2030-05-07"
    assert night.columns()["waiting"] == [back.id, second.id]
    assert [place(night, visit).ahead for visit in (back, second)] == [0, 1]
    of_doctor = [board["phases"]["waiting"] for board in get_doctor_day(actor=night.cast.doctor, now=night.now).boards]
    assert [visit["id"] for visits in of_doctor for visit in visits] == [back.id, second.id]
    assert [queue.numbers for queue in tv(night).queues] == [(back.queue_number, second.queue_number)]
    assert get_doctor_stats(actor=night.cast.doctor, now=night.now).waiting == 2


def test_who_is_called_in_the_night_is_on_the_television_until_the_visit_ends(night: Front, back: Visit) -> None:
    other = night.walk_in()
    assert night.call_next().id == back.id
    assert [call.number for call in tv(night).called] == [back.queue_number]
    assert (place(night, back).status, place(night, other).called_number) == (VisitStatus.CALLED, back.queue_number)
    night.act(consultations.start, back.id, actor=night.cast.doctor)
    room = tv(night)
    assert (room.called, [call.number for call in room.earlier]) == ((), [back.queue_number])
    assert place(night, back).status is VisitStatus.IN_PROGRESS
    night.complete(back)
    assert (tv(night).calls, night.columns()["completed"]) == ([], [])  # of the day on which the patient came


def test_who_was_called_in_before_midnight_is_no_news_after_it(night: Front) -> None:
    visit = night.walk_in()
    night.call_next()
    night.start(visit)
    pass_midnight(night)
    assert place(night, visit).status is VisitStatus.IN_PROGRESS
    assert tv(night).calls == []


def test_the_estimate_after_midnight_is_not_of_the_evening(night: Front) -> None:
    night.start(night.walk_in())
    pass_midnight(night)
    visits = [night.walk_in() for _ in range(2)]
    starts = [datetime.fromisoformat(each["estimated_start"]) for each in night.board()["phases"]["waiting"]]
    assert night.now - timedelta(minutes=1) <= starts[0] < starts[1] < night.now + timedelta(hours=2)
    assert all((place(night, visit).about_minutes or 0) > 0 for visit in visits[1:])


def test_who_is_sent_back_in_the_night_has_left_at_the_next_midnight_though_nobody_came_that_day(
    night: Front, back: Visit
) -> None:
    night.now = PAST_MIDNIGHT + timedelta(days=1)
    with clock.freeze(night.now):
        outbox.deliver_due()
    assert [visit.status for visit in night.visits()] == [VisitStatus.LEFT]
