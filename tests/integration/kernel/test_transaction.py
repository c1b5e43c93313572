"""The one place that commits: all or nothing, after-commit steps, constraints that become refusals."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel.actor import system
from app.kernel.db import current_unit, db, transaction
from app.kernel.errors import Conflict, Stale
from app.people.models import Doctor, Specialty

pytestmark = pytest.mark.usefixtures("session")


def specialties() -> int:
    return db.session.scalar(select(func.count()).select_from(Specialty)) or 0


def test_a_transaction_keeps_what_happened_in_it() -> None:
    with transaction(system()):
        db.session.add(Specialty(name="Cardiology"))
    db.session.rollback()
    assert specialties() == 1


def test_an_error_inside_keeps_nothing_and_runs_no_step() -> None:
    ran: list[str] = []
    with pytest.raises(ValueError, match="broken"), transaction(system()) as unit:
        unit.after_commit.append(lambda: ran.append("after"))
        db.session.add(Specialty(name="Cardiology"))
        db.session.flush()
        raise ValueError("broken")
    assert specialties() == 0
    assert ran == []


def test_only_the_outermost_transaction_commits() -> None:
    ran: list[str] = []
    with pytest.raises(ValueError, match="outer"), transaction(system()):
        with transaction() as inner:
            inner.after_commit.append(lambda: ran.append("after"))
            db.session.add(Specialty(name="Cardiology"))
        assert ran == []
        raise ValueError("outer")
    assert specialties() == 0
    assert ran == []


def test_releasing_a_savepoint_runs_no_after_commit_step() -> None:
    ran: list[str] = []
    with transaction(system()) as unit:
        unit.after_commit.append(lambda: ran.append("after"))
        with db.session.begin_nested():
            db.session.add(Specialty(name="Cardiology"))
        assert ran == []
    assert ran == ["after"]


def test_what_was_changed_before_the_transaction_is_forgotten() -> None:
    with transaction(system()):
        db.session.add(Specialty(name="Cardiology"))
    row = db.session.scalars(select(Specialty)).one()
    row.name = "Changed outside"
    with transaction(system()):
        db.session.add(Specialty(name="Dermatology"))
    db.session.expire_all()
    assert row.name == "Cardiology"


def test_a_service_outside_a_transaction_is_a_programming_error() -> None:
    with pytest.raises(RuntimeError, match="open transaction"):
        current_unit()


class SpecialtyTaken(Conflict):
    code = "specialty_taken"


def test_a_named_constraint_is_raised_as_its_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("app.kernel.db", fromlist=["_refusals"])._refusals, "uq_specialty_name", SpecialtyTaken
    )
    with transaction(system()):
        db.session.add(Specialty(name="Cardiology"))
    with pytest.raises(SpecialtyTaken), transaction(system()):
        db.session.add(Specialty(name="Cardiology"))
    assert specialties() == 1


def test_of_two_people_who_save_at_once_the_second_is_told(app: Flask) -> None:
    with transaction(system()):
        db.session.add(Doctor(name="Ana"))
    doctor_id = db.session.scalars(select(Doctor.id)).one()
    read, saved = threading.Barrier(2), threading.Event()
    outcome: dict[str, Any] = {}

    def save(name: str, *, first: bool) -> None:
        with app.app_context():
            seen = db.session.get_one(Doctor, doctor_id).revision
            read.wait()
            if not first:
                saved.wait(60)
            try:
                with transaction(system()):
                    row = db.session.get_one(Doctor, doctor_id, with_for_update=True)
                    if row.revision != seen:
                        raise Stale
                    row.name = name
                outcome[name] = "saved"
            except Stale:
                outcome[name] = "told"
            saved.set()

    threads = [
        threading.Thread(target=save, args=("One",), kwargs={"first": True}),
        threading.Thread(target=save, args=("Two",), kwargs={"first": False}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome == {"One": "saved", "Two": "told"}
    db.session.expire_all()
    db.session.rollback()
    assert db.session.get_one(Doctor, doctor_id).name == "One"


def test_many_writers_at_once_all_get_their_turn(app: Flask) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        with app.app_context():
            try:
                for turn in range(5):
                    with transaction(system()):
                        db.session.add(Specialty(name=f"{number}-{turn}"))
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    db.session.rollback()
    assert specialties() == 40


def test_a_broken_constraint_tells_no_values() -> None:
    with transaction(system()):
        db.session.add(Specialty(name="Ana Secret"))
    with pytest.raises(Conflict) as refused, transaction(system()):  # a name that the domain knows
        db.session.add(Specialty(name="Ana Secret"))
    assert "parameters hidden" in str(refused.value.__cause__)
    assert "Secret" not in str(refused.value.__cause__).partition("DETAIL")[0]
