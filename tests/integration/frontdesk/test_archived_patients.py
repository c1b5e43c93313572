"""Patients whose records are archived: who is not let into the queue, and who still finds the way out of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.billing.models import Invoice
from app.frontdesk import arrivals, consultations, handover, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.db import db
from app.kernel.models import AuditEntry
from app.people.patient_models import Patient
from app.people.patients import archive_patient, restore_patient
from app.scheduling.errors import PatientArchived, UnknownPatient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.integration.frontdesk.clinical import diagnose, prescribe
from tests.integration.frontdesk.front import Front
from tests.plugins.races import Race


def status_of(front: Front, visit: Visit) -> VisitStatus:
    return next(row.status for row in front.visits() if row.id == visit.id)


def archive(front: Front, patient_id: int) -> None:
    front.act(archive_patient, patient_id)


def counted(patient_id: int) -> tuple[int, bool]:
    """The visits of the patient, and whether the record is active."""
    db.session.rollback()
    row = db.session.execute(select(Patient.total_visits, Patient.is_active).where(Patient.id == patient_id)).one()
    return row.total_visits, row.is_active


def refused_beside(outcomes: list[Any]) -> bool:
    """Whether the arrival was refused; nothing else has gone wrong."""
    arrived, archived = outcomes
    assert archived is None
    assert isinstance(arrived, Visit | PatientArchived | UnknownPatient)
    return not isinstance(arrived, Visit)


def came_before_it_was_archived(patient_id: int) -> bool:
    """By the audit log, which both write last."""
    db.session.rollback()
    last = select(func.max(AuditEntry.id))
    came = last.where(AuditEntry.entity == "visit", AuditEntry.action == "create")
    gone = last.where(AuditEntry.entity == "patient", AuditEntry.entity_id == str(patient_id))
    return int(db.session.scalar(came) or 0) < int(db.session.scalar(gone) or 0)


def test_who_is_archived_is_not_checked_in_until_the_record_is_back(front: Front) -> None:
    appointment = front.appointment()
    archive(front, appointment.patient_id)
    before = front.version()
    with pytest.raises(PatientArchived):
        front.check_in(appointment)
    assert (front.visits(), front.version()) == ([], before)
    assert db.session.get_one(Appointment, appointment.id).status is AppointmentStatus.CONFIRMED
    front.act(restore_patient, appointment.patient_id)
    assert front.check_in(appointment).queue_number == 1


def test_who_waits_is_called_seen_and_billed_though_archived_meanwhile(front: Front) -> None:
    waits, walked_in = front.check_in(), front.walk_in()
    for visit in (waits, walked_in):
        archive(front, visit.patient_id)
    assert front.columns()["waiting"] == [walked_in.id, waits.id]
    assert front.call_next().id == walked_in.id
    front.act(queue.call, waits.id)
    for visit in (waits, walked_in):
        front.act(consultations.start, visit.id, actor=front.cast.doctor)
        front.complete(visit, notes="seen all the same")
    assert {row.status for row in front.visits()} == {VisitStatus.COMPLETED}
    assert sorted(db.session.scalars(select(Invoice.visit_id))) == sorted([waits.id, walked_in.id])
    assert counted(waits.patient_id) == (1, False)


@pytest.mark.parametrize("called", [False, True])
def test_who_waits_may_leave_or_go_to_another_doctor_though_archived_meanwhile(front: Front, called: bool) -> None:
    leaves, undone, given = front.check_in(), front.walk_in(), front.walk_in()
    for visit in (leaves, undone, given):
        if called:
            front.act(queue.call, visit.id)
        archive(front, visit.patient_id)
    front.act(queue.leave, leaves.id)
    front.act(arrivals.undo_check_in, undone.id, "wrong patient")
    front.act(handover.hand_over, given.id, front.cast.doctor2_id)
    assert [row.status for row in front.visits()] == [VisitStatus.LEFT, VisitStatus.LEFT, VisitStatus.WAITING]


def test_during_a_consultation_nothing_is_added_to_an_archived_record_but_what_completes_it(front: Front) -> None:
    visit = front.start(front.walk_in())
    archive(front, visit.patient_id)
    for add in (diagnose, prescribe):
        with pytest.raises(PatientArchived):
            add(front, visit)
    assert front.complete(visit, notes="no more than this").signed_at is not None


# -- at the same moment


@pytest.mark.parametrize("_round", range(5))
def test_nobody_is_checked_in_after_the_record_was_archived(front: Front, at_once: Race, _round: int) -> None:
    appointment = front.appointment()
    outcomes = at_once(
        lambda: front.check_in(appointment),
        lambda: front.act(archive_patient, appointment.patient_id, actor=front.cast.admin),
    )
    assert refused_beside(outcomes) == (front.visits() == [])
    assert refused_beside(outcomes) or came_before_it_was_archived(appointment.patient_id)


@pytest.mark.parametrize("_round", range(5))
def test_nobody_walks_in_whose_record_is_deleted_or_archived_at_the_moment(
    front: Front, at_once: Race, _round: int
) -> None:
    request = front.request()
    outcomes = at_once(
        lambda: front.act(arrivals.walk_in, request),
        lambda: front.act(archive_patient, request.patient_id, actor=front.cast.admin),
    )
    refused = refused_beside(outcomes)
    patient = db.session.scalars(select(Patient.is_active).where(Patient.id == request.patient_id)).one_or_none()
    assert patient is (None if refused else False)
    assert refused or came_before_it_was_archived(request.patient_id)


@pytest.mark.parametrize("_round", range(3))
def test_who_is_archived_while_the_consultation_ends_is_billed(front: Front, at_once: Race, _round: int) -> None:
    visit = front.start(front.check_in())
    outcomes = at_once(
        lambda: front.complete(visit),
        lambda: front.act(archive_patient, visit.patient_id, actor=front.cast.admin),
    )
    assert [type(one) for one in outcomes] == [Visit, type(None)]
    assert status_of(front, visit) is VisitStatus.COMPLETED
    assert counted(visit.patient_id) == (1, False)
