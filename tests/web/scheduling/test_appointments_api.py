"""Appointments over REST, to the letter of the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.kernel import clock
from app.kernel.db import db
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make_appointment, make_patient
from tests.integration.scheduling.desk import Desk, at

Sign = Callable[[str], FlaskClient]
FIELDS = {
    "id", "clinic_id", "created_at", "updated_at", "doctor_id", "service_id", "patient_id", "patient_name",
    "patient_phone", "starts_at", "ends_at", "status", "type", "source", "notes", "cancelled_by", "cancel_reason",
    "external_id", "visit_id", "series_id",
}  # fmt: skip
TEN = "2025-03-04T10:00:00+01:00"


def body(desk: Desk, **values: Any) -> dict[str, Any]:
    cast = desk.cast
    whole = {
        "clinic_id": cast.main_id,
        "doctor_id": cast.doctor_id,
        "service_id": cast.service_id,
        "patient_id": desk.patient.id,
        "starts_at": TEN,
    }
    return {name: value for name, value in (whole | values).items() if value is not ...}


def book(client: FlaskClient, desk: Desk, **values: Any) -> TestResponse:
    return client.post("/api/v1/appointments", json=body(desk, **values))


def booked(client: FlaskClient, desk: Desk, **values: Any) -> dict[str, Any]:
    answer = book(client, desk, **values)
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json["result"]
    return result


def assert_problem(answer: TestResponse, status: int, code: str, *fields: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert set(answer.json["errors"]) == set(fields)


# -- booking ---------------------------------------------------------------------------------------------------------


def test_a_booking_answers_with_the_appointment(desk: Desk, login_as: Sign) -> None:
    answer = book(login_as("reception"), desk, notes="brings x-rays", type="control")
    assert answer.status_code == 201
    result = answer.json["result"]
    assert result.keys() == FIELDS
    assert (result["starts_at"], result["ends_at"]) == (TEN, "2025-03-04T10:30:00+01:00")
    assert (result["status"], result["patient_name"], result["patient_phone"]) == (
        "requested",
        "Zoë Main",
        "+4930123456",
    )
    assert (result["notes"], result["type"], result["source"], result["visit_id"]) == (
        "brings x-rays",
        "control",
        "reception",
        None,
    )
    assert answer.headers["Location"].endswith(f"/api/v1/appointments/{result['id']}")
    assert answer.headers["ETag"]


def test_any_offset_names_the_same_moment(desk: Desk, login_as: Sign) -> None:
    assert booked(login_as("reception"), desk, starts_at="2025-03-04T09:00:00Z")["starts_at"] == TEN


def test_a_name_and_a_phone_are_a_patient(desk: Desk, login_as: Sign) -> None:
    result = booked(login_as("reception"), desk, patient_id=..., patient_name="New One", patient_phone="030 7654321")
    assert (result["patient_name"], result["patient_phone"]) == ("New One", "+49307654321")


def test_a_taken_slot_names_the_next_free_ones(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    booked(reception, desk)
    answer = book(reception, desk, patient_id=make_patient(desk.cast.main_clinic).id)
    assert_problem(answer, 409, "slot_taken", "starts_at")
    assert answer.json["next_free"][0] == {
        "doctor_id": desk.cast.doctor_id,
        "start": "2025-03-04T10:30:00+01:00",
        "end": "2025-03-04T11:00:00+01:00",
    }


def test_the_patients_other_appointment_at_that_time_is_a_warning(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    first = booked(reception, desk)
    answer = book(reception, desk, doctor_id=desk.cast.doctor2_id)
    assert answer.status_code == 201
    assert answer.json["warnings"] == [{"code": "patient_overlaps", "appointment_ids": [first["id"]]}]


def test_the_same_request_again_gets_the_same_answer_and_books_once(desk: Desk, login_as: Sign) -> None:
    reception, key = login_as("reception"), {"Idempotency-Key": "one"}
    first = reception.post("/api/v1/appointments", json=body(desk), headers=key)
    again = reception.post("/api/v1/appointments", json=body(desk), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    other = reception.post("/api/v1/appointments", json=body(desk, notes="x"), headers=key)
    assert_problem(other, 422, "idempotency_key_reused", "Idempotency-Key")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Appointment)) == 1


def test_overbooking_needs_a_reason(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    assert_problem(
        book(reception, desk, starts_at="2025-03-04T20:00:00+01:00"), 409, "outside_availability", "starts_at"
    )
    booked(reception, desk, starts_at="2025-03-04T20:00:00+01:00", overbook_reason="late case")


@pytest.mark.parametrize(
    ("values", "status", "code", "fields"),
    [
        ({"starts_at": "2025-03-04T10:00:00"}, 422, "invalid", {"starts_at"}),
        ({"starts_at": "tomorrow"}, 422, "invalid", {"starts_at"}),
        ({"starts_at": "2025-03-04"}, 422, "invalid", {"starts_at"}),
        ({"starts_at": 1741078800}, 422, "invalid", {"starts_at"}),
        ({"starts_at": None}, 422, "invalid", {"starts_at"}),
        ({"starts_at": ...}, 422, "invalid", {"starts_at"}),
        ({"starts_at": "2025-03-04T10:00:30+01:00"}, 422, "invalid", {"starts_at"}),
        ({"starts_at": "2025-03-04T25:00:00+01:00"}, 422, "invalid", {"starts_at"}),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, 422, "starts_in_the_past", {"starts_at"}),
        ({"starts_at": "9999-12-31T23:59:00-14:00"}, 409, "too_far", {"starts_at"}),
        ({"doctor_id": "1"}, 422, "invalid", {"doctor_id"}),
        ({"doctor_id": 1.5}, 422, "invalid", {"doctor_id"}),
        ({"doctor_id": True}, 422, "invalid", {"doctor_id"}),
        ({"doctor_id": -1}, 422, "invalid", {"doctor_id"}),
        ({"doctor_id": 2**80}, 422, "invalid", {"doctor_id"}),
        ({"doctor_id": 999_999}, 422, "doctor_not_offering", {"doctor_id"}),
        ({"service_id": 999_999}, 422, "service_not_offered", {"service_id"}),
        ({"clinic_id": 999_999}, 404, "not_found", set()),
        ({"clinic_id": []}, 422, "invalid", {"clinic_id"}),
        ({"patient_id": 999_999}, 422, "unknown_patient", {"patient_id"}),
        ({"patient_id": ...}, 422, "patient_not_named", {"patient_id"}),
        ({"patient_id": {}}, 422, "invalid", {"patient_id"}),
        ({"patient_id": ..., "patient_name": "X", "patient_phone": "12"}, 422, "invalid", {"patient_phone"}),
        ({"status": "completed"}, 422, "invalid", {"status"}),
        ({"status": 7}, 422, "invalid", {"status"}),
        ({"notes": "a" * 2001}, 422, "invalid", {"notes"}),
        ({"notes": "bad \u0007 bell"}, 422, "invalid", {"notes"}),
        ({"notes": "\ud800"}, 422, "invalid", {"notes"}),
        ({"type": "\u202etrick"}, 422, "invalid", {"type"}),
        ({"hold_id": 1, "colour": "red"}, 422, "invalid", {"colour"}),
        ({"starts_at": "x", "doctor_id": "y", "status": "z"}, 422, "invalid", {"starts_at", "doctor_id", "status"}),
    ],
)
def test_bad_input_is_told_and_nothing_is_kept(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, code: str, fields: set[str]
) -> None:
    answer = book(login_as("reception"), desk, **values)
    assert_problem(answer, status, code, *fields)
    assert db.session.scalar(select(func.count()).select_from(Appointment)) == 0


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 201), ("reception", 201), ("doctor", 403), ("accountant", 403), ("riverside", 404)]
)
def test_who_may_book(desk: Desk, login_as: Sign, who: str, status: int) -> None:
    assert book(login_as(who), desk).status_code == status


def test_nobody_is_asked_to_sign_in(desk: Desk, client: FlaskClient) -> None:
    assert book(client, desk).status_code in {400, 401}
    assert client.get("/api/v1/appointments").status_code == 401


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_list_has_the_rows_in_reach_newest_first(desk: Desk, login_as: Sign) -> None:
    cast = desk.cast
    rows = [
        make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(4, 10)),
        make_appointment(desk.patient, cast.doctor2_row, cast.main_service, at(5, 10)),
        make_appointment(desk.riverside_patient, cast.doctor2_row, cast.riverside_service, at(6, 14)),
    ]
    for who, expected in [
        ("admin", rows[::-1]),
        ("reception", rows[1::-1]),
        ("doctor", rows[:1]),
        ("doctor2", rows[:0:-1]),
        ("riverside", rows[2:]),
    ]:
        page = login_as(who).get("/api/v1/appointments").json
        assert [row["id"] for row in page["result"]] == [row.id for row in expected], who
        assert (page["count"], page["page"], page["page_size"]) == (len(expected), 0, 25)
    assert login_as("accountant").get("/api/v1/appointments").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=2025-03-05", [1]),
        ("to=2025-03-04", [0]),
        ("from=2025-03-04&to=2025-03-05", [1, 0]),
        ("status=confirmed", [1]),
        ("status=cancelled", []),
        ("search=zoe", [0]),
        ("search=4930123", [0]),
        ("search=nobody", []),
        ("doctor_id=999999", []),
        ("page_size=1", [1]),
        ("page_size=1&page=1", [0]),
    ],
)
def test_a_list_is_narrowed(desk: Desk, login_as: Sign, query: str, found: list[int]) -> None:
    cast = desk.cast
    other = make_patient(cast.main_clinic, name="Yves Other", phone="+33142685300")
    rows = [
        make_appointment(
            desk.patient, cast.doctor_row, cast.main_service, at(4, 10), status=AppointmentStatus.REQUESTED
        ),
        make_appointment(other, cast.doctor_row, cast.main_service, at(5, 10)),
    ]
    page = login_as("reception").get(f"/api/v1/appointments?{query}").json
    assert [row["id"] for row in page["result"]] == [rows[number].id for number in found]


@pytest.mark.parametrize(
    "query", ["from=x", "from=0001-01-01", "to=9999-12-31", "status=new", "clinic_id=x", "page_size=0", "page=-1"]
)
def test_a_list_refuses_what_makes_no_sense(desk: Desk, login_as: Sign, query: str) -> None:
    assert login_as("reception").get(f"/api/v1/appointments?{query}").status_code == 422


def test_one_appointment_is_read_with_its_version(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    result = booked(reception, desk)
    answer = reception.get(f"/api/v1/appointments/{result['id']}")
    assert answer.json == {"result": result}
    same = reception.get(f"/api/v1/appointments/{result['id']}/", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    assert login_as("riverside").get(f"/api/v1/appointments/{result['id']}").status_code == 404
    assert login_as("doctor2").get(f"/api/v1/appointments/{result['id']}").status_code == 404


def test_a_patients_history_is_newest_first_and_in_reach(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    first, second = booked(reception, desk), booked(reception, desk, starts_at="2025-03-05T10:00:00+01:00")
    address = f"/api/v1/patients/{desk.patient.id}/appointments"
    page = reception.get(address).json
    assert (page["count"], [row["id"] for row in page["result"]]) == (2, [second["id"], first["id"]])
    assert login_as("doctor").get(address).json["count"] == 2
    assert login_as("doctor2").get(address).status_code == 404
    assert login_as("riverside").get(address).status_code == 404


# -- changing --------------------------------------------------------------------------------------------------------


def test_notes_are_changed_and_a_stale_change_is_refused(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    address = f"/api/v1/appointments/{booked(reception, desk)['id']}"
    version = {"If-Match": reception.get(address).headers["ETag"]}
    changed = reception.patch(address, json={"notes": "fasting"}, headers=version)
    assert (changed.status_code, changed.json["result"]["notes"]) == (200, "fasting")
    assert_problem(reception.patch(address, json={"notes": "late"}, headers=version), 409, "stale")
    assert login_as("doctor").patch(address, json={"notes": "x"}).status_code == 403


def test_a_patch_changes_neither_state_nor_time_nor_people(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    result = booked(reception, desk)
    values = {"status": "confirmed", "starts_at": TEN, "ends_at": TEN, "doctor_id": 1, "patient_id": None, "colour": 1}
    answer = reception.patch(f"/api/v1/appointments/{result['id']}", json=values)
    assert_problem(answer, 422, "invalid", *values)
    assert reception.get(f"/api/v1/appointments/{result['id']}").json["result"] == result


# -- acts ------------------------------------------------------------------------------------------------------------


def test_the_acts_change_the_state(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    address = f"/api/v1/appointments/{booked(reception, desk)['id']}"
    assert reception.post(f"{address}/confirm").json["result"]["status"] == "confirmed"
    assert_problem(reception.post(f"{address}/confirm"), 409, "not_requested")
    assert_problem(reception.post(f"{address}/no-show"), 409, "not_begun")
    moved = reception.post(f"{address}/reschedule", json={"starts_at": "2025-03-05T11:00:00+01:00"})
    assert moved.json["result"]["starts_at"] == "2025-03-05T11:00:00+01:00"
    with clock.freeze(at(5, 11, 5)):
        assert reception.post(f"{address}/no-show").json["result"]["status"] == "no_show"
    other = f"/api/v1/appointments/{booked(reception, desk)['id']}"
    cancelled = reception.post(f"{other}/cancel", json={"reason": "ill", "by": "patient"}).json["result"]
    assert (cancelled["status"], cancelled["cancelled_by"], cancelled["cancel_reason"]) == (
        "cancelled",
        "patient",
        "ill",
    )


def test_a_doctor_confirms_and_cancels_the_own_ones(desk: Desk, login_as: Sign) -> None:
    address = f"/api/v1/appointments/{booked(login_as('reception'), desk)['id']}"
    doctor = login_as("doctor")
    assert doctor.post(f"{address}/confirm").status_code == 200
    assert doctor.post(f"{address}/reschedule", json={"starts_at": TEN}).status_code == 403
    assert doctor.post(f"{address}/no-show").status_code == 403
    assert login_as("doctor2").post(f"{address}/cancel", json={"reason": "x"}).status_code == 404
    cancelled = doctor.post(f"{address}/cancel", json={"reason": "ill"}).json["result"]
    assert (cancelled["cancelled_by"], cancelled["cancel_reason"]) == ("doctor", "ill")


@pytest.mark.parametrize(
    ("act", "values", "status", "fields"),
    [
        ("cancel", {}, 422, {"reason"}),
        ("cancel", {"reason": " "}, 422, {"reason"}),
        ("cancel", {"reason": "x" * 201}, 422, {"reason"}),
        ("cancel", {"reason": "x", "by": "system"}, 422, {"by"}),
        ("cancel", {"reason": 5}, 422, {"reason"}),
        ("reschedule", {}, 422, {"starts_at"}),
        ("reschedule", {"starts_at": "2025-03-04T10:00:00"}, 422, {"starts_at"}),
        ("reschedule", {"starts_at": TEN, "doctor_id": 999_999}, 422, {"doctor_id"}),
        ("reschedule", {"starts_at": TEN, "patient_id": 1}, 422, {"patient_id"}),
        ("reschedule", {"starts_at": "2025-03-04T20:00:00+01:00"}, 409, {"starts_at"}),
    ],
)
def test_acts_refuse_bad_input(
    desk: Desk, login_as: Sign, act: str, values: dict[str, Any], status: int, fields: set[str]
) -> None:
    reception = login_as("reception")
    result = booked(reception, desk)
    answer = reception.post(f"/api/v1/appointments/{result['id']}/{act}", json=values)
    assert answer.status_code == status, answer.text
    assert set(answer.json["errors"]) == fields
    assert reception.get(f"/api/v1/appointments/{result['id']}").json["result"] == result


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"null", b'{"a": NaN}'])
def test_a_body_that_is_no_object_is_a_bad_request(desk: Desk, login_as: Sign, raw: bytes) -> None:
    answer = login_as("reception").post("/api/v1/appointments", data=raw, content_type="application/json")
    assert_problem(answer, 400, "bad_request")
