"""Check-in, walk-in and taking either back: numbers, states and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.frontdesk import arrivals, queue
from app.frontdesk.errors import (
    AlreadyInQueue,
    AlreadyWithDoctor,
    ReasonMissing,
    StateChanged,
    VisitOver,
)
from app.frontdesk.states import Priority, VisitStatus
from app.kernel.db import db
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import AuditEntry
from app.people.models import DoctorPatient
from app.scheduling.errors import (
    DoctorNotOffering,
    NotConfirmed,
    NotTheAppointmentDay,
    PatientArchived,
    ServiceNotOffered,
    UnknownPatient,
)
from app.scheduling.models import Appointment, DoctorTime
from app.scheduling.states import AppointmentStatus
from tests.factories import make_clinic, make_doctor, make_patient, make_service
from tests.plugins.races import Race


def status_of(appointment: Appointment) -> AppointmentStatus:
    db.session.rollback()
    status: AppointmentStatus = db.session.scalars(
        select(Appointment.status).where(Appointment.id == appointment.id)
    ).one()
    return status


# -- check-in


def test_a_check_in_gives_a_number_and_the_state_of_both(front: Any) -> None:
    appointment = front.appointment()
    visit = front.check_in(appointment)
    assert (visit.status, visit.queue_number, visit.business_date) == (VisitStatus.WAITING, 1, date(2030, 5, 6))
    assert (visit.patient_id, visit.doctor_id, visit.appointment_id) == (
        appointment.patient_id,
        front.cast.doctor_id,
        appointment.id,
    )
    assert visit.check_in_time == front.now
    assert status_of(appointment) is AppointmentStatus.CHECKED_IN
    assert front.columns() == {"waiting": [visit.id], "with_doctor": [], "completed": []}


def test_numbers_go_up_by_one_at_each_clinic(front: Any) -> None:
    here = [front.walk_in().queue_number for _ in range(3)]
    there = front.walk_in(
        actor=front.cast.riverside,
        clinic_id=front.cast.riverside_id,
        doctor_id=front.cast.doctor2_id,
        service_id=front.cast.riverside_service_id,
        patient_id=make_patient(front.cast.riverside_clinic).id,
    )
    assert (here, there.queue_number) == ([1, 2, 3], 1)


def test_numbers_begin_again_with_the_clinics_day(front: Any) -> None:
    front.walk_in()
    front.now += timedelta(hours=13, minutes=55)  # 23:57 in Berlin
    late = front.walk_in()
    front.now += timedelta(minutes=5)
    next_day = front.walk_in()
    assert (late.business_date, late.queue_number) == (date(2030, 5, 6), 2)
    assert (next_day.business_date, next_day.queue_number) == (date(2030, 5, 7), 1)


@pytest.mark.parametrize(
    "status",
    [
        AppointmentStatus.REQUESTED,
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.NO_SHOW,
    ],
)
def test_only_a_confirmed_appointment_is_checked_in(front: Any, status: AppointmentStatus) -> None:
    appointment = front.appointment(status=status)
    with pytest.raises(NotConfirmed):
        front.check_in(appointment)
    assert front.visits() == []


@pytest.mark.parametrize("days", [-1, 1])
def test_a_check_in_on_another_day_is_refused(front: Any, days: int) -> None:
    appointment = front.appointment(front.now + timedelta(days=days))
    with pytest.raises(NotTheAppointmentDay):
        front.check_in(appointment)


def test_a_doctor_and_an_accountant_check_nobody_in(front: Any) -> None:
    appointment = front.appointment()
    with pytest.raises(NotAllowed):
        front.check_in(appointment, front.cast.doctor)
    with pytest.raises(NotFound):
        front.check_in(appointment, front.cast.accountant)
    assert status_of(appointment) is AppointmentStatus.CONFIRMED


def test_an_appointment_of_another_clinic_is_not_there(front: Any) -> None:
    with pytest.raises(NotFound):
        front.check_in(front.appointment(), front.cast.riverside)
    with pytest.raises(NotFound):
        front.act(arrivals.check_in, 2**31 - 1)


def test_a_patient_stands_once_in_a_doctors_queue(front: Any) -> None:
    patient = front.patient()
    front.walk_in(patient_id=patient.id)
    appointment = front.appointment(patient=patient)
    with pytest.raises(AlreadyInQueue):
        front.walk_in(patient_id=patient.id)
    with pytest.raises(AlreadyInQueue):
        front.check_in(appointment)
    assert status_of(appointment) is AppointmentStatus.CONFIRMED
    assert len(front.visits()) == 1
    other = front.walk_in(patient_id=patient.id, doctor_id=front.cast.doctor2_id)
    assert other.queue_number == 2  # the refused ones took no number


def test_two_desks_check_one_appointment_in_once(front: Any, at_once: Race) -> None:
    appointment = front.appointment()
    outcomes = at_once(*[lambda: front.check_in(appointment)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["NotConfirmed", "Visit"]
    assert [visit.queue_number for visit in front.visits()] == [1]


def test_twenty_arrivals_at_once_get_twenty_numbers(front: Any, at_once: Race) -> None:
    appointments = [front.appointment(front.now + timedelta(minutes=30 * n)) for n in range(10)]
    requests = [front.request() for _ in range(10)]
    before = front.version()
    calls = [lambda a=a: front.check_in(a) for a in appointments]
    calls += [lambda r=r: front.act(arrivals.walk_in, r) for r in requests]
    outcomes = at_once(*calls)
    assert sorted(visit.queue_number for visit in outcomes) == list(range(1, 21))
    assert front.version() == before + 20


# -- walk-in


def test_a_walk_in_puts_the_patient_in_the_doctors_reach(front: Any) -> None:
    visit = front.walk_in(priority=Priority.URGENT)
    assert (visit.appointment_id, visit.priority, visit.priority_reason) == (None, Priority.URGENT, "in pain")
    reach = db.session.scalars(select(DoctorPatient.patient_id).where(DoctorPatient.doctor_id == front.cast.doctor_id))
    assert list(reach) == [visit.patient_id]


def test_a_walk_in_occupies_no_time_of_the_doctor(front: Any) -> None:
    front.walk_in()
    assert db.session.scalars(select(DoctorTime)).all() == []


def test_what_does_not_belong_to_the_clinic_is_refused(front: Any) -> None:
    cast, elsewhere = front.cast, make_clinic()
    stranger = make_patient(cast.riverside_clinic)
    with pytest.raises(ServiceNotOffered):
        front.walk_in(service_id=cast.riverside_service_id)
    with pytest.raises(DoctorNotOffering):
        front.walk_in(doctor_id=make_doctor(elsewhere).id)
    with pytest.raises(DoctorNotOffering):
        front.walk_in(doctor_id=make_doctor(cast.main_clinic, is_active=False).id)
    with pytest.raises(UnknownPatient):
        front.walk_in(patient_id=stranger.id)
    with pytest.raises(UnknownPatient):
        front.walk_in(actor=cast.admin, patient_id=stranger.id)
    with pytest.raises(PatientArchived):
        front.walk_in(patient_id=front.patient(is_active=False).id)
    with pytest.raises(NotFound):
        front.walk_in(clinic_id=elsewhere.id)
    assert front.visits() == []


def test_a_service_that_the_doctor_does_not_offer_is_refused(front: Any) -> None:
    make_service(front.cast.main_clinic, offered_by=[front.cast.doctor_row])
    with pytest.raises(DoctorNotOffering):
        front.walk_in()


def test_a_walk_in_is_receptions_act(front: Any) -> None:
    for actor in (front.cast.doctor, front.cast.accountant):
        with pytest.raises(NotAllowed):
            front.walk_in(actor=actor)
    with pytest.raises(NotFound):
        front.walk_in(actor=front.cast.riverside)
    assert front.walk_in(actor=front.cast.admin).queue_number == 1


# -- taking it back


def undo(front: Any, visit: Any, reason: str = "wrong patient", **values: Any) -> None:
    front.act(arrivals.undo_check_in, visit.id, reason, **values)


def test_an_undone_check_in_leaves_the_appointment_confirmed_and_the_visit_over(front: Any) -> None:
    appointment = front.appointment()
    undo(front, front.check_in(appointment), "  wrong patient ")
    assert status_of(appointment) is AppointmentStatus.CONFIRMED
    (visit,) = front.visits()
    assert (visit.status, visit.appointment_id, visit.queue_number) == (VisitStatus.LEFT, None, 1)
    assert visit.status_reason == "check-in undone: wrong patient"
    assert front.columns()["waiting"] == []


def test_an_undone_number_is_not_given_again_and_the_appointment_may_be_checked_in_anew(front: Any) -> None:
    appointment = front.appointment()
    undo(front, front.check_in(appointment))
    again = front.check_in(appointment)
    assert (again.queue_number, again.appointment_id) == (2, appointment.id)


def test_the_audit_log_knows_of_which_appointment_a_check_in_was_undone(front: Any) -> None:
    appointment = front.appointment()
    visit = front.check_in(appointment)
    undo(front, visit)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "visit", AuditEntry.action == "update")
    ).one()
    assert entry.before is not None
    assert (entry.entity_id, entry.before["appointment_id"]) == (str(visit.id), appointment.id)


def test_a_walk_in_is_undone_too(front: Any) -> None:
    visit = front.walk_in()
    front.act(queue.call, visit.id)
    undo(front, visit)
    assert front.visits()[0].status is VisitStatus.LEFT


def test_an_undo_is_refused_once_the_visit_has_begun_or_ended(front: Any) -> None:
    begun, gone = front.start(front.check_in()), front.walk_in()
    front.act(queue.leave, gone.id)
    with pytest.raises(AlreadyWithDoctor):
        undo(front, begun)
    with pytest.raises(VisitOver):
        undo(front, gone)


def test_an_undo_needs_a_reason_a_role_reach_and_the_expected_state(front: Any) -> None:
    visit = front.check_in()
    with pytest.raises(ReasonMissing):
        undo(front, visit, "  ")
    with pytest.raises(NotAllowed):
        undo(front, visit, actor=front.cast.doctor)
    for actor in (front.cast.riverside, front.cast.accountant, front.cast.doctor2):
        with pytest.raises(NotFound):
            undo(front, visit, actor=actor)
    with pytest.raises(StateChanged):
        undo(front, visit, expected_status=VisitStatus.CALLED)
    assert len(front.visits()) == 1


def test_a_doctor_who_is_also_at_reception_checks_in(front: Any) -> None:
    both = replace(front.cast.doctor, roles=frozenset({"Doctor", "Receptionist"}))
    assert front.check_in(actor=both).status is VisitStatus.WAITING
