"""Why a time is offered or is not, over REST: a code, words and the rules behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.kernel.db import db, transaction
from app.people.models import DoctorClinic, Holiday, Setting
from app.scheduling.models import Availability, AvailabilityDate, DoctorLeave
from app.scheduling.states import DatedKind
from tests.factories import make, make_doctor, make_hold, make_hours
from tests.integration.scheduling.desk import NOW, Desk, at

Sign = Callable[[str], FlaskClient]


def ask(client: FlaskClient, desk: Desk, moment: str, **values: Any) -> Any:
    asked = {"doctor_id": desk.cast.doctor_id, "service_id": desk.cast.service_id, "at": moment} | values
    return client.get("/api/v1/availability/explain", query_string=asked)


def told(client: FlaskClient, desk: Desk, moment: str, **values: Any) -> dict[str, Any]:
    answer = ask(client, desk, f"{moment}:00+01:00", **values)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json["result"]
    assert result["offered"] == (result["code"] == "offered")
    return result


def rules_of(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [fact for fact in result["rules"] if fact["rule"] == name]


def test_an_offered_time_names_the_hours_it_lies_in(desk: Desk, login_as: Sign) -> None:
    query = select(Availability.id).where(Availability.doctor_id == desk.cast.doctor_id, Availability.weekday == 1)
    result = told(login_as("reception"), desk, "2025-03-04T09:15", clinic_id=desk.cast.main_id)
    assert result == {
        "offered": True,
        "code": "offered",
        "detail": "That time is offered.",
        "rules": [
            {
                "rule": "weekly",
                "offers": True,
                "id": db.session.scalar(query),
                "weekday": 1,
                "start_time": "09:00",
                "end_time": "17:00",
                "valid_from": None,
                "valid_to": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("moment", "code", "words"),
    [
        ("2025-03-03T07:45", "past", "in the past"),
        ("2025-03-03T09:00", "too_soon", "at least 120 minutes"),
        ("2025-04-03T09:00", "too_far", "the next 30 days"),
        ("9999-12-31T23:59", "too_far", "the next 30 days"),
        ("2025-03-08T09:00", "no_hours", "not available"),
        ("2025-03-04T16:45", "hours_end", "end at 17:00"),
        ("2025-03-04T09:20", "off_grid", "09:15, 09:30"),
        ("2025-03-05T09:00", "closed", "are closed"),
        ("2025-03-06T09:00", "holiday", "Founders' Day"),
        ("2025-03-07T09:00", "leave", "on leave"),
        ("2025-03-04T10:45", "busy", "busy from 11:00 to 11:30"),
        ("2025-03-04T12:00", "busy", "12:00 to 12:30 is held"),
    ],
)
def test_each_rule_that_refuses_is_named(desk: Desk, login_as: Sign, moment: str, code: str, words: str) -> None:
    cast = desk.cast
    make(Holiday(clinic_id=cast.main_id, day=date(2025, 3, 6), name="Founders' Day"))
    friday = date(2025, 3, 7)
    make(DoctorLeave(doctor_id=cast.doctor_id, first_day=friday, last_day=friday, reason="private", entered_by="x"))
    make(AvailabilityDate(doctor_id=cast.doctor_id, kind=DatedKind.CLOSED, day=date(2025, 3, 5), reason="course"))
    for name, value in (("notice_minutes", 120), ("horizon_days", 30)):
        make(Setting(clinic_id=cast.main_id, name=name, value=value))
    desk.book(at(4, 11))
    make_hold(cast.doctor_row, cast.main_service, at(4, 12), NOW + timedelta(minutes=5))
    result = told(login_as("doctor"), desk, moment)
    assert result["code"] == code
    assert words in result["detail"]
    assert "private" not in str(result)
    assert code == "no_hours" or any(not fact["offers"] for fact in result["rules"])
    if code == "closed":
        assert rules_of(result, "closed")[0]["reason"] == "course"
        assert rules_of(result, "weekly")


def test_a_full_day_and_an_extra_date_are_told(desk: Desk, login_as: Sign) -> None:
    with transaction():
        here = (DoctorClinic.doctor_id == desk.cast.doctor_id) & (DoctorClinic.clinic_id == desk.cast.main_id)
        db.session.execute(update(DoctorClinic).where(here).values(daily_maximum=1))
    make(
        AvailabilityDate(
            doctor_id=desk.cast.doctor_id, clinic_id=desk.cast.main_id, kind=DatedKind.EXTRA, day=date(2025, 3, 8),
            start_time=time(9), end_time=time(12),
        )
    )  # fmt: skip
    desk.book(at(4, 9))
    reception = login_as("reception")
    assert told(reception, desk, "2025-03-04T15:00")["code"] == "daily_maximum"
    (extra,) = told(reception, desk, "2025-03-08T09:00")["rules"]
    assert (extra["rule"], extra["offers"], extra["date"]) == ("extra", True, "2025-03-08")


def test_what_is_busy_elsewhere_is_a_time_and_nothing_more(desk: Desk, login_as: Sign) -> None:
    cast = desk.cast
    make(Setting(clinic_id=cast.riverside_id, name="travel_minutes", value=30))
    make_hours(cast.doctor2_row, cast.main_clinic, time(12), time(17))
    booked = desk.take(desk.at_riverside(at(4, 14), notes="Very private"), actor=cast.riverside)
    reception = login_as("reception")
    busy = told(reception, desk, "2025-03-04T14:00", doctor_id=cast.doctor2_id)
    assert (busy["code"], busy["detail"]) == ("busy", "The doctor is at another clinic from 14:00 to 14:30.")
    travel = told(reception, desk, "2025-03-04T14:45", doctor_id=cast.doctor2_id)
    assert travel["code"] == "travel"
    for answer in (busy, travel):
        assert rules_of(answer, "busy") == [
            {
                "rule": "busy",
                "offers": False,
                "kind": "elsewhere",
                "from": "2025-03-04T14:00:00+01:00",
                "to": "2025-03-04T14:30:00+01:00",
                "travel_minutes": 30,
            }
        ]
        for secret in ("Riverside", "Rita", "private", str(booked.patient_id) + '"'):
            assert secret not in str(answer)


def test_a_doctor_who_does_not_offer_the_service_is_an_answer(desk: Desk, login_as: Sign) -> None:
    stranger = make_doctor(desk.cast.riverside_clinic)
    reception = login_as("reception")
    for doctor_id in (stranger.id, 999_999):
        assert told(reception, desk, "2025-03-04T09:00", doctor_id=doctor_id)["code"] == "not_offered"


@pytest.mark.parametrize(
    ("values", "status", "fields"),
    [
        ({"at": ""}, 422, {"at"}),
        ({"at": "2025-03-04T09:00"}, 422, {"at"}),
        ({"at": "2025-03-04T09:00:30+01:00"}, 422, {"at"}),
        ({"doctor_id": "x", "service_id": ""}, 422, {"doctor_id", "service_id"}),
        ({"service_id": 999_999}, 404, set()),
        ({"clinic_id": 999_999}, 404, set()),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, fields: set[str]
) -> None:
    asked = {"at": "2025-03-04T09:00:00+01:00"} | values
    answer = ask(login_as("reception"), desk, asked.pop("at"), **asked)
    assert (answer.status_code, set(answer.json["errors"])) == (status, fields)


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("reception", 200), ("doctor", 200), ("accountant", 200), ("riverside", 404)]
)
def test_everybody_of_the_clinic_may_ask(desk: Desk, login_as: Sign, who: str, status: int) -> None:
    assert ask(login_as(who), desk, "2025-03-04T09:00:00+01:00").status_code == status


def test_the_booking_form_says_why_a_time_cannot_be_had(desk: Desk, login_as: Sign) -> None:
    make(Holiday(clinic_id=desk.cast.main_id, day=date(2025, 3, 6), name="Founders' Day"))
    cast = desk.cast
    form = {"clinic": cast.main_id, "service": cast.service_id, "doctor": cast.doctor_id, "patient": desk.patient.id}
    answer = login_as("reception").post(
        "/appointments/add", data=form | {"starts_at": "2025-03-06T09:00", "status": "confirmed"}
    )
    assert answer.status_code == 409
    assert "The clinic is closed on that day: Founders&#39; Day." in answer.text
