"""A calendar program reads a doctor's feed without signing in; doctors and administrators give out its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, timedelta
from html import unescape
from typing import Any

import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.http import http_date

from app.kernel import clock
from app.kernel.db import db, transaction
from app.people.models import Clinic
from app.scheduling import booking
from app.scheduling.models import CalendarFeed
from tests.integration.scheduling.desk import NOW, Desk, act, at

Sign = Callable[[str], FlaskClient]
OWN = "/doctor/feed"
ADDRESS = re.compile(r'value="(http[^"]+/calendar/feed/[^"]+\.ics)"')


def made(client: FlaskClient, page: str = OWN) -> str:
    """The path of a feed that was just made."""
    answer = client.post(page, data={"act": "make"})
    found = ADDRESS.search(answer.text)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert found
    return "/" + found[1].split("/", 3)[3]


def feed_row() -> Any:
    db.session.rollback()
    columns = (CalendarFeed.last_used_at, CalendarFeed.content_changed_at)
    return db.session.execute(db.select(*columns)).one()


def test_a_doctor_makes_an_address_and_sees_it_once(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    doctor = login_as("doctor")
    assert "Make an address" in doctor.get(OWN).text
    path = made(doctor)
    assert path not in doctor.get(OWN).text
    assert "Make a new address" in doctor.get(OWN).text
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert "Set-Cookie" not in answer.headers
    assert vobject.readOne(answer.text).x_wr_calname.value == "Appointments of Dr. Ada Main"


def test_the_address_is_the_public_one(desk: Desk, app: Flask, login_as: Sign) -> None:
    page = login_as("doctor").post(OWN, data={"act": "make"}).text
    found = ADDRESS.search(page)
    assert found
    assert found[1].startswith(app.config["PUBLIC_URL"])
    assert f"webcal://{found[1].partition('://')[2]}" in page


def test_an_administrator_gives_it_from_the_doctors_page(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    admin, page = login_as("admin"), f"/doctors/{desk.cast.doctor_id}/feed"
    assert f'href="{page}"' in admin.get(f"/doctors/show/{desk.cast.doctor_id}").text
    path = made(admin, page)
    assert client.get(path).status_code == 200
    assert admin.post(page, data={"act": "revoke"}).headers["Location"] == page
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("role", ["reception", "accountant", "doctor", "riverside"])
def test_nobody_else_gives_it(desk: Desk, login_as: Sign, role: str) -> None:
    other, page = login_as(role), f"/doctors/{desk.cast.doctor2_id}/feed"
    assert other.get(page).status_code == 403
    assert other.post(page, data={"act": "make"}).status_code == 403
    assert f'href="{page}"' not in other.get(f"/doctors/show/{desk.cast.doctor2_id}").text


@pytest.mark.parametrize("role", ["reception", "accountant", "admin"])
def test_the_own_page_is_for_doctors(desk: Desk, login_as: Sign, role: str) -> None:
    assert login_as(role).get(OWN).status_code == 403
    assert f'href="{OWN}"' not in login_as(role).get("/").text


def test_the_account_menu_leads_a_doctor_to_it(desk: Desk, login_as: Sign) -> None:
    assert f'href="{OWN}"' in login_as("doctor").get("/doctor/").text


def test_a_renewed_address_replaces_the_old_one(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    doctor = login_as("doctor")
    old, new = made(doctor), made(doctor)
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)


def test_a_button_that_is_none_does_nothing(desk: Desk, login_as: Sign) -> None:
    doctor = login_as("doctor")
    assert (doctor.post(OWN, data={"act": "x"}).status_code, doctor.post(OWN).status_code) == (400, 400)
    assert "Make an address" in doctor.get(OWN).text


@pytest.mark.parametrize("token", ["x", "x" * 3000, "%00", "%ff", "..", "é"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_address_is_none(desk: Desk, client: FlaskClient, token: str, method: str) -> None:
    assert client.open(f"/calendar/feed/{token}.ics", method=method).status_code in (400, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_feed_is_only_read(desk: Desk, login_as: Sign, client: FlaskClient, method: str) -> None:
    path = made(login_as("doctor"))
    assert client.open(path, method=method).status_code in (400, 405)


def test_who_has_the_file_already_gets_nothing_until_it_changes(
    desk: Desk, login_as: Sign, client: FlaskClient
) -> None:
    booked = desk.book(at(4, 10))
    path = made(login_as("doctor"))
    first = client.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get(path, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    with clock.freeze(NOW + timedelta(hours=2)):
        assert client.get(path, headers=since).status_code == 304
        act(booking.reschedule, booked.id, at(5, 10), actor=desk.cast.reception)
        for headers in (known, since):
            changed = client.get(path, headers=headers)
            assert changed.status_code == 200
            assert changed.headers["ETag"] != first.headers["ETag"]
            assert changed.headers["Last-Modified"] == http_date(NOW + timedelta(hours=2))


def test_the_name_of_a_clinic_is_news_to_who_asks_by_date(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    desk.book(at(4, 10))
    path = made(login_as("doctor"))
    since = {"If-Modified-Since": client.get(path).headers["Last-Modified"]}
    with transaction():
        db.session.execute(update(Clinic).where(Clinic.id == desk.cast.main_id).values(name="New Name"))
    with clock.freeze(NOW + timedelta(minutes=5)):
        assert "LOCATION:New Name" in client.get(path, headers=since).text


def test_head_says_the_same_without_the_file(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    path = made(login_as("doctor"))
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Last-Modified"):
        assert head.headers[name] == whole.headers[name]


def test_reading_is_noted_once_an_hour(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    doctor = login_as("doctor")
    path = made(doctor)
    client.get(path)
    for minutes, noted in ((59, 0), (61, 61)):
        with clock.freeze(NOW + timedelta(minutes=minutes)):
            client.get(path)
        assert feed_row() == (NOW + timedelta(minutes=noted), NOW)
    assert "Last read" in doctor.get(OWN).text


def test_the_download_is_for_who_may_read_the_appointment(desk: Desk, login_as: Sign, token_for: Any) -> None:
    booked = desk.book(at(4, 10))
    page = login_as("reception").get(f"/appointments/show/{booked.id}").text
    assert f'href="/appointments/{booked.id}/ics"' in page
    expected = {"reception": 200, "admin": 200, "doctor": 200, "doctor2": 404, "riverside": 404, "accountant": 403}
    for role, status in expected.items():
        assert login_as(role).get(f"/appointments/{booked.id}/ics").status_code == status, role
        rest = login_as(role).get(f"/api/v1/appointments/{booked.id}/ics", headers=token_for(role))
        assert rest.status_code == status, role


def test_the_download_is_a_calendar_file_in_the_readers_language(desk: Desk, login_as: Sign, token_for: Any) -> None:
    booked = desk.book(at(4, 10))
    answer = login_as("reception").get(f"/appointments/{booked.id}/ics", headers={"Accept-Language": "es"})
    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="appointment-{booked.id}.ics"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    event = vobject.readOne(answer.text).vevent
    assert event.dtstart.value.astimezone(UTC) == at(4, 10)
    assert "Zoë" not in answer.text


def test_the_setting_is_a_box_on_the_clinics_form(desk: Desk, login_as: Sign, client: FlaskClient) -> None:
    desk.book(at(4, 10))
    admin, page = login_as("admin"), f"/settings/edit/{desk.cast.main_id}"
    path = made(login_as("doctor"))
    assert "Calendar feeds show patients' names" in unescape(admin.get(page).text)
    sent = {"slot_grid_minutes": "15", "notice_minutes": "0", "horizon_days": "180", "revision": "1"}
    assert admin.post(page, data=sent | {"feed_shows_names": "y"}).status_code == 302
    assert "Zoë" in client.get(path).text
    assert admin.post(page, data=sent).status_code == 302
    assert "Zoë" not in client.get(path).text
