"""A page whose session or right has ended says so and shows no board that looks live; else it comes back by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.frontdesk import arrivals
from app.frontdesk.requests import WalkIn
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.people import staff
from app.people.roles import Role
from app.web.security import actor_of
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_patient, make_user
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast(zone_at_noon())
        db.session.remove()
    return cast


@pytest.fixture
def product(live_server: Product) -> Iterator[Product]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield live_server
        db.session.remove()


@pytest.fixture
def clerk(product: Product, cast: Cast) -> Actor:
    """A receptionist of this test's own."""
    return actor_of(make_user(Role.RECEPTIONIST, clinics=[cast.main_clinic]))


def opened(page: Page, product: Product, actor: Actor) -> Page:
    sign_in(page, product, actor)
    page.goto(f"{product.url}/queue/")
    expect(page.locator(".stale-banner")).to_be_hidden()
    return page


def walk_in(cast: Cast, name: str) -> None:
    patient_id = make_patient(cast.main_clinic, name=name).id
    request = WalkIn(
        clinic_id=cast.main_id, doctor_id=cast.doctor_id, service_id=cast.service_id, patient_id=patient_id
    )
    with transaction(cast.reception):
        arrivals.walk_in(request, actor=cast.reception, now=clock.now())


def change(cast: Cast, clerk: Actor, values: dict[str, Any]) -> None:
    with transaction(cast.admin):
        staff.update_user(clerk.user_id or 0, values, actor=cast.admin, now=clock.now())


def put_aside(page: Page) -> bool:
    return bool(
        page.evaluate("document.body.classList.contains('is-put-aside') && document.querySelector('main').inert")
    )


def test_signing_out_in_one_tab_puts_the_others_aside(
    product: Product, cast: Cast, clerk: Actor, new_page: Callable[..., Page]
) -> None:
    page = opened(new_page(), product, clerk)
    other = page.context.new_page()
    other.goto(f"{product.url}/logout/")
    expect(page.locator(".stale-banner")).to_contain_text("You are signed out")
    assert put_aside(page)
    walk_in(cast, "Olaf Out")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert "Olaf Out" not in page.content()


def test_a_page_whose_clinic_is_taken_away_says_so(
    product: Product, cast: Cast, clerk: Actor, new_page: Callable[..., Page]
) -> None:
    page = opened(new_page(), product, clerk)
    change(cast, clerk, {"clinic_ids": []})
    expect(page.locator(".stale-banner")).to_contain_text("you may not see it now")
    assert put_aside(page)
    walk_in(cast, "Nina Nothing")
    page.get_by_role("button", name="Load again").click()
    expect(page.locator(".stale-banner")).to_be_hidden()
    assert "Nina Nothing" not in page.content()


def test_a_page_that_may_stay_comes_back_by_itself_and_has_missed_nothing(
    product: Product, cast: Cast, clerk: Actor, new_page: Callable[..., Page]
) -> None:
    page = opened(new_page(), product, clerk)
    page.evaluate("document.body.dataset.same = 'yes'")
    change(cast, clerk, {"clinic_ids": [cast.main_id, cast.riverside_id]})
    walk_in(cast, "Mia Missed")
    expect(page.locator("[data-visit]", has_text="Mia Missed")).to_be_visible()
    expect(page.locator(".stale-banner")).to_be_hidden()
    walk_in(cast, "Leo Later")
    expect(page.locator("[data-visit]", has_text="Leo Later")).to_be_visible()
    assert page.evaluate("document.body.dataset.same") == "yes"
    assert not put_aside(page)
