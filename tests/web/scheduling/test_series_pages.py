"""An appointment is repeated over REST and on its page, without a script: how, then which of the times."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.kernel.db import db
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make_patient
from tests.integration.scheduling.desk import Desk, act, at, stored

Sign = Callable[[str], FlaskClient]
TEN = "2025-03-04T10:00:00+01:00"
FORM = {"interval": "1", "frequency": "WEEKLY", "times": "4", "status": "confirmed"}


def body(desk: Desk, **values: Any) -> dict[str, Any]:
    cast = desk.cast
    ids = {"clinic_id": cast.main_id, "doctor_id": cast.doctor_id, "service_id": cast.service_id}
    return ids | {"patient_id": desk.patient.id, "starts_at": TEN, "rule": "FREQ=WEEKLY;COUNT=5"} | values


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Appointment)) or 0


# -- REST ------------------------------------------------------------------------------------------------------------


def test_a_plan_lists_each_time_and_books_nothing(desk: Desk, login_as: Sign) -> None:
    desk.book(at(11, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    answer = login_as("reception").post("/api/v1/appointments/series/plan", json=body(desk))
    assert answer.status_code == 200
    times = answer.json["result"]["occurrences"]
    assert times[0] == {
        "local_time": "2025-03-04T10:00",
        "starts_at": TEN,
        "ends_at": "2025-03-04T10:30:00+01:00",
        "free": True,
        "code": None,
        "next_free": [],
    }
    assert [(one["free"], one["code"]) for one in times[1:3]] == [(False, "slot_taken"), (True, None)]
    assert times[1]["next_free"][0]["start"] == "2025-03-11T10:30:00+01:00"
    assert times[4]["starts_at"] == "2025-04-01T10:00:00+02:00"
    assert count() == 1


def test_a_series_is_booked_once_however_often_it_is_sent(desk: Desk, login_as: Sign) -> None:
    reception, key = login_as("reception"), {"Idempotency-Key": "series"}
    first = reception.post("/api/v1/appointments/series", json=body(desk, notes="x"), headers=key)
    again = reception.post("/api/v1/appointments/series", json=body(desk, notes="x"), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    rows = first.json["result"]
    assert [row["starts_at"] for row in rows][::4] == [TEN, "2025-04-01T10:00:00+02:00"]
    assert {row["series_id"] for row in rows} == {rows[0]["series_id"]}
    assert count() == 5


def test_a_series_that_cannot_be_had_names_the_times(desk: Desk, login_as: Sign) -> None:
    desk.book(at(11, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    answer = login_as("reception").post("/api/v1/appointments/series", json=body(desk))
    assert (answer.status_code, answer.json["code"]) == (409, "series_taken")
    assert [one["starts_at"] for one in answer.json["occurrences"]] == ["2025-03-11T10:00:00+01:00"]
    chosen = [TEN, "2025-03-18T09:00:00Z"]
    answer = login_as("reception").post("/api/v1/appointments/series", json=body(desk, occurrences=chosen))
    assert [row["starts_at"] for row in answer.json["result"]] == [TEN, "2025-03-18T10:00:00+01:00"]


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"rule": "every week"}, 422, "rule"),
        ({"rule": "FREQ=WEEKLY;COUNT=99"}, 422, "rule"),
        ({"rule": None}, 422, "rule"),
        ({"starts_at": "2025-03-04T10:00"}, 422, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:00-12:00"}, 422, "rule"),
        ({"occurrences": ["soon"]}, 422, "occurrences"),
        ({"occurrences": "2025-03-04T10:00:00+01:00"}, 422, "occurrences"),
        ({"occurrences": ["2025-03-05T10:00:00+01:00"]}, 422, "occurrences"),
        ({"occurrences": []}, 422, "occurrences"),
        ({"series_id": 1}, 422, "series_id"),
        ({"patient_id": 999_999}, 422, "patient_id"),
    ],
)
def test_what_cannot_be_understood_is_told(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, field: str
) -> None:
    answer = login_as("reception").post("/api/v1/appointments/series", json=body(desk, **values))
    assert (answer.status_code, list(answer.json["errors"])) == (status, [field]), answer.text
    assert count() == 0


def test_the_rest_of_a_series_is_cancelled(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    rows = reception.post("/api/v1/appointments/series", json=body(desk)).json["result"]
    address = f"/api/v1/appointments/series/{rows[0]['series_id']}/cancel"
    asked = {"from": rows[3]["starts_at"], "reason": "moved", "by": "patient"}
    answer = reception.post(address, json=asked)
    assert [(row["id"], row["status"], row["cancelled_by"]) for row in answer.json["result"]] == [
        (row["id"], "cancelled", "patient") for row in rows[3:]
    ]
    assert reception.post(address, json=asked).json["code"] == "no_longer_open"
    assert reception.post(address, json={}).status_code == 422
    assert login_as("riverside").post(address, json={}).status_code == 404
    assert login_as("doctor").post(address, json={"reason": "x"}).status_code == 403


# -- pages -----------------------------------------------------------------------------------------------------------


def chosen_of(page: str) -> list[str]:
    return re.findall(r'name="chosen"\s+value="([^"]+)"\s+checked', page)


def test_an_appointment_is_repeated_from_its_page(desk: Desk, login_as: Sign) -> None:
    first = desk.book(at(4, 10))
    desk.book(at(11, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    reception, address = login_as("reception"), f"/appointments/repeat/{first.id}"
    assert address in reception.get(f"/appointments/show/{first.id}").text
    assert reception.get(address).status_code == 200
    plan = reception.post(address, data=FORM).text
    assert "This appointment" in plan
    assert "That time is already taken." in plan
    assert chosen_of(plan) == ["2025-03-18T09:00:00+00:00", "2025-03-25T09:00:00+00:00"]
    assert count() == 2
    answer = reception.post(address, data={**FORM, "book": "1", "chosen": chosen_of(plan)})
    assert answer.status_code == 302
    page = reception.get(answer.headers["Location"]).text
    assert "2 appointments are booked." in page
    assert f"/appointments/cancel-series/{first.id}" in page
    series_id = stored(first.id).series_id
    rows = db.session.scalars(select(Appointment).where(Appointment.series_id == series_id).order_by(Appointment.id))
    assert [(row.starts_at, row.status) for row in rows][1:] == [
        (at(18, 10), AppointmentStatus.CONFIRMED),
        (at(25, 10), AppointmentStatus.CONFIRMED),
    ]


def test_a_time_that_went_meanwhile_is_shown_and_nothing_is_booked(desk: Desk, login_as: Sign) -> None:
    first = desk.book(at(4, 10))
    reception, address = login_as("reception"), f"/appointments/repeat/{first.id}"
    chosen = chosen_of(reception.post(address, data=FORM).text)
    desk.book(at(18, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    answer = reception.post(address, data={**FORM, "book": "1", "chosen": chosen})
    assert answer.status_code == 409
    assert "Nothing was booked." in answer.text
    assert chosen_of(answer.text) == [chosen[0], chosen[2]]
    assert count() == 2
    none = reception.post(address, data={**FORM, "book": "1"})
    assert (none.status_code, "Choose at least one time." in none.text) == (422, True)


@pytest.mark.parametrize(
    "values",
    [
        {"times": "", "until": ""},
        {"until": "2025-05-01"},
        {"times": "99"},
        {"interval": "0"},
        {"frequency": "HOURLY"},
        {"weekdays": "9"},
        {"frequency": "DAILY", "times": "", "until": "2099-01-01"},
        {"book": "1", "chosen": "soon"},
        {"book": "1", "chosen": "2025-03-05T10:00:00+01:00"},
    ],
)
def test_the_form_says_what_is_wrong(desk: Desk, login_as: Sign, values: dict[str, str]) -> None:
    first = desk.book(at(4, 10))
    answer = login_as("reception").post(f"/appointments/repeat/{first.id}", data=FORM | values)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert count() == 1


def test_the_rest_of_a_series_is_cancelled_from_a_page(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    rows = reception.post("/api/v1/appointments/series", json=body(desk)).json["result"]
    address = f"/appointments/cancel-series/{rows[2]['id']}"
    assert reception.get(address).status_code == 200
    assert reception.post(address, data={"reason": ""}).status_code == 422
    assert reception.post(address, data={"reason": "moved away"}).status_code == 302
    states = [stored(row["id"]).status.value for row in rows]
    assert states == ["requested"] * 2 + ["cancelled"] * 3
    again = reception.post(address, data={"reason": "moved away"})
    assert again.status_code == 409
    alone = desk.book(at(5, 10))
    assert reception.get(f"/appointments/cancel-series/{alone.id}").status_code == 404


def test_a_cancelled_one_and_a_doctor_see_no_button(desk: Desk, login_as: Sign) -> None:
    first = desk.book(at(4, 10))
    address = f"/appointments/repeat/{first.id}"
    assert address not in login_as("doctor").get(f"/appointments/show/{first.id}").text
    assert login_as("doctor").get(address).status_code == 403
    assert login_as("riverside").get(address).status_code == 404
    act(booking.cancel, first.id, reason="ill", actor=desk.cast.reception)
    assert address not in login_as("reception").get(f"/appointments/show/{first.id}").text
