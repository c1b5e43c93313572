"""The estimates on the board follow the doctor's own earlier days, and are the same in every process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from app.frontdesk import board, estimates, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Priority, VisitStatus
from app.kernel.db import db, transaction
from app.people.doctors import add_offer, change_offer, end_offer
from tests.integration.frontdesk.front import NOW
from tests.integration.frontdesk.test_board import counted


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    board._newest.clear()
    estimates._known.clear()


def past(front: Any, minutes: int, *, days: int = 10, first: int = 1, **values: Any) -> None:
    """Eight visits on each of the days before, one after the other, that took so long."""
    patient_id = front.patient().id
    rows = [
        {
            "clinic_id": front.cast.main_id,
            "doctor_id": front.cast.doctor_id,
            "service_id": front.cast.service_id,
            "patient_id": patient_id,
            "business_date": (NOW - timedelta(days=back)).date(),
            "queue_number": first + number,
            "priority": Priority.NORMAL,
            "status": VisitStatus.COMPLETED,
            "check_in_time": NOW - timedelta(days=back),
            "start_time": NOW - timedelta(days=back) + number * timedelta(minutes=minutes + 1),
            "end_time": NOW - timedelta(days=back) + timedelta(minutes=minutes + number * (minutes + 1)),
        }
        | values
        for back in range(1, days + 1)
        for number in range(8)
    ]
    with transaction():
        db.session.execute(insert(Visit), rows)


def begins(front: Any) -> list[datetime]:
    return [datetime.fromisoformat(visit["estimated_start"]) for visit in front.board()["phases"]["waiting"]]


def test_the_estimates_follow_the_doctors_own_lengths(front: Any) -> None:
    past(front, 50)
    first, second = front.walk_in(), front.walk_in()
    assert [visit["id"] for visit in front.board()["phases"]["waiting"]] == [first.id, second.id]
    one, two = begins(front)
    assert timedelta(minutes=45) < two - one < timedelta(minutes=54)


def test_without_earlier_days_they_follow_the_services_duration(front: Any) -> None:
    front.start(front.walk_in())
    front.walk_in()
    front.walk_in()
    one, two = begins(front)
    assert front.now < one < front.now + timedelta(minutes=40)
    assert timedelta(minutes=25) < two - one < timedelta(minutes=35)
    assert front.board()["phases"]["with_doctor"][0]["estimated_start"] is None


def test_todays_visits_and_what_ended_after_midnight_are_no_earlier_days(front: Any) -> None:
    past(front, 5, days=1, end_time=NOW)
    past(front, 5, days=1, first=100, business_date=NOW.date())
    front.walk_in()
    (row,) = db.session.query(Visit).filter(Visit.status == VisitStatus.WAITING)
    pace = estimates._learned([row.doctor_id], row.clinic_id, NOW.date(), "Europe/Berlin")[row.doctor_id]
    assert pace.lengths == {}


def test_who_was_called_goes_in_before_an_urgent_one(front: Any) -> None:
    called, urgent = front.walk_in(), front.walk_in(priority=Priority.URGENT)
    front.act(queue.call, called.id)
    shown = {visit["id"]: visit["estimated_start"] for visit in front.board()["phases"]["waiting"]}
    assert shown[called.id] < shown[urgent.id]


def test_another_process_says_the_same_whenever_it_is_asked(front: Any) -> None:
    past(front, 25)
    front.start(front.walk_in())
    front.walk_in()
    first = front.board()
    _forget()
    front.now += timedelta(minutes=45)
    assert front.board() == first


def test_a_change_of_what_the_doctor_takes_is_a_change_of_the_board(front: Any) -> None:
    front.walk_in()
    front.walk_in()
    version, before = front.version(), begins(front)
    terms = {"doctor_id": front.cast.doctor_id, "service_id": front.cast.service_id, "duration_minutes": 90}
    offer = front.act(add_offer, terms, actor=front.cast.admin)
    assert begins(front)[1] - before[1] == timedelta(minutes=60)
    front.act(change_offer, offer.id, {"duration_minutes": 60}, actor=front.cast.admin)
    assert begins(front)[1] - before[1] == timedelta(minutes=30)
    front.act(end_offer, offer.id, actor=front.cast.admin)
    assert begins(front) == before
    assert front.version() == version + 3


def test_earlier_days_are_read_once_a_day_and_by_an_index(front: Any) -> None:
    past(front, 20)
    front.walk_in()
    with counted() as cold:
        front.board()
    front.walk_in()
    with counted() as warm:
        front.board()
    assert (len(cold), len(warm)) == (3, 2)
    front.walk_in(doctor_id=front.cast.doctor2_id)
    with counted() as with_another:
        front.board()
    assert len(with_another) == 3
    if db.engine.dialect.name == "sqlite":
        statement, values = cold[-1]
        plan = str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
        assert "ix_visit_doctor_day (doctor_id=? AND business_date>? AND business_date<?)" in plan
        assert "TEMP B-TREE" not in plan


def test_what_is_read_in_a_transaction_is_not_kept(front: Any) -> None:
    front.walk_in()
    with transaction(front.cast.reception):
        board.get_board(front.cast.main_id, actor=front.cast.reception, now=front.now)
    assert estimates._known == {}


def test_a_completed_visit_without_its_times_is_passed_over(front: Any) -> None:
    past(front, 20, days=1, first=100, business_date=NOW.date(), start_time=None, end_time=None)
    visit = front.walk_in()
    assert front.columns()["waiting"] == [visit.id]
    assert len(begins(front)) == 1


def test_the_minute_of_a_day_is_the_clinics_wall_clocks() -> None:
    summer = datetime(2030, 5, 6, 8, 30, 30, tzinfo=UTC)
    assert estimates.minute_of_day(summer, summer.date(), "Europe/Berlin") == 10 * 60 + 30.5
    assert estimates.minute_of_day(summer - timedelta(days=1), summer.date(), "Europe/Berlin") == 10 * 60 + 30.5 - 1440
    clocks_go_forward = datetime(2030, 3, 31, 8, 30, tzinfo=UTC)
    assert estimates.minute_of_day(clocks_go_forward, clocks_go_forward.date(), "Europe/Berlin") == 10 * 60 + 30
