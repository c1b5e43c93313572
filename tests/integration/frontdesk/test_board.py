"""The board: the same as the rows whatever happened, for each actor their part, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from app.frontdesk import arrivals, board, consultations, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, Priority, VisitStatus, phase_of
from app.kernel import scope
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people.catalogue import update_service
from app.people.doctors import change_workplace, update_doctor
from app.people.models import DoctorClinic
from app.people.patients import update_patient
from tests.factories import make_clinic


@contextmanager
def counted() -> Iterator[list[tuple[str, Any]]]:
    """The statements that read or change rows, with their values."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


def test_the_board_names_what_the_contract_names(front: Any) -> None:
    visit = front.check_in(front.appointment(front.now + timedelta(hours=1)))
    shown = front.board()
    assert set(shown) == {"clinic_id", "business_date", "version", "phases"}
    assert (shown["version"], shown["business_date"]) == (front.version(), "2030-05-06")
    (entry,) = shown["phases"]["waiting"]
    assert entry == {
        "id": visit.id,
        "clinic_id": front.cast.main_id,
        "doctor_id": front.cast.doctor_id,
        "service_id": front.cast.service_id,
        "patient_id": visit.patient_id,
        "appointment_id": visit.appointment_id,
        "queue_number": 1,
        "priority": "normal",
        "priority_reason": None,
        "status": "waiting",
        "phase": "waiting",
        "business_date": "2030-05-06",
        "check_in_time": "2030-05-06T10:01:00+02:00",
        "called_time": None,
        "start_time": None,
        "end_time": None,
        "estimated_start": "2030-05-06T10:03:00+02:00",
        "created_at": entry["created_at"],
        "updated_at": entry["updated_at"],
        "appointment_time": "2030-05-06T11:00:00+02:00",
        "patient_name": entry["patient_name"],
        "service_name": "Consultation",
        "doctor_name": "Dr. Ada Main",
        "room": "1",
    }
    assert entry["patient_name"].startswith("Patient ")


def test_the_columns_are_in_their_order(front: Any) -> None:
    first, second, urgent = front.walk_in(), front.walk_in(), front.walk_in(priority=Priority.URGENT)
    seen = [front.complete(front.start(front.walk_in())).id for _ in range(2)]
    inside = [front.start(front.walk_in()).id for _ in range(2)]
    assert front.columns() == {
        "waiting": [urgent.id, first.id, second.id],
        "with_doctor": inside,
        "completed": seen[::-1],
    }


def test_a_doctor_sees_own_visits_and_nobody_elses(front: Any) -> None:
    own, other = front.walk_in(), front.walk_in(doctor_id=front.cast.doctor2_id)
    assert front.columns(front.cast.doctor)["waiting"] == [own.id]
    assert front.columns(front.cast.doctor2)["waiting"] == [other.id]
    assert front.columns(front.cast.admin)["waiting"] == [own.id, other.id]


def test_a_board_out_of_reach_is_not_there_and_one_without_a_part_in_it_is_not_allowed(front: Any) -> None:
    front.walk_in()
    with pytest.raises(NotFound):
        front.board(front.cast.riverside)
    with pytest.raises(NotAllowed):
        front.board(front.cast.accountant)
    doctor_without_record = type(front.cast.doctor)(
        name="x", user_id=9, roles=frozenset({"Doctor"}), clinic_ids=frozenset({front.cast.main_id})
    )
    with pytest.raises(NotAllowed):
        front.board(doctor_without_record)


def test_of_many_who_ask_at_once_one_reads_the_board(front: Any, at_once: Any) -> None:
    front.walk_in()
    actor, clinic_id, moment = front.cast.reception, front.cast.main_id, front.now
    read: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_facts: Any) -> None:
        if "JOIN patient" in statement:
            read.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    boards = at_once(*[lambda: board.get_board(clinic_id, actor=actor, now=moment)] * 20)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(read) == 1
    assert all(one == boards[0] for one in boards)
    assert len(boards[0]["phases"]["waiting"]) == 1


def test_a_board_is_kept_until_it_changes_and_the_day_turns(front: Any) -> None:
    visit_id = front.complete(front.start(front.walk_in())).id
    front.board()
    with counted() as statements:
        assert front.columns()["completed"] == [visit_id]
    assert len(statements) == 1
    front.now += timedelta(days=1)
    assert front.columns()["completed"] == []
    fresh = front.walk_in()
    assert front.columns()["waiting"] == [fresh.id]


def test_the_statements_do_not_grow_with_the_visits(front: Any) -> None:
    for _ in range(3):
        front.walk_in()
    with counted() as few:
        front.board()
    with transaction(front.cast.admin):
        for number in range(200):
            db.session.add(
                Visit(
                    clinic_id=front.cast.main_id,
                    doctor_id=front.cast.doctor_id,
                    service_id=front.cast.service_id,
                    patient_id=front.patient().id,
                    business_date=front.now.date(),
                    queue_number=1000 + number,
                    check_in_time=front.now,
                    status=VisitStatus.COMPLETED,
                )
            )
    front.walk_in()
    with counted() as many:
        assert len(front.columns()["completed"]) == 200
    assert (len(few), len(many)) == (3, 2)  # what earlier days say of the doctor is read once a day


