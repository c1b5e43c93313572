"""Patients and reference data under /api/v1, after contract.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.people.patient_models import Patient
from tests.cast import Cast
from tests.factories import make_patient

URL = "/api/v1/patients"
Program = Callable[[str], FlaskClient]
FIELDS = {
    *("id", "clinic_id", "name", "phone", "email", "whatsapp_name", "date_of_birth", "gender", "tags"),
    *("custom_fields", "preferred_doctor_id", "total_visits", "total_cancellations", "total_no_shows"),
    *("first_visit_date", "last_visit_date", "is_active", "external_id", "contact_patient_id"),
    *("created_at", "updated_at"),
}
CLINICAL = {"medical_history", "allergies"}


@pytest.fixture
def calls_as(app: Flask, cast: Cast, token_for: Callable[[str], dict[str, str]]) -> Program:
    """A program that calls with somebody's token."""

    def program(username: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = token_for(username)["Authorization"]
        return client

    return program


@pytest.fixture
def desk(calls_as: Program) -> FlaskClient:
    return calls_as("reception")


def made(app: Flask, clinic: Any, **values: Any) -> int:
    with app.app_context():
        return make_patient(clinic, **values).id


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.get_json()["result"]]


def test_a_patient_has_the_fields_of_the_contract(desk: FlaskClient, cast: Cast) -> None:
    sent = {
        "clinic_id": cast.main_id,
        "name": "Ada",
        "phone": "030 901820",
        "tags": ["VIP"],
        "custom_fields": {"age": 45},
    }
    created = desk.post(URL, json=sent)
    result = created.get_json()["result"]
    assert created.status_code == 201
    assert result.keys() == FIELDS
    assert (result["phone"], result["tags"], result["custom_fields"]) == ("+4930901820", ["VIP"], {"age": 45})
    assert desk.get(f"{URL}/{result['id']}").get_json()["result"] == result


def test_clinical_fields_are_for_doctors_and_administrators(app: Flask, calls_as: Program, cast: Cast) -> None:
    pk = made(app, cast.main_clinic, allergies="penicillin", treated_by=[cast.doctor_row])
    found = {who: calls_as(who).get(f"{URL}/{pk}").get_json()["result"] for who in ("reception", "doctor", "admin")}
    assert {who: row.keys() - FIELDS for who, row in found.items()} == {
        "reception": set(),
        "doctor": CLINICAL,
        "admin": CLINICAL,
    }


@pytest.mark.parametrize("field", sorted(CLINICAL))
def test_a_clinical_field_from_reception_is_refused(app: Flask, desk: FlaskClient, cast: Cast, field: str) -> None:
    pk = made(app, cast.main_clinic)
    answers = [
        desk.post(URL, json={"clinic_id": cast.main_id, "name": "Ada", field: "x"}),
        desk.patch(f"{URL}/{pk}", json={field: "x"}),
    ]
    assert [(answer.status_code, answer.get_json()["code"]) for answer in answers] == [(403, "not_allowed")] * 2


def test_a_doctor_changes_clinical_fields_only(app: Flask, calls_as: Program, cast: Cast) -> None:
    pk = made(app, cast.main_clinic, treated_by=[cast.doctor_row])
    doctor = calls_as("doctor")
    assert doctor.patch(f"{URL}/{pk}", json={"allergies": "nuts"}).get_json()["result"]["allergies"] == "nuts"
    assert doctor.patch(f"{URL}/{pk}", json={"name": "X"}).status_code == 403
    assert calls_as("doctor2").patch(f"{URL}/{pk}", json={"allergies": "none"}).status_code == 404
    assert doctor.post(URL, json={"clinic_id": cast.main_id, "name": "X"}).status_code == 403


def test_a_duplicate_phone_names_the_existing_patient(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, cast.main_clinic, phone="+4930901820", is_active=False)
    answer = desk.post(URL, json={"clinic_id": cast.main_id, "name": "Ada", "phone": "+49 (0)30 901820"})
    body = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert (body["code"], body["existing_id"], body["archived"]) == ("duplicate_phone", pk, True)
    assert list(body["errors"]) == ["phone"]


@pytest.mark.parametrize("written", ["+49 30 901820", "030/901820", "0049-30-90 18 20", "(030) 901820"])
def test_a_patient_is_found_by_phone_in_any_writing(app: Flask, desk: FlaskClient, cast: Cast, written: str) -> None:
    pk = made(app, cast.main_clinic, phone="+4930901820")
    answer = desk.get(f"{URL}/by-phone/{written}", query_string={"clinic_id": cast.main_id})
    assert answer.get_json()["result"]["id"] == pk


