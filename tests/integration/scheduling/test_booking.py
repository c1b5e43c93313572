"""Giving a patient a time: what is stored, who is told, and everything that is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.kernel import outbox
from app.kernel.db import db
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.kernel.models import AuditEntry, OutboxMessage
from app.people.models import DoctorPatient, DoctorService, Setting
from app.people.patient_models import Patient
from app.scheduling.errors import (
    DoctorNotOffering,
    OutsideAvailability,
    PatientArchived,
    PatientNotNamed,
    ServiceNotOffered,
    SlotTaken,
    StartsInThePast,
    TooFar,
    TooSoon,
    UnknownPatient,
)
from app.scheduling.models import Appointment
from app.scheduling.queries import list_overlapping
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_doctor, make_hours, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, at, busy_of, counted_statements, stored


def test_a_booking_is_requested_and_lasts_as_long_as_its_service(desk: Desk) -> None:
    booked = stored(desk.book(at(4, 10), type="control", notes="brings\r\nx-rays").id)
    assert booked.status is AppointmentStatus.REQUESTED
    assert (booked.starts_at, booked.ends_at) == (at(4, 10), at(4, 10, 30))
    assert (booked.type, booked.notes, booked.source) == ("control", "brings\r\nx-rays", "reception")
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]


def test_the_doctors_own_duration_and_the_buffers_count(desk: Desk) -> None:
    service = make_service(desk.cast.main_clinic, buffer_before_minutes=5, buffer_after_minutes=10)
    make(DoctorService(doctor_id=desk.cast.doctor_id, service_id=service.id, duration_minutes=45))
    booked = desk.book(at(4, 10), service_id=service.id)
    assert booked.ends_at == at(4, 10, 45)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9, 55), at(4, 10, 55))]
    with pytest.raises(SlotTaken):
        desk.book(at(4, 10, 59), service_id=service.id)
    desk.book(at(4, 11), service_id=service.id)


def test_an_appointment_may_begin_beside_the_grid(desk: Desk) -> None:
    assert desk.book(at(4, 10, 7)).starts_at == at(4, 10, 7)


def test_the_doctor_may_read_the_patient_from_then_on(desk: Desk) -> None:
    desk.book(at(4, 10))
    desk.book(at(4, 11))
    pairs = [tuple(row) for row in db.session.execute(select(DoctorPatient.doctor_id, DoctorPatient.patient_id))]
    assert pairs == [(desk.cast.doctor_id, desk.patient.id)]


def test_screens_of_the_clinic_and_the_doctor_see_what_rest_shows(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    (told,) = desk.told
    assert told.event == "appointment_created"
    assert told.rooms == (f"clinic_{desk.cast.main_id}", f"doctor_{desk.cast.doctor_id}")
    assert told.payload["id"] == booked.id
    assert told.payload["starts_at"] == "2025-03-04T10:00:00+01:00"
    assert told.payload["patient_name"] == desk.patient.name
    assert told.payload["version"] == 0


def test_only_a_confirmed_booking_writes_to_the_patient(desk: Desk) -> None:
    desk.book(at(4, 10))
    assert posted() == []
    booked = desk.book(at(4, 11), status=AppointmentStatus.CONFIRMED)
    assert posted() == [("appointment.confirmed", {"appointment_id": booked.id})]


def posted() -> list[tuple[str, dict[str, Any]]]:
    return [(row.kind, row.payload) for row in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]


def test_the_audit_log_names_who_booked(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.entity == "appointment")).one()
    assert (entry.entity_id, entry.action, entry.user_id) == (str(booked.id), "create", desk.cast.reception.user_id)


# -- the patient -----------------------------------------------------------------------------------------------------


def test_a_phone_finds_the_patient_whatever_the_name(desk: Desk) -> None:
    known = make_patient(desk.cast.main_clinic, name="Anna Known", phone="+4930123456")
    booked = desk.book(at(4, 10), patient_id=None, patient_name="A. Known", patient_phone="030 123456")
    assert booked.patient_id == known.id
    assert stored(booked.id).patient.name == "Anna Known"


def test_an_unknown_phone_makes_a_patient_of_that_clinic(desk: Desk) -> None:
    booked = desk.book(at(4, 10), patient_id=None, patient_name="New Person", patient_phone="030 765432")
    patient = stored(booked.id).patient
    assert (patient.clinic_id, patient.name, patient.phone) == (desk.cast.main_id, "New Person", "+4930765432")


def test_a_refused_booking_leaves_no_new_patient_behind(desk: Desk) -> None:
    before = db.session.scalar(select(func.count()).select_from(Patient))
    with pytest.raises(OutsideAvailability):
        desk.book(at(4, 20), patient_id=None, patient_name="New Person", patient_phone="030 765432")
    assert db.session.scalar(select(func.count()).select_from(Patient)) == before


def test_a_patient_in_two_places_is_a_warning(desk: Desk) -> None:
    first = desk.book(at(4, 10))
    second = desk.book(at(4, 10, 15), doctor_id=desk.cast.doctor2_id)
    touching = desk.book(at(4, 9, 30))
    assert list_overlapping(second) == [first.id]
    assert list_overlapping(touching) == []


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "values", "refusal"),
    [
        (at(3, 7, 30), {}, StartsInThePast),
        (at(4, 8, 59), {}, OutsideAvailability),
        (at(4, 16, 31), {}, OutsideAvailability),
        (at(8, 10), {}, OutsideAvailability),
        (at(4, 10) + timedelta(days=400), {}, TooFar),
        (at(4, 10), {"clinic_id": 999_999}, NotFound),
        (at(4, 10), {"doctor_id": 999_999}, DoctorNotOffering),
        (at(4, 10), {"service_id": 999_999}, ServiceNotOffered),
        (at(4, 10), {"patient_id": 999_999}, UnknownPatient),
        (at(4, 10), {"patient_id": None}, PatientNotNamed),
        (at(4, 10), {"patient_id": None, "patient_name": "Nobody"}, PatientNotNamed),
        (at(4, 10), {"patient_name": "Two", "patient_phone": "030 123456"}, PatientNotNamed),
        (at(4, 10), {"patient_id": None, "patient_name": "New", "patient_phone": "soon"}, Invalid),
    ],
)
def test_a_booking_is_refused_with_the_fact(
    desk: Desk, starts_at: Any, values: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        desk.book(starts_at, **values)
    assert (db.session.scalar(select(func.count()).select_from(Appointment)), desk.told) == (0, [])


def test_the_clinics_notice_and_horizon_are_kept(desk: Desk) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="notice_minutes", value=180))
    make(Setting(clinic_id=desk.cast.main_id, name="horizon_days", value=7))
    with pytest.raises(TooSoon):
        desk.book(at(3, 10, 59))
    with pytest.raises(TooFar):
        desk.book(at(11, 9))
    desk.book(at(3, 11))
    desk.book(at(10, 9))


def test_strangers_to_the_clinic_are_refused(desk: Desk) -> None:
    cast = desk.cast
    elsewhere = make_doctor(cast.riverside_clinic)
    inactive = make_doctor(cast.main_clinic, is_active=False)
    archived = make_patient(cast.main_clinic, is_active=False)
    old = make_service(cast.main_clinic, is_active=False)
    make_service(cast.main_clinic, offered_by=[cast.doctor2_row])  # which is now all that this doctor offers there
    for values, refusal in [
        ({"doctor_id": elsewhere.id}, DoctorNotOffering),
        ({"doctor_id": inactive.id}, DoctorNotOffering),
        ({"service_id": cast.riverside_service_id}, ServiceNotOffered),
        ({"service_id": old.id}, ServiceNotOffered),
        ({"doctor_id": cast.doctor2_id}, DoctorNotOffering),
        ({"patient_id": desk.riverside_patient.id}, UnknownPatient),
        ({"patient_id": archived.id}, PatientArchived),
    ]:
        with pytest.raises(refusal):
            desk.book(at(4, 10), **values)
        with pytest.raises(refusal):
            desk.book(at(4, 10), actor=cast.admin, **values)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("doctor", NotAllowed), ("accountant", NotAllowed), ("riverside", NotFound), ("admin", None), ("reception", None)],
)
def test_reception_and_administration_book(desk: Desk, who: str, refusal: type[Refusal] | None) -> None:
    actor = getattr(desk.cast, who)
    if refusal is None:
        assert desk.book(at(4, 10), actor=actor).id
    else:
        with pytest.raises(refusal):
            desk.book(at(4, 10), actor=actor)


def test_a_taken_time_is_refused_with_the_next_free_ones(desk: Desk) -> None:
    desk.book(at(4, 10))
    desk.book(at(4, 10, 45))
    with pytest.raises(SlotTaken) as refused:
        desk.book(at(4, 10, 15))
    assert refused.value.field == "starts_at"
    free = refused.value.params["next_free"]
    assert [slot["start"][:16] for slot in free] == [
        "2025-03-04T11:15",
        "2025-03-04T11:30",
        "2025-03-04T11:45",
        "2025-03-04T12:00",
        "2025-03-04T12:15",
    ]
    assert free[0] == {
        "doctor_id": desk.cast.doctor_id,
        "start": "2025-03-04T11:15:00+01:00",
        "end": "2025-03-04T11:45:00+01:00",
    }


def test_a_doctor_of_two_clinics_is_in_one_place(desk: Desk) -> None:
    make_hours(desk.cast.doctor2_row, desk.cast.riverside_clinic, weekdays=[5])
    make_hours(desk.cast.doctor2_row, desk.cast.main_clinic, weekdays=[5])
    desk.take(desk.at_riverside(at(8, 14)), actor=desk.cast.riverside)
    with pytest.raises(SlotTaken) as refused:
        desk.book(at(8, 14, 15), doctor_id=desk.cast.doctor2_id)
    assert "iverside" not in str(refused.value.params)
    assert desk.riverside_patient.name not in str(refused.value.params)
    desk.book(at(8, 14, 30), doctor_id=desk.cast.doctor2_id)


# -- overbooking -----------------------------------------------------------------------------------------------------


def test_a_reason_books_a_taken_time_and_takes_no_more_of_the_doctor(desk: Desk) -> None:
    desk.book(at(4, 10))
    extra = desk.book(at(4, 10, 15), overbook_reason="emergency")
    assert stored(extra.id).overbook_reason == "emergency"
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]


def test_a_reason_books_outside_the_hours(desk: Desk) -> None:
    assert stored(desk.book(at(4, 20), overbook_reason="late case").id).overbook_reason == "late case"


def test_a_reason_does_not_turn_back_time(desk: Desk) -> None:
    with pytest.raises(StartsInThePast):
        desk.book(NOW - timedelta(minutes=1), overbook_reason="forgotten")


def test_a_reason_that_is_not_needed_is_no_overbooking(desk: Desk) -> None:
    booked = desk.book(at(4, 10), overbook_reason="just in case")
    assert stored(booked.id).overbook_reason is None
    with pytest.raises(SlotTaken):
        desk.book(at(4, 10))


# -- the cost --------------------------------------------------------------------------------------------------------


def test_a_booking_costs_few_statements_however_full_the_week_is(desk: Desk) -> None:
    def statements(hour: int) -> int:
        with counted_statements() as sent:
            desk.book(at(4, hour), status=AppointmentStatus.CONFIRMED)
        return len(sent)

    first = statements(9)
    for minute in (0, 30):
        desk.book(at(5, 9, minute))
    assert statements(15) == first <= 20


def test_the_kinds_of_effects_have_somebody_who_delivers_them(desk: Desk) -> None:
    desk.book(at(4, 10), status=AppointmentStatus.CONFIRMED)
    assert outbox.deliver_due() >= 1
