"""Who has several clinics works at one of them, or at all, until they choose another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.cast import Cast
from tests.factories import make_patient

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def patients(session: Any, cast: Cast) -> dict[str, int]:
    mia = make_patient(cast.main_clinic, name="Mia Main", treated_by=[cast.doctor2_row])
    rita = make_patient(cast.riverside_clinic, name="Rita Riverside", treated_by=[cast.doctor2_row])
    return {"mia": mia.id, "rita": rita.id}


def choose(client: FlaskClient, clinic: int | str) -> Any:
    return client.post("/choose/clinic", data={"clinic": clinic, "next": "/patients/list/"})


@pytest.mark.parametrize("who", ["admin", "doctor2"])
def test_lists_and_exports_keep_to_the_chosen_clinic(
    cast: Cast, patients: dict[str, int], login_as: SignIn, who: str
) -> None:
    client = login_as(who)
    page = client.get("/patients/list/").text
    assert ("Mia Main" in page, "Rita Riverside" in page) == (True, True)
    assert choose(client, cast.riverside_id).location == "/patients/list/"
    for address in ("/patients/list/", "/patients/list/?q=ri", "/patients/export.csv"):
        shown = client.get(address).text
        assert ("Mia Main" in shown, "Rita Riverside" in shown) == (False, True)
    choose(client, "")
    assert "Mia Main" in client.get("/patients/list/").text


def test_where_the_clinic_goes_without_saying_it_is_no_column(
    cast: Cast, patients: dict[str, int], login_as: SignIn
) -> None:
    admin = login_as("admin")
    assert 'data-label="Clinic"' in admin.get("/patients/list/").text
    choose(admin, cast.main_id)
    assert 'data-label="Clinic"' not in admin.get("/patients/list/").text


def test_a_record_of_another_clinic_is_still_there_and_an_address_may_ask_for_it(
    cast: Cast, patients: dict[str, int], login_as: SignIn
) -> None:
    admin = login_as("admin")
    choose(admin, cast.main_id)
    assert admin.get(f"/patients/show/{patients['rita']}").status_code == 200
    asked = admin.get(f"/patients/list/?_flt_0_clinic={cast.riverside_id}").text
    assert ("Mia Main" in asked, "Rita Riverside" in asked) == (False, True)


def test_the_board_the_search_and_new_records_begin_at_the_chosen_clinic(
    cast: Cast, patients: dict[str, int], login_as: SignIn
) -> None:
    admin = login_as("admin")
    choose(admin, cast.riverside_id)
    assert f'data-clinic="{cast.riverside_id}"' in admin.get("/queue/").text
    assert f"/lookup/patients?clinic_id={cast.riverside_id}" in admin.get("/").text
    form = admin.get("/patients/add").text
    assert f'<option selected value="{cast.riverside_id}">' in form
    assert f'value="{cast.main_id}"' in form  # proposed, not imposed


def test_a_clinic_out_of_reach_cannot_be_chosen(cast: Cast, login_as: SignIn) -> None:
    desk = login_as("reception")
    for clinic in (cast.riverside_id, 999, "x", "-1"):
        assert choose(desk, clinic).status_code == 404
    assert desk.get("/choose/clinic").status_code == 405


def test_a_choice_that_went_out_of_reach_is_none(cast: Cast, patients: dict[str, int], login_as: SignIn) -> None:
    doctor = login_as("doctor2")
    with doctor.session_transaction() as kept:
        kept["clinic"] = 999
    assert "Rita Riverside" in doctor.get("/patients/list/").text


def test_who_has_one_clinic_has_nothing_to_choose(cast: Cast, login_as: SignIn) -> None:
    page = login_as("reception").get("/patients/list/").text
    assert "Main Clinic" in page
    assert "/choose/clinic" not in page
    assert "/choose/clinic" in login_as("admin").get("/patients/list/").text