def test_the_visits_of_other_days_are_not_looked_at(front: Any) -> None:
    front.walk_in()
    with counted() as statements:
        front.board()
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the other planner goes by the size of the tables")
    (_version, (statement, values), _earlier_days) = statements
    plan = str(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert "ix_visit_open (clinic_id=?)" in plan
    assert "(clinic_id=? AND business_date=?)" in plan
    assert "ix_visit_clinic_check_in" not in plan


def test_another_clinic_with_the_same_id_gets_no_board_of_the_first(front: Any) -> None:
    """A database that was replaced begins its ids and versions anew."""
    front.walk_in()
    shown = front.board()
    kept, _board = board._newest[front.cast.main_id]
    board._newest[front.cast.main_id] = (type(kept)(kept.clinic_id, front.now, kept.day, kept.version), {"stale": 1})
    assert front.board() == shown


def test_boards_of_two_clinics_do_not_mix(front: Any) -> None:
    front.walk_in()
    other = make_clinic()
    empty = board.get_board(other.id, actor=front.cast.admin, now=front.now)
    assert (empty["clinic_id"], empty["version"]) == (other.id, 0)
    assert empty["phases"] == {"waiting": [], "with_doctor": [], "completed": []}


# -- whatever happens

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["walk_in", "check_in", "call_next", "call", "again", "in", "back", "leave", "undo", "complete", "no"]
        ),
        st.integers(0, 5),
    ),
    max_size=14,
)


class Day:
    """Random acts on one day; refusals are part of it. Remembers how many acts changed the board."""

    def __init__(self, front: Any) -> None:
        self.front, self.changes, self.version = front, 0, front.version()

    def play(self, act: str, pick: int) -> None:
        visits = self.front.visits()
        chosen = visits[pick % len(visits)] if visits else None
        try:
            self.carry_out(act, chosen, pick)
            self.changes += 1
        except Refusal:
            pass

    def carry_out(self, act: str, visit: Any, pick: int) -> None:
        front = self.front
        if act == "walk_in":
            front.walk_in(priority=Priority.URGENT if pick == 0 else Priority.NORMAL)
        elif act == "check_in":
            front.check_in(front.appointment(front.now + timedelta(minutes=60 + 45 * self.changes)))
        elif act == "call_next":
            front.call_next()
        elif visit is None or act == "no":
            raise NotFound
        elif act == "undo":
            front.act(arrivals.undo_check_in, visit.id, "mistake")
        elif act == "complete":
            front.act(consultations.complete, visit.id, actor=front.cast.doctor)
        elif act in ("in", "back"):
            front.act(queue.move, visit.id, Phase.WITH_DOCTOR if act == "in" else Phase.WAITING)
        else:
            front.act({"call": queue.call, "again": queue.call_again, "leave": queue.leave}[act], visit.id)


def assert_board_is_the_rows(front: Any) -> None:
    shown = {visit_id for ids in front.columns().values() for visit_id in ids}
    for actor in (front.cast.reception, front.cast.doctor, front.cast.doctor2):
        rows = db.session.scalars(select(Visit).where(scope.visible(Visit, actor))).all()
        wanted = {phase.value: {row.id for row in rows if phase_of(row.status) is phase} for phase in Phase}
        assert {name: set(ids) for name, ids in front.columns(actor).items()} == wanted
    for row in front.visits():
        assert (row.id in shown) == (row.status is not VisitStatus.LEFT)


def assert_states_agree() -> None:
    """Visit and appointment never disagree."""
    pairs = {
        VisitStatus.WAITING: "checked_in",
        VisitStatus.CALLED: "checked_in",
        VisitStatus.IN_PROGRESS: "checked_in",
        VisitStatus.COMPLETED: "completed",
        VisitStatus.LEFT: "cancelled",
    }
    for visit in db.session.scalars(select(Visit).where(Visit.appointment_id.is_not(None))):
        assert visit.appointment is not None
        db.session.refresh(visit.appointment)
        assert visit.appointment.status.value == pairs[visit.status]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=ACTS)
def test_after_any_day_the_board_is_the_rows_and_each_change_raised_the_version_once(
    front: Any, acts: list[tuple[str, int]]
) -> None:
    day = Day(front)
    for act, pick in acts:
        day.play(act, pick)
    assert front.version() == day.version + day.changes
    assert_board_is_the_rows(front)
    assert_states_agree()
    numbers = [visit.queue_number for visit in front.visits()]
    assert len(set(numbers)) == len(numbers)


def test_a_board_read_in_a_transaction_that_fails_is_nobody_elses(front: Any) -> None:
    before = front.board()

    def admit_and_fail() -> None:
        with transaction(front.cast.reception):
            arrivals.walk_in(front.request(), actor=front.cast.reception, now=front.now)
            shown = board.get_board(front.cast.main_id, actor=front.cast.reception, now=front.now)
            assert len(shown["phases"]["waiting"]) == 1
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        admit_and_fail()
    assert front.board() == before
    front.walk_in()
    assert len(front.columns()["waiting"]) == 1


def test_the_board_shows_names_and_rooms_as_they_are_now(front: Any) -> None:
    visit, cast = front.walk_in(), front.cast
    workplace = db.session.scalars(
        select(DoctorClinic).where(DoctorClinic.doctor_id == cast.doctor_id, DoctorClinic.clinic_id == cast.main_id)
    ).one()
    front.board()
    version = front.version()
    front.act(update_patient, visit.patient_id, {"name": "Ann New"})
    front.act(update_doctor, cast.doctor_id, {"name": "Dr. New"}, actor=cast.admin)
    front.act(update_service, cast.service_id, {"name": "New service"}, actor=cast.admin)
    front.act(change_workplace, workplace.id, {"room": "9"}, actor=cast.admin)
    (entry,) = front.board()["phases"]["waiting"]
    names = (entry["patient_name"], entry["doctor_name"], entry["service_name"], entry["room"])
    assert names == ("Ann New", "Dr. New", "New service", "9")
    assert front.version() == version + 4
