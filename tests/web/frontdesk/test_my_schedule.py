"""A doctor's own schedule, on the page and in the API; confirming, and cancelling with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.kernel import live
from app.kernel.db import db
from app.people.roles import Role
from app.people.rooms import clinic_room, doctor_room
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.factories import make_user
from tests.integration.scheduling.desk import counted_statements
from tests.web.frontdesk.portal import CANCELLED, MARKER, Practice

Sign = Callable[[str], FlaskClient]
PAGE, API, STATS = "/doctor/schedule", "/api/v1/dashboard/doctor/appointments", "/api/v1/dashboard/doctor/stats"
JSON = {"Accept": "application/json"}


def reload(row: Any) -> Appointment:
    db.session.rollback()
    return db.session.get_one(Appointment, row.id, populate_existing=True)


@pytest.fixture
def booked(practice: Practice) -> dict[str, Appointment]:
    """Appointments of the doctor by the patient's name, and one of another's."""
    states = AppointmentStatus
    rows = {
        "Tina Today": (0.1, states.CONFIRMED),
        "Rita Requested": (2, states.REQUESTED),
        "Conny Cancelled": (3, CANCELLED),
        "Late Later": (45, states.CONFIRMED),
        "Bert Before": (-5, states.COMPLETED),
    }
    found = {
        name: practice.appointment(practice.patient(name), days, status=status) for name, (days, status) in rows.items()
    }
    practice.foreign()
    return found


def test_the_page_shows_the_next_thirty_days_by_day(booked: dict[str, Appointment], login_as: Sign) -> None:
    page = login_as("doctor").get(PAGE).text
    assert [name for name in booked if name in page] == ["Tina Today", "Rita Requested"]
    assert page.index("day-2030-05-06") < page.index("Tina Today") < page.index("day-2030-05-08")
    assert MARKER not in page
    assert 'value="2030-06-05"' in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=all", ["Tina Today", "Rita Requested", "Conny Cancelled"]),
        ("status=cancelled", ["Conny Cancelled"]),
        ("from=2030-05-07", ["Rita Requested"]),
        ("from=2030-05-01&to=2030-05-05&status=completed", ["Bert Before"]),
        ("to=2030-07-01", ["Tina Today", "Rita Requested", "Late Later"]),
    ],
)
def test_the_page_is_filtered(booked: dict[str, Appointment], login_as: Sign, query: str, names: list[str]) -> None:
    doctor = login_as("doctor")
    for address in (PAGE, f"{PAGE}/rows"):
        page = doctor.get(f"{address}?{query}").text
        assert [name for name in booked if name in page] == names, address


@pytest.mark.parametrize(
    "query", ["from=x", "to=0001-01-01", "status=gone", "clinic_id=x", "from=2030-05-09&to=2030-05-08"]
)
def test_what_cannot_be_asked_is_refused(
    booked: dict[str, Appointment], client: FlaskClient, token_for: Any, login_as: Sign, query: str
) -> None:
    answer = login_as("doctor").get(f"{PAGE}?{query}")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert client.get(f"{API}?{query}", headers=token_for("doctor")).status_code == 422


def test_the_doctor_cancels_with_a_reason_and_is_followed_by_the_screens(
    booked: dict[str, Appointment], practice: Practice, login_as: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[live.Announcement] = []
    monkeypatch.setattr(live, "_publish", [lambda news: sent.extend(news.announcements)])
    row = booked["Tina Today"]
    answer = login_as("doctor").post(f"{PAGE}/cancel/{row.id}", data={"reason": " Congress "}, headers=JSON)
    assert answer.json == {"ok": True}
    stored = reload(row)
    assert (stored.status, stored.cancelled_by, stored.cancel_reason) == (CANCELLED, "doctor", "Congress")
    assert [(one.event, set(one.rooms)) for one in sent] == [
        ("appointment_cancelled", {clinic_room(practice.cast.main_id), doctor_room(practice.cast.doctor_id)})
    ]
    again = login_as("doctor").post(f"{PAGE}/cancel/{row.id}", data={"reason": "twice"}, headers=JSON)
    assert again.status_code == 409
    assert reload(row).cancel_reason == "Congress"


def test_without_a_reason_nothing_is_cancelled(booked: dict[str, Appointment], login_as: Sign) -> None:
    row = booked["Tina Today"]
    for reason in ("", "   ", "x" * 201, "\x00"):
        answer = login_as("doctor").post(f"{PAGE}/cancel/{row.id}", data={"reason": reason}, headers=JSON)
        assert answer.status_code == 422, reason
    assert reload(row).status is AppointmentStatus.CONFIRMED


def test_the_doctor_confirms_what_is_requested(booked: dict[str, Appointment], login_as: Sign) -> None:
    row = booked["Rita Requested"]
    assert login_as("doctor").post(f"{PAGE}/confirm/{row.id}").status_code == 302
    assert reload(row).status is AppointmentStatus.CONFIRMED
    assert login_as("doctor").post(f"{PAGE}/confirm/{row.id}", headers=JSON).status_code == 409


def test_nobody_acts_on_an_appointment_of_another(practice: Practice, login_as: Sign) -> None:
    other = practice.cast.doctor2_row
    row = practice.appointment(practice.patient(MARKER, other), 1, other, status=AppointmentStatus.REQUESTED)
    for act in ("confirm", "cancel"):
        assert login_as("doctor").post(f"{PAGE}/{act}/{row.id}", data={"reason": "mine"}).status_code == 404
        for name in ("admin", "reception", "accountant"):
            assert login_as(name).post(f"{PAGE}/{act}/{row.id}", data={"reason": "ours"}).status_code == 403
    assert reload(row).status is AppointmentStatus.REQUESTED


def test_a_doctor_at_two_clinics_chooses_between_them(practice: Practice, login_as: Sign) -> None:
    cast = practice.cast
    names = {"Hanna Here": cast.main_clinic, "Theo There": cast.riverside_clinic}
    for number, (name, clinic) in enumerate(names.items()):
        practice.appointment(practice.patient(name, cast.doctor2_row, clinic=clinic), 1 + number, cast.doctor2_row)
    doctor = login_as("doctor2")
    both, one = doctor.get(PAGE).text, doctor.get(f"{PAGE}?clinic_id={cast.riverside_id}").text
    assert [name for name in names if name in both] == ["Hanna Here", "Theo There"]
    assert [name for name in names if name in one] == ["Theo There"]


def test_a_day_is_the_clinics(practice: Practice, login_as: Sign) -> None:
    """23:30 UTC is the next day in Berlin."""
    practice.appointment(practice.patient("Nora Night"), 15.5 / 24)
    page = login_as("doctor").get(PAGE).text
    assert page.index("day-2030-05-07") < page.index("Nora Night")


def test_the_schedule_is_for_doctors_with_a_record(
    practice: Practice, login_as: Sign, client: Any, token_for: Any
) -> None:
    make_user(Role.DOCTOR, username="no_record")
    assert "No doctor's record" in login_as("no_record").get(PAGE).text
    for address in (PAGE, f"{PAGE}/rows"):
        for name in ("admin", "reception", "accountant", "riverside"):
            assert login_as(name).get(address).status_code == 403, (name, address)
    for address in (API, STATS):
        for name in ("admin", "reception", "accountant", "riverside"):
            assert client.get(address, headers=token_for(name)).status_code == 403, (name, address)
        assert client.get(address, headers=token_for("no_record")).status_code == 404


def test_the_api_lists_the_days_in_order(booked: dict[str, Appointment], client: FlaskClient, token_for: Any) -> None:
    answer = client.get(API, headers=token_for("doctor"))
    assert (answer.json["count"], answer.json["page"], answer.json["page_size"]) == (3, 0, 25)
    names = [row["patient_name"] for row in answer.json["result"]]
    assert names == ["Tina Today", "Rita Requested", "Conny Cancelled"]
    assert MARKER not in answer.text
    ended = client.get(f"{API}?from=2030-05-01&to=2030-05-31&status=completed", headers=token_for("doctor")).json
    assert [row["patient_name"] for row in ended["result"]] == ["Bert Before"]


def test_the_api_answers_the_figures_of_the_day(
    booked: dict[str, Appointment], practice: Practice, client: FlaskClient, token_for: Any
) -> None:
    practice.front.start(practice.front.walk_in())
    practice.paid(practice.patient("Pat Payer"), "100.00", "60.00")
    assert client.get(STATS, headers=token_for("doctor")).json["result"] == {
        "today_visits": 1,
        "waiting": 0,
        "active_consultations": 1,
        "completed": 0,
        "upcoming_appointments": 2,
        "today_revenue": {"currency": "EUR", "pending": "20.00", "paid": "30.00", "refunded": "0.00"},
        "today_revenue_by_currency": [{"currency": "EUR", "pending": "20.00", "paid": "30.00", "refunded": "0.00"}],
    }


def test_the_page_takes_few_statements_however_many_appointments_there_are(practice: Practice, login_as: Sign) -> None:
    doctor = login_as("doctor")
    practice.appointment(practice.patient("Anna First"), 1)
    doctor.get(PAGE)
    with counted_statements() as few:
        doctor.get(PAGE)
    for number in range(60):
        practice.appointment(practice.patient(f"Patient {number}"), 1 + number / 4)
    with counted_statements() as many:
        page = doctor.get(PAGE).text
    assert "1–50 of 61" in page
    assert len(many) <= len(few) + 1 <= 9, many


def test_the_sidebar_leads_a_doctor_through_the_day(practice: Practice, login_as: Sign) -> None:
    page = login_as("doctor").get("/doctor/").text
    places = [page.index(f'href="{address}"') for address in (PAGE, "/doctor/patients", "/doctor/earnings")]
    assert places == sorted(places)
    assert page.index('href="/doctor/') < places[0]
    assert PAGE not in login_as("reception").get("/queue/").text
