"""A doctor's own patients, on the pages and in the API: theirs alone, and sums that equal the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.people.roles import Role
from app.scheduling.states import AppointmentStatus
from tests.factories import make_user
from tests.integration.frontdesk.front import NOW
from tests.integration.scheduling.desk import counted_statements
from tests.web.frontdesk.portal import CANCELLED, MARKER, Practice

Sign = Callable[[str], FlaskClient]
Headers = Callable[[str], dict[str, str]]
PAGE = "/doctor/patients"
LISTS = ("/api/v1/doctors/patients", "/api/v1/appointments/patients", "/api/v1/customers")


def names_in(page: str, *names: str) -> list[str]:
    """Those of the names that the page holds, in its order."""
    return sorted((name for name in names if name in page), key=page.index)


def treat(practice: Practice) -> Any:
    """A patient with two appointments that count and one that does not, a visit, and money that was partly returned."""
    pat = practice.patient("Pat Payer", email="pat@mail.test", phone="+4930111222")
    for days in (1, 2):
        practice.appointment(pat, days)
    practice.appointment(pat, 3, status=CANCELLED)
    practice.front.complete(practice.front.start(practice.front.walk_in(patient_id=pat.id)))
    practice.give_back(practice.paid(pat, "100.00", "80.00"), 3000)
    practice.paid(pat, "20.00", "0")
    return pat


def test_a_patient_stands_there_with_what_the_doctor_had_to_do_with_them(practice: Practice, login_as: Sign) -> None:
    treat(practice)
    practice.foreign()
    page = login_as("doctor").get(PAGE).text
    row = page[page.index("Pat Payer") :]
    assert '<td class="col-number" data-label="Appointments">2</td>' in row
    assert "50,00\xa0€" in row
    assert "2030-05-06" in row
    assert MARKER not in page


def test_what_a_patient_did_with_another_doctor_is_not_counted(practice: Practice, login_as: Sign) -> None:
    pat, other = treat(practice), practice.cast.doctor2_row
    practice.treats(pat, other)
    practice.appointment(pat, 4, other)
    practice.paid(pat, "70.00", doctor_id=other.id)
    page = login_as("doctor2").get(PAGE).text
    row = page[page.index("Pat Payer") :]
    assert 'data-label="Appointments">1</td>' in row
    assert "70,00\xa0€" in row
    assert "2030-05-06" not in row
    detail = login_as("doctor2").get(f"{PAGE}/{pat.id}").text
    assert "70,00\xa0€" in detail
    assert "80,00\xa0€" not in detail


def test_whoever_only_cancelled_is_no_patient_and_who_walked_in_is(practice: Practice, login_as: Sign) -> None:
    practice.appointment(practice.patient("Conny Cancelled"), 1, status=CANCELLED)
    practice.front.walk_in(patient_id=practice.patient("Willy Walked").id)
    page = login_as("doctor").get(PAGE).text
    assert names_in(page, "Conny Cancelled", "Willy Walked") == ["Willy Walked"]


@pytest.mark.parametrize("text", ["payer", "pat@mail", "111222", "Pat Pay"])
def test_patients_are_found_by_name_phone_and_email(practice: Practice, login_as: Sign, text: str) -> None:
    treat(practice)
    practice.appointment(practice.patient("Olga Other"), 1)
    page = login_as("doctor").get(PAGE, query_string={"q": text}).text
    assert names_in(page, "Pat Payer", "Olga Other") == ["Pat Payer"]
    assert "Nobody of this name" in login_as("doctor").get(PAGE, query_string={"q": "zzzz"}).text


def test_the_list_can_be_sorted_by_every_sum(practice: Practice, login_as: Sign) -> None:
    names = ("Anna First", "Bert Second", "Cleo Third")
    for number, name in enumerate(names):
        patient = practice.patient(name)
        for day in range(3 - number):
            practice.appointment(patient, 1 + day)
        practice.paid(patient, f"{10 + 10 * number}.00")
        ended = NOW - timedelta(days=10 * number)
        practice.appointment(patient, (ended - NOW).days, status=AppointmentStatus.COMPLETED)
    doctor = login_as("doctor")
    for query, expected in [
        ("", names),
        ("sort=name&direction=desc", names[::-1]),
        ("sort=appointments", names),
        ("sort=spend", names[::-1]),
        ("sort=spend&direction=asc", names),
        ("sort=last_visit", names),
        ("sort=nonsense&direction=up", names),
    ]:
        assert tuple(names_in(doctor.get(f"{PAGE}?{query}").text, *names)) == expected, query


def test_the_list_is_paged(practice: Practice, login_as: Sign) -> None:
    for number in range(27):
        practice.appointment(practice.patient(f"Patient {chr(65 + number)}"), number + 1)
    doctor = login_as("doctor")
    first, second = doctor.get(PAGE).text, doctor.get(f"{PAGE}?page=1").text
    assert first.count("data-href") == 25
    assert second.count("data-href") == 2
    assert "1–25 of 27" in first
    assert doctor.get(f"{PAGE}?page=99").text.count("data-href") == 2


def test_the_detail_lists_visits_appointments_and_payments(practice: Practice, login_as: Sign) -> None:
    pat = treat(practice)
    page = login_as("doctor").get(f"{PAGE}/{pat.id}").text
    for word in ("pat@mail.test", "80,00\xa0€", "50,00\xa0€", "Cancelled", "Partially refunded", "Visits with you"):
        assert word in page, word


def test_a_patient_out_of_reach_is_not_there(practice: Practice, login_as: Sign) -> None:
    foreign = practice.foreign()
    assert login_as("doctor").get(f"{PAGE}/{foreign.id}").status_code == 404
    assert login_as("doctor").get(f"{PAGE}/999999").status_code == 404


def test_others_have_no_such_pages_and_a_doctor_without_a_record_is_told(practice: Practice, login_as: Sign) -> None:
    pat = treat(practice)
    make_user(Role.DOCTOR, username="no_record")
    for name in ("admin", "reception", "accountant", "riverside"):
        for address in (PAGE, f"{PAGE}/{pat.id}", "/customers", "/appointments/patients"):
            assert login_as(name).get(address).status_code == 403, (name, address)
    assert "No doctor's record" in login_as("no_record").get(PAGE).text


def test_older_addresses_lead_to_the_page(practice: Practice, login_as: Sign) -> None:
    for address in ("/customers", "/appointments/patients", "/customers/"):
        answer = login_as("doctor").get(address, follow_redirects=True)
        assert answer.request.path == PAGE, address


def test_the_list_takes_few_statements_however_many_there_are(practice: Practice, login_as: Sign) -> None:
    doctor = login_as("doctor")
    treat(practice)
    doctor.get(PAGE)
    with counted_statements() as few:
        doctor.get(PAGE)
    for number in range(10):
        patient = practice.patient(f"Patient {number}")
        practice.appointment(patient, number + 5)
        practice.paid(patient, "10.00")
    with counted_statements() as many:
        doctor.get(PAGE)
    assert len(many) == len(few) <= 12, many


# -- for programs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_the_api_lists_patients_with_their_sums(
    practice: Practice, client: FlaskClient, token_for: Headers, path: str
) -> None:
    pat = treat(practice)
    practice.foreign()
    practice.appointment(practice.patient("Conny Cancelled"), 1, status=CANCELLED)
    answer = client.get(path, headers=token_for("doctor"))
    assert answer.json["count"] == 1
    assert answer.json["result"] == [
        {
            "id": pat.id,
            "clinic_id": practice.cast.main_id,
            "patient_ids": [pat.id],
            "name": "Pat Payer",
            "email": "pat@mail.test",
            "phone": "+4930111222",
            "appointment_count": 2,
            "total_spend": "50.00",
            "currency": "EUR",
            "spend": [{"currency": "EUR", "amount": "50.00"}],
            "last_visit_date": "2030-05-06",
        }
    ]
    assert MARKER not in answer.text


def test_an_email_that_several_share_adds_them_up(practice: Practice, client: FlaskClient, token_for: Headers) -> None:
    pat = treat(practice)
    child = practice.patient("Kim Payer", email="pat@mail.test", phone=None)
    practice.appointment(child, 6)
    practice.paid(child, "5.00")
    practice.appointment(practice.patient("Nobody Mailed", email=None), 7)
    headers = token_for("doctor")
    rows = client.get("/api/v1/customers", headers=headers).json
    assert rows["count"] == 2
    shared = next(row for row in rows["result"] if row["email"])
    assert (shared["patient_ids"], shared["appointment_count"], shared["total_spend"]) == (
        [pat.id, child.id],
        3,
        "55.00",
    )
    found = client.get("/api/v1/customers?search=kim", headers=headers).json["result"]
    assert [row["patient_ids"] for row in found] == [[pat.id, child.id]]
    for key in (pat.id, child.id, "pat@mail.test"):
        detail = client.get(f"/api/v1/customers/{key}", headers=headers).json["result"]
        assert {name: detail[name] for name in shared} == shared
        assert len(detail["appointments"]) == 4
        assert sorted(row["amount"] for row in detail["payments"]) == ["5.00", "80.00"]


def test_the_detail_is_found_by_email_and_foreign_ones_are_not_there(
    practice: Practice, client: FlaskClient, token_for: Headers
) -> None:
    pat, foreign = treat(practice), practice.foreign()
    only_cancelled = practice.patient("Conny Cancelled", email="conny@mail.test")
    practice.appointment(only_cancelled, 1, status=CANCELLED)
    headers = token_for("doctor")
    detail = client.get("/api/v1/appointments/patients/pat@mail.test", headers=headers).json["result"]
    assert detail["id"] == pat.id
    assert {row["status"] for row in detail["appointments"]} == {"confirmed", "cancelled"}
    for path in (
        f"customers/{foreign.id}",
        "customers/markus@mail.test",
        "appointments/patients/markus@mail.test",
        f"customers/{only_cancelled.id}",
        "customers/conny@mail.test",
        "customers/999999",
        "customers/none",
    ):
        assert client.get(f"/api/v1/{path}", headers=headers).status_code == 404, path


@pytest.mark.parametrize("path", LISTS)
def test_the_api_is_for_doctors_with_a_record(
    practice: Practice, client: FlaskClient, token_for: Headers, path: str
) -> None:
    make_user(Role.DOCTOR, username="no_record")
    for name in ("admin", "reception", "accountant", "riverside"):
        assert client.get(path, headers=token_for(name)).status_code == 403, name
    assert client.get(path, headers=token_for("no_record")).status_code == 404
    assert client.get(f"{path}?page_size=101", headers=token_for("doctor")).status_code == 422


def test_a_doctor_at_two_clinics_has_the_patients_of_both(
    practice: Practice, client: FlaskClient, token_for: Headers, login_as: Sign
) -> None:
    cast = practice.cast
    here = practice.patient("Hanna Here", cast.doctor2_row)
    there = practice.patient("Theo There", cast.doctor2_row, clinic=cast.riverside_clinic)
    for patient in (here, there):
        practice.appointment(patient, patient.id, cast.doctor2_row)
        practice.paid(patient, "10.00", doctor_id=cast.doctor2_id)
    rows = client.get("/api/v1/doctors/patients", headers=token_for("doctor2")).json["result"]
    assert [(row["name"], row["total_spend"]) for row in rows] == [("Hanna Here", "10.00"), ("Theo There", "10.00")]
    page = login_as("doctor2").get(PAGE).text
    assert "Main Clinic" in page
    assert "Riverside Clinic" in page
