"""The calendar at two desks: what one drags moves at the other, what is taken goes back, all of it by keyboard too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect
from sqlalchemy import delete

from app.kernel import clock
from app.kernel.db import db, transaction
from app.people.models import Clinic, Doctor, DoctorService, Service
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast, build_cast
from tests.factories import make_appointment, make_hours, make_patient, make_service
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

Open = Callable[..., Page]
BERLIN = ZoneInfo("Europe/Berlin")
SLOT = 40  # pixels of half an hour


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast()
        for doctor_id in (cast.doctor_id, cast.doctor2_id):
            make_hours(
                db.session.get_one(Doctor, doctor_id), db.session.get_one(Clinic, cast.main_id), weekdays=range(7)
            )
        db.session.remove()
    return cast


@dataclass
class Desks:
    """The running product, and a day of the calendar that no other test uses."""

    product: Product
    cast: Cast
    open: Open
    day: date
    broken: list[str] = field(default_factory=list)

    def page(self, username: str, view: str = "day", **options: Any) -> Page:
        page = self.open(**options)
        page.on("console", lambda said: self.broken.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        sign_in(page, self.product, getattr(self.cast, username))
        page.goto(f"{self.product.url}/calendar/?day={self.day}&view={view}")
        return page

    def at(self, hour: int, minute: int = 0) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=BERLIN)

    def booked(self, name: str, hour: int, minute: int = 0, *, doctor: str = "doctor_row", **values: Any) -> int:
        patient = make_patient(self.cast.main_clinic, name=name)
        starts_at, row = self.at(hour, minute), getattr(self.cast, doctor)
        appointment = make_appointment(patient, row, self.cast.main_service, starts_at, **values)
        return int(appointment.id)

    def stored(self, key: int) -> Appointment:
        db.session.rollback()
        return db.session.get_one(Appointment, key, populate_existing=True)

    def span(self, key: int) -> tuple[datetime, datetime]:
        row = self.stored(key)
        return row.starts_at, row.ends_at


_days = iter(range(7, 100))


@pytest.fixture
def desks(live_server: Product, cast: Cast, new_page: Open) -> Iterator[Desks]:
    assert live_server.app is not None
    day = clock.clinic_day(clock.now(), "Europe/Berlin") + timedelta(days=next(_days))
    with live_server.app.app_context():
        desks = Desks(live_server, cast, new_page, day)
        yield desks
        db.session.remove()
    assert desks.broken == []  # no script failed, and nothing broke the Content-Security-Policy


def entry(page: Page, name: str) -> Locator:
    return page.locator(".ec-event[data-appointment]:not(.ec-ghost)", has_text=name)


def box_of(element: Locator) -> FloatRect:
    """Where the element is, once it stands still."""
    element.hover()
    box = element.bounding_box()
    assert box is not None
    return box


def drag(page: Page, element: Locator, *, down: float = 0, aside: float = 0, edge: bool = False) -> None:
    box = box_of(element)
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 3 if edge else 8)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + aside / 2, y + down / 2, steps=4)
    page.mouse.move(x + aside, y + down, steps=4)
    page.mouse.up()


@contextmanager
def no_rest(page: Page) -> Iterator[None]:
    """The keys that are pressed meanwhile follow at once, however busy the machine is."""
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 5"))
    yield
    page.clock.resume()


def column_width(page: Page) -> float:
    box = page.locator(".ec-body .ec-day").first.bounding_box()
    assert box is not None
    return float(box["width"])


def test_what_one_desk_drags_moves_at_the_other(desks: Desks) -> None:
    key = desks.booked("Ada Abel", 10)
    first, second = desks.page("reception"), desks.page("admin", timezone_id="Pacific/Auckland")
    own = desks.page("doctor")
    for page in (second, own):
        expect(entry(page, "10:00")).to_contain_text("Ada Abel")
    drag(first, entry(first, "Ada Abel"), down=2 * SLOT)
    expect(first.locator("#toasts")).to_contain_text("Moved to")
    for page in (first, second, own):
        expect(entry(page, "Ada Abel")).to_contain_text("11:00")
    assert desks.span(key) == (desks.at(11), desks.at(11, 30))

    drag(second, entry(second, "Ada Abel"), aside=column_width(second))
    expect(second.locator("#toasts")).to_contain_text("Dr. Ben Both")
    second.get_by_role("button", name="Undo").hover()  # it stays while it is pointed at
    expect(entry(first, "Ada Abel")).to_contain_text("Dr. Ben Both")
    expect(entry(own, "Ada Abel")).to_have_count(0)
    assert desks.stored(key).doctor_id == desks.cast.doctor2_id

    second.get_by_role("button", name="Undo").click()
    expect(entry(first, "Ada Abel")).to_contain_text("Dr. Ada Main")
    expect(entry(own, "Ada Abel")).to_be_visible()


def test_dragging_the_end_changes_the_length(desks: Desks) -> None:
    key = desks.booked("Lena Long", 10)
    page, other = desks.page("reception"), desks.page("admin")
    drag(page, entry(page, "Lena Long"), down=SLOT / 2, edge=True)
    expect(page.locator("#toasts")).to_contain_text("Now ends at")
    expect(entry(other, "Lena Long")).to_contain_text("10:45")
    assert desks.span(key) == (desks.at(10), desks.at(10, 45))


def test_a_drag_onto_a_taken_time_goes_back_unless_it_is_overbooked(desks: Desks) -> None:
    key = desks.booked("Mia Mover", 10)
    desks.booked("Theo Taken", 11)
    page = desks.page("reception")
    drag(page, entry(page, "Mia Mover"), down=2 * SLOT)
    reason = page.locator("#reason-dialog")
    expect(reason).to_contain_text("That time is already taken.")
    reason.get_by_role("button", name="Back").click()
    expect(page.locator("#toasts")).to_contain_text("That time is already taken.")
    expect(entry(page, "Mia Mover")).to_contain_text("10:00")
    assert desks.span(key) == (desks.at(10), desks.at(10, 30))

    drag(page, entry(page, "Mia Mover"), down=2 * SLOT)
    reason.get_by_role("button", name="Overbook").click()
    expect(reason).to_contain_text("This is required.")
    reason.get_by_label("Reason").fill("cannot come later")
    reason.get_by_role("button", name="Overbook").click()
    expect(entry(page, "Mia Mover")).to_contain_text("Overbooked")
    assert desks.stored(key).overbook_reason == "cannot come later"


def test_a_free_time_is_clicked_and_booked(desks: Desks) -> None:
    make_patient(desks.cast.main_clinic, name="Bea Booked")
    desks.booked("Nora Nine", 9, doctor="doctor2_row")
    page, other = desks.page("reception"), desks.page("admin")
    box = box_of(entry(page, "Nora Nine"))
    page.mouse.click(box["x"] + 20, box["y"] + 4 * SLOT + 5)
    dialog = page.locator("#book-dialog")
    expect(dialog.get_by_label("Start")).to_have_value(f"{desks.day}T11:00")
    expect(dialog.get_by_label("Doctor")).to_have_value(str(desks.cast.doctor2_id))
    dialog.get_by_role("button", name="Book").click()
    expect(dialog.locator(".form-field").first).to_contain_text("This is required.")
    dialog.get_by_role("combobox", name="Patient").fill("bea bo")
    page.get_by_role("option", name="Bea Booked").click()
    dialog.get_by_label("Start").fill(f"{desks.day}T09:00")
    dialog.get_by_role("button", name="Book").click()
    expect(dialog).to_contain_text("That time is already taken.")
    dialog.get_by_label("Start").fill(f"{desks.day}T11:00")
    dialog.get_by_role("button", name="Book").click()
    expect(dialog).to_be_hidden()
    expect(entry(page, "Bea Booked")).to_be_focused()
    expect(entry(other, "Bea Booked")).to_contain_text("11:00")


@pytest.fixture
def check_up(desks: Desks) -> Iterator[None]:
    """The only service that `doctor2` offers, for one test; the other doctor offers all."""
    service = make_service(desks.cast.main_clinic, name="Check-up", offered_by=[desks.cast.doctor2_row])
    yield
    with transaction():
        db.session.execute(delete(DoctorService).where(DoctorService.service_id == service.id))
        db.session.execute(delete(Service).where(Service.id == service.id))


@pytest.mark.usefixtures("check_up")
def test_only_what_the_doctor_offers_can_be_chosen(desks: Desks) -> None:
    desks.booked("Nils Noon", 12, doctor="doctor2_row")
    page = desks.page("reception")
    box = box_of(entry(page, "Nils Noon"))
    page.mouse.click(box["x"] + 20, box["y"] + 2 * SLOT + 5)
    dialog = page.locator("#book-dialog")
    service, doctor = dialog.get_by_label("Service"), dialog.get_by_label("Doctor")
    offered = service.locator("option")
    expect(offered).to_have_text(["Check-up"])
    doctor.select_option("Dr. Ada Main")
    expect(offered).to_have_text(["Check-up", "Consultation"])
    expect(service.locator("option:checked")).to_have_text("Check-up")
    service.select_option("Consultation")
    doctor.select_option("Dr. Ben Both")
    expect(offered).to_have_text(["Check-up"])
    expect(service).to_have_value("")
    dialog.get_by_role("button", name="Book").click()
    expect(service).to_have_attribute("aria-invalid", "true")


def test_an_appointment_is_opened_confirmed_moved_and_cancelled(desks: Desks) -> None:
    key = desks.booked("Rita Requested", 10, status=AppointmentStatus.REQUESTED)
    page, other = desks.page("reception"), desks.page("doctor")
    entry(page, "Rita Requested").click()
    dialog = page.locator("#appointment-dialog")
    expect(dialog).to_contain_text("+4930")
    dialog.get_by_role("button", name="Confirm").click()
    expect(entry(other, "Rita Requested")).to_contain_text("Confirmed")
    entry(page, "Rita Requested").click()
    expect(dialog.get_by_role("button", name="No-show")).to_be_hidden()
    dialog.get_by_role("button", name="Move").click()
    form = page.locator("#move-dialog")
    form.get_by_label("New start").fill(f"{desks.day}T14:10")
    form.get_by_label("Minutes").fill("50")
    form.get_by_role("button", name="Move").click()
    expect(entry(other, "Rita Requested")).to_contain_text("14:10")
    assert desks.span(key) == (desks.at(14, 10), desks.at(15))
    entry(page, "Rita Requested").click()
    dialog.get_by_role("button", name="Cancel appointment").click()
    reason = page.locator("#reason-dialog")
    reason.get_by_label("Reason").fill("ill")
    reason.get_by_role("button", name="Cancel appointment").click()
    expect(entry(other, "Rita Requested")).to_have_count(0)
    assert desks.stored(key).status is AppointmentStatus.CANCELLED


def test_the_calendar_is_worked_with_the_keyboard(desks: Desks) -> None:
    key = desks.booked("Kim Keys", 10)
    desks.booked("Leo Later", 13)
    desks.booked("Ben Beside", 10, doctor="doctor2_row")
    page = desks.page("reception")
    page.clock.install()
    page.reload()
    expect(entry(page, "Kim Keys")).to_be_visible()
    expect(page.locator(".ec-event[tabindex='0']")).to_have_count(1)
    name = re.compile(r"10:00.* to 10:30.*, Kim Keys, Consultation, Dr\. Ada Main, Confirmed")
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("ArrowDown")
    expect(entry(page, "Leo Later")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(entry(page, "Ben Beside")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(entry(page, "Kim Keys")).to_be_focused()

    with no_rest(page):
        page.keyboard.press("Alt+ArrowDown")
        page.keyboard.press("Alt+ArrowDown")
        page.keyboard.press("Escape")
        expect(entry(page, "Kim Keys")).to_contain_text("10:00")
        for _ in range(4):
            page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#toasts")).to_contain_text("Moved to")
    expect(entry(page, "Kim Keys")).to_be_focused()
    assert desks.span(key) == (desks.at(11), desks.at(11, 30))
    with no_rest(page):
        page.keyboard.press("Alt+Shift+ArrowDown")
        page.keyboard.press("Enter")
    expect(entry(page, "Kim Keys")).to_contain_text("11:45")
    expect(page.locator("#toasts")).to_contain_text("Now ends at")
    expect(entry(page, "Kim Keys")).to_be_focused()
    with no_rest(page):
        page.keyboard.press("Alt+ArrowRight")
        page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Dr. Ben Both")
    assert desks.stored(key).doctor_id == desks.cast.doctor2_id
    expect(entry(page, "Kim Keys")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#appointment-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#appointment-dialog")).to_be_hidden()
    expect(entry(page, "Kim Keys")).to_be_focused()
    page.keyboard.press("w")
    expect(page.locator("[data-span=week]")).to_have_attribute("aria-current", "true")


@pytest.mark.any_database
def test_a_page_without_a_connection_says_so_and_heals_by_itself(desks: Desks) -> None:
    page = desks.page("reception")
    desks.booked("Early Bird", 9)
    page.reload()
    expect(entry(page, "Early Bird")).to_be_visible()
    banner = page.locator(".stale-banner")
    page.context.set_offline(True)
    expect(banner).to_contain_text("Not connected: this page shows the state of")
    desks.booked("Hanna Healed", 10)
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(entry(page, "Hanna Healed")).to_be_visible()


@pytest.mark.any_database
def test_where_websocket_is_blocked_the_page_polls(desks: Desks) -> None:
    page = desks.page("reception")
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.reload()
    expect(page.locator(".stale-banner")).to_contain_text("updated every five seconds")
    desks.booked("Paula Polled", 10)
    expect(entry(page, "Paula Polled")).to_be_visible()


def test_a_doctor_neither_drags_nor_books(desks: Desks) -> None:
    key = desks.booked("Dora Doctor", 10)
    page = desks.page("doctor", view="week")
    expect(entry(page, "Dora Doctor")).to_be_visible()
    drag(page, entry(page, "Dora Doctor"), down=2 * SLOT)
    page.keyboard.press("Escape")
    assert desks.span(key) == (desks.at(10), desks.at(10, 30))
    expect(page.locator("#book-dialog")).to_have_count(0)


@pytest.mark.any_database
def test_a_phone_has_a_list_that_follows(desks: Desks) -> None:
    desks.booked("Phil Phone", 10)
    desks.booked("Bob Both", 11, doctor="doctor2_row")
    page = desks.page("reception", width=390, height=844)
    listed = page.locator("[data-day-list]")
    expect(listed).to_contain_text("Phil Phone")
    page.locator(".doctor-tabs").get_by_role("link", name="Dr. Ben Both").click()
    expect(listed).not_to_contain_text("Phil Phone")
    expect(listed).to_contain_text("Bob Both")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Forward").click()
    expect(listed).to_contain_text("No appointments.")


@pytest.mark.any_database
def test_without_a_script_the_list_is_there(desks: Desks) -> None:
    desks.booked("Wanda Without", 10)
    page = desks.page("reception", java_script_enabled=False)
    expect(page.locator("[data-day-list]")).to_contain_text("Wanda Without")
    page.get_by_role("link", name="Forward").click()
    expect(page.locator("[data-day-list]")).not_to_contain_text("Wanda Without")
