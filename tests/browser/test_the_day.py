"""The clinic's day from end to end, in the running product: two browsers, a real mail server, a Stripe of our own."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Request, expect
from pypdf import PdfReader

from app.kernel import clock
from app.kernel.db import db
from app.people.models import Clinic, Doctor
from config import TestConfig
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import PASSWORD, make_hours
from tests.fakes.stripe_server import StripeServer
from tests.plugins.databases import Database
from tests.plugins.products import START_SECONDS, Product
from tests.plugins.servers import MailServer

WEBHOOK_SECRET = "whsec_of_the_day"
PATIENT, PHONE, MAIL = "प्रिया Müller-García", "030 901820", "priya@patient.test"


@dataclass
class Clinicday:
    """The running product, the people in it, and whatever went wrong in their browsers."""

    product: Product
    cast: Cast
    open: Callable[..., Page]
    troubles: list[str] = field(default_factory=list)

    def sign_in(self, username: str) -> Page:
        page = self.open()
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self.watch)
        page.goto(f"{self.product.url}/login/")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def watch(self, request: Request) -> None:
        if not request.url.startswith((self.product.url, "data:", "blob:", self.product.url.replace("http", "ws"))):
            self.troubles.append(f"left the clinic's server: {request.url}")


@pytest.fixture
def day(
    new_database: Callable[[], Database],
    run_product: Callable[..., Product],
    smtp_server: MailServer,
    stripe_server: StripeServer,
    new_page: Callable[..., Page],
    tmp_path: Path,
) -> Iterator[Clinicday]:
    """A clinic in whose zone it is about noon now, so that there are free times today whenever the test runs."""
    from app import create_app

    settings = TestConfig(new_database().url, tmp_path / "instance")
    app = create_app(settings)
    with app.app_context():
        cast = clinic_at_noon()
    product = run_product(
        DATABASE_URL=settings.SQLALCHEMY_DATABASE_URI,
        SECRET_KEY=settings.SECRET_KEY,
        FIELD_ENCRYPTION_KEYS=",".join(settings.FIELD_ENCRYPTION_KEYS),
        SMTP_URL=smtp_server.url,
        STRIPE_SECRET_KEY=settings.STRIPE_SECRET_KEY,
        STRIPE_PUBLISHABLE_KEY="pk_test_day",
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
        STRIPE_API_BASE=stripe_server.url,
    )
    product.app = app
    product.wait_until_it_answers()
    yield Clinicday(product, cast, new_page)
    with app.app_context():
        db.engine.dispose()


def clinic_at_noon() -> Cast:
    cast = build_cast(zone_at_noon())
    make_hours(db.session.get_one(Doctor, cast.doctor_id), db.session.get_one(Clinic, cast.main_id), weekdays=range(7))
    db.session.remove()
    return cast


def register(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/patients/add")
    page.locator("[name=name]").fill(name)
    page.locator("[name=phone]").fill(PHONE)
    page.locator("[name=email]").fill(MAIL)
    page.get_by_role("button", name="Save").click()


def choose_the_first_free_time(page: Page, cast: Cast) -> None:
    page.locator("select[name=service]").select_option(str(cast.service_id))
    page.locator("select[name=doctor]").select_option(str(cast.doctor_id))
    today = clock.now().astimezone(ZoneInfo(cast.main_clinic.timezone))
    page.locator("[name=starts_at]").fill(today.strftime("%Y-%m-%dT%H:%M"))
    page.locator("[data-slots] button").first.click()


def wait_for(what: Callable[[], Any], page: Page) -> Any:
    """The first true answer, of the worker, which starts beside the web; the page goes on living meanwhile."""
    give_up = monotonic() + START_SECONDS
    while not (answer := what()):
        assert monotonic() < give_up, "it did not come"
        page.wait_for_timeout(100)
    return answer


def registered(day: Clinicday, desk: Page) -> str:
    """Register the patient once; a second one with the same phone is led to the first. The first one's address."""
    register(desk, day.product.url, PATIENT)
    expect(desk.locator("h1")).to_contain_text(PATIENT)
    address = desk.url
    register(desk, day.product.url, "Somebody Else")
    expect(desk.locator(f"main a[href='{urlsplit(address).path}']").first).to_be_visible()
    day.troubles[:] = [trouble for trouble in day.troubles if "409" not in trouble]  # the browser's note on the refusal
    return address


def book_and_confirm(desk: Page, patient: str, cast: Cast) -> None:
    desk.goto(patient)
    desk.get_by_role("link", name="Book").click()
    choose_the_first_free_time(desk, cast)
    desk.get_by_role("button", name="Book", exact=True).click()
    expect(desk.locator("h1")).to_contain_text(PATIENT)
    desk.get_by_role("button", name="Confirm").click()


