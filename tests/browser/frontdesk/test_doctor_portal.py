"""A doctor's own pages in a browser: the schedule follows live and cancels with a reason, earnings are drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask_jwt_extended import create_access_token
from playwright.sync_api import Locator, Page, Route, expect

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.payments import take_payment
from app.billing.states import PaymentMethod
from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.money import Money
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_patient
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

pytestmark = pytest.mark.any_database

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast(zone_at_noon())
        db.session.remove()
    return cast


@dataclass
class Portal:
    """The running product, a doctor's page, and what reception does meanwhile."""

    product: Product
    cast: Cast
    open: Open

    def page(self, path: str, **options: Any) -> Page:
        page = self.open(**options)
        sign_in(page, self.product, self.cast.doctor)
        page.goto(f"{self.product.url}{path}")
        return page

    def reception(self, page: Page, path: str, body: dict[str, Any], *, method: str = "post") -> Any:
        """What reception's program sends, with the answer."""
        token = create_access_token(identity=str(self.cast.reception.user_id), fresh=True)
        address, headers = f"{self.product.url}/api/v1{path}", {"Authorization": f"Bearer {token}"}
        answer = page.request.fetch(address, method=method, data=body, headers=headers)
        assert answer.ok, answer.text()
        return answer.json()["result"]

    def book(self, page: Page, patient: Patient, days: int, **values: Any) -> Any:
        body = {
            "clinic_id": self.cast.main_id,
            "doctor_id": self.cast.doctor_id,
            "service_id": self.cast.service_id,
            "patient_id": patient.id,
            "starts_at": (clock.now() + timedelta(days=days)).replace(second=0, microsecond=0).isoformat(),
            "overbook_reason": "in a test",
        }
        return self.reception(page, "/appointments", body | values)

    def patient(self, name: str) -> Patient:
        return make_patient(self.cast.main_clinic, name=name, treated_by=[self.cast.doctor_row])

    def billed(self, amount: str, *, paid: bool = False) -> None:
        admin, now = self.cast.admin, clock.now()
        asked = {
            "clinic_id": self.cast.main_id,
            "patient_id": self.patient("Pat Payer").id,
            "doctor_id": self.cast.doctor_id,
            "lines": [{"description": "Treatment", "unit_price": amount}],
        }
        with transaction(admin):
            invoice = issue(compose_invoice(asked, actor=admin, now=now).id, actor=admin, now=now)
            if paid:
                take_payment(invoice.id, Money.parse(amount, "EUR"), PaymentMethod.CASH, actor=admin, now=now)


@pytest.fixture
def portal(live_server: Product, cast: Cast, new_page: Open) -> Iterator[Portal]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield Portal(live_server, cast, new_page)
        db.session.remove()


def row(page: Page, name: str) -> Locator:
    return page.locator(".schedule-row", has_text=name)


def stored(appointment: Any) -> Appointment:
    db.session.rollback()
    return db.session.get_one(Appointment, appointment["id"], populate_existing=True)


def test_the_schedule_follows_what_reception_does(portal: Portal) -> None:
    page = portal.page("/doctor/schedule")
    page.evaluate("document.body.dataset.same = 'yes'")
    expect(page.locator(".stale-banner")).to_be_hidden()
    booked = portal.book(page, portal.patient("Lisa Live"), 2, status="requested")
    expect(row(page, "Lisa Live")).to_contain_text("Requested")
    portal.reception(page, f"/appointments/{booked['id']}/confirm", {})
    expect(row(page, "Lisa Live")).to_contain_text("Confirmed")
    portal.reception(page, f"/appointments/{booked['id']}/cancel", {"reason": "ill"})
    expect(row(page, "Lisa Live")).to_have_count(0)
    assert page.evaluate("document.body.dataset.same") == "yes"  # nothing was reloaded


