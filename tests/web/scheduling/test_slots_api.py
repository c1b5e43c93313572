"""Free times over REST, to the letter of the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.integration.scheduling.desk import Desk, at

Sign = Callable[[str], FlaskClient]


def address(desk: Desk, **values: object) -> str:
    asked = {
        "clinic_id": desk.cast.main_id,
        "service_id": desk.cast.service_id,
        "from": "2025-03-04",
        "to": "2025-03-04",
    }
    return "/api/v1/availability/slots?" + "&".join(f"{name}={value}" for name, value in (asked | values).items())


def test_slots_carry_the_clinics_offset(desk: Desk, login_as: Sign) -> None:
    answer = login_as("reception").get(address(desk, doctor_id=desk.cast.doctor_id))
    assert answer.status_code == 200
    assert answer.json["reason"] is None
    assert answer.json["result"][0] == {
        "doctor_id": desk.cast.doctor_id,
        "start": "2025-03-04T09:00:00+01:00",
        "end": "2025-03-04T09:30:00+01:00",
    }
    assert len(answer.json["result"]) == 31


def test_without_a_doctor_all_who_offer_it_are_asked(desk: Desk, login_as: Sign) -> None:
    doctors = {slot["doctor_id"] for slot in login_as("reception").get(address(desk)).json["result"]}
    assert doctors == {desk.cast.doctor_id, desk.cast.doctor2_id}


def test_no_slots_have_a_reason(desk: Desk, login_as: Sign) -> None:
    answer = login_as("reception").get(address(desk, **{"from": "2025-03-08", "to": "2025-03-09"}))
    assert answer.json == {"result": [], "reason": "no_availability"}


def test_what_is_booked_is_gone(desk: Desk, login_as: Sign) -> None:
    desk.book(at(4, 9))
    slots = login_as("doctor").get(address(desk, doctor_id=desk.cast.doctor_id)).json["result"]
    assert slots[0]["start"] == "2025-03-04T09:30:00+01:00"


@pytest.mark.parametrize(
    ("values", "status", "fields"),
    [
        ({"from": "x"}, 422, {"from"}),
        ({"from": "", "to": ""}, 422, {"from", "to"}),
        ({"to": "2025-03-03"}, 422, {"to"}),
        ({"to": "2025-06-01"}, 422, {"to"}),
        ({"clinic_id": "x"}, 422, {"clinic_id"}),
        ({"clinic_id": 999_999}, 404, set()),
        ({"service_id": 999_999}, 422, {"service_id"}),
        ({"service_id": 10**30}, 422, {"service_id"}),
        ({"doctor_id": -1}, 422, {"doctor_id"}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    desk: Desk, login_as: Sign, values: dict[str, object], status: int, fields: set[str]
) -> None:
    answer = login_as("reception").get(address(desk, **values))
    assert (answer.status_code, set(answer.json["errors"])) == (status, fields)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_end_of_time_have_no_slots(desk: Desk, login_as: Sign, day: str) -> None:
    answer = login_as("reception").get(address(desk, **{"from": day, "to": day}))
    assert answer.json == {"result": [], "reason": "no_availability"}


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("reception", 200), ("doctor", 200), ("accountant", 200), ("riverside", 404)],
)
def test_everybody_of_the_clinic_may_ask(desk: Desk, login_as: Sign, who: str, status: int) -> None:
    assert login_as(who).get(address(desk)).status_code == status
