"""Calling again whoever did not come: announced as the first call was, and nothing else is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.frontdesk import board, consultations, estimates, handover, queue, tickets
from app.frontdesk.display_rules import waiting_room
from app.frontdesk.errors import (
    AlreadyCalled,
    AlreadyWithDoctor,
    CalledMeanwhile,
    StateChanged,
    StillWaiting,
    VisitOver,
)
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.live import Announcement
from app.kernel.models import AuditEntry
from app.people.settings import DisplayNames
from tests.integration.frontdesk.front import Front
from tests.plugins.races import Race

CALLED = VisitStatus.CALLED


@pytest.fixture
def called(front: Front) -> Visit:
    """Somebody who was called and has not come."""
    visit: Visit = front.act(queue.call, front.walk_in().id)
    return visit


def stored(front: Front, visit: Visit) -> Visit:
    return next(row for row in front.visits() if row.id == visit.id)


def again(front: Front, visit: Visit, **values: Any) -> Visit:
    made: Visit = front.act(queue.call_again, visit.id, **values)
    return made


def call_of(front: Front, visit: Visit) -> datetime:
    moment = stored(front, visit).called_time
    assert moment is not None
    return moment


def test_the_moment_of_the_call_is_another_and_nothing_else(front: Front, called: Visit) -> None:
    arrived, version = called.check_in_time, front.version()
    again(front, called, expected_status=CALLED, called_time=call_of(front, called))
    row = stored(front, called)
    assert (row.status, row.called_time, row.check_in_time) == (CALLED, front.now, arrived)
    assert (front.version(), front.columns()["waiting"]) == (version + 1, [called.id])
    last = db.session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "visit").order_by(AuditEntry.id.desc())
    ).first()
    assert last is not None
    assert (last.actor_name, set(last.after or {})) == (front.cast.reception.name, {"called_time"})


def test_it_may_be_made_any_number_of_times(front: Front, called: Visit) -> None:
    for _ in range(3):
        again(front, called, called_time=call_of(front, called))
    assert call_of(front, called) == front.now


def test_the_screens_and_the_own_ticket_are_told_as_of_a_first_call(front: Front, called: Visit, sent: Any) -> None:
    sent.clear()
    again(front, called)
    clinic_id = front.cast.main_id
    told: dict[str, Announcement] = {one.event: one for one in sent}
    assert set(told) == {"queue_updated", "ticket_called", "display_updated", "ticket_updated"}
    assert len(sent) == 4
    assert told["queue_updated"].rooms == (f"clinic_{clinic_id}", f"doctor_{front.cast.doctor_id}")
    assert told["queue_updated"].payload["visit_id"] == called.id
    call = told["ticket_called"]
    assert call.rooms == (f"display_{clinic_id}", f"ticket_{called.id}")
    assert (call.payload["number"], call.payload["room"]) == (called.queue_number, "1")
    assert {one.payload["version"] for one in sent} == {front.version()}


def test_the_number_is_the_newest_call_of_the_waiting_room_and_stands_there_once(front: Front, called: Visit) -> None:
    other = front.act(queue.call, front.walk_in().id)

    def calls() -> list[tuple[int, str]]:
        room = waiting_room(front.board(), rooms=(), names=DisplayNames.NUMBER)
        return [(call.number, call.key) for call in room.called]

    before = calls()
    again(front, called)
    assert [number for number, _ in before] == [other.queue_number, called.queue_number]
    assert [number for number, _ in calls()] == [called.queue_number, other.queue_number]
    assert calls()[0] not in before  # another call: announced
    assert calls()[1] == before[0]  # the same: not announced again


def test_the_ticket_and_those_behind_are_told_of_the_newest_call(front: Front, called: Visit) -> None:
    other, behind = front.act(queue.call, front.walk_in().id), front.walk_in()

    def place(visit: Visit) -> tickets.Place:
        row = tickets.find_visit(visit.id)
        assert row is not None
        return tickets.place_of(row, now=front.now)

    first = place(called).called_time
    assert (place(behind).called_number, place(behind).called_time) == (other.queue_number, None)
    again(front, called)
    assert place(behind).called_number == called.queue_number
    assert place(called).called_time not in (None, first)


def test_no_estimated_wait_and_no_place_is_another(front: Front, called: Visit) -> None:
    """Nor the order of those who are called: who was called first still goes in first."""
    front.act(queue.call, front.walk_in().id)
    for _ in range(2):
        front.walk_in()

    def shown() -> list[Any]:
        board._newest.clear()
        estimates._known.clear()
        moving = ("called_time", "updated_at")
        return [
            {name: value for name, value in visit.items() if name not in moving}
            for visit in front.board()["phases"]["waiting"]
        ]

    before = shown()
    assert all(visit["estimated_start"] for visit in before)
    front.now += timedelta(minutes=20)
    again(front, called)
    assert shown() == before


# -- refused


def test_who_is_not_called_is_not_called_again(front: Front, called: Visit) -> None:
    waiting = front.walk_in()
    with pytest.raises(StillWaiting):
        again(front, waiting)
    front.start(called)
    with pytest.raises(AlreadyWithDoctor):
        again(front, called)
    front.complete(called)
    front.act(queue.leave, waiting.id)
    for visit in (called, waiting):
        with pytest.raises(VisitOver):
            again(front, visit)


def test_it_is_refused_when_the_state_or_the_call_is_another_than_seen(front: Front, called: Visit) -> None:
    first = call_of(front, called)
    again(front, called)
    version = front.version()
    with pytest.raises(CalledMeanwhile):
        again(front, called, expected_status=CALLED, called_time=first)
    front.act(queue.move, called.id, Phase.WAITING, reason="not here")
    with pytest.raises(StateChanged):
        again(front, called, expected_status=CALLED, called_time=first)
    front.act(queue.call, called.id)
    with pytest.raises(CalledMeanwhile):
        again(front, called, expected_status=CALLED, called_time=first)
    assert front.version() == version + 2


def test_the_call_is_known_by_its_second(front: Front) -> None:
    """Which is how the board, the screens and programs are told it."""
    front.now += timedelta(microseconds=654_321)
    visit = front.act(queue.call, front.walk_in().id)
    seen = datetime.fromisoformat(front.board()["phases"]["waiting"][0]["called_time"])
    assert seen != call_of(front, visit)
    assert again(front, visit, called_time=seen).status is CALLED


@pytest.mark.parametrize("seconds", [0, 1, 4])
def test_a_call_that_is_still_being_announced_is_not_made_again(front: Front, called: Visit, seconds: int) -> None:
    """Somebody has pressed twice, or two have: the second call would have the same second, and not be another."""
    front.now += timedelta(seconds=seconds) - timedelta(minutes=1)
    with pytest.raises(AlreadyCalled):
        again(front, called)
    front.now += timedelta(seconds=5 - seconds) - timedelta(minutes=1)
    assert again(front, called).status is CALLED


def test_those_who_may_call_may_call_again(front: Front, called: Visit) -> None:
    cast = front.cast
    for actor in (cast.admin, cast.doctor, cast.reception):
        again(front, called, actor=actor)
    version = front.version()
    for stranger in (cast.riverside, cast.doctor2, cast.accountant):
        with pytest.raises(NotFound):
            again(front, called, actor=stranger)
    assert front.version() == version


# -- at the same moment


def test_of_desks_that_call_again_at_once_one_does_and_the_others_are_told(
    front: Front, called: Visit, at_once: Race, sent: Any
) -> None:
    seen, version = call_of(front, called), front.version()
    sent.clear()
    call = lambda: again(front, called, expected_status=CALLED, called_time=seen)  # noqa: E731
    outcomes = at_once(*[call] * 4)
    assert sorted(type(one).__name__ for one in outcomes) == ["CalledMeanwhile"] * 3 + ["Visit"]
    assert front.version() == version + 1
    assert [one.event for one in sent].count("ticket_called") == 1


OTHERS: dict[str, Callable[[Front, Visit], Any]] = {
    "in": lambda front, visit: front.act(queue.move, visit.id, Phase.WITH_DOCTOR, expected_status=CALLED),
    "begun": lambda front, visit: front.act(
        consultations.start, visit.id, expected_status=CALLED, actor=front.cast.doctor
    ),
    "back": lambda front, visit: front.act(
        queue.move, visit.id, Phase.WAITING, reason="not here", expected_status=CALLED
    ),
    "left": lambda front, visit: front.act(queue.leave, visit.id, expected_status=CALLED),
    "handed over": lambda front, visit: front.act(
        handover.hand_over, visit.id, front.cast.doctor2_id, expected_status=CALLED
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_it_never_undoes_what_somebody_else_does_at_once(
    front: Front, called: Visit, at_once: Race, other: str
) -> None:
    """The other comes through in any case; the call is made before it, or refused after it."""
    seen, version = call_of(front, called), front.version()
    call = lambda: again(front, called, expected_status=CALLED, called_time=seen)  # noqa: E731
    made, done = at_once(call, lambda: OTHERS[other](front, called))
    assert type(done).__name__ == "Visit"
    assert type(made).__name__ in ("Visit", "StateChanged")
    assert front.version() == version + 1 + (type(made).__name__ == "Visit")
    assert stored(front, called).status is not CALLED
