"""How often the database is asked: a budget for what a desk asks all day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.kernel.db import db, transaction
from app.people.models import DoctorClinic
from tests.factories import make_doctor, make_hours
from tests.integration.scheduling.desk import Desk, at, counted_statements

Sign = Callable[[str], FlaskClient]
FOR_A_BOOKING = 16  # requested or confirmed
FOR_A_KEY = 2
FOR_A_MAXIMUM = 1
FOR_A_HOLD = 2
FOR_SLOTS = 6


def place(desk: Desk) -> dict[str, int]:
    return {"clinic_id": desk.cast.main_id, "doctor_id": desk.cast.doctor_id, "service_id": desk.cast.service_id}


def statements_of_booking(client: FlaskClient, desk: Desk, hour: int, *, key: str = "", **values: object) -> int:
    body = place(desk) | {"patient_id": desk.patient.id, "starts_at": f"2025-03-04T{hour}:00:00+01:00"} | values
    with counted_statements() as sent:
        answer = client.post("/api/v1/appointments", json=body, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 201, answer.text
    return len(sent)


@pytest.mark.parametrize("status", ["requested", "confirmed"])
def test_a_booking_asks_the_database_little(desk: Desk, login_as: Sign, status: str) -> None:
    reception = login_as("reception")
    assert statements_of_booking(reception, desk, 10, status=status) <= FOR_A_BOOKING
    assert statements_of_booking(reception, desk, 11, status=status, key="k") <= FOR_A_BOOKING + FOR_A_KEY
    held = reception.post("/api/v1/slots/hold", json=place(desk) | {"starts_at": "2025-03-04T12:00:00+01:00"})
    number = held.json["result"]["hold_id"]
    assert statements_of_booking(reception, desk, 12, status=status, hold_id=number) <= FOR_A_BOOKING + FOR_A_HOLD
    with transaction():
        db.session.execute(update(DoctorClinic).values(daily_maximum=100))
    assert statements_of_booking(reception, desk, 13, status=status) <= FOR_A_BOOKING + FOR_A_MAXIMUM


def test_slots_take_as_many_statements_for_a_day_as_for_all_doctors_and_months(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")

    def statements(last: str, **values: int) -> int:
        asked = {"clinic_id": desk.cast.main_id, "service_id": desk.cast.service_id, "from": "2025-03-04", "to": last}
        with counted_statements() as sent:
            assert reception.get("/api/v1/availability/slots", query_string=asked | values).json["result"]
        return len(sent)

    assert statements("2025-03-04", doctor_id=desk.cast.doctor_id) <= FOR_SLOTS
    for _ in range(4):
        doctor = make_doctor(desk.cast.main_clinic)
        make_hours(doctor, desk.cast.main_clinic)
        desk.book(at(5, 9), doctor_id=doctor.id)
    assert statements("2025-04-30") <= FOR_SLOTS
