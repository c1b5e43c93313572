"""A time becomes free at one desk: the other sees to whom it is offered, and the patient takes it on a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from app.kernel import clock
from app.kernel.db import db
from app.people.models import Clinic, Doctor
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, OfferStatus
from app.scheduling.waitlist_models import WaitlistOffer
from app.web.links import OFFER, token_for
from tests.cast import Cast, build_cast
from tests.factories import make_appointment, make_hours, make_patient, make_waiting
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

Open = Callable[..., Page]
LIST = "/waitlist/list/?_flt_0_status=waiting"


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast()
        make_hours(
            db.session.get_one(Doctor, cast.doctor_id), db.session.get_one(Clinic, cast.main_id), weekdays=range(7)
        )
        db.session.remove()
    return cast


@pytest.fixture
def product(live_server: Product, cast: Cast) -> Iterator[Product]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield live_server
        db.session.remove()


def at_desk(product: Product, cast: Cast, new_page: Open, address: str) -> Page:
    page = new_page()
    sign_in(page, product, cast.reception)
    page.goto(f"{product.url}{address}")
    return page


def ten_in(days: int) -> datetime:
    day = clock.clinic_day(clock.now(), "Europe/Berlin") + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo("Europe/Berlin"))


def waiting(cast: Cast, name: str, **values: Any) -> int:
    patient = make_patient(cast.main_clinic, name=name)
    since = clock.clinic_day(clock.now(), "Europe/Berlin") - timedelta(days=3)
    return int(make_waiting(patient, cast.main_service, since, **values).id)


def cancel(page: Page) -> None:
    page.get_by_role("link", name="Cancel appointment").click()
    page.fill("[name=reason]", "ill")
    page.get_by_role("button", name="Cancel appointment").click()
    page.wait_for_url(lambda url: "/show/" in url)


def test_a_freed_time_is_offered_live_and_taken_on_a_telephone(product: Product, cast: Cast, new_page: Open) -> None:
    booked = make_appointment(make_patient(cast.main_clinic), cast.doctor_row, cast.main_service, ten_in(3))
    waiting(cast, "Ines Second", to_day=ten_in(3).date())
    waiting(cast, "Joao First", to_day=ten_in(3).date(), urgency="urgent")
    watching = at_desk(product, cast, new_page, LIST)
    panel = watching.locator("[data-offers-part]")
    expect(panel).to_be_hidden()
    cancel(at_desk(product, cast, new_page, f"/appointments/show/{booked.id}"))
    expect(panel).to_contain_text("Joao First")
    expect(panel).not_to_contain_text("Ines Second")

    offer = db.session.query(WaitlistOffer).one()
    patient = new_page(width=390, height=844)
    patient.goto(f"{product.url}/offer/{token_for(OFFER, offer.id)}")
    assert patient.evaluate("document.documentElement.scrollWidth") <= 390
    patient.get_by_role("button", name="Take this time").click()
    expect(patient.get_by_role("heading", name="Your appointment is booked")).to_be_visible()
    expect(panel).to_be_hidden()
    db.session.rollback()
    taken = db.session.query(Appointment).filter_by(status=AppointmentStatus.CONFIRMED).all()
    assert [row.starts_at for row in taken] == [ten_in(3)]


def test_a_no_on_the_telephone_goes_to_the_next_at_the_desk(product: Product, cast: Cast, new_page: Open) -> None:
    booked = make_appointment(make_patient(cast.main_clinic), cast.doctor_row, cast.main_service, ten_in(5))
    for name, urgency in (("Kim Third", "soon"), ("Lea Fourth", "routine")):
        waiting(cast, name, urgency=urgency, from_day=ten_in(5).date())
    watching = at_desk(product, cast, new_page, LIST)
    panel = watching.locator("[data-offers-part]")
    cancel(at_desk(product, cast, new_page, f"/appointments/show/{booked.id}"))
    expect(panel).to_contain_text("Kim Third")
    panel.get_by_role("group", name="Kim Third").get_by_role("button", name="Decline").click()
    expect(watching.locator("[data-offers-part]")).to_contain_text("Lea Fourth")
    db.session.rollback()
    statuses = [row.status for row in db.session.query(WaitlistOffer).order_by(WaitlistOffer.id)][-2:]
    assert statuses == [OfferStatus.DECLINED, OfferStatus.OPEN]
