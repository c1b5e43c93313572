"""The screens of people: what each role sees and may send, and what comes back when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.kernel.db import db
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Holiday, Service
from app.people.patient_models import Patient
from app.people.settings import get_settings
from app.people.staff import clinic_ids_of
from tests.cast import Cast
from tests.factories import make_patient, make_service

SignIn = Callable[[str], FlaskClient]
CLINICAL = "penicillin, marked"


@pytest.fixture
def desk(cast: Cast, login_as: SignIn) -> FlaskClient:
    return login_as("reception")


@pytest.fixture
def admin(cast: Cast, login_as: SignIn) -> FlaskClient:
    return login_as("admin")


def stored(app: Flask, query: Any) -> Any:
    with app.app_context():
        return db.session.scalars(query).one_or_none()


def made(app: Flask, factory: Callable[..., Any], *args: Any, **values: Any) -> Any:
    with app.app_context():
        return factory(*args, **values).id


def revision_in(page: str) -> str:
    found = re.search(r'name="revision"[^>]*value="(\d*)"', page)
    assert found
    return found[1]


# -- patients --------------------------------------------------------------------------------------------------------


def test_reception_registers_a_patient_and_sees_them(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    answer = desk.post("/patients/add", data={"name": "José Łuczak", "phone": "030 901820", "gender": "male"})
    patient = stored(app, select(Patient))
    assert (answer.status_code, answer.location) == (302, f"/patients/show/{patient.id}")
    assert (patient.clinic_id, patient.phone, patient.gender) == (cast.main_id, "+4930901820", "male")
    page = desk.get(answer.location).get_data(as_text=True)
    assert "José Łuczak" in page
    assert "+49 30 901820" in page


def test_every_problem_stands_beside_its_field_and_nothing_typed_is_lost(app: Flask, desk: FlaskClient) -> None:
    typed = {"name": "?", "phone": "12ab", "email": "nobody", "date_of_birth": "2999-01-01", "tags": "one, two"}
    answer = desk.post("/patients/add", data=typed)
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    for text in (
        "A name has at least one letter.",
        "This is not a phone number.",
        "This is not an e-mail address.",
        "A date of birth is not in the future.",
    ):
        assert text in page
    assert all(f'value="{value}"' in page for value in typed.values())
    assert stored(app, select(Patient)) is None


def test_a_phone_that_is_taken_is_refused_beside_the_field(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    made(app, make_patient, cast.main_clinic, phone="+4930901820")
    answer = desk.post("/patients/add", data={"name": "Ben", "phone": "+49 30 901820"})
    assert answer.status_code == 409
    assert "Another patient of this clinic has this phone number." in answer.get_data(as_text=True)


def test_the_list_finds_by_part_of_a_name_and_leaves_archived_patients_out(
    app: Flask, desk: FlaskClient, cast: Cast
) -> None:
    for name, active in (("Ada Byron", True), ("Ben Byron", False), ("Cleo", True)):
        made(app, make_patient, cast.main_clinic, name=name, is_active=active)
    made(app, make_patient, cast.riverside_clinic, name="Foreign Byron")
    page = desk.get("/patients/list/?q=yron").get_data(as_text=True)
    assert [name in page for name in ("Ada Byron", "Ben Byron", "Cleo", "Foreign")] == [True, False, False, False]
    archived = desk.get("/patients/list/?q=yron&_flt_0_is_active=n").get_data(as_text=True)
    assert [name in archived for name in ("Ada Byron", "Ben Byron")] == [False, True]


def test_the_clinic_is_a_column_only_for_those_who_reach_several(
    app: Flask, desk: FlaskClient, login_as: SignIn, cast: Cast
) -> None:
    made(app, make_patient, cast.main_clinic, name="Ada Byron", treated_by=[cast.doctor2_row])
    heads = {
        who: "Main Clinic" in login_as(who).get("/patients/list/").get_data(as_text=True).partition("<tbody")[2]
        for who in ("admin", "doctor2", "reception")
    }
    assert heads == {"admin": True, "doctor2": True, "reception": False}


def test_reception_neither_sees_nor_sets_clinical_fields(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, allergies=CLINICAL, medical_history=CLINICAL)
    pages = [desk.get(f"/patients/{page}").get_data(as_text=True) for page in (f"show/{pk}", f"edit/{pk}", "add")]
    assert not [page for page in pages if CLINICAL in page or "allergies" in page]
    sent = {"name": "Ada", "revision": revision_in(pages[1]), "allergies": "none"}
    assert desk.post(f"/patients/edit/{pk}", data=sent).status_code == 302
    assert stored(app, select(Patient)).allergies == CLINICAL


def test_a_doctor_changes_clinical_fields_of_own_patients_alone(app: Flask, login_as: SignIn, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, name="Ada", treated_by=[cast.doctor_row])
    doctor = login_as("doctor")
    page = doctor.get(f"/patients/edit/{pk}").get_data(as_text=True)
    assert 'name="allergies"' in page
    assert 'name="name"' not in page
    sent = {"name": "Changed", "allergies": CLINICAL, "revision": revision_in(page)}
    assert doctor.post(f"/patients/edit/{pk}", data=sent).status_code == 302
    patient = stored(app, select(Patient))
    assert (patient.name, patient.allergies) == ("Ada", CLINICAL)
    assert login_as("doctor2").get(f"/patients/show/{pk}").status_code == 404


def test_two_who_edit_at_once_do_not_overwrite_each_other(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, name="Ada")
    seen = revision_in(desk.get(f"/patients/edit/{pk}").get_data(as_text=True))
    assert desk.post(f"/patients/edit/{pk}", data={"name": "Ada One", "revision": seen}).status_code == 302
    second = desk.post(f"/patients/edit/{pk}", data={"name": "Ada Two", "revision": seen})
    assert second.status_code == 409
    assert 'value="Ada Two"' in second.get_data(as_text=True)
    assert stored(app, select(Patient)).name == "Ada One"


def test_a_patient_with_history_is_archived_and_restored(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, treated_by=[cast.doctor_row])
    assert desk.post(f"/patients/delete/{pk}").status_code == 302
    assert stored(app, select(Patient)).is_active is False
    assert desk.post(f"/patients/restore/{pk}").status_code == 302
    assert stored(app, select(Patient)).is_active is True
    assert desk.get(f"/patients/delete/{pk}").status_code == 405


def test_custom_fields_stay_as_they_are_where_nobody_touches_them(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    fields = {"age": 45, "insurance": "AOK: basic", "member": "0123", "card": "45", "smoker": False, "note": "a\nb"}
    pk = made(app, make_patient, cast.main_clinic, name="Ada", custom_fields=fields)
    page = desk.get(f"/patients/edit/{pk}").get_data(as_text=True)
    found = re.search(r'<textarea[^>]*name="custom_fields"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    assert found
    sent = {"name": "Ada", "revision": revision_in(page), "custom_fields": unescape(found[1])}
    assert desk.post(f"/patients/edit/{pk}", data=sent).status_code == 302
    assert stored(app, select(Patient)).custom_fields == fields
    assert desk.post(f"/patients/edit/{pk}", data=sent | {"custom_fields": "no pair"}).status_code == 422


def test_only_an_archived_patient_can_be_restored(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    keys = [made(app, make_patient, cast.main_clinic, is_active=active) for active in (True, False)]
    pages = [desk.get(f"/patients/show/{pk}").get_data(as_text=True) for pk in keys]
    assert [f"/patients/restore/{pk}" in page for pk, page in zip(keys, pages, strict=True)] == [False, True]


def test_a_patient_of_another_clinic_does_not_exist(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.riverside_clinic, name="Foreign")
    answers = [desk.get(f"/patients/{act}/{pk}") for act in ("show", "edit")]
    answers += [desk.post(f"/patients/{act}/{pk}") for act in ("edit", "delete", "restore")]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert not [answer for answer in answers if "Foreign" in answer.get_data(as_text=True)]


def test_the_type_ahead_finds_patients_in_reach(app: Flask, desk: FlaskClient, cast: Cast) -> None:
    pk = made(app, make_patient, cast.main_clinic, name="Ada Byron", phone="+4930901820")
    made(app, make_patient, cast.riverside_clinic, name="Ada Foreign")
    assert desk.get("/lookup/patients?q=ada").get_json() == {
        "results": [{"id": pk, "text": "Ada Byron · \u200e+49 30 901820"}]
    }


# -- the catalogue ---------------------------------------------------------------------------------------------------


def test_an_administrator_keeps_the_catalogue(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    clinic = {
        "name": "North",
        "code": "north",
        "country": "BR",
        "timezone": "America/Sao_Paulo",
        "currency": "BRL",
        "language": "pt_BR",
    }
    assert admin.post("/clinics/add", data=clinic).status_code == 302
    north = stored(app, select(Clinic).where(Clinic.code == "north"))
    service = {
        "clinic": north.id,
        "name": "Check-up",
        "duration_minutes": 20,
        "price_minor": "35.50",
        "tax_rate_bp": "7.5",
    }
    assert admin.post("/services/add", data=service | dict.fromkeys(BUFFERS, "0")).status_code == 302
    checkup = stored(app, select(Service).where(Service.clinic_id == north.id))
    assert (checkup.price_minor, checkup.currency, checkup.tax_rate_bp) == (3550, "BRL", 750)
    assert admin.post("/doctors/add", data={"name": "Dr. New", "share_bp": "60"}).status_code == 302
    doctor = stored(app, select(Doctor).where(Doctor.name == "Dr. New"))
    place = {"doctor": doctor.id, "clinic": north.id, "room": "3", "share_bp": "55.5"}
    assert admin.post("/workplaces/add", data=place).status_code == 302
    assert stored(app, select(DoctorClinic).where(DoctorClinic.doctor_id == doctor.id)).share_bp == 5550
    offer = {"doctor": doctor.id, "service": checkup.id, "price_minor": "40"}
    assert admin.post("/offers/add", data=offer).status_code == 302
    assert stored(app, select(DoctorService)).price_minor == 4000
    assert (
        admin.post("/holidays/add", data={"clinic": north.id, "day": "2026-12-25", "name": "Natal"}).status_code == 302
    )
    assert stored(app, select(Holiday)).name == "Natal"


BUFFERS = ("buffer_before_minutes", "buffer_after_minutes")


def test_wrong_figures_of_a_service_are_told_beside_their_fields(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    sent = {"clinic": cast.main_id, "name": "X", "duration_minutes": "0", "price_minor": "-1", "tax_rate_bp": "101"}
    answer = admin.post("/services/add", data=sent | dict.fromkeys(BUFFERS, "0"))
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "A price is not negative." in page
    assert "This must be a whole number from 1 to 1440." in page
    assert page.count("invalid-feedback") == 3


def test_settings_of_a_clinic_are_one_form(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    page = admin.get(f"/settings/edit/{cast.main_id}").get_data(as_text=True)
    assert 'value="180"' in page
    sent = {"slot_grid_minutes": "20", "notice_minutes": "60", "horizon_days": "30"}
    assert admin.post(f"/settings/edit/{cast.main_id}", data=sent).status_code == 302
    with app.app_context():
        assert get_settings(cast.main_id).slot_grid_minutes == 20
        assert get_settings(cast.main_id).no_show_grace_minutes == 60
    mine = {**sent, "no_show_grace_minutes": "0", "followup_days": "14", "followup_price_percent": "50"}
    assert admin.post(f"/settings/edit/{cast.main_id}", data=mine).status_code == 302
    with app.app_context():
        found = get_settings(cast.main_id)
        assert (found.no_show_grace_minutes, found.followup_days, found.followup_price_percent) == (0, 14, 50)
    for name, value in {
        "no_show_grace_minutes": "1441",
        "followup_days": "366",
        "followup_price_percent": "101",
        "waitlist_offer_minutes": "9",
        "waitlist_lead_minutes": "1441",
    }.items():
        assert admin.post(f"/settings/edit/{cast.main_id}", data={**mine, name: value}).status_code == 422
    wrong = admin.post(f"/settings/edit/{cast.main_id}", data={**sent, "slot_grid_minutes": "1"})
    assert wrong.status_code == 422
    assert "This must be a whole number from 5 to 120." in wrong.get_data(as_text=True)


def test_what_a_doctor_earns_is_not_shown_to_the_desk(desk: FlaskClient, admin: FlaskClient, cast: Cast) -> None:
    pages = [who.get(f"/doctors/show/{cast.doctor_id}").get_data(as_text=True) for who in (desk, admin)]
    assert ["50%" in page for page in pages] == [False, True]


def test_other_roles_read_the_catalogue_and_change_nothing(desk: FlaskClient, cast: Cast) -> None:
    for base, pk in (("doctors", cast.doctor_id), ("clinics", cast.main_id), ("services", cast.service_id)):
        assert desk.get(f"/{base}/show/{pk}").status_code == 200
        assert [desk.post(f"/{base}/{act}").status_code for act in ("add", f"edit/{pk}", f"delete/{pk}")] == [403] * 3


# -- users -----------------------------------------------------------------------------------------------------------


def test_an_administrator_adds_a_user_who_may_sign_in(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    sent = {
        "username": "Grace",
        "first_name": "Grace",
        "last_name": "Hopper",
        "email": "grace@clinic.test",
        "role_names": ["Receptionist"],
        "clinic_ids": [str(cast.main_id)],
        "password": "a long enough one",
    }
    assert admin.post("/users/add", data=sent).status_code == 302
    user = stored(app, select(User).where(User.username == "grace"))
    with app.app_context():
        assert clinic_ids_of(user.id) == [cast.main_id]
    login = app.test_client().post(
        "/api/v1/security/login", json={"username": "grace", "password": sent["password"], "provider": "db"}
    )
    assert login.status_code == 200


def test_all_that_is_wrong_with_a_user_is_told(admin: FlaskClient) -> None:
    sent = {"username": "a b", "first_name": "G", "last_name": "H", "email": "x", "password": "short"}
    answer = admin.post("/users/add", data=sent)
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "A password has at least 10 characters." in page
    assert page.count("invalid-feedback") == 4


def test_the_last_administrator_cannot_be_taken_away(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    assert admin.post(f"/users/delete/{cast.admin.user_id}").status_code == 302
    assert stored(app, select(User).where(User.id == cast.admin.user_id)).active is True


def test_an_edited_user_keeps_what_was_not_touched(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    pk = cast.reception.user_id
    page = admin.get(f"/users/edit/{pk}").get_data(as_text=True)
    checked = re.findall(r'name="(role_names|clinic_ids)"\s+value="(\w+)"\s+checked', page)
    assert checked == [("role_names", "Receptionist"), ("clinic_ids", str(cast.main_id))]
    sent = {
        "username": "reception",
        "first_name": "New",
        "last_name": "Name",
        "email": "reception@clinic.test",
        "role_names": ["Receptionist"],
        "clinic_ids": [str(cast.main_id)],
        "active": "y",
        "password": "",
    }
    assert admin.post(f"/users/edit/{pk}", data=sent).status_code == 302
    user = stored(app, select(User).where(User.id == pk))
    assert (user.first_name, user.active) == ("New", True)


def test_everybody_changes_their_own_name_and_address(app: Flask, login_as: SignIn, cast: Cast) -> None:
    accountant = login_as("accountant")
    assert 'value="accountant@clinic.test"' in accountant.get("/account/form").get_data(as_text=True)
    sent = {"first_name": "Ann", "last_name": "Count", "email": "ann@clinic.test"}
    assert accountant.post("/account/form", data=sent).status_code == 302
    assert stored(app, select(User).where(User.username == "accountant")).email == "ann@clinic.test"
    wrong = accountant.post("/account/form", data={**sent, "email": "riverside@clinic.test"})
    assert wrong.status_code == 422
    assert "Somebody else has this e-mail address." in wrong.get_data(as_text=True)


def test_a_list_of_patients_takes_few_statements_whatever_their_number(
    app: Flask, desk: FlaskClient, cast: Cast
) -> None:
    for _ in range(30):
        made(app, make_patient, cast.main_clinic, preferred_doctor_id=cast.doctor_id)
    made(app, make_service, cast.main_clinic)
    sent: list[str] = []
    from sqlalchemy import event

    with app.app_context():
        engine = db.engine
    note = lambda _c, _k, statement, *_rest: sent.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    desk.get("/patients/list/?q=patient")
    event.remove(engine, "before_cursor_execute", note)
    assert len(sent) <= 12, sent
