"""A running clinic for browser tests of the front desk: people's pages, and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from app.frontdesk.models import Visit
from app.kernel import clock
from app.kernel.db import db
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

    def expected(self, name: str, minutes: int = 1, **patient: Any) -> None:
        patient_row = make_patient(self.cast.main_clinic, name=name, **patient)
        starts_at = clock.now() + timedelta(minutes=minutes)
        make_appointment(
            patient_row, self.cast.doctor_row, self.cast.main_service, starts_at, overbook_reason="in a test"
        )

    def visit_of(self, name: str) -> Visit:
        db.session.rollback()
        return db.session.scalars(select(Visit).where(Visit.patient.has(name=name))).one()


def column(page: Page, name: str) -> Locator:
    return page.locator(f"[aria-labelledby=column-{name}]")


def card(page: Page, name: str) -> Locator:
    return page.locator("[data-visit]", has_text=name)


def press(page: Page, name: str, label: str) -> None:
    """Press a button on somebody's card, or a link that asks something first."""
    button = card(page, name).get_by_role("button", name=label, exact=True)
    button.or_(card(page, name).get_by_role("link", name=label, exact=True)).click()


def answer(page: Page, label: str) -> None:
    """Press a button of the question that is asked."""
    dialog = page.locator("dialog.ask")
    button = dialog.get_by_role("button", name=label, exact=True)
    button.or_(dialog.get_by_role("link", name=label, exact=True)).click()