def test_the_schedule_shows_at_once_that_a_patient_has_another_name(portal: Portal) -> None:
    page, patient = portal.page("/doctor/schedule"), portal.patient("Nora Noted")
    portal.book(page, patient, 6)
    expect(row(page, "Nora Noted")).to_be_visible()
    portal.reception(page, f"/patients/{patient.id}", {"name": "Nora Named"}, method="patch")
    expect(row(page, "Nora Named")).to_be_visible()


def test_the_first_page_looks_by_itself_for_what_nobody_tells_and_begins_a_new_day(portal: Portal) -> None:
    page = portal.page("/doctor/")
    page.clock.install()
    page.reload()
    pending = page.locator(".stat-card", has_text="Your share, pending")
    shown = pending.inner_text()
    portal.billed("64.00")
    page.clock.run_for(61_000)
    expect(pending).not_to_have_text(shown)

    def as_tomorrow(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-day="[^"]*"', 'data-day="2999-01-01"', answer.text()))

    page.evaluate("document.body.dataset.same = 'yes'")
    page.route("**/doctor/now", as_tomorrow, times=1)
    page.clock.run_for(61_000)
    expect(page.locator("body[data-same]")).to_have_count(0)


def test_the_doctor_confirms_and_cancels_with_a_reason_on_the_page(portal: Portal) -> None:
    page = portal.page("/doctor/schedule")
    booked = portal.book(page, portal.patient("Cara Cancelled"), 3, status="requested")
    row(page, "Cara Cancelled").get_by_role("button", name="Confirm Cara Cancelled").click()
    expect(page.locator("#toasts")).to_contain_text("Confirmed; the patient is told.")  # first: it goes away by itself
    expect(row(page, "Cara Cancelled")).to_contain_text("Confirmed")

    row(page, "Cara Cancelled").get_by_role("link", name="Cancel Cara Cancelled").click()
    dialog = page.locator("#cancel-dialog")
    expect(dialog).to_contain_text("Cara Cancelled")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert stored(booked).status is AppointmentStatus.CONFIRMED

    row(page, "Cara Cancelled").get_by_role("link", name="Cancel Cara Cancelled").press("Enter")
    dialog.get_by_role("button", name="Cancel the appointment").click()
    expect(dialog).to_be_visible()  # a reason is required
    page.keyboard.type("On leave")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The appointment is cancelled.")
    expect(row(page, "Cara Cancelled")).to_have_count(0)
    assert (stored(booked).status, stored(booked).cancel_reason) == (AppointmentStatus.CANCELLED, "On leave")


def test_the_schedule_works_without_a_script(portal: Portal) -> None:
    page = portal.page("/doctor/schedule")
    booked = portal.book(page, portal.patient("Wanda Without"), 4)
    plain = portal.page("/doctor/schedule", java_script_enabled=False)
    row(plain, "Wanda Without").get_by_role("link", name="Cancel Wanda Without").click()
    plain.get_by_label("Reason", exact=True).fill("Congress")
    with plain.expect_navigation():
        plain.locator("main form button[type=submit]").click()
    assert stored(booked).status is AppointmentStatus.CANCELLED


def test_earnings_are_drawn_and_stand_in_a_table_in_any_theme(portal: Portal) -> None:
    portal.billed("100.00", paid=True)
    page = portal.open()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    sign_in(page, portal.product, portal.cast.doctor)
    page.goto(f"{portal.product.url}/doctor/earnings")
    canvas = page.locator("[data-chart] canvas").first
    expect(canvas).to_be_visible()
    drawn = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    page.wait_for_function(f"() => ({drawn})(document.querySelector('[data-chart] canvas'))")
    page.wait_for_timeout(300)
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    page.wait_for_function(f"() => document.querySelector('[data-chart] canvas').toDataURL() !== {light!r}")
    page.locator(".chart-figures summary").first.click()
    expect(page.locator("[data-figures=time]")).to_contain_text("50")
    assert troubles == []
