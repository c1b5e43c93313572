"""What the waiting room is told, and a patient's own place in the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.frontdesk import arrivals, queue, tickets
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Conflict, NotAllowed, NotFound
from app.kernel.live import Announcement
from app.people import doctors, patients
from app.people.models import DoctorClinic
from app.people.roles import Role
from app.people.settings import change_settings
from app.web.security import actor_of
from tests.factories import make_doctor, make_user
from tests.integration.frontdesk.front import NOW, Front


def found(sent: list[Announcement], event: str) -> list[Announcement]:
    return [one for one in sent if one.event == event]


def place(front: Front, visit: Visit) -> tickets.Place:
    row = tickets.find_visit(visit.id)
    assert row is not None
    return tickets.place_of(row, now=front.now)


@pytest.mark.parametrize(
    ("setting", "more"), [("number", {}), ("initials", {"name": "P. S."}), ("first_name", {"name": "Priya"})]
)
def test_a_call_is_told_to_the_screens_and_to_the_own_ticket(
    front: Front, sent: Any, setting: str, more: dict[str, str]
) -> None:
    clinic_id = front.cast.main_id
    front.act(change_settings, clinic_id, {"display_names": setting}, actor=front.cast.admin)
    visit = front.walk_in(patient_id=front.patient(name="Priya Sharma").id)
    sent.clear()
    front.act(queue.call, visit.id)
    (called,) = found(sent, "ticket_called")
    assert called.rooms == (f"display_{clinic_id}", f"ticket_{visit.id}")
    known = {"number": visit.queue_number, "room": "1", "clinic_id": clinic_id, "version": front.version()}
    assert called.payload == known | more | {"at": called.payload["at"]}


def test_every_change_of_the_board_is_hinted_to_screens_and_tickets_and_says_nothing_else(
    front: Front, sent: Any
) -> None:
    visit = front.walk_in()
    front.start(visit)
    front.complete(visit)
    for event, room in (("display_updated", "display"), ("ticket_updated", "tickets")):
        hints = found(sent, event)
        assert [hint.rooms for hint in hints] == [(f"{room}_{front.cast.main_id}",)] * 3
        assert all(set(hint.payload) == {"clinic_id", "version", "at"} for hint in hints)
        assert hints[-1].payload["version"] == front.version()


def test_many_changes_of_one_transaction_are_one_hint(front: Front, sent: Any) -> None:
    for _ in range(3):
        front.walk_in()
    sent.clear()
    front.act(queue.end_day, front.cast.main_id, front.visits()[0].business_date)
    assert len(found(sent, "visit_status_changed")) == 3
    assert len(found(sent, "display_updated")) == len(found(sent, "ticket_updated")) == 1


def test_a_doctor_a_room_and_a_name_that_change_are_hinted_to_screens_and_tickets(front: Front, sent: Any) -> None:
    cast, visit = front.cast, front.walk_in()
    workplace = db.session.scalars(select(DoctorClinic).where(DoctorClinic.doctor_id == cast.doctor_id)).one()
    changes = [
        (doctors.update_doctor, cast.doctor_id, {"name": "Dr. Ada Married"}),
        (doctors.change_workplace, workplace.id, {"room": "9"}),
        (patients.update_patient, visit.patient_id, {"name": "Another Name"}),
    ]
    for change, key, values in changes:
        sent.clear()
        front.act(change, key, values, actor=cast.admin)
        for event, room in (("display_updated", "display"), ("ticket_updated", "tickets")):
            (hint,) = found(sent, event)
            assert (hint.rooms, hint.payload["version"]) == ((f"{room}_{cast.main_id}",), front.version())
            assert set(hint.payload) == {"clinic_id", "version", "at"}
    assert (place(front, visit).doctor, place(front, visit).room) == ("Dr. Ada Married", "9")


def test_a_visit_that_is_over_lets_its_ticket_go(front: Front, let_go: list[str]) -> None:
    done, gone = front.walk_in(), front.walk_in()
    front.start(done)
    assert let_go == []
    front.complete(done)
    front.act(queue.leave, gone.id)
    assert let_go == [f"ticket_{done.id}", f"ticket_{gone.id}"]


def test_a_place_in_the_queue_goes_from_waiting_to_over(front: Front) -> None:
    with clock.freeze(NOW):
        first, own = front.walk_in(), front.walk_in()
    waiting = place(front, own)
    assert (waiting.status, waiting.number, waiting.ahead) == (VisitStatus.WAITING, own.queue_number, 1)
    assert waiting.about_minutes
    front.act(queue.call, first.id)
    assert (place(front, own).ahead, place(front, own).called_number) == (1, first.queue_number)
    front.start(first)
    assert place(front, own).ahead == 0
    front.act(queue.call, own.id)
    called = place(front, own)
    assert (called.status, called.room, called.doctor, called.ahead) == (VisitStatus.CALLED, "1", "Dr. Ada Main", None)
    front.start(own)
    assert place(front, own).status is VisitStatus.IN_PROGRESS
    front.complete(own)
    assert place(front, own).is_over


def test_a_ticket_of_somebody_who_left_or_was_checked_in_by_mistake_is_over(front: Front) -> None:
    left, mistaken = front.walk_in(), front.check_in()
    front.act(queue.leave, left.id)
    front.act(arrivals.undo_check_in, mistaken.id, "wrong patient")
    assert place(front, left).is_over
    assert place(front, mistaken).is_over


def test_a_ticket_says_nothing_more_when_the_clinics_day_is_over_unless_its_visit_is_not(front: Front) -> None:
    done, inside = front.walk_in(), front.walk_in()
    front.complete(front.start(done))
    front.start(inside)
    tomorrow = NOW + timedelta(days=1)
    finished, started = tickets.find_visit(done.id), tickets.find_visit(inside.id)
    assert finished
    assert started
    assert tickets.is_in_use(finished, now=front.now)
    assert not tickets.is_in_use(finished, now=tomorrow)
    assert tickets.is_in_use(started, now=tomorrow)


def test_a_ticket_is_printed_by_the_desk_of_its_clinic_while_somebody_waits(front: Front) -> None:
    visit = front.walk_in()
    assert tickets.get_printable(visit.id, actor=front.cast.reception).id == visit.id
    assert tickets.get_printable(visit.id, actor=front.cast.admin).id == visit.id
    for name in ("riverside", "doctor2", "accountant"):
        with pytest.raises(NotFound):
            tickets.get_printable(visit.id, actor=getattr(front.cast, name))
    with pytest.raises(NotAllowed):
        tickets.get_printable(visit.id, actor=front.cast.doctor)
    front.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    with pytest.raises(Conflict):
        tickets.get_printable(visit.id, actor=front.cast.reception)


def test_a_doctor_who_is_reception_elsewhere_prints_no_tickets_here(front: Front) -> None:
    user = make_user(Role.DOCTOR, Role.RECEPTIONIST, clinics=[front.cast.riverside_clinic])
    doctor = make_doctor(front.cast.main_clinic, user=user)
    visit = front.walk_in(doctor_id=doctor.id)
    with pytest.raises(NotAllowed):
        tickets.get_printable(visit.id, actor=actor_of(user))
