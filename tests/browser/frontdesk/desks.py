"""The running product, people's pages, and the rows behind them, for tests of the front desk in browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import Locator, Page, Route
from sqlalchemy import select

from app.frontdesk import arrivals, records
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.cast import Cast
from tests.factories import make_appointment, make_patient
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

Open = Callable[..., Page]


@dataclass
class Desk:
    """The running product, two people's pages, and the rows behind them."""

    product: Product
    cast: Cast
    open: Open

    def page(self, username: str, path: str, **options: Any) -> Page:
        page = self.open(**options)
        sign_in(page, self.product, getattr(self.cast, username))
        page.goto(f"{self.product.url}{path}")
        return page

    def address(self, visit: Visit) -> str:
        return f"/doctor/consultations/{visit.id}"

    def expected(self, name: str, minutes: int = 1, **patient: Any) -> None:
        """Somebody with an appointment in some minutes."""
        patient_row, starts_at = make_patient(self.cast.main_clinic, name=name, **patient), clock.now()
        make_appointment(
            patient_row,
            self.cast.doctor_row,
            self.cast.main_service,
            starts_at + timedelta(minutes=minutes),
            overbook_reason="in a test",
        )

    def walked_in(self, name: str, *, doctor_id: int | None = None, **patient: Any) -> Visit:
        """Somebody who waits for the doctor, or for another."""
        patient_id = make_patient(self.cast.main_clinic, name=name, **patient).id
        doctor_id = doctor_id or self.cast.doctor_id
        ids = {"clinic_id": self.cast.main_id, "doctor_id": doctor_id, "service_id": self.cast.service_id}
        return self.act(arrivals.walk_in, WalkIn(patient_id=patient_id, **ids))

    def act(self, service: Callable[..., Visit], *args: Any, username: str = "reception", **values: Any) -> Visit:
        """Somebody acts elsewhere; pages are not told of it by this process."""
        actor = getattr(self.cast, username)
        with transaction(actor):
            return service(*args, actor=actor, now=clock.now(), **values)

    def visit_of(self, name: str) -> Visit:
        db.session.rollback()
        db.session.expire_all()
        query = select(Visit).where(Visit.patient.has(name=name)).options(records.WITH_RECORD)
        return db.session.scalars(query).one()


def column(page: Page, name: str) -> Locator:
    return page.locator(f"[aria-labelledby=column-{name}]")


def card(page: Page, name: str) -> Locator:
    return page.locator("[data-visit]", has_text=name)


def press(page: Page, name: str, label: str) -> None:
    """Press a button on somebody's card, or a link that asks something first."""
    button = card(page, name).get_by_role("button", name=label, exact=True)
    button.or_(card(page, name).get_by_role("link", name=label, exact=True)).click()


def held(page: Page, address: str, act: Callable[[], object]) -> Route:
    """The first request to this address that comes of the act: it waits until it is let go, and no later one does."""
    stopped: list[Route] = []

    def stop(route: Route) -> None:
        if stopped:
            route.continue_()
        else:
            stopped.append(route)

    page.route(address, stop)
    with page.expect_request(address):
        act()
    while not stopped:
        page.wait_for_timeout(20)
    return stopped[0]


def answer(page: Page, label: str) -> None:
    """Press a button of the question that is asked."""
    dialog = page.locator("dialog.ask")
    button = dialog.get_by_role("button", name=label, exact=True)
    button.or_(dialog.get_by_role("link", name=label, exact=True)).click()


def middle(place: Locator) -> tuple[float, float]:
    """Where to take hold of something, once it is there: the page may just be drawn anew."""
    while (box := place.bounding_box()) is None:
        place.page.wait_for_timeout(20)
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)
