"""Generated screens: what they show, to whom, and what a form does."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.models import AuditEntry
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from tests.cast import Cast
from tests.factories import make, make_patient, make_service
from tests.integration.web.screens import ServiceScreen

LogIn = Callable[[str], FlaskClient]
Make = Callable[..., Any]
Statements = Callable[[], AbstractContextManager[list[str]]]

NINE = datetime(2030, 1, 7, 8, tzinfo=UTC)  # nine o'clock in Berlin


def rows_of(app: Flask, model: type[Any]) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(model).order_by(model.id)))


def text_of(response: Any) -> str:
    text: str = response.get_data(as_text=True)
    return text


def appointment(cast: Cast, patient: Patient, number: int = 0, **values: Any) -> Appointment:
    start = NINE + timedelta(hours=number)
    given = {"clinic_id": patient.clinic_id, "doctor_id": cast.doctor_id, "service_id": cast.service_id}
    return make(
        Appointment(
            **given | {"patient_id": patient.id, "starts_at": start, "ends_at": start + timedelta(hours=1)} | values
        )
    )


# -- who sees what ---------------------------------------------------------------------------------------------------


def test_a_list_shows_the_rows_in_reach_alone(cast: Cast, login_as: LogIn, make: Make) -> None:
    make(make_patient, cast.main_clinic, name="Anna Main")
    make(make_patient, cast.riverside_clinic, name="Rita River")
    page = login_as("reception").get("/test-patients/list/")
    assert page.status_code == 200
    assert "Anna Main" in text_of(page)
    assert "Rita River" not in text_of(page)


@pytest.mark.parametrize(
    ("method", "door"),
    [
        ("get", "/test-patients/show/{}"),
        ("get", "/test-patients/edit/{}"),
        ("post", "/test-patients/edit/{}"),
        ("post", "/test-patients/delete/{}"),
        ("post", "/test-patients/action/edit/{}"),
        ("get", "/test-appointments/add?_flt_0_patient={}"),
        ("post", "/test-appointments/add?_flt_0_patient={}"),
    ],
)
def test_a_row_out_of_reach_does_not_exist(cast: Cast, login_as: LogIn, make: Make, method: str, door: str) -> None:
    foreign = make(make_patient, cast.riverside_clinic, name="Rita River")
    page = getattr(login_as("reception"), method)(door.format(foreign.id))
    assert page.status_code == 404
    assert "Rita" not in text_of(page)


@pytest.mark.parametrize("key", ["x", "0", "-1", "1e3", "99999999999999999999", "١", "1;drop", "%F0%9F%98%80"])
def test_a_key_that_is_none_finds_nothing(cast: Cast, login_as: LogIn, key: str) -> None:
    assert login_as("admin").get(f"/test-patients/show/{key}").status_code == 404


def test_an_act_needs_its_role_and_its_own_kind_of_request(cast: Cast, login_as: LogIn, make: Make) -> None:
    row = make(make_patient, cast.main_clinic, treated_by=[cast.doctor_row])
    doctor, reception = login_as("doctor"), login_as("reception")
    assert doctor.get(f"/test-patients/show/{row.id}").status_code == 200
    assert doctor.get("/test-patients/add").status_code == 403
    assert doctor.post(f"/test-patients/delete/{row.id}").status_code == 403
    assert login_as("accountant").get("/test-patients/list/").status_code == 403
    assert reception.get(f"/test-patients/delete/{row.id}").status_code == 405
    assert reception.get(f"/test-patients/action/edit/{row.id}").status_code == 405
    assert reception.post(f"/test-patients/action/nothing/{row.id}").status_code == 404


@pytest.mark.parametrize("path", ["add", "edit/1", "delete/1", "download/x", "action/edit/1", "action_post"])
def test_an_act_without_a_command_has_no_address(cast: Cast, login_as: LogIn, path: str) -> None:
    admin = login_as("admin")
    assert {admin.get(f"/test-doctors/{path}").status_code, admin.post(f"/test-doctors/{path}").status_code} == {404}


def test_chosen_rows_must_all_be_in_reach(cast: Cast, login_as: LogIn, make: Make) -> None:
    rows = [make(make_patient, cast.main_clinic, name=name) for name in ("A", "B")]
    foreign = make(make_patient, cast.riverside_clinic)
    browser = login_as("reception")
    chosen = {"action": "edit", "rowid": [row.id for row in rows]}
    assert text_of(browser.post("/test-patients/action_post", data=chosen)) == "A,B"
    chosen["rowid"] = [rows[0].id, foreign.id]
    assert browser.post("/test-patients/action_post", data=chosen).status_code == 404
    assert browser.post("/test-patients/action_post", data={}).status_code == 404


def test_columns_withheld_from_a_role_are_neither_shown_nor_set(
    cast: Cast, login_as: LogIn, app: Flask, make: Make
) -> None:
    row = make(make_patient, cast.main_clinic, medical_history="secret illness", treated_by=[cast.doctor_row])
    assert "secret illness" in text_of(login_as("doctor").get(f"/test-patients/show/{row.id}"))
    reception = login_as("reception")
    for page in ("show", "edit"):
        assert "secret illness" not in text_of(reception.get(f"/test-patients/{page}/{row.id}"))
    form = {"name": "Ann", "revision": 1, "medical_history": "overwritten"}
    assert reception.post(f"/test-patients/edit/{row.id}", data=form).status_code == 302
    assert rows_of(app, Patient)[0].medical_history == "secret illness"


# -- forms -----------------------------------------------------------------------------------------------------------


def test_a_form_is_saved_and_leads_to_the_new_row(cast: Cast, login_as: LogIn, app: Flask) -> None:
    form = {"clinic": cast.main_id, "name": "New", "date_of_birth": "1990-02-03", "tags": "one, two"}
    answer = login_as("reception").post("/test-patients/add", data=form)
    row = rows_of(app, Patient)[0]
    assert (answer.status_code, answer.location) == (302, f"/test-patients/show/{row.id}")
    assert (row.tags, str(row.date_of_birth), row.phone) == (["one", "two"], "1990-02-03", None)


def test_a_refusal_appears_beside_its_field_and_keeps_what_was_typed(cast: Cast, login_as: LogIn) -> None:
    form = {"clinic": cast.main_id, "name": "taken", "phone": "040 123", "preferred_doctor": cast.doctor_id}
    page = login_as("reception").post("/test-patients/add", data=form)
    assert page.status_code == 409
    assert "There is a patient called taken." in text_of(page)
    assert 'value="040 123"' in text_of(page)
    assert re.search(rf'<option selected value="{cast.doctor_id}"', text_of(page))


def test_nobody_is_asked_for_the_only_clinic_and_everybody_for_one_of_two(cast: Cast, login_as: LogIn) -> None:
    settled, asked = f'type="hidden" name="clinic" value="{cast.main_id}"', r'<select[^>]* name="clinic"'
    desk, admin = (text_of(login_as(who).get("/test-patients/add")) for who in ("reception", "admin"))
    assert (settled in desk, bool(re.search(asked, desk))) == (True, False)
    assert (settled in admin, bool(re.search(asked, admin))) == (False, True)


def test_every_problem_of_a_form_is_told_at_once(cast: Cast, login_as: LogIn) -> None:
    page = login_as("reception").post("/test-patients/add", data={"clinic": cast.main_id, "name": "wrong"})
    assert page.status_code == 422
    assert all(words in text_of(page) for words in ("Not a phone.", "Not that one.", "No such."))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "bad \x07 bell"),
        ("name", "x" * 161),
        ("date_of_birth", "1990-13-01"),
        ("clinic", "999"),
        ("clinic", "x"),
        ("preferred_doctor", "999999999999"),
        ("contact_patient", "4"),
    ],
)
def test_what_cannot_be_is_refused_by_the_form(cast: Cast, login_as: LogIn, app: Flask, field: str, value: str) -> None:
    form = {"clinic": cast.main_id, "name": "Ann"} | {field: value}
    page = login_as("reception").post("/test-patients/add", data=form)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in text_of(page)
    assert rows_of(app, Patient) == []


def test_a_reference_out_of_reach_is_refused(cast: Cast, login_as: LogIn, make: Make) -> None:
    foreign = make(make_patient, cast.riverside_clinic, name="Rita River")
    form = {"clinic": cast.main_id, "name": "Ann", "contact_patient": foreign.id}
    page = login_as("reception").post("/test-patients/add", data=form)
    assert page.status_code == 422
    assert "There is no such record." in text_of(page)
    assert "Rita" not in text_of(page)
    assert login_as("riverside").post("/test-patients/add", data=form).status_code == 422


def test_a_form_has_no_row_of_a_growing_table_but_the_chosen_one(cast: Cast, login_as: LogIn, make: Make) -> None:
    people = [make(make_patient, cast.main_clinic, name=f"Person {number}") for number in range(30)]
    page = text_of(login_as("reception").get(f"/test-patients/add?contact_patient={people[3].id}&name=Child"))
    assert page.count("Person ") == 1
    assert f'<option value="{people[3].id}" selected>Person 3</option>' in page
    assert 'value="Child"' in page
    assert "Person " not in text_of(login_as("reception").get("/test-patients/list/?_flt_0_is_active=n")).replace(
        "30", ""
    )


def test_a_stale_form_is_refused_and_keeps_what_was_typed(cast: Cast, login_as: LogIn, app: Flask, make: Make) -> None:
    row = make(make_patient, cast.main_clinic, name="Before")
    browser = login_as("reception")
    revision = re.search(r'name="revision"[^>]*value="(\d+)"', text_of(browser.get(f"/test-patients/edit/{row.id}")))
    assert revision is not None
    form = {"name": "First", "revision": revision[1]}
    assert browser.post(f"/test-patients/edit/{row.id}", data=form).status_code == 302
    page = browser.post(f"/test-patients/edit/{row.id}", data=form | {"name": "Second"})
    assert page.status_code == 409
    assert "Somebody else has changed this meanwhile" in text_of(page)
    assert 'value="Second"' in text_of(page)
    assert rows_of(app, Patient)[0].name == "First"


def test_a_refused_edit_leaves_the_row_as_it_was(cast: Cast, login_as: LogIn, app: Flask, make: Make) -> None:
    row = make(make_patient, cast.main_clinic, name="Before")
    page = login_as("reception").post(f"/test-patients/edit/{row.id}", data={"name": "taken", "revision": 1})
    assert page.status_code == 409
    assert rows_of(app, Patient)[0].name == "Before"


def test_deleting_leads_back_and_a_refusal_is_told(cast: Cast, login_as: LogIn, app: Flask, make: Make) -> None:
    gone, kept = (make(make_patient, cast.main_clinic, name=name) for name in ("gone", "kept"))
    browser = login_as("reception")
    browser.get(f"/test-patients/show/{gone.id}")
    assert browser.post(f"/test-patients/delete/{gone.id}").location == "/test-patients/list/"
    browser.get("/test-patients/list/")
    answer = browser.post(f"/test-patients/delete/{kept.id}", follow_redirects=True)
    assert "There is a patient called kept." in text_of(answer)
    assert [row.name for row in rows_of(app, Patient)] == ["kept"]


def test_amounts_and_percentages_are_typed_as_people_write_them(cast: Cast, login_as: LogIn, make: Make) -> None:
    row = make(make_service, cast.main_clinic, name="Dear", price_minor=123450, tax_rate_bp=1250)
    admin = login_as("admin")
    page = text_of(admin.get(f"/test-services/edit/{row.id}"))
    assert 'value="1234,50"' in page
    assert 'value="12,5"' in page
    form = {"name": "Dear", "price_minor": "99,90", "tax_rate_bp": "7", "revision": "1"}
    assert admin.post(f"/test-services/edit/{row.id}", data=form).status_code == 302
    seen = {"pk": row.id, "name": "Dear", "price": "99.90", "tax_rate_bp": 700, "is_active": False, "revision": 1}
    assert ServiceScreen.seen == seen
    plainly = form | {"price_minor": "99.90", "revision": "2"}
    assert admin.post(f"/test-services/edit/{row.id}", data=plainly).status_code == 302
    assert ServiceScreen.seen == seen | {"revision": 2}
    assert admin.post(f"/test-services/edit/{row.id}", data=form | {"tax_rate_bp": "1,234"}).status_code == 422
    assert "1.234,50\N{NO-BREAK SPACE}€" in text_of(admin.get("/test-services/list/"))


def test_times_are_typed_and_shown_on_the_clinics_wall(cast: Cast, login_as: LogIn, app: Flask, make: Make) -> None:
    patient = make(make_patient, cast.main_clinic)
    form = {"clinic": cast.main_id, "doctor": cast.doctor_id, "service": cast.service_id, "patient": patient.id}
    form |= {"starts_at": "2030-07-01T09:00", "ends_at": "2030-07-01T10:00"}
    browser = login_as("reception")
    assert browser.post("/test-appointments/add", data=form).status_code == 302
    assert rows_of(app, Appointment)[0].starts_at == datetime(2030, 7, 1, 7, tzinfo=UTC)
    assert "9:00" in text_of(browser.get("/test-appointments/list/"))
    skipped = browser.post("/test-appointments/add", data=form | {"starts_at": "2030-03-31T02:30"})
    assert skipped.status_code == 422
    assert "The clocks skip this time" in text_of(skipped)


def test_adding_at_the_same_time_keeps_every_row_under_its_parent(
    cast: Cast, login_as: LogIn, app: Flask, make: Make
) -> None:
    names = ["Ann Aster", "Bob Birch", "Cem Cedar", "Dan Daisy"]
    patients = [make(make_patient, cast.main_clinic, name=name) for name in names]
    browsers = [login_as("reception") for _ in patients]
    wrong: list[object] = []

    def add(number: int) -> None:
        for turn in range(5):
            start = (NINE + timedelta(hours=number, days=turn)).strftime("%Y-%m-%dT%H:%M")
            end = (NINE + timedelta(hours=number + 1, days=turn)).strftime("%Y-%m-%dT%H:%M")
            form = {"clinic": cast.main_id, "doctor": cast.doctor_id, "service": cast.service_id}
            url = f"/test-appointments/add?_flt_0_patient={patients[number].id}"
            answer = browsers[number].post(url, data=form | {"starts_at": start, "ends_at": end})
            wrong.extend([answer.status_code] if answer.status_code != 302 else [])
            page = text_of(browsers[number].get(f"/test-appointments/list/?_flt_0_patient={patients[number].id}"))
            wrong.extend(name for name in names if (name in page) != (name == names[number]))

    threads = [Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    saved = [(row.patient_id, (row.starts_at - NINE).seconds // 3600) for row in rows_of(app, Appointment)]
    expected = [(patient.id, number - 1) for number, patient in enumerate(patients) for _ in range(5)]
    assert sorted(saved) == sorted((key, hour % 24) for key, hour in expected)


# -- lists -----------------------------------------------------------------------------------------------------------


def test_a_page_of_rows_takes_few_statements(cast: Cast, login_as: LogIn, make: Make, statements: Statements) -> None:
    patients = [make(make_patient, cast.main_clinic) for _ in range(30)]
    for number, patient in enumerate(patients):
        make(appointment, cast, patient, number)
    browser = login_as("reception")
    pages = {
        "/test-appointments/list/": 7,
        "/test-patients/list/": 7,
        f"/test-patients/show/{patients[0].id}": 6,
        "/test-patients/add": 6,
        f"/test-patients/edit/{patients[0].id}": 5,
    }
    for page, most in pages.items():
        with statements() as sent:
            assert browser.get(page).status_code == 200
        assert len([text for text in sent if text != "BEGIN"]) <= most, (page, sent)


GARBAGE = [
    "page_{view}=x",
    "page_{view}=-1",
    "page_{view}=99999999999999999999",
    "page_{view}=4000",
    "psize_{view}=x",
    "psize_{view}=1000000",
    "psize_{view}=-5",
    "_oc_{view}=medical_history&_od_{view}=asc",
    "_oc_{view}=name&_od_{view}=sideways",
    "_oc_{view}=preferred_doctor.name&_od_{view}=asc",
    "_flt_0_created_at=x",
    "_flt_0_created_at=9999-12-31",
    "_flt_1_created_at=0001-01-01T00:00",
    "_flt_1_created_at=2030-03-31T02:30",
    "_flt_9_is_active=y",
    "_flt_0_medical_history=x",
    "_flt_0_clinic=x",
    "_flt_0_clinic=99999999999999999999",
    "_flt_0_contact_patient=" + "9" * 5000,
    "_flt_0_nothing=1",
    "_flt_=1",
    "&".join(f"_flt_0_clinic={number}" for number in range(300)),
    "q=" + "%F0%9F%98%80" * 500,
    "q=%25_%5C'\"",
]


@pytest.mark.parametrize("arguments", GARBAGE)
def test_a_list_survives_whatever_an_address_asks(cast: Cast, login_as: LogIn, make: Make, arguments: str) -> None:
    for number in range(3):
        make(make_patient, cast.main_clinic, name=f"Person {number}", medical_history="secret")
    page = login_as("reception").get("/test-patients/list/?" + arguments.format(view="PatientScreen"))
    assert page.status_code == 200
    assert "secret" not in text_of(page)


def test_long_addresses_do_not_sign_anybody_out(cast: Cast, login_as: LogIn) -> None:
    browser = login_as("reception")
    for number in range(6):
        answer = browser.get(f"/test-patients/list/?q={number}{uuid4().hex * 60}")
        assert len(answer.headers.get("Set-Cookie", "")) < 4000
    assert browser.get("/test-patients/list/").status_code == 200


def test_a_page_holds_at_most_a_hundred_rows(cast: Cast, login_as: LogIn, app: Flask) -> None:
    with app.app_context():
        for number in range(130):
            make_patient(cast.main_clinic, name=f"Person {number:03}")
    browser = login_as("reception")
    assert text_of(browser.get("/test-patients/list/?psize_PatientScreen=1000")).count("<tr data-href") == 100
    page = text_of(browser.get("/test-patients/list/?page_PatientScreen=77"))
    assert "The list ends here" in page
    assert page.count("<tr data-href") == 5


def test_filters_and_search_narrow_a_list(cast: Cast, login_as: LogIn, make: Make) -> None:
    for name, active in (("Anna", True), ("Anton", False), ("Berta", True)):
        make(make_patient, cast.main_clinic, name=name, is_active=active)
    foreign = make(make_patient, cast.riverside_clinic, name="Anka")
    browser = login_as("reception")

    def found(arguments: str) -> set[str]:
        page = text_of(browser.get(f"/test-patients/list/?{arguments}"))
        return {name for name in ("Anna", "Anton", "Berta", "Anka") if f">{name}<" in page}

    assert found("") == {"Anna", "Anton", "Berta"}
    assert found("q=an") == {"Anna", "Anton"}
    assert found("q=an&_flt_0_is_active=y") == {"Anna"}
    assert found(f"_flt_0_clinic={cast.main_id}") == {"Anna", "Anton", "Berta"}
    assert found(f"_flt_0_clinic={cast.riverside_id}") == set()
    assert found(f"_flt_0_contact_patient={foreign.id}") == set()
    assert found("_flt_1_created_at=2020-01-01") == {"Anna", "Anton", "Berta"}
    assert found("_flt_2_created_at=2020-01-01") == set()


def test_a_record_shows_the_first_rows_that_belong_to_it(cast: Cast, login_as: LogIn, make: Make) -> None:
    patient, other = make(make_patient, cast.main_clinic), make(make_patient, cast.main_clinic)
    for number in range(12):
        make(appointment, cast, patient, number)
    make(appointment, cast, other, 20)
    page = text_of(login_as("reception").get(f"/test-patients/show/{patient.id}"))
    assert page.count('data-href="/test-appointments/show/') == 10
    assert f"/test-appointments/list/?_flt_0_patient={patient.id}" in page
    assert f"/test-appointments/add?_flt_0_patient={patient.id}" in page


# -- CSV -------------------------------------------------------------------------------------------------------------


def test_an_export_holds_the_filtered_rows_in_reach_safe_for_spreadsheets(
    cast: Cast, login_as: LogIn, app: Flask, make: Make
) -> None:
    make(make_patient, cast.main_clinic, name="=1+1", phone="+4940123456", tags=["a", "b"])
    make(make_patient, cast.main_clinic, name="Gone", is_active=False)
    make(make_patient, cast.riverside_clinic, name="Rita River")
    answer = login_as("reception").get("/test-patients/export.csv?_flt_0_is_active=y")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    lines = answer.data.decode("utf-8").split("\r\n")
    assert lines[0].startswith("\ufeffName,Phone,Clinic")
    assert lines[1].startswith("'=1+1,'+4940123456,Main Clinic,,\"a, b\",True,2")
    assert len(lines) == 3
    assert ("export", "patient") in [(entry.action, entry.entity) for entry in rows_of(app, AuditEntry)]
    assert login_as("accountant").get("/test-patients/export.csv").status_code == 403


def test_an_export_of_many_rows_is_complete(cast: Cast, login_as: LogIn, app: Flask) -> None:
    from app.kernel.db import transaction

    with app.app_context(), transaction():
        db.session.add_all(Patient(clinic_id=cast.main_id, name=f"Person {number:04}") for number in range(1203))
    browser = login_as("reception")
    browser.get("/test-patients/export.csv").close()  # somebody who did not wait for it
    lines = text_of(browser.get("/test-patients/export.csv")).strip().split("\r\n")
    assert len(lines) == 1204
    assert lines[-1].startswith("Person 1202")


# -- type-ahead ------------------------------------------------------------------------------------------------------


def test_a_type_ahead_finds_twenty_rows_in_reach(cast: Cast, login_as: LogIn, make: Make, client: FlaskClient) -> None:
    for number in range(25):
        make(make_patient, cast.main_clinic, name=f"Anna {number:02}")
    make(make_patient, cast.riverside_clinic, name="Anna River")
    reception = login_as("reception")
    results = reception.get("/lookup/test-patients?q=anna").get_json()["results"]
    assert len(results) == 20
    assert results[0]["text"] == "Anna 00"
    assert results[0].keys() == {"id", "text"}
    river = f"/lookup/test-patients?q=anna&clinic_id={cast.riverside_id}"
    assert reception.get(river).get_json() == {"results": []}
    assert len(login_as("admin").get(river).get_json()["results"]) == 1
    assert reception.get("/lookup/nothing").status_code == 404
    assert login_as("accountant").get("/lookup/test-patients").status_code == 403
    assert client.get("/lookup/test-patients", headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("name", ["patients", "doctors", "clinics", "services", "specialties"])
def test_every_look_up_answers(cast: Cast, login_as: LogIn, make: Make, name: str) -> None:
    make(make_patient, cast.main_clinic, name="Main Patient")
    for q in ("", "main", "con", "%", "\u0661"):
        assert login_as("reception").get(f"/lookup/{name}", query_string={"q": q}).status_code == 200