def test_a_phone_is_looked_up_at_a_clinic_in_reach(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    made(app, cast.riverside_clinic, phone="+4930901820")
    by_phone = f"{URL}/by-phone/+4930901820"
    statuses = [desk.get(by_phone + query).status_code for query in ("", "?clinic_id=x", f"?clinic_id={cast.main_id}")]
    assert statuses == [422, 422, 404]
    assert desk.get(f"{by_phone}?clinic_id={cast.riverside_id}").status_code == 404
    assert desk.get(f"{URL}/by-phone/hello?clinic_id={cast.main_id}").status_code == 422


def test_search_tag_and_clinic_narrow_the_list(app: Flask, calls_as: Program, cast: Cast) -> None:
    made(app, cast.main_clinic, name="Ada Byron", tags=["VIP"])
    made(app, cast.main_clinic, name="Ben Byron", tags=["recall"])
    made(app, cast.riverside_clinic, name="Cleo Byron", tags=["vip"])
    admin, desk = calls_as("admin"), calls_as("reception")
    assert names(admin.get(f"{URL}?search=byron")) == ["Ada Byron", "Ben Byron", "Cleo Byron"]
    assert names(desk.get(f"{URL}?search=byron")) == ["Ada Byron", "Ben Byron"]
    assert names(admin.get(f"{URL}?tag=VIP")) == ["Ada Byron", "Cleo Byron"]
    assert names(admin.get(f"{URL}?tag=vi")) == []
    assert names(admin.get(f"{URL}?clinic_id={cast.riverside_id}&search=byron")) == ["Cleo Byron"]
    assert names(desk.get(f"{URL}?clinic_id={cast.riverside_id}")) == []


def test_a_stale_version_is_refused(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, cast.main_clinic)
    seen = desk.get(f"{URL}/{pk}").headers["ETag"]
    statuses = [desk.patch(f"{URL}/{pk}", json={"name": name}, headers={"If-Match": seen}) for name in ("One", "Two")]
    assert [answer.status_code for answer in statuses] == [200, 409]
    assert statuses[1].get_json()["code"] == "stale"


def test_deleting_is_archiving_where_there_is_history(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    fresh, known = made(app, cast.main_clinic), made(app, cast.main_clinic, treated_by=[cast.doctor_row])
    assert [desk.delete(f"{URL}/{pk}").status_code for pk in (fresh, known)] == [204, 204]
    assert desk.get(f"{URL}/{fresh}").status_code == 404
    assert desk.get(f"{URL}/{known}").get_json()["result"]["is_active"] is False


def test_a_patient_out_of_reach_does_not_exist(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, cast.riverside_clinic, name="Foreign")
    answers = [desk.get(f"{URL}/{pk}"), desk.patch(f"{URL}/{pk}", json={"name": "x"}), desk.delete(f"{URL}/{pk}")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert desk.post(URL, json={"clinic_id": cast.riverside_id, "name": "x"}).status_code == 404


BAD = [
    ({}, {"name"}),
    ({"name": None}, {"name"}),
    ({"name": 5}, {"name"}),
    ({"name": ["Ada"]}, {"name"}),
    ({"name": "x" * 161}, {"name"}),
    ({"name": "tab\tis fine", "phone": 49}, {"phone"}),
    ({"name": "Ada", "phone": "+1"}, {"phone"}),
    ({"name": "Ada", "phone": "☎"}, {"phone"}),
    ({"name": "Ada", "email": "ada@"}, {"email"}),
    ({"name": "Ada", "email": {"a": 1}}, {"email"}),
    ({"name": "Ada", "date_of_birth": "31.12.1999"}, {"date_of_birth"}),
    ({"name": "Ada", "date_of_birth": "1999-02-30"}, {"date_of_birth"}),
    ({"name": "Ada", "date_of_birth": "0001-01-01"}, {"date_of_birth"}),
    ({"name": "Ada", "date_of_birth": "99999-01-01"}, {"date_of_birth"}),
    ({"name": "Ada", "date_of_birth": 19990101}, {"date_of_birth"}),
    ({"name": "Ada", "gender": "blue"}, {"gender"}),
    ({"name": "Ada", "tags": "vip"}, {"tags"}),
    ({"name": "Ada", "tags": [1]}, {"tags"}),
    ({"name": "Ada", "tags": [str(n) for n in range(21)]}, {"tags"}),
    ({"name": "Ada", "custom_fields": []}, {"custom_fields"}),
    ({"name": "Ada", "custom_fields": {"Not A Name": 1}}, {"custom_fields"}),
    ({"name": "Ada", "custom_fields": {"deep": {"er": 1}}}, {"custom_fields"}),
    ({"name": "Ada", "preferred_doctor_id": 10**30}, {"preferred_doctor_id"}),
    ({"name": "Ada", "preferred_doctor_id": True}, {"preferred_doctor_id"}),
    ({"name": "Ada", "contact_patient_id": -1}, {"contact_patient_id"}),
    ({"name": "Ada", "contact_patient_id": 999999}, {"contact_patient_id"}),
    ({"name": "Ada", "id": 1, "is_active": False, "total_visits": 9}, {"id", "is_active", "total_visits"}),
    ({"name": "", "phone": "x", "email": "x", "hat": "x"}, {"name", "phone", "email", "hat"}),
]


@pytest.mark.parametrize(("sent", "wrong"), BAD)
def test_what_no_patient_can_be_is_refused_field_by_field(
    app: Flask, desk: FlaskClient, cast: Cast, sent: dict[str, Any], wrong: set[str]
) -> None:
    answer = desk.post(URL, json={"clinic_id": cast.main_id} | sent)
    assert (answer.status_code, set(answer.get_json()["errors"])) == (422, wrong)
    with app.app_context():
        assert db.session.scalar(select(Patient.id)) is None


@pytest.mark.parametrize("character", ["\\u0000", "\\u0007", "\\ud800", "\\u202e", "\\u2066", "\\uffff"])
@pytest.mark.parametrize("field", ["name", "whatsapp_name", "external_id", "email", "phone"])
def test_characters_that_no_page_may_show_are_refused(
    desk: FlaskClient, cast: Cast, field: str, character: str
) -> None:
    body = f'{{"clinic_id": {cast.main_id}, "name": "Ada", "{field}": "Ada{character}"}}'
    answer = desk.post(URL, data=body, content_type="application/json")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("+1 (415) 555-2671", "+14155552671"),
        ("+55 11 98765-4321", "+5511987654321"),
        ("+971 50 123 4567", "+971501234567"),
        ("+86 131 2345 6789", "+8613123456789"),
        ("0049 30 901820", "+4930901820"),
        ("+٩٧١٥٠١٢٣٤٥٦٧", "+971501234567"),
        ("+39 06 6982", "+39066982"),
    ],
)
def test_phones_of_many_countries_are_kept_as_e164(desk: FlaskClient, cast: Cast, phone: str, kept: str) -> None:
    answer = desk.post(URL, json={"clinic_id": cast.main_id, "name": "Ada", "phone": phone})
    assert (answer.status_code, answer.get_json()["result"]["phone"]) == (201, kept)


@pytest.mark.parametrize("clinic", [None, "main", True, 0, -1, 10**30, [1]])
def test_a_patient_is_registered_at_a_clinic(desk: FlaskClient, clinic: object) -> None:
    answer = desk.post(URL, json={"clinic_id": clinic, "name": "Ada"})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["clinic_id"])


