"""The calendar's page, the days its script asks for, and the list of a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.people.models import Clinic, Doctor
from app.people.roles import Role
from app.scheduling.calendar_schemas import OVERBOOKED, SECOND_TIME
from app.scheduling.models import Appointment
from tests.cast import loaded
from tests.factories import (
    make_appointment,
    make_clinic,
    make_doctor,
    make_hours,
    make_patient,
    make_service,
    make_user,
)
from tests.integration.scheduling.desk import Desk, at, counted_statements, stored

Login = Callable[[str], FlaskClient]
ADDRESS = "/calendar/events"
JSON = {"Accept": "application/json"}


def events(client: FlaskClient, clinic: int, first: str = "2025-03-03", last: str = "2025-03-09", **more: Any) -> Any:
    query = {"clinic": clinic, "from": first, "to": last, **more}
    return client.get(ADDRESS, query_string=query, headers=JSON)


def rows(answer: Any) -> list[dict[str, Any]]:
    told = answer.json
    return [dict(zip(told["columns"], row, strict=True)) for row in told["appointments"]]


def test_an_appointment_is_told_in_the_clinics_wall_time(desk: Desk, login_as: Login) -> None:
    booked = desk.book(at(4, 10), overbook_reason=None)
    answer = events(login_as("reception"), desk.cast.main_id)
    (row,) = rows(answer)
    assert row == {
        "id": booked.id,
        "doctor": desk.cast.doctor_id,
        "start": "2025-03-04T10:00",
        "minutes": 30,
        "state": answer.json["states"].index("requested"),
        "patient": "Zoë Main",
        "service": desk.cast.service_id,
        "flags": 0,
    }
    assert answer.json["services"] == {str(desk.cast.service_id): "Consultation"}
    assert answer.json["zone"] == "Europe/Berlin"
    assert answer.json["offset"] == "+01:00"
    assert "Zoë Main".encode() in answer.data  # in its own letters


def test_the_hour_that_comes_twice_is_told_apart(desk: Desk, login_as: Login) -> None:
    second = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)  # 02:30 for the second time
    for moment in (second - timedelta(hours=1), second):
        make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, moment, overbook_reason="a test")
    found = rows(events(login_as("reception"), desk.cast.main_id, "2025-10-26", "2025-10-26"))
    assert [(row["start"], row["flags"]) for row in found] == [
        ("2025-10-26T02:30", OVERBOOKED),
        ("2025-10-26T02:30", OVERBOOKED + SECOND_TIME),
    ]


def test_who_may_ask_for_which_days(desk: Desk, login_as: Login) -> None:
    desk.book(at(4, 10))
    desk.book(at(4, 9), doctor_id=desk.cast.doctor2_id)
    desk.take(desk.at_riverside(at(4, 14)), actor=desk.cast.riverside)
    main, riverside = desk.cast.main_id, desk.cast.riverside_id
    counts = {
        who: (len(rows(events(login_as(who), clinic))), events(login_as(who), other).status_code)
        for who, clinic, other in [
            ("reception", main, riverside),
            ("doctor", main, riverside),
            ("riverside", riverside, main),
        ]
    }
    assert counts == {"reception": (2, 404), "doctor": (1, 404), "riverside": (1, 404)}
    assert len(rows(events(login_as("admin"), main))) == 2
    assert events(login_as("accountant"), main).status_code == 403
    answer = events(login_as("reception"), main)
    assert b"Rita" not in answer.data
    assert b"Riverside" not in answer.data


def test_one_doctor_alone_may_be_asked_for(desk: Desk, login_as: Login) -> None:
    desk.book(at(4, 10))
    desk.book(at(4, 9), doctor_id=desk.cast.doctor2_id)
    answer = events(login_as("reception"), desk.cast.main_id, doctor=desk.cast.doctor2_id)
    assert answer.json["doctors"] == [[desk.cast.doctor2_id, "Dr. Ben Both"]]
    assert {row["doctor"] for row in rows(answer)} == {desk.cast.doctor2_id}
    assert events(login_as("doctor"), desk.cast.main_id, doctor=desk.cast.doctor2_id).status_code == 404
    assert events(login_as("reception"), desk.cast.main_id, doctor=999_999).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2025-03-03", "to": "2025-04-03"}, 422),
        ({"from": "2025-03-03", "to": "2025-04-02"}, 200),
        ({"from": "2025-03-04", "to": "2025-03-03"}, 422),
        ({"from": "0001-01-01", "to": "0001-01-02"}, 422),
        ({"from": "tomorrow"}, 422),
    ],
)
def test_a_range_of_at_most_31_days_is_answered(desk: Desk, login_as: Login, query: Any, status: int) -> None:
    client = login_as("reception")
    answer = client.get(ADDRESS, query_string={"clinic": desk.cast.main_id, **query}, headers=JSON)
    assert answer.status_code == status


def test_what_has_not_changed_is_not_sent_again(desk: Desk, login_as: Login) -> None:
    client = login_as("reception")
    tag = events(client, desk.cast.main_id).headers["ETag"]
    query = {"clinic": desk.cast.main_id, "from": "2025-03-03", "to": "2025-03-09"}
    again = client.get(ADDRESS, query_string=query, headers={**JSON, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    desk.book(at(4, 10))
    assert client.get(ADDRESS, query_string=query, headers={**JSON, "If-None-Match": tag}).status_code == 200


def test_ten_doctors_a_week_are_one_request_under_100_kilobytes(session: Any, login_as: Login) -> None:
    clinic = make_clinic(timezone="Europe/Berlin")
    make_user(Role.RECEPTIONIST, clinics=[clinic], username="desk")
    service = make_service(clinic)
    patients = [loaded(make_patient(clinic, name=f"Maximiliana Mustermann {n}")) for n in range(5)]
    for n in range(10):
        doctor = make_doctor(clinic, name=f"Dr. Number {n}")
        make_hours(doctor, clinic, weekdays=range(7))
        fill_week(doctor, clinic, service, patients)
    with counted_statements() as sent:
        answer = events(login_as("desk"), clinic.id)
    assert len(answer.json["appointments"]) == 10 * 7 * 16
    assert len(answer.data) < 100 * 1024
    assert len(sent) <= 20, sent


def fill_week(doctor: Doctor, clinic: Clinic, service: Any, patients: list[Any]) -> None:
    from app.kernel.db import db, transaction

    with transaction():
        db.session.add_all(
            Appointment(
                id=1_000_000 + doctor.id * 1000 + day * 16 + slot,
                clinic_id=clinic.id,
                doctor_id=doctor.id,
                service_id=service.id,
                patient_id=patients[slot % 5].id,
                starts_at=at(day, 9) + timedelta(minutes=30 * slot),
                ends_at=at(day, 9) + timedelta(minutes=30 * slot + 30),
                status="confirmed",
            )
            for day in range(3, 10)
            for slot in range(16)
        )


def test_shades_are_told_with_their_reasons(desk: Desk, login_as: Login) -> None:
    told = events(login_as("reception"), desk.cast.main_id).json
    afternoon = [shade for shade in told["shades"] if shade[:2] == [desk.cast.doctor2_id, "2025-03-04"]]
    (reason,) = {shade[4] for shade in afternoon}
    assert [shade[2:4] for shade in afternoon] == [[12 * 60, 17 * 60]]
    assert told["reasons"][reason] == ["outside", "Outside working hours"]


def test_the_page_offers_what_the_reader_may(desk: Desk, login_as: Login) -> None:
    page = login_as("reception").get("/calendar/").text
    assert 'id="book-dialog"' in page
    assert "Dr. Ben Both" in page
    own = login_as("doctor").get("/calendar/").text
    assert 'id="book-dialog"' not in own
    assert "Dr. Ben Both" not in own
    assert login_as("accountant").get("/calendar/").status_code == 403
    assert login_as("reception").get(f"/calendar/?clinic={desk.cast.riverside_id}").status_code == 404


def test_the_page_says_who_offers_which_service(desk: Desk, login_as: Login) -> None:
    cast = desk.cast
    named = make_service(cast.main_clinic, name="Ultrasound", offered_by=[cast.doctor2_row])
    make_service(cast.main_clinic, name="Massage", is_active=False)
    page = login_as("reception").get("/calendar/").text
    found = {int(service): ids.split() for service, ids in re.findall(r'value="(\d+)"\s+data-doctors="(.*?)"', page)}
    of_all, of_one = str(cast.doctor_id), str(cast.doctor2_id)
    assert found == {cast.service_id: [of_all], named.id: [of_all, of_one]}


def test_the_menu_leads_there_before_the_appointments(desk: Desk, login_as: Login) -> None:
    page = login_as("reception").get("/").text
    assert 0 < page.index('href="/calendar/"') < page.index('href="/appointments/list/')
    assert 'href="/calendar/"' not in login_as("accountant").get("/").text


def test_without_a_script_there_is_a_list_by_doctor(desk: Desk, login_as: Login) -> None:
    booked = desk.book(at(4, 10))
    page = login_as("reception").get("/calendar/?day=2025-03-04").text
    listed = page[page.index("<noscript><div class") :] if "<noscript><div class" in page else page
    assert f"/appointments/show/{booked.id}" in listed
    assert "Zoë Main" in listed
    part = login_as("doctor2").get(f"/calendar/list?day=2025-03-04&clinic={desk.cast.main_id}").text
    assert "Zoë Main" not in part
    assert "No appointments." in part


def test_somebody_without_a_clinic_is_told_so(desk: Desk, login_as: Login) -> None:
    make_user(Role.RECEPTIONIST, username="nowhere")
    assert "There is no calendar for this account" in login_as("nowhere").get("/calendar/").text
    assert login_as("nowhere").get("/calendar/list").status_code == 404


def test_a_drag_is_one_act_of_the_api(desk: Desk, login_as: Login) -> None:
    row = desk.book(at(4, 10))
    client, address = login_as("reception"), f"/api/v1/appointments/{row.id}/reschedule"
    stretched = client.post(address, json={"starts_at": at(4, 10).isoformat(), "ends_at": at(4, 11).isoformat()})
    assert stretched.json["result"]["ends_at"] == "2025-03-04T11:00:00+01:00"
    moved = client.post(address, json={"starts_at": at(5, 9).isoformat(), "ends_at": at(5, 10).isoformat()})
    assert (moved.status_code, stored(row.id).ends_at) == (200, at(5, 10))
    desk.book(at(5, 10))
    taken = client.post(address, json={"starts_at": at(5, 9).isoformat(), "ends_at": at(5, 10, 30).isoformat()})
    assert (taken.status_code, taken.json["code"]) == (409, "slot_taken")
    backwards = client.post(address, json={"starts_at": at(5, 9).isoformat(), "ends_at": at(5, 8).isoformat()})
    assert (backwards.status_code, list(backwards.json["errors"])) == (422, ["ends_at"])


def test_a_new_length_stands_in_the_history(desk: Desk, login_as: Login) -> None:
    row = desk.book(at(4, 10))
    client = login_as("reception")
    client.post(
        f"/api/v1/appointments/{row.id}/reschedule",
        json={"starts_at": at(4, 10).isoformat(), "ends_at": at(4, 11).isoformat()},
    )
    assert "Now ends at" in client.get(f"/appointments/show/{row.id}").text
