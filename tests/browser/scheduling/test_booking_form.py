"""The booking form in a real browser: free times that follow what is chosen, with a script and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.kernel import clock
from app.kernel.db import db
from app.people.models import Clinic, Doctor
from app.scheduling.models import Appointment
from tests.browser.frontdesk.desks import held
from tests.cast import Cast, build_cast
from tests.factories import PASSWORD, make_hours, make_patient
from tests.plugins.products import Product

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast()
        for doctor in (cast.doctor_row, cast.doctor2_row):
            make_hours(
                db.session.get_one(Doctor, doctor.id), db.session.get_one(Clinic, cast.main_id), weekdays=range(7)
            )
        make_patient(cast.main_clinic, name="Zoë Müller", phone="+4930123456")
        db.session.remove()
    return cast


def sign_in(page: Page, server: Product, username: str) -> Page:
    page.goto(f"{server.url}/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def tomorrow(hour: int) -> str:
    """Of the clinic, for which a new day may have begun already."""
    day = clock.clinic_day(clock.now(), "Europe/Berlin") + timedelta(days=1)
    return f"{day.isoformat()}T{hour:02}:00"


def choose(page: Page, cast: Cast, *, doctor: int | None) -> None:
    page.select_option("[name=service]", str(cast.service_id))
    if doctor is not None:
        page.select_option("[name=doctor]", str(doctor))
    page.fill("[name=starts_at]", tomorrow(8))


def appointments(server: Product) -> Any:
    assert server.app is not None
    with server.app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Appointment))
        db.session.remove()
        return count


def test_a_free_time_is_chosen_and_booked(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(), live_server, "reception")
    page.goto(f"{live_server.url}/appointments/add")
    choose(page, cast, doctor=cast.doctor_id)
    expect(page.locator("[data-slots] button").first).to_have_attribute("value", f"{tomorrow(9)}/{cast.doctor_id}")
    page.click("[data-slots] button[value*='T10:30']")
    expect(page.locator("[name=starts_at]")).to_have_value(tomorrow(10).replace(":00", ":30"))
    page.fill("#patient-search", "muller")
    page.click(".typeahead-list [role=option]")
    page.click("button:has-text('Book')")
    expect(page.locator("h1")).to_contain_text("Zoë Müller")
    assert appointments(live_server) == 1

    page.goto(f"{live_server.url}/appointments/add")
    choose(page, cast, doctor=cast.doctor_id)
    expect(page.locator("[data-slots] button").first).to_have_attribute("value", f"{tomorrow(9)}/{cast.doctor_id}")
    expect(page.locator("[data-slots] button[value*='T10:30']")).to_have_count(0)


@pytest.mark.any_database
def test_the_times_of_any_doctor_choose_the_doctor_too(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(width=390, height=844), live_server, "reception")
    page.goto(f"{live_server.url}/appointments/add")
    choose(page, cast, doctor=None)
    page.click(f"[data-slots] button[value$='T16:00/{cast.doctor2_id}']")
    expect(page.locator("[name=doctor]")).to_have_value(str(cast.doctor2_id))


@pytest.mark.any_database
def test_times_that_no_longer_fit_the_choice_cannot_be_taken(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(), live_server, "reception")
    page.goto(f"{live_server.url}/appointments/add")
    choose(page, cast, doctor=cast.doctor_id)
    expect(page.locator(f"[data-slots] button[value='{tomorrow(11)}/{cast.doctor_id}']")).to_be_visible()
    asked = held(page, "**/availability/slots*", lambda: page.select_option("[name=doctor]", str(cast.doctor2_id)))
    expect(page.locator("[data-slots][inert]")).to_have_count(1)
    asked.continue_()
    page.click(f"[data-slots] button[value='{tomorrow(11)}/{cast.doctor2_id}']")
    expect(page.locator("[name=doctor]")).to_have_value(str(cast.doctor2_id))


@pytest.mark.any_database
def test_the_day_is_turned_over_without_touching_the_form(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(), live_server, "reception")
    page.goto(f"{live_server.url}/appointments/add")
    page.select_option("[name=service]", str(cast.service_id))
    expect(page.locator("[data-slots-step='-1']")).to_be_disabled()
    page.click("[data-slots-step='1']")
    page.click(f"[data-slots] button[value='{tomorrow(14)}/{cast.doctor2_id}']")
    expect(page.locator("[name=starts_at]")).to_have_value(tomorrow(14))
    page.click("[data-slots-step='1']")
    expect(page.locator("[data-slots] button").first).not_to_have_attribute("value", re.compile(tomorrow(9)[:10]))
    expect(page.locator("[name=starts_at]")).to_have_value(tomorrow(14))


@pytest.mark.any_database
def test_a_new_entry_is_typed_at_once(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(), live_server, "reception")
    page.goto(f"{live_server.url}/patients/add")
    expect(page.locator("[name=name]")).to_be_focused()


def test_without_a_script_the_server_shows_the_times(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = sign_in(new_page(java_script_enabled=False), live_server, "reception")
    page.goto(f"{live_server.url}/appointments/add")
    choose(page, cast, doctor=cast.doctor2_id)
    page.fill("[name=notes]", "keep me")
    page.click("[name=show_free]")
    page.click("[data-slots] button[value*='T15:00']")
    expect(page.locator("[name=starts_at]")).to_have_value(tomorrow(15))
    expect(page.locator("[name=notes]")).to_have_value("keep me")
