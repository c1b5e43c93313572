"""A patient answers an offer by a private address: looking changes nothing, a POST acts, once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.models import AuditEntry
from app.people.patient_models import Patient
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.states import OfferStatus, WaitStatus
from app.web.links import OFFER, private_address, row_of, token_for
from tests.factories import make_appointment, make_offer, make_waiting
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of
from tests.integration.scheduling.waiting import entry_of, offers

HOUR = timedelta(hours=1)


def offered(app: Flask, desk: Desk, **values: Any) -> str:
    """The path of the page on which Tuesday at nine is offered for an hour."""
    entry = make_waiting(desk.patient, desk.cast.main_service, date(2025, 3, 3), **values)
    offer = make_offer(entry, desk.cast.doctor_row, desk.cast.main_service, at(4, 9), NOW + HOUR)
    return f"/offer/{token_for(OFFER, offer.id)}"


def state() -> tuple[OfferStatus, WaitStatus]:
    [offer] = offers()
    return offer.status, entry_of(offer.entry_id).status


def test_the_page_says_what_is_offered_and_nobodys_name(app: Flask, desk: Desk, client: FlaskClient) -> None:
    answer = client.get(offered(app, desk))
    assert answer.status_code == 200
    for words in ("Main Clinic", "4 Mar 2025", "09:00", "Dr. Ada Main", "Consultation", "Take this time"):
        assert words in answer.text
    assert "Zoë" not in answer.text
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_looking_at_it_changes_nothing_however_often(app: Flask, desk: Desk, client: FlaskClient) -> None:
    path = offered(app, desk)
    for method in ("get", "head", "get"):
        assert getattr(client, method)(path).status_code == 200
    assert state() == (OfferStatus.OPEN, WaitStatus.WAITING)


def test_the_patient_takes_the_time(app: Flask, desk: Desk, client: FlaskClient) -> None:
    path = offered(app, desk)
    answer = client.post(path, data={"act": "accept"})
    assert (answer.status_code, "Your appointment is booked" in answer.text) == (200, True)
    assert state() == (OfferStatus.ACCEPTED, WaitStatus.BOOKED)
    row = db.session.scalars(select(Appointment)).one()
    assert (row.patient_id, row.starts_at) == (desk.patient.id, at(4, 9))
    again = client.post(path, data={"act": "decline"})
    assert (again.status_code, "Your appointment is booked" in again.text) == (409, True)
    assert state() == (OfferStatus.ACCEPTED, WaitStatus.BOOKED)
    author = select(AuditEntry.actor_name).where(AuditEntry.entity == "appointment")
    assert "patient" in (db.session.scalars(author).first() or "")


def test_the_page_says_which_appointment_it_replaces(app: Flask, desk: Desk, client: FlaskClient) -> None:
    own = make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(20, 10))
    path = offered(app, desk, appointment_id=own.id)
    page = client.get(path).text
    assert "An earlier time has become free" in page
    assert "20 Mar 2025" in page
    assert client.post(path, data={"act": "accept"}).status_code == 200
    assert busy_of(desk.cast.doctor_id) == [(at(4, 9), at(4, 9, 30))]


@pytest.mark.parametrize(
    ("act", "waits", "words"),
    [
        ("decline", WaitStatus.WAITING, "You stay on the waiting list"),
        ("leave", WaitStatus.REMOVED, "no longer on the waiting list"),
    ],
)
def test_the_patient_says_no(
    app: Flask, desk: Desk, client: FlaskClient, act: str, waits: WaitStatus, words: str
) -> None:
    path = offered(app, desk)
    assert words in client.post(path, data={"act": act}).text
    assert state() == (OfferStatus.DECLINED, waits)
    assert words in client.get(path).text


def test_an_offer_that_is_over_says_so(app: Flask, desk: Desk, client: FlaskClient) -> None:
    path = offered(app, desk)
    with clock.freeze(NOW + HOUR):
        page = client.get(path)
        assert (page.status_code, "This offer is over" in page.text, "Take this time" in page.text) == (
            200,
            True,
            False,
        )
        late = client.post(path, data={"act": "accept"})
    assert (late.status_code, "This offer is over" in late.text) == (409, True)
    assert db.session.scalars(select(Appointment)).all() == []


def test_a_time_that_can_no_longer_be_had_is_told_with_the_reason(app: Flask, desk: Desk, client: FlaskClient) -> None:
    path = offered(app, desk)
    with transaction():
        db.session.get_one(Patient, desk.patient.id).is_active = False
    refused = client.post(path, data={"act": "accept"})
    assert (refused.status_code, "archived" in refused.text) == (409, True)
    assert state() == (OfferStatus.WITHDRAWN, WaitStatus.WAITING)
    again = client.get(path)
    assert ("This offer is over" in again.text, "Take this time" in again.text) == (True, False)


def test_the_page_shows_the_appointment_that_came_of_it_as_it_is_now(
    app: Flask, desk: Desk, client: FlaskClient
) -> None:
    path = offered(app, desk)
    client.post(path, data={"act": "accept"})
    booked = db.session.scalars(select(Appointment)).one().id
    act(booking.reschedule, booked, at(6, 11), actor=desk.cast.reception)
    moved = client.get(path).text
    assert ("6 Mar 2025" in moved, "4 Mar 2025" in moved) == (True, False)
    act(booking.cancel, booked, reason="ill", actor=desk.cast.reception)
    cancelled = client.get(path).text
    assert ("This offer is over" in cancelled, "6 Mar 2025" in cancelled) == (True, False)


def test_the_page_speaks_the_patients_language(app: Flask, desk: Desk, client: FlaskClient) -> None:
    with transaction():
        db.session.get_one(Patient, desk.patient.id).language = "ar"
    page = client.get(offered(app, desk), headers={"Accept-Language": "es"}).text
    assert 'dir="rtl"' in page
    assert 'lang="ar' in page


def test_of_a_patient_whose_language_nobody_knows_it_is_that_of_the_browser_else_of_the_clinic(
    app: Flask, desk: Desk, client: FlaskClient
) -> None:
    path = offered(app, desk)
    for asked, language in (("es-MX,en;q=0.5", "es"), ("ko", "en"), ("", "en")):
        assert f'lang="{language}' in client.get(path, headers={"Accept-Language": asked}).text


@pytest.mark.parametrize("token", ["1", "nobody", "MQ.forged", "a" * 300, "%00", "MQ.%D8%A3"])
def test_an_address_that_was_not_signed_opens_nothing(app: Flask, desk: Desk, client: FlaskClient, token: str) -> None:
    offered(app, desk)
    for method in ("get", "post"):
        assert getattr(client, method)(f"/offer/{token}").status_code in {400, 404}


def test_a_link_of_another_kind_opens_nothing(app: Flask, desk: Desk, client: FlaskClient) -> None:
    offered(app, desk)
    other = token_for("ticket", offers()[0].id)
    assert client.get(f"/offer/{other}").status_code == 404
    assert row_of("ticket", other) == offers()[0].id


@pytest.mark.parametrize("act", ["", "burn", "withdraw"])
def test_an_act_that_there_is_not_changes_nothing(app: Flask, desk: Desk, client: FlaskClient, act: str) -> None:
    assert client.post(offered(app, desk), data={"act": act}).status_code == 400
    assert state() == (OfferStatus.OPEN, WaitStatus.WAITING)


def test_the_address_is_the_public_one(app: Flask, desk: Desk, client: FlaskClient) -> None:
    address = private_address(OFFER, 7)
    assert address == f"{app.config['PUBLIC_URL']}/offer/{token_for(OFFER, 7)}"
