"""From the door to the end of the consultation, as the front desk drives it."""

from __future__ import annotations

import pytest

from app.kernel.db import db
from app.people.patient_models import Patient
from app.scheduling import progress
from app.scheduling.errors import NotCheckedIn, NotConfirmed, NotTheAppointmentDay
from app.scheduling.states import AppointmentStatus
from tests.factories import make_patient
from tests.integration.scheduling.desk import Desk, act, at, busy_of, stored

CONFIRMED = AppointmentStatus.CONFIRMED


def test_the_time_stays_taken_until_the_consultation_ends(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(progress.check_in, booked.id, actor=desk.cast.reception, now=at(4, 9, 40))
    assert stored(booked.id).status is AppointmentStatus.CHECKED_IN
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]
    act(progress.complete, booked.id, actor=desk.cast.doctor, now=at(4, 10, 10))
    assert stored(booked.id).status is AppointmentStatus.COMPLETED
    desk.book(at(4, 10, 15), now=at(4, 10, 10))
    assert desk.events()[:3] == ["appointment_created", "appointment_updated", "appointment_updated"]


def test_a_check_in_by_mistake_is_undone(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(progress.check_in, booked.id, actor=desk.cast.reception, now=at(4, 9))
    act(progress.undo_check_in, booked.id, actor=desk.cast.reception, now=at(4, 9))
    assert stored(booked.id).status is CONFIRMED
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]


def test_a_patient_who_leaves_unseen_has_cancelled(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(progress.check_in, booked.id, actor=desk.cast.reception, now=at(4, 9))
    act(progress.leave, booked.id, actor=desk.cast.reception, now=at(4, 11))
    row = stored(booked.id)
    assert (row.status, row.cancelled_by, row.cancel_reason) == (AppointmentStatus.CANCELLED, "patient", "left")
    assert busy_of(desk.cast.doctor_id) == []
    assert db.session.get_one(Patient, desk.patient.id, populate_existing=True).total_cancellations == 1


def test_each_step_needs_the_one_before(desk: Desk) -> None:
    requested, confirmed = desk.book(at(4, 10)), desk.book(at(4, 11), status=CONFIRMED)
    for command, appointment, now, refusal in [
        (progress.check_in, requested, at(4, 9), NotConfirmed),
        (progress.check_in, confirmed, at(3, 23), NotTheAppointmentDay),
        (progress.check_in, confirmed, at(5, 1), NotTheAppointmentDay),
        (progress.undo_check_in, confirmed, at(4, 9), NotCheckedIn),
        (progress.complete, confirmed, at(4, 9), NotCheckedIn),
        (progress.leave, confirmed, at(4, 9), NotCheckedIn),
    ]:
        with pytest.raises(refusal):
            act(command, appointment.id, actor=desk.cast.admin, now=now)


def test_an_overbooked_patient_is_seen_too(desk: Desk) -> None:
    desk.book(at(4, 10), status=CONFIRMED)
    extra = desk.book(
        at(4, 10), patient_id=make_patient(desk.cast.main_clinic).id, status=CONFIRMED, overbook_reason="emergency"
    )
    for command in (progress.check_in, progress.undo_check_in, progress.check_in, progress.complete):
        act(command, extra.id, actor=desk.cast.admin, now=at(4, 9))
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]