# -- reference data --------------------------------------------------------------------------------------------------


def test_reference_data_is_what_is_in_reach(calls_as: Program, cast: Cast) -> None:
    seen = {
        who: [names(calls_as(who).get(f"/api/v1/{what}")) for what in ("clinics", "doctors")]
        for who in ("admin", "reception", "doctor2", "accountant", "riverside")
    }
    main, riverside = ["Main Clinic"], ["Riverside Clinic"]
    ada, ben = "Dr. Ada Main", "Dr. Ben Both"
    assert seen == {
        "admin": [main + riverside, [ada, ben]],
        "reception": [main, [ada, ben]],
        "doctor2": [main + riverside, [ada, ben]],
        "accountant": [main, [ada, ben]],
        "riverside": [riverside, [ben]],
    }


def test_a_service_tells_its_price_in_major_units(desk: FlaskClient, cast: Cast) -> None:
    (service,) = desk.get("/api/v1/services").get_json()["result"]
    expected = {
        "id": cast.service_id,
        "clinic_id": cast.main_id,
        "duration_minutes": 30,
        "price": "50.00",
        "currency": "EUR",
    }
    assert expected.items() <= service.items()
    assert desk.get(f"/api/v1/services?clinic_id={cast.riverside_id}").get_json()["count"] == 0


def test_a_doctor_finds_the_own_record(calls_as: Program, cast: Cast) -> None:
    own = calls_as("doctor").get("/api/v1/doctors/me").get_json()["result"]
    assert (own["id"], own["user_id"]) == (cast.doctor_id, cast.doctor.user_id)
    assert calls_as("reception").get("/api/v1/doctors/me").status_code == 404
    found = calls_as("reception").get(f"/api/v1/doctors?user_id={cast.doctor2.user_id}").get_json()["result"]
    assert [doctor["id"] for doctor in found] == [cast.doctor2_id]
    assert {"name", "specialty", "user_id", "is_active"} <= own.keys()
    assert "share_bp" not in own


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_reference_data_is_only_read_here(calls_as: Program, cast: Cast, method: str) -> None:
    assert calls_as("admin").open(f"/api/v1/clinics/{cast.main_id}", method=method, json={}).status_code == 405


def test_nobody_who_has_not_signed_in_learns_anything(client: FlaskClient, cast: Cast) -> None:
    paths = ("patients", "patients/1", "clinics", "services", "specialties", "doctors", "doctors/me")
    assert {client.get(f"/api/v1/{path}").status_code for path in paths} == {401}
