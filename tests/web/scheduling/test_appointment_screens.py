"""The desk's screens of appointments: list, search, booking with free times, acts, history."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.kernel import clock
from app.people.models import Setting
from app.scheduling import booking
from app.scheduling.states import AppointmentStatus
from app.scheduling.tasks import settle_overdue
from tests.factories import make, make_appointment, make_patient
from tests.integration.scheduling.desk import Desk, act, at, stored

Sign = Callable[[str], FlaskClient]


def form(desk: Desk, **values: Any) -> dict[str, Any]:
    cast = desk.cast
    typed = {
        "clinic": cast.main_id,
        "service": cast.service_id,
        "doctor": cast.doctor_id,
        "patient": desk.patient.id,
        "starts_at": "2025-03-04T10:00",
        "status": "requested",
    }
    return typed | values


def test_the_list_shows_who_comes_when_in_clinic_time(desk: Desk, login_as: Sign) -> None:
    desk.book(at(4, 10))
    page = login_as("reception").get("/appointments/list/").text
    for text in ("Zoë Main", "Dr. Ada Main", "Consultation", "Requested", 'datetime="2025-03-04T10:00:00+01:00"'):
        assert text in page
    assert "Zoë Main" not in login_as("riverside").get("/appointments/list/").text
    assert "Zoë Main" not in login_as("doctor2").get("/appointments/list/").text


@pytest.mark.parametrize("query", ["q=zoe", "q=4930123", "_flt_0_status=confirmed", "_flt_0_starts_at=2025-03-05"])
def test_the_list_is_searched_and_filtered(desk: Desk, login_as: Sign, query: str) -> None:
    cast = desk.cast
    wanted = make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(5, 10))
    other = make_patient(cast.main_clinic, name="Yves Other", phone="+33142685300")
    status = AppointmentStatus.REQUESTED
    unwanted = make_appointment(other, cast.doctor_row, cast.main_service, at(4, 10), status=status)
    page = login_as("reception").get(f"/appointments/list/?{query}").text
    assert f"/appointments/show/{wanted.id}" in page
    assert f"/appointments/show/{unwanted.id}" not in page


def test_reception_books_through_the_form(desk: Desk, login_as: Sign) -> None:
    answer = login_as("reception").post("/appointments/add", data=form(desk, notes="x-rays"))
    assert answer.status_code == 302
    booked = stored(int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert (booked.starts_at, booked.notes, booked.patient_id) == (at(4, 10), "x-rays", desk.patient.id)


def test_a_refused_booking_keeps_what_was_typed_and_shows_the_free_times(desk: Desk, login_as: Sign) -> None:
    desk.book(at(4, 10))
    answer = login_as("reception").post("/appointments/add", data=form(desk, notes="keep me"))
    assert answer.status_code == 409
    assert "That time is already taken." in answer.text
    assert "keep me" in answer.text
    assert f'value="2025-03-04T10:30/{desk.cast.doctor_id}"' in answer.text
    assert f'value="2025-03-04T10:00/{desk.cast.doctor_id}"' not in answer.text


def test_the_free_times_are_shown_and_taken_without_a_script(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    asked = form(desk, starts_at="2025-03-04T00:00", doctor="", notes="keep me", show_free="")
    page = reception.post("/appointments/add", data=asked)
    choices = re.findall(r'name="show_free"\s+value="([^"]+)"', page.text)
    assert (page.status_code, choices[0][:16]) == (200, "2025-03-04T09:00")
    taken = reception.post("/appointments/add", data=asked | {"show_free": f"2025-03-04T09:15/{desk.cast.doctor2_id}"})
    assert 'value="2025-03-04T09:15"' in taken.text
    assert re.search(rf'<option selected value="{desk.cast.doctor2_id}"', taken.text)
    assert "keep me" in taken.text
    assert reception.post("/appointments/add", data=asked | {"show_free": "soon/x"}).status_code == 200


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"starts_at": "2025-03-04T20:00"}, 409, "not available at that time"),
        ({"starts_at": "2025-03-03T07:00"}, 422, "in the past"),
        ({"starts_at": "2025-03-30T02:30"}, 422, "clocks skip"),
        ({"starts_at": "soon"}, 422, "Not a valid"),
        ({"starts_at": "9999-12-31T23:00"}, 409, "too far ahead"),
        ({"starts_at": "0001-01-01T00:00"}, 422, "This date is out of range."),
        ({"patient": 999_999}, 422, "There is no such record."),
        ({"status": "completed"}, 422, "Not a valid choice"),
        ({"notes": "a" * 3000}, 422, "too long"),
        ({"type": "\u202ex"}, 422, "cannot be kept"),
    ],
)
def test_bad_input_is_told_beside_the_field(
    desk: Desk, login_as: Sign, values: dict[str, Any], status: int, says: str
) -> None:
    answer = login_as("reception").post("/appointments/add", data=form(desk, **values))
    assert (answer.status_code, says in answer.text) == (status, True)


def test_another_clinics_rows_cannot_be_named(desk: Desk, login_as: Sign) -> None:
    cast, reception = desk.cast, login_as("reception")
    for name, value in [
        ("patient", desk.riverside_patient.id), ("clinic", cast.riverside_id), ("service", cast.riverside_service_id)
    ]:  # fmt: skip
        answer = reception.post("/appointments/add", data=form(desk, **{name: value}))
        assert answer.status_code == 422
        assert "Rita Riverside" not in answer.text


def test_the_page_of_an_appointment_offers_what_its_state_allows(desk: Desk, login_as: Sign) -> None:
    booked, reception = desk.book(at(4, 10)), login_as("reception")
    address = f"/appointments/show/{booked.id}"
    page = reception.get(address).text
    assert (f"/appointments/confirm/{booked.id}" in page, f"/appointments/no-show/{booked.id}" in page) == (True, False)
    doctors = login_as("doctor").get(address).text
    assert (f"/appointments/confirm/{booked.id}" in doctors, f"/appointments/move/{booked.id}" in doctors) == (
        True,
        False,
    )
    act(booking.cancel, booked.id, reason="ill", actor=desk.cast.reception)
    gone = reception.get(address).text
    assert f"/appointments/cancel/{booked.id}" not in gone


def test_the_acts_of_a_page(desk: Desk, login_as: Sign) -> None:
    booked, reception = desk.book(at(4, 10)), login_as("reception")
    assert reception.post(f"/appointments/confirm/{booked.id}").status_code == 302
    assert stored(booked.id).status is AppointmentStatus.CONFIRMED
    again = reception.post(f"/appointments/confirm/{booked.id}", follow_redirects=True)
    assert "Only a requested appointment can be confirmed." in again.text
    moved = reception.post(
        f"/appointments/move/{booked.id}", data={"starts_at": "2025-03-04T11:00", "doctor": desk.cast.doctor2_id}
    )
    assert moved.status_code == 302
    assert (stored(booked.id).starts_at, stored(booked.id).doctor_id) == (at(4, 11), desk.cast.doctor2_id)
    with clock.freeze(at(4, 11, 10)):
        reception.post(f"/appointments/no-show/{booked.id}")
        assert stored(booked.id).status is AppointmentStatus.NO_SHOW
        reception.post(f"/appointments/undo-no-show/{booked.id}")
    assert stored(booked.id).status is AppointmentStatus.CONFIRMED


def test_cancelling_asks_for_a_reason(desk: Desk, login_as: Sign) -> None:
    booked, doctor = desk.book(at(4, 10)), login_as("doctor")
    address = f"/appointments/cancel/{booked.id}"
    assert "Reason" in doctor.get(address).text
    assert doctor.post(address, data={"reason": " "}).status_code == 422
    assert stored(booked.id).status is AppointmentStatus.REQUESTED
    assert doctor.post(address, data={"reason": "ill", "by": ""}).status_code == 302
    assert (stored(booked.id).cancelled_by, stored(booked.id).cancel_reason) == ("doctor", "ill")


def test_a_refused_move_is_told_beside_the_time(desk: Desk, login_as: Sign) -> None:
    booked = desk.book(at(4, 10))
    desk.book(at(4, 11))
    values = {"starts_at": "2025-03-04T11:00", "doctor": desk.cast.doctor_id}
    answer = login_as("reception").post(f"/appointments/move/{booked.id}", data=values)
    assert answer.status_code == 409
    assert "That time is already taken." in answer.text


def test_the_history_names_who_did_what(desk: Desk, login_as: Sign) -> None:
    booked = desk.book(at(4, 10))
    act(booking.confirm, booked.id, actor=desk.cast.doctor)
    act(booking.reschedule, booked.id, at(5, 11), actor=desk.cast.admin)
    page = login_as("reception").get(f"/appointments/show/{booked.id}").text
    history = page[page.index('id="history"') :]
    for text in ("Reception Test", "Doctor Test", "Admin Test", "Booked for", "Moved to", "Confirmed"):
        assert text in history


@pytest.mark.parametrize("act_name", ["confirm", "no-show", "undo-no-show", "cancel", "move"])
def test_acts_on_rows_out_of_reach_do_not_exist(desk: Desk, login_as: Sign, act_name: str) -> None:
    booked = desk.book(at(4, 10))
    assert login_as("riverside").post(f"/appointments/{act_name}/{booked.id}").status_code == 404


def test_the_pages_stay_light(desk: Desk, login_as: Sign) -> None:
    reception = login_as("reception")
    booked = desk.book(at(4, 10))
    for address in (
        "list/",
        "add",
        f"show/{booked.id}",
        f"edit/{booked.id}",
        f"cancel/{booked.id}",
        f"move/{booked.id}",
    ):
        answer = reception.get(f"/appointments/{address}")
        assert (answer.status_code, len(answer.data) < 60_000) == (200, True), address


def test_the_booking_form_and_the_page_say_what_counts_as_a_follow_up(desk: Desk, login_as: Sign) -> None:
    cast, reception = desk.cast, login_as("reception")
    make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(3, 7), status=AppointmentStatus.COMPLETED)
    told = "May be booked as a follow-up of the visit on"
    chosen = f"/appointments/add?patient={desk.patient.id}&doctor={cast.doctor_id}&clinic={cast.main_id}"
    assert told not in reception.get(chosen).text
    make(Setting(clinic_id=cast.main_id, name="followup_days", value=7))
    assert told in reception.get(chosen).text
    assert told in reception.post("/appointments/add", data=form(desk, show_free="")).text
    assert (
        told
        not in reception.post("/appointments/add", data=form(desk, show_free="", starts_at="9999-12-31T23:59")).text
    )
    booked = desk.book(at(4, 10))
    assert told in reception.get(f"/appointments/show/{booked.id}").text
    act(booking.update_appointment, booked.id, {"type": "follow-up"}, actor=cast.reception)
    page = reception.get(f"/appointments/show/{booked.id}").text
    assert "A follow-up of the visit on" in page
    refused = reception.post("/appointments/add", data=form(desk, starts_at="2025-03-20T10:00", type="follow-up"))
    assert refused.status_code == 422
    assert "Not a follow-up" in refused.text


def test_the_page_says_in_words_why_the_program_cancelled(desk: Desk, login_as: Sign) -> None:
    booked = desk.book(at(4, 10))
    with clock.freeze(at(4, 11)):
        settle_overdue()
        page = login_as("reception").get(f"/appointments/show/{booked.id}").text
    assert "Not answered before its time" in page
    assert "System" in page