def check_in_and_see_the_doctor(desk: Page, doctor: Page, url: str) -> None:
    """Nobody reloads: what the desk does, the doctor sees, and the other way round."""
    doctor.goto(f"{url}/doctor/")
    expect(doctor.get_by_text(PATIENT)).to_have_count(0)
    desk.goto(f"{url}/queue/")
    desk.get_by_role("button", name="Check in").first.click()
    waiting = desk.locator("[aria-labelledby=column-waiting]")
    expect(waiting.locator("[data-visit]")).to_contain_text(PATIENT)
    expect(doctor.get_by_text(PATIENT).first).to_be_visible()
    waiting.get_by_role("button", name="To doctor").click()
    expect(doctor.locator("#toasts")).to_contain_text(f"{PATIENT} is with you now.")
    doctor.locator("[data-sheet]").get_by_role("link", name="Open").click()
    doctor.wait_for_url("**/doctor/consultations/*")
    doctor.get_by_role("textbox", name="Notes", exact=True).fill("Rest, and tea.")
    doctor.get_by_role("button", name="Complete and sign").click()
    doctor.locator("#confirm [value=yes]").click()
    expect(desk.locator("[aria-labelledby=column-completed]")).to_contain_text(PATIENT)


def bill_and_take_cash(desk: Page) -> None:
    done = desk.locator("[aria-labelledby=column-completed]")
    done.get_by_role("link", name=re.compile("invoice", re.IGNORECASE)).first.click()
    expect(desk.locator("h1")).to_contain_text("Draft")
    expect(desk.get_by_role("cell", name="Consultation")).to_be_visible()
    desk.wait_for_load_state()  # the button asks only once the scripts are there
    desk.get_by_role("button", name="Issue").click()
    desk.locator("dialog").get_by_role("button", name="Issue").click()
    expect(desk.locator("h1")).to_contain_text(first_number())
    desk.locator("select[name=method]").select_option("cash")
    desk.get_by_role("button", name=re.compile("payment", re.IGNORECASE)).click()
    expect(desk.locator(".page-header")).to_contain_text("Paid")


def first_number() -> str:
    return f"MAIN-{clock.now().year}-000001"


def text_of_the_pdf(desk: Page) -> str:
    with desk.expect_download() as download:
        desk.evaluate(
            "address => { const a = document.createElement('a'); a.href = address; a.download = 'i.pdf'; a.click() }",
            desk.get_by_role("link", name="PDF").get_attribute("href"),
        )
    return "".join(page.extract_text() for page in PdfReader(download.value.path()).pages)


def test_from_the_first_call_to_the_paid_invoice(day: Clinicday, smtp_server: MailServer) -> None:
    reception, doctor = day.sign_in("reception"), day.sign_in("doctor")
    patient = registered(day, reception)
    book_and_confirm(reception, patient, day.cast)
    [mail] = wait_for(lambda: smtp_server.sent_to(MAIL), reception)
    assert mail["Subject"] == "Your appointment at Main Clinic is confirmed"
    check_in_and_see_the_doctor(reception, doctor, day.product.url)
    bill_and_take_cash(reception)
    text = text_of_the_pdf(reception)
    assert first_number() in text
    assert "Müller-García" in text
    assert day.troubles == []


def test_an_online_payment_is_settled_by_the_signed_event(
    day: Clinicday, stripe_server: StripeServer, new_page: Callable[..., Page]
) -> None:
    token = post(
        f"{day.product.url}/api/v1/security/login", {"username": "reception", "password": PASSWORD, "provider": "db"}
    )
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    api = f"{day.product.url}/api/v1"
    patient = post(f"{api}/patients", {"clinic_id": day.cast.main_id, "name": PATIENT, "phone": PHONE}, headers)[
        "result"
    ]
    line = {"service_id": day.cast.service_id, "quantity": 1}
    draft = {
        "clinic_id": day.cast.main_id,
        "patient_id": patient["id"],
        "doctor_id": day.cast.doctor_id,
        "lines": [line],
    }
    invoice = post(f"{api}/invoices", draft, headers)["result"]
    post(f"{api}/invoices/{invoice['id']}/issue", {}, headers)
    intent = post(f"{api}/invoices/{invoice['id']}/payment-intents", {}, headers)["result"]
    assert intent["publishable_key"] == "pk_test_day"
    intent_id = intent["client_secret"].partition("_secret")[0]
    stripe_server.pay(intent_id)
    body, signature = stripe_server.event("payment_intent.succeeded", intent_id, secret=WEBHOOK_SECRET)
    request = urllib.request.Request(
        f"{day.product.url}/webhooks/stripe", data=body, headers={"Stripe-Signature": signature}
    )
    assert urllib.request.urlopen(request).status == 200
    page = day.open()
    paid = wait_for(
        lambda: (found := get(f"{api}/invoices/{invoice['id']}", headers)["result"])["status"] == "paid" and found, page
    )
    assert (paid["balance"], paid["paid"]) == ("0.00", paid["total"])


def post(address: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    data = json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, headers={"Content-Type": "application/json"} | (headers or {}))
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def get(address: str, headers: dict[str, str]) -> Any:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return json.load(answer)
