"""Patients who wait go to another doctor: what goes with them, who no longer reaches them, and two desks at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.billing.drafting import compose_invoice
from app.billing.models import Invoice
from app.frontdesk import arrivals, consultations, handover, prescriptions, queue, records
from app.frontdesk.errors import (
    AlreadyInQueue,
    AlreadyWithDoctor,
    NobodyWaiting,
    ReasonMissing,
    RecordBegun,
    SameDoctor,
    StateChanged,
    VisitOver,
)
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from app.kernel import live, scope
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.people import doctors
from app.people.models import DoctorClinic, DoctorService
from app.people.patient_models import Patient
from app.scheduling.errors import DoctorNotOffering
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_doctor, make_service
from tests.integration.frontdesk.front import Front
from tests.integration.scheduling.desk import counted_statements
from tests.plugins.races import Race


def give(front: Front, visit: Visit, doctor_id: int | None = None, **values: Any) -> Any:
    return front.act(handover.hand_over, visit.id, doctor_id or front.cast.doctor2_id, **values)


def give_all(front: Front, **values: Any) -> Any:
    cast = front.cast
    whole = {"from_doctor_id": cast.doctor_id, "to_doctor_id": cast.doctor2_id, "reason": "called away"} | values
    return front.act(handover.hand_over_all, cast.main_id, **whole)


def stored(front: Front, visit: Visit) -> Visit:
    return next(row for row in front.visits() if row.id == visit.id)


def reaches(actor: Any, model: Any, key: int) -> bool:
    db.session.rollback()
    return scope.find(model, key, actor=actor) is not None


def is_archived(front: Front) -> None:
    front.act(doctors.remove_doctor, front.cast.doctor_id, actor=front.cast.admin)


def leaves_the_clinic(front: Front) -> None:
    key = select(DoctorClinic.id).where(
        DoctorClinic.doctor_id == front.cast.doctor_id, DoctorClinic.clinic_id == front.cast.main_id
    )
    front.act(doctors.end_workplace, db.session.scalar(key), actor=front.cast.admin)


# -- one


def test_a_patient_waits_for_the_other_doctor_at_the_same_place(front: Front) -> None:
    visit = front.walk_in()
    front.act(queue.call, visit.id)
    give(front, visit, reason=" leaves early ", expected_status=VisitStatus.CALLED, expected_doctor_id=visit.doctor_id)
    row = stored(front, visit)
    assert (row.doctor_id, row.status, row.called_time) == (front.cast.doctor2_id, VisitStatus.WAITING, None)
    assert (row.queue_number, row.check_in_time, row.status_reason) == (1, visit.check_in_time, "leaves early")
    assert [each["doctor_name"] for each in front.board()["phases"]["waiting"]] == ["Dr. Ben Both"]


def write_notes(front: Front, visit: Visit) -> None:
    front.act(records.save_record, visit.id, {"notes": "Cough"}, revision=0, actor=front.cast.doctor)


def prescribe(front: Front, visit: Visit) -> None:
    asked = {"items": [{"medicine": "Paracetamol", "dose": "500 mg"}]}
    front.act(prescriptions.prescribe, visit.id, asked, form_key="first", actor=front.cast.doctor)


@pytest.mark.parametrize("begin", [write_notes, prescribe])
def test_a_consultation_that_was_begun_stays_with_its_doctor(front: Front, begin: Any) -> None:
    visit = front.start(front.walk_in())
    begin(front, visit)
    front.act(queue.move, visit.id, Phase.WAITING, reason="back to the laboratory")
    with pytest.raises(RecordBegun):
        give(front, visit)
    other = front.walk_in(patient_id=front.patient().id)
    handed = give_all(front)
    assert [row.id for row in handed.given] == [other.id]
    assert [(row.id, type(why)) for row, why in handed.kept] == [(visit.id, RecordBegun)]


def test_the_first_doctor_no_longer_reaches_who_was_never_theirs(front: Front) -> None:
    first, other = front.cast.doctor, front.cast.doctor2
    visit = front.walk_in()
    give(front, visit)
    for model, key in ((Visit, visit.id), (Patient, visit.patient_id)):
        assert not reaches(first, model, key)
        assert reaches(other, model, key)
    with pytest.raises(NotFound):
        front.act(queue.call, visit.id, actor=first)
    assert front.columns(first)["waiting"] == []


def test_the_first_doctor_keeps_those_whom_they_have_treated(front: Front) -> None:
    patient = front.patient()
    front.complete(front.start(front.walk_in(patient_id=patient.id)))
    give(front, front.walk_in(patient_id=patient.id))
    assert reaches(front.cast.doctor, Patient, patient.id)


def test_the_appointment_goes_along_and_no_time_is_booked_twice(front: Front) -> None:
    appointment = front.appointment()
    front.appointment(appointment.starts_at, doctor=front.cast.doctor2_row)
    visit = front.check_in(appointment)
    give(front, visit)
    db.session.rollback()
    row = db.session.get_one(Appointment, appointment.id, populate_existing=True)
    assert (row.doctor_id, row.status) == (front.cast.doctor2_id, AppointmentStatus.CHECKED_IN)
    assert not reaches(front.cast.doctor, Appointment, appointment.id)
    busy = list(db.session.scalars(select(DoctorTime.doctor_id)))
    assert busy == [front.cast.doctor2_id]  # the colleague's own alone


def test_the_other_doctor_completes_and_is_billed(front: Front) -> None:
    visit = front.check_in()
    give(front, visit)
    front.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    with pytest.raises(NotFound):
        front.complete(visit)
    front.act(consultations.complete, visit.id, actor=front.cast.doctor2)
    (bill,) = db.session.scalars(select(Invoice))
    assert (bill.doctor_id, bill.visit_id) == (front.cast.doctor2_id, visit.id)
    assert db.session.get_one(Appointment, visit.appointment_id).status is AppointmentStatus.COMPLETED


def test_a_draft_of_the_booking_is_billed_by_who_saw_the_patient(front: Front) -> None:
    appointment = front.appointment()
    with transaction(front.cast.reception):
        compose_invoice({"appointment_id": appointment.id}, actor=front.cast.reception, now=front.now)
    visit = front.check_in(appointment)
    give(front, visit)
    front.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    front.act(consultations.complete, visit.id, actor=front.cast.doctor2)
    (bill,) = db.session.scalars(select(Invoice))
    assert (bill.doctor_id, bill.visit_id) == (front.cast.doctor2_id, visit.id)


def test_a_check_in_is_undone_after_it_as_before(front: Front) -> None:
    visit = front.check_in()
    give(front, visit)
    front.act(arrivals.undo_check_in, visit.id, "mistake")
    (appointment,) = db.session.scalars(select(Appointment))
    assert (appointment.status, appointment.doctor_id) == (AppointmentStatus.CONFIRMED, front.cast.doctor2_id)


def test_who_cannot_be_handed_over_stays(front: Front) -> None:
    cast, visit, inside, over = front.cast, front.walk_in(), front.start(front.walk_in()), front.walk_in()
    front.act(queue.leave, over.id)
    twice = front.walk_in(patient_id=visit.patient_id, doctor_id=cast.doctor2_id)
    elsewhere = make_doctor(cast.riverside_clinic)
    alone = make_doctor(cast.main_clinic)
    make_service(cast.main_clinic, offered_by=[alone])
    gone = make_doctor(cast.main_clinic, is_active=False)
    for act, refusal in (
        (lambda: give(front, visit, cast.doctor_id), SameDoctor),
        (lambda: give(front, visit), AlreadyInQueue),
        (lambda: give(front, inside), AlreadyWithDoctor),
        (lambda: give(front, over), VisitOver),
        (lambda: give(front, visit, elsewhere.id), DoctorNotOffering),
        (lambda: give(front, visit, alone.id), DoctorNotOffering),
        (lambda: give(front, visit, gone.id), DoctorNotOffering),
        (lambda: give(front, visit, 2**31 - 1), DoctorNotOffering),
        (lambda: give(front, visit, expected_status=VisitStatus.CALLED), StateChanged),
        (lambda: give(front, visit, expected_doctor_id=cast.doctor2_id), StateChanged),
        (lambda: give(front, visit, actor=cast.doctor), NotAllowed),
        (lambda: give(front, visit, actor=cast.riverside), NotFound),
    ):
        with pytest.raises(refusal):
            act()
    assert [stored(front, one).doctor_id for one in (visit, inside, twice)] == [
        cast.doctor_id,
        cast.doctor_id,
        cast.doctor2_id,
    ]


def test_the_first_doctor_hears_of_a_change_and_of_no_patient(front: Front, sent: list[live.Announcement]) -> None:
    visit = front.check_in()
    sent.clear()
    give(front, visit)
    first, other = f"doctor_{front.cast.doctor_id}", f"doctor_{front.cast.doctor2_id}"
    told = {one.event: one.payload for one in sent if first in one.rooms}
    assert set(told) == {"queue_updated", "appointment_updated"}
    assert "visit" not in told["queue_updated"]
    assert set(told["appointment_updated"]) == {"id", "doctor_id", "clinic_id", "version", "at"}
    heard = {one.event for one in sent if other in one.rooms}
    assert heard == {"new_checkin", "visit_status_changed", "queue_updated", "appointment_updated"}
    at_desk = {one.event for one in sent if f"clinic_{front.cast.main_id}" in one.rooms}
    assert at_desk == {"visit_status_changed", "queue_updated", "appointment_updated"}


# -- all


def test_all_who_wait_go_and_who_is_inside_stays(front: Front) -> None:
    inside = front.start(front.walk_in())
    waits, called = front.check_in(), front.walk_in()
    front.act(queue.call, called.id)
    there = front.walk_in(doctor_id=front.cast.doctor2_id)
    both = front.walk_in(patient_id=there.patient_id)
    special = front.walk_in(service_id=make_service(front.cast.main_clinic).id)
    make(DoctorService(doctor_id=front.cast.doctor2_id, service_id=front.cast.service_id))
    before = front.version()
    outcome = give_all(front)
    assert [visit.id for visit in outcome.given] == [waits.id, called.id]
    assert {visit.id: type(why) for visit, why in outcome.kept} == {
        both.id: AlreadyInQueue,
        special.id: DoctorNotOffering,
    }
    assert front.version() == before + 1
    with_first = {row.id for row in front.visits() if row.doctor_id == front.cast.doctor_id}
    assert with_first == {inside.id, both.id, special.id}
    assert {stored(front, one).status for one in (waits, called)} == {VisitStatus.WAITING}


def test_handing_all_over_takes_as_many_statements_for_twelve_as_for_two(front: Front) -> None:
    def statements(people: int) -> int:
        for _ in range(people):
            front.check_in(front.appointment(overbook_reason="a test"))
        with counted_statements() as counted:
            give_all(front)
        return sum("SELECT" in text for text in counted)

    few = statements(2)
    for visit in front.visits():
        front.act(queue.leave, visit.id)
    assert statements(12) == few


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"reason": None}, ReasonMissing),
        ({"same": True}, SameDoctor),
        ({"from_doctor_id": 2**31 - 1}, NotFound),
        ({"to_doctor_id": 2**31 - 1}, DoctorNotOffering),
        ({"actor": "doctor"}, NotAllowed),
        ({"actor": "riverside"}, NotFound),
    ],
)
def test_handing_all_over_is_refused(front: Front, values: dict[str, Any], refusal: type[Refusal]) -> None:
    visit = front.walk_in()
    if values.pop("same", False):
        values["to_doctor_id"] = front.cast.doctor_id
    if "actor" in values:
        values["actor"] = getattr(front.cast, values["actor"])
    with pytest.raises(refusal):
        give_all(front, **values)
    assert stored(front, visit).doctor_id == front.cast.doctor_id


def test_with_nobody_waiting_there_is_nothing_to_hand_over(front: Front) -> None:
    front.start(front.walk_in())
    with pytest.raises(NobodyWaiting):
        give_all(front)


# -- two at once


def test_of_two_desks_that_hand_one_patient_to_two_doctors_one_is_told(front: Front, at_once: Race) -> None:
    third = make_doctor(front.cast.main_clinic)
    visit = front.walk_in()
    seen = {"expected_status": VisitStatus.WAITING, "expected_doctor_id": front.cast.doctor_id}
    outcomes = at_once(lambda: give(front, visit, **seen), lambda: give(front, visit, third.id, **seen))
    assert sorted(type(one).__name__ for one in outcomes) == ["StateChanged", "Visit"]


@pytest.mark.parametrize("other", [queue.call, queue.leave, consultations.start])
def test_who_is_called_gone_or_inside_meanwhile_is_not_handed_over(front: Front, at_once: Race, other: Any) -> None:
    visit = front.walk_in()
    seen = {"expected_status": VisitStatus.WAITING}
    outcomes = at_once(
        lambda: give(front, visit, **seen),
        lambda: front.act(other, visit.id, actor=front.cast.doctor, **seen),
    )
    (refusal,) = (one for one in outcomes if isinstance(one, Exception))
    # the doctor, who comes second, no longer reaches the visit
    assert type(refusal) in {StateChanged, NotFound}
    assert sum(isinstance(one, Visit) for one in outcomes) == 1


@pytest.mark.parametrize("seen", [None, VisitStatus.WAITING])
def test_a_consultation_is_completed_whatever_an_old_tab_of_the_desk_hands_over(
    front: Front, at_once: Race, seen: VisitStatus | None
) -> None:
    visit = front.start(front.walk_in())
    refused, done = at_once(lambda: give(front, visit, expected_status=seen), lambda: front.complete(visit))
    assert type(refused) in ({StateChanged} if seen else {AlreadyWithDoctor, VisitOver})
    assert isinstance(done, Visit)
    row = stored(front, visit)
    assert (row.status, row.doctor_id) == (VisitStatus.COMPLETED, front.cast.doctor_id)


def test_two_desks_hand_all_over_once(front: Front, at_once: Race) -> None:
    visits = [front.walk_in() for _ in range(4)]
    outcomes = at_once(lambda: give_all(front), lambda: give_all(front))
    assert sorted(type(one).__name__ for one in outcomes) == ["HandedOver", "NobodyWaiting"]
    assert {stored(front, one).doctor_id for one in visits} == {front.cast.doctor2_id}


def test_a_patient_never_waits_twice_for_one_doctor(front: Front, at_once: Race) -> None:
    visit = front.walk_in()
    request = front.request(patient_id=visit.patient_id, doctor_id=front.cast.doctor2_id)
    outcomes = at_once(lambda: give(front, visit), lambda: front.act(arrivals.walk_in, request))
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyInQueue", "Visit"]


def test_two_desks_that_swap_queues_do_not_wait_for_each_other(front: Front, at_once: Race) -> None:
    cast = front.cast
    mine = [front.walk_in() for _ in range(3)]
    theirs = [front.walk_in(doctor_id=cast.doctor2_id) for _ in range(3)]
    back = {"from_doctor_id": cast.doctor2_id, "to_doctor_id": cast.doctor_id}
    outcomes = at_once(lambda: give_all(front), lambda: give_all(front, **back))
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert len({row.id for row in front.visits()} & {one.id for one in (*mine, *theirs)}) == 6


def test_reach_is_not_lost_to_who_comes_back_meanwhile(front: Front, at_once: Race) -> None:
    """The patient walks in to the first doctor again while the old visit goes away."""
    visit = front.walk_in()
    request = front.request(patient_id=visit.patient_id)
    outcomes = at_once(lambda: give(front, visit), lambda: front.act(arrivals.walk_in, request))
    if any(isinstance(one, AlreadyInQueue) for one in outcomes):  # came a moment too early
        front.act(arrivals.walk_in, request)
    assert reaches(front.cast.doctor, Patient, visit.patient_id)


# -- a doctor who has left the clinic


@pytest.mark.parametrize(
    ("goes", "then"),
    [
        (leaves_the_clinic, NotFound),  # who has nobody there is nobody's business there
        (is_archived, NobodyWaiting),
    ],
)
def test_those_whom_a_doctor_left_behind_are_called_and_handed_over(
    front: Front, goes: Any, then: type[Refusal]
) -> None:
    first, second, third = (front.walk_in() for _ in range(3))
    goes(front)
    assert front.columns()["waiting"] == [first.id, second.id, third.id]
    assert front.call_next().id == first.id
    handed = give_all(front)
    assert [row.id for row in handed.given] == [first.id, second.id, third.id]
    with pytest.raises(then):
        give_all(front)


@pytest.mark.parametrize("goes", [leaves_the_clinic, is_archived])
def test_who_was_with_a_doctor_who_is_gone_comes_back_and_goes_to_another(front: Front, goes: Any) -> None:
    visit = front.start(front.check_in())
    goes(front)
    assert front.columns()["with_doctor"] == [visit.id]
    front.act(queue.move, visit.id, Phase.WAITING, reason="the doctor has left")
    give(front, visit)
    front.act(consultations.start, visit.id, actor=front.cast.doctor2)
    front.act(consultations.complete, visit.id, actor=front.cast.doctor2)
    assert stored(front, visit).status is VisitStatus.COMPLETED


@pytest.mark.parametrize("goes", [leaves_the_clinic, is_archived])
def test_who_is_booked_with_a_doctor_who_is_gone_is_checked_in_and_handed_over(front: Front, goes: Any) -> None:
    appointment = front.appointment()
    goes(front)
    visit = front.check_in(appointment)
    assert front.board()["phases"]["waiting"][0]["doctor_name"] == "Dr. Ada Main"
    assert give(front, visit).doctor_id == front.cast.doctor2_id


@pytest.mark.parametrize("goes", [leaves_the_clinic, is_archived])
def test_nobody_is_handed_over_to_a_doctor_who_is_gone(front: Front, goes: Any) -> None:
    visit = front.walk_in(doctor_id=front.cast.doctor2_id)
    goes(front)
    with pytest.raises(DoctorNotOffering):
        give(front, visit, front.cast.doctor_id)


def test_a_board_has_changed_when_a_doctor_is_archived(front: Front) -> None:
    before = front.version()
    is_archived(front)
    assert front.version() == before + 1


def test_a_board_shows_no_room_of_a_doctor_who_has_left(front: Front) -> None:
    front.walk_in()
    assert front.board()["phases"]["waiting"][0]["room"] == "1"
    leaves_the_clinic(front)
    assert front.board()["phases"]["waiting"][0]["room"] is None
    asked = {"doctor_id": front.cast.doctor_id, "clinic_id": front.cast.main_id, "room": "7"}
    front.act(doctors.add_workplace, asked, actor=front.cast.admin)
    assert front.board()["phases"]["waiting"][0]["room"] == "7"
