"""Generated screens: what they show, to whom, and what a form does."""

from __future__ import annotations

import re
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

Make = Callable[..., Any]

LogIn = Callable[[str], FlaskClient]


def only(app: Flask, model: type[Any]) -> Any:
    with app.app_context():
        return db.session.scalars(select(model)).one()


def text_of(response: Any) -> str:
    text: str = response.get_data(as_text=True)
    return text


def test_a_list_shows_the_rows_in_reach_alone(cast: Cast, login_as: LogIn, make: Make) -> None:
    make(make_patient, cast.main_clinic, name="Anna Main")
    make(make_patient, cast.riverside_clinic, name="Rita River")
    page = login_as("reception").get("/test-patients/list/")
    assert page.status_code == 200
    assert "Anna Main" in text_of(page)
    assert "Rita River" not in text_of(page)


@pytest.mark.parametrize("door", ["/show/{}", "/edit/{}"])
def test_a_row_out_of_reach_does_not_exist(cast: Cast, login_as: LogIn, make: Make, door: str) -> None:
    foreign = make(make_patient, cast.riverside_clinic, name="Rita River")
    page = login_as("reception").get("/test-patients" + door.format(foreign.id))
    assert page.status_code == 404
    assert "Rita" not in text_of(page)


def test_a_form_is_saved_and_leads_to_the_new_row(cast: Cast, login_as: LogIn, make: Make, app: Flask) -> None:
    form = {"clinic": cast.main_id, "name": "New", "date_of_birth": "1990-02-03", "tags": "one, two"}
    answer = login_as("reception").post("/test-patients/add", data=form)
    row = only(app, Patient)
    assert (answer.status_code, answer.location) == (302, f"/test-patients/show/{row.id}")
    assert (row.tags, str(row.date_of_birth), row.phone) == (["one", "two"], "1990-02-03", None)


def test_a_refusal_appears_beside_its_field_and_keeps_what_was_typed(cast: Cast, login_as: LogIn, make: Make) -> None:
    form = {"clinic": cast.main_id, "name": "taken", "phone": "040 123", "preferred_doctor": cast.doctor_id}
    page = login_as("reception").post("/test-patients/add", data=form)
    assert page.status_code == 409
    assert "There is a patient called taken." in text_of(page)
    assert 'value="040 123"' in text_of(page)
    assert re.search(rf'<option selected value="{cast.doctor_id}"', text_of(page))


def test_every_problem_of_a_form_is_told_at_once(cast: Cast, login_as: LogIn, make: Make) -> None:
    page = login_as("reception").post("/test-patients/add", data={"clinic": cast.main_id, "name": "wrong"})
    assert page.status_code == 422
    assert all(words in text_of(page) for words in ("Not a phone.", "Not that one.", "No such."))
