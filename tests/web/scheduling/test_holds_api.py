"""Holding a time over REST, and booking it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.kernel import clock
from app.kernel.db import db
from app.scheduling.models import SlotHold
from tests.integration.scheduling.desk import NOW, Desk, at, busy_of

Sign = Callable[[str], FlaskClient]
NINE = "2025-03-04T09:00:00+01:00"


def place(desk: Desk, **values: Any) -> dict[str, Any]:
    here = {"clinic_id": desk.cast.main_id, "doctor_id": desk.cast.doctor_id, "service_id": desk.cast.service_id}
    return here | {"starts_at": NINE} | values


def hold(client: FlaskClient, desk: Desk, **values: Any) -> Any:
    return client.post("/api/v1/slots/hold", json=place(desk, **values))


def test_a_time_is_held_booked_and_gone(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    answer = hold(reception, desk)
    assert answer.status_code == 201
    held = answer.json["result"]
    assert held == place(desk) | {
        "id": held["id"],
        "hold_id": held["id"],
        "ends_at": "2025-03-04T09:30:00+01:00",
        "expires_at": "2025-03-03T08:05:00+01:00",
    }
    body = place(desk, patient_id=desk.patient.id)
    refused = reception.post("/api/v1/appointments", json=body)
    assert (refused.status_code, refused.json["code"]) == (409, "slot_taken")
    assert refused.json["next_free"][0]["start"] == "2025-03-04T09:30:00+01:00"
    booked = reception.post("/api/v1/appointments", json=body | {"hold_id": held["id"]})
    assert booked.status_code == 201
    again = reception.post("/api/v1/appointments", json=body | {"hold_id": held["id"]})
    assert (again.status_code, again.json["code"], set(again.json["errors"])) == (409, "hold_gone", {"hold_id"})
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]


def test_a_hold_that_ran_out_is_a_conflict(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    held = hold(reception, desk).json["result"]["hold_id"]
    with clock.freeze(NOW + timedelta(minutes=5)):
        late = reception.post("/api/v1/appointments", json=place(desk, patient_id=desk.patient.id, hold_id=held))
        assert (late.status_code, late.json["code"]) == (409, "hold_gone")


def test_a_hold_is_given_back(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    held = hold(reception, desk).json["result"]["hold_id"]
    assert login_as("riverside").delete(f"/api/v1/slots/hold/{held}").status_code == 404
    assert login_as("doctor").delete(f"/api/v1/slots/hold/{held}").status_code == 403
    assert reception.delete(f"/api/v1/slots/hold/{held}").status_code == 204
    assert reception.delete(f"/api/v1/slots/hold/{held}").status_code == 404
    assert busy_of(desk.cast.doctor_id) == []


def test_the_same_request_again_holds_once(desk: Desk, login_as: Sign) -> None:
    reception, key = login_as("reception"), {"Idempotency-Key": "one"}
    first, second = (reception.post("/api/v1/slots/hold", json=place(desk), headers=key) for _ in range(2))
    assert (first.status_code, second.status_code, first.json) == (201, 201, second.json)
    db.session.rollback()
    assert db.session.scalar(select(func.count(SlotHold.id))) == 1


@pytest.mark.parametrize(
    ("values", "status", "fields"),
    [
        ({"starts_at": "2025-03-04T09:00"}, 422, {"starts_at"}),
        ({"starts_at": None, "doctor_id": None}, 422, {"starts_at", "doctor_id"}),
        ({"patient_id": 1}, 422, {"patient_id"}),
        ({"clinic_id": 999_999}, 404, set()),
        ({"doctor_id": 999_999}, 422, {"doctor_id"}),
        ({"starts_at": "2025-03-04T07:00:00+01:00"}, 409, {"starts_at"}),
        ({"starts_at": "2025-03-01T09:00:00+01:00"}, 422, {"starts_at"}),
    ],
)
def test_what_cannot_be_held_is_refused(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, fields: set[str]
) -> None:
    answer = hold(login_as("reception"), desk, **values)
    assert (answer.status_code, set(answer.json["errors"])) == (status, fields)


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 201), ("reception", 201), ("doctor", 403), ("accountant", 403), ("riverside", 404)]
)
def test_whoever_may_book_may_hold(desk: Desk, login_as: Sign, who: str, status: int) -> None:
    assert hold(login_as(who), desk).status_code == status


def test_the_worker_sweeps_what_has_expired(app: Flask, desk: Desk, login_as: Sign) -> None:
    hold(login_as("reception"), desk)
    with clock.freeze(NOW + timedelta(minutes=6)):
        app.extensions["celery"].tasks["holds.sweep"]()
    assert busy_of(desk.cast.doctor_id) == []
