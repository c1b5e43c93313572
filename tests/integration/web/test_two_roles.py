"""Somebody who is reception at one clinic and a doctor at another is each of them only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.documents.service import ExportFormat, export_period
from app.frontdesk import arrivals, board, queue, sheets, watching
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import Phase
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.messaging.models import Notification
from app.people.models import Doctor
from app.people.patient_models import Patient
from app.people.patients import may_read_clinical, register_patient, update_patient
from app.people.roles import Role
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.requests import BookingRequest
from app.web.security import actor_of
from tests.cast import Cast
from tests.factories import make_appointment, make_doctor, make_patient, make_user

NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)


@dataclass
class Both:
    """`actor` is reception at the main clinic and a doctor at Riverside: of `own`, not of `other`."""

    cast: Cast
    actor: Actor
    doctor: Doctor
    own: Patient
    other: Patient
    main_patient: Patient

    def act(self, command: Callable[..., Any], *args: Any, **values: Any) -> Any:
        with transaction(self.actor):
            return command(*args, actor=self.actor, now=NOW, **values)


@pytest.fixture
def both(session: Any, cast: Cast) -> Both:
    user = make_user(Role.RECEPTIONIST, Role.DOCTOR, clinics=[cast.main_clinic], username="both")
    doctor = make_doctor(cast.riverside_clinic, user=user, name="Dr. Desk")
    return Both(
        cast,
        actor_of(user),
        doctor,
        own=make_patient(cast.riverside_clinic, name="Own", treated_by=[doctor]),
        other=make_patient(cast.riverside_clinic, name="Other"),
        main_patient=make_patient(cast.main_clinic, name="Main"),
    )


def test_rows_are_the_desks_at_its_clinic_and_the_own_ones_elsewhere(both: Both) -> None:
    cast, start = both.cast, NOW + timedelta(hours=2)
    own = make_appointment(both.own, both.doctor, cast.riverside_service, start)
    make_appointment(both.other, cast.doctor2_row, cast.riverside_service, start)
    at_main = make_appointment(both.main_patient, cast.doctor_row, cast.main_service, start)
    names = {patient.name for patient in db.session.scalars(scope.rows(Patient, both.actor))}
    assert names == {"Own", "Main"}
    assert {row.id for row in db.session.scalars(scope.rows(Appointment, both.actor))} == {own.id, at_main.id}


def test_what_others_do_at_the_doctors_clinic_stays_unseen(both: Both) -> None:
    cast = both.cast
    with transaction(cast.riverside):
        for patient, doctor_id in ((both.other, cast.doctor2_id), (both.own, both.doctor.id)):
            asked = WalkIn(
                clinic_id=cast.riverside_id,
                doctor_id=doctor_id,
                service_id=cast.riverside_service_id,
                patient_id=patient.id,
            )
            arrivals.walk_in(asked, actor=cast.riverside, now=NOW)
    shown = board.get_board(cast.riverside_id, actor=both.actor, now=NOW)["phases"]["waiting"]
    assert [visit["patient_name"] for visit in shown] == ["Own"]
    assert [visit.patient_id for visit in db.session.scalars(scope.rows(Visit, both.actor))] == [both.own.id]
    with pytest.raises(NotAllowed):
        watching.room_of_clinic(cast.riverside_id, actor=both.actor)
    assert watching.room_of_clinic(cast.main_id, actor=both.actor) == f"clinic_{cast.main_id}"
    day = sheets.get_doctor_day(actor=both.actor, now=NOW)
    assert [one["clinic_id"] for one in day.boards] == [cast.riverside_id]


def test_messages_are_those_of_the_desks_clinic(both: Both) -> None:
    facts = {"kind": "k", "channel": "email", "recipient": "a@b.test", "subject": "s", "body": "b"}
    with transaction():
        for number, patient in enumerate((both.own, both.main_patient)):
            db.session.add(
                Notification(clinic_id=patient.clinic_id, patient_id=patient.id, dedupe_key=str(number), **facts)
            )
    found = db.session.scalars(scope.rows(Notification, both.actor))
    assert [notice.patient_id for notice in found] == [both.main_patient.id]


def test_the_desks_acts_are_refused_at_the_doctors_clinic(both: Both) -> None:
    cast, start = both.cast, NOW + timedelta(days=1)
    own = make_appointment(both.own, both.doctor, cast.riverside_service, start)
    with transaction(cast.riverside):
        asked = WalkIn(
            clinic_id=cast.riverside_id,
            doctor_id=both.doctor.id,
            service_id=cast.riverside_service_id,
            patient_id=both.own.id,
        )
        visit = arrivals.walk_in(asked, actor=cast.riverside, now=NOW)
    parties = {"clinic_id": cast.riverside_id, "patient_id": both.own.id, "doctor_id": both.doctor.id}
    with transaction(cast.riverside):
        line = [{"description": "Treatment", "unit_price": "10.00"}]
        invoice = compose_invoice(parties | {"lines": line}, actor=cast.riverside, now=NOW)
    request = BookingRequest(**parties, service_id=cast.riverside_service_id, starts_at=start)
    for command, args, values in (
        (register_patient, ({"name": "New"},), {"clinic_id": cast.riverside_id}),
        (update_patient, (both.own.id, {"name": "New"}), {}),
        (booking.book, (request,), {}),
        (booking.reschedule, (own.id, start + timedelta(hours=1)), {}),
        (booking.update_appointment, (own.id, {"notes": "x"}), {}),
        (arrivals.walk_in, (asked,), {}),
        (arrivals.undo_check_in, (visit.id, "why"), {}),
        (compose_invoice, (parties,), {}),
        (issue, (invoice.id,), {}),
    ):
        with pytest.raises(NotAllowed):
            both.act(command, *args, **values)
    with pytest.raises((NotAllowed, NotFound)):
        both.act(queue.call_next, cast.riverside_id, cast.doctor2_id)


def test_both_do_their_own_work(both: Both) -> None:
    cast = both.cast
    mine = make_appointment(both.own, both.doctor, cast.riverside_service, NOW + timedelta(days=1), status="requested")
    assert both.act(booking.confirm, mine.id).status == "confirmed"
    at_main = WalkIn(
        clinic_id=cast.main_id,
        doctor_id=cast.doctor_id,
        service_id=cast.service_id,
        patient_id=both.main_patient.id,
    )
    visit = both.act(arrivals.walk_in, at_main)
    assert both.act(queue.move, visit.id, Phase.WITH_DOCTOR).status == "in_progress"
    assert both.act(register_patient, {"name": "New"}, clinic_id=cast.main_id).clinic_id == cast.main_id


def test_clinical_fields_are_not_for_somebody_who_reads_patients_as_the_desk_does(both: Both) -> None:
    assert not may_read_clinical(both.actor)
    with pytest.raises(NotAllowed):
        both.act(update_patient, both.main_patient.id, {"allergies": "none"})


def test_an_accountant_who_is_also_a_doctor_exports_the_books_of_accounting_alone(session: Any, cast: Cast) -> None:
    user = make_user(Role.ACCOUNTANT, Role.DOCTOR, clinics=[cast.main_clinic], username="books")
    make_doctor(cast.riverside_clinic, user=user)
    actor = actor_of(user)
    with transaction(actor), pytest.raises(NotAllowed):
        export_period(ExportFormat.CSV, NOW.date(), NOW.date(), clinic_id=cast.riverside_id, actor=actor, now=NOW)
