"""Leave in a real browser: who enters it is led to those who are affected; they are ticked, moved and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db
from app.messaging.models import Notification
from app.people.models import Clinic, Doctor
from app.scheduling.models import Appointment
from tests.cast import Cast, build_cast
from tests.factories import make_appointment, make_hours, make_patient
from tests.plugins.browsers import sign_in
from tests.plugins.products import START_SECONDS, Product

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
        for number, name in enumerate(("Anna", "Bela", "Carla")):
            patient = make_patient(cast.main_clinic, name=name, email=f"{name}@patient.test")
            start = datetime.combine(day_of_leave(), time(10 + number), ZoneInfo("Europe/Berlin"))
            make_appointment(patient, cast.doctor_row, cast.main_service, start)
        db.session.remove()
    return cast


@cache
def day_of_leave() -> date:
    """The same one in all tests, though a day ends meanwhile."""
    return clock.clinic_day(clock.now(), "Europe/Berlin") + timedelta(days=3)


def at_desk(page: Page, server: Product, actor: Actor) -> Page:
    sign_in(page, server, actor)
    return page


def kept(server: Product, query: Any) -> list[Any]:
    assert server.app is not None
    with server.app.app_context():
        found = list(db.session.scalars(query))
        db.session.remove()
    return found


def told(server: Product) -> set[str]:
    """To whom the worker has written that they are moved, once it has written to all three."""
    query = select(Notification.recipient).where(Notification.kind == "appointment_moved")
    give_up = monotonic() + START_SECONDS
    while len(found := set(kept(server, query))) < 3 and monotonic() < give_up:
        sleep(0.1)
    return found


def test_who_enters_leave_moves_those_whom_it_affects(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = at_desk(new_page(), live_server, cast.admin)
    page.goto(f"{live_server.url}/availability/leave/add")
    page.select_option("[name=doctor]", str(cast.doctor_id))
    for name in ("first_day", "last_day"):
        page.fill(f"[name={name}]", day_of_leave().isoformat())
    page.click("form.record-form button[type=submit]")
    expect(page.get_by_text("3 appointments fall into this leave.")).to_be_visible()
    page.wait_for_load_state()  # the link ticks on the page only once the scripts are there

    boxes = page.locator("[name=chosen]")
    for ticked in (3, 0):
        page.click("[data-tick-all]")
        expect(page.locator("[name=chosen]:checked")).to_have_count(ticked)
    page.get_by_label("Move Anna").check()
    page.get_by_label("Move Bela").check()
    other = page.get_by_label("New time of Bela").locator("option", has_text="Dr. Ben Both").first
    page.get_by_label("New time of Bela").select_option(value=other.get_attribute("value"))
    page.click("form.leave-impact button[type=submit]")
    expect(page.get_by_text("2 appointments are moved.")).to_be_visible()
    expect(boxes).to_have_count(1)
    expect(page.get_by_label("Move Carla")).not_to_be_checked()
    anna, bela, carla = kept(live_server, select(Appointment).order_by(Appointment.id))
    assert [row.doctor_id for row in (anna, bela, carla)] == [cast.doctor_id, cast.doctor2_id, cast.doctor_id]
    assert [row.starts_at.date() == day_of_leave() for row in (anna, carla)] == [False, True]


def test_the_rest_is_moved_on_a_phone_without_a_script(live_server: Product, cast: Cast, new_page: Open) -> None:
    page = at_desk(new_page(java_script_enabled=False, width=390, height=844), live_server, cast.reception)
    page.goto(f"{live_server.url}/availability/leave/list/")
    page.get_by_text("Who is affected").click()
    page.click("[data-tick-all]")
    expect(page.get_by_label("Move Carla")).to_be_checked()
    page.click("form.leave-impact button[type=submit]")
    expect(page.get_by_text("One appointment is moved.")).to_be_visible()
    expect(page.get_by_text("Nobody is affected")).to_be_visible()
    assert told(live_server) == {"Anna@patient.test", "Bela@patient.test", "Carla@patient.test"}
