"""Where each role begins, and how one screen leads to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import clock
from tests.cast import Cast
from tests.factories import make_appointment, make_patient, make_user

SignIn = Callable[[str], FlaskClient]

FIRST_PAGES = {
    "admin": "/queue/",
    "reception": "/queue/",
    "doctor": "/doctor/today",
    "accountant": "/invoices/list/",
}


@pytest.fixture
def desk(cast: Cast, login_as: SignIn) -> FlaskClient:
    return login_as("reception")


def made(app: Flask, factory: Callable[..., Any], *args: Any, **values: Any) -> int:
    with app.app_context():
        pk: int = factory(*args, **values).id
        return pk


def entries(page: str) -> list[str]:
    """The words of the sidebar, in order."""
    return re.findall(r'nav-link-title">([^<]+)<', page)


@pytest.mark.parametrize("who", FIRST_PAGES)
def test_the_start_page_leads_each_role_to_its_first_page(cast: Cast, login_as: SignIn, who: str) -> None:
    page = login_as(who).get("/")
    assert page.status_code == 200
    assert "Everything is done" in page.text
    assert re.search(rf'class="btn btn-primary"\s+href="{FIRST_PAGES[who]}"', page.text)


def test_who_belongs_to_no_clinic_reads_why_there_is_nothing(app: Flask, cast: Cast, login_as: SignIn) -> None:
    with app.app_context():
        make_user(username="nowhere")
    answer = login_as("nowhere").get("/")
    assert answer.status_code == 200
    assert "You do not belong to a clinic yet" in answer.text


def test_the_sidebar_follows_the_day(cast: Cast, login_as: SignIn) -> None:
    day = ["Home", "Queue", "Calendar", "Appointments", "Waiting list", "Patients", "Visits", "Invoices", "Payments"]
    day += ["Messages"]
    assert entries(login_as("reception").get("/patients/list/").text) == [
        *day,
        "Doctors",
        "Services",
        "Working hours",
    ]
    assert entries(login_as("admin").get("/patients/list/").text)[: len(day) + 2] == [*day, "Set-up", "Doctors"]
    assert entries(login_as("accountant").get("/invoices/list/").text) == ["Home", "Invoices", "Payments", "Audit log"]


def test_who_has_one_clinic_is_neither_shown_nor_asked_for_it(desk: FlaskClient, login_as: SignIn, cast: Cast) -> None:
    for path in ("/patients/add", "/appointments/add", "/visits/add", "/invoices/add"):
        assert f'type="hidden" name="clinic" value="{cast.main_id}"' in desk.get(path).text
        assert "<select" in login_as("admin").get(path).text.partition('for="clinic"')[2][:400]


def test_a_foreign_clinic_is_refused_even_where_nobody_is_asked(desk: FlaskClient, cast: Cast) -> None:
    answer = desk.post("/patients/add", data={"name": "Ada", "clinic": cast.riverside_id})
    assert answer.status_code == 422
    assert "There is no such record." in answer.text


def test_a_phone_that_is_taken_leads_to_its_patient(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, phone="+4930901820")
    page = desk.post("/patients/add", data={"name": "Ben", "phone": "+49 30 901820"}).text
    assert f'<a href="/patients/show/{pk}">Open that record</a>' in page


@pytest.mark.parametrize(("typed", "field"), [("Ada Byron", "name"), ("030 901820", "phone")])
def test_a_search_that_finds_nobody_begins_a_new_patient(desk: FlaskClient, typed: str, field: str) -> None:
    page = desk.get("/patients/list/", query_string={"q": typed}).text
    address = re.search(r'href="(/patients/add\?[^"]+)"', page)
    assert address
    assert f'value="{typed}"' in desk.get(address[1]).text.partition(f'name="{field}"')[2][:200]


def test_a_patients_page_leads_to_booking_and_walking_in(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, name="Ada Byron")
    page = desk.get(f"/patients/show/{pk}").text
    for path in ("/appointments/add", "/visits/add"):
        assert f"{path}?patient={pk}" in page
        assert re.search(rf'<option value="{pk}" selected>Ada Byron', desk.get(f"{path}?patient={pk}").text)


def test_nobody_books_for_an_archived_patient(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, is_active=False)
    page = desk.get(f"/patients/show/{pk}").text
    assert f"?patient={pk}" not in page
    assert "Restore" in page


def test_an_appointments_page_leads_to_its_patient_and_doctor(app: Flask, cast: Cast, login_as: SignIn) -> None:
    with app.app_context():
        patient = make_patient(cast.main_clinic, name="Ada Byron")
        pk = make_appointment(patient, cast.doctor_row, cast.main_service, clock.now()).id
    page = login_as("reception").get(f"/appointments/show/{pk}").text
    assert f'<a href="/patients/show/{patient.id}">Ada Byron</a>' in page
    assert f'<a href="/doctors/show/{cast.doctor_id}">' in page


def test_the_list_of_appointments_begins_with_today(app: Flask, cast: Cast, login_as: SignIn) -> None:
    midnight, _ = clock.day_bounds(clock.clinic_day(clock.now(), cast.main_clinic.timezone), cast.main_clinic.timezone)
    noon = midnight + timedelta(hours=12)
    with app.app_context():
        for name, days in (("Past", -2), ("Present", 0), ("Future", 2)):
            patient = make_patient(cast.main_clinic, name=name)
            make_appointment(patient, cast.doctor_row, cast.main_service, starts_at=noon + timedelta(days=days))
    desk = login_as("reception")
    today = re.search(r'href="(/appointments/list/\?[^"]+)"', desk.get("/patients/list/").text)
    assert today
    listed = desk.get(today[1].replace("&amp;", "&")).text
    assert [f">{name}<" in listed for name in ("Past", "Present", "Future")] == [False, True, False]
    later = desk.get("/appointments/list/?_flt_1_starts_at=today").text
    assert [f">{name}<" in later for name in ("Past", "Present", "Future")] == [False, False, True]


def test_a_record_with_a_page_of_its_own_is_deleted_there_only(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic)
    assert f"/patients/delete/{pk}" not in desk.get("/patients/list/").text
    assert f"/patients/delete/{pk}" in desk.get(f"/patients/show/{pk}").text
