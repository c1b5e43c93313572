"""One patient's visit on four screens at once: reception's, the doctor's, the waiting room's and the patient's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.frontdesk import displays
from app.frontdesk.models import Visit
from app.web.links import TICKET, token_for
from tests.browser.frontdesk.desks import Desk, answer, card, column, press


@pytest.fixture
def television(desk: Desk) -> Page:
    about = {"clinic_id": desk.cast.main_id, "name": "Upstairs", "languages": ["en"]}
    made = desk.act(displays.create_display, about, offered=("en",), username="admin")
    token = desk.act(displays.make_address, made.id, username="admin")
    page = desk.open(width=1920, height=1080)
    page.goto(f"{desk.product.url}/queue/display/{token}")
    return page


def telephone(desk: Desk, visit: Visit) -> Page:
    """The patient's own page, by the address on the printed ticket."""
    page = desk.open(width=390, height=844)
    page.goto(f"{desk.product.url}/t/{token_for(TICKET, visit.id)}")
    return page


def test_four_screens_agree_from_the_arrival_to_the_end(desk: Desk, television: Page) -> None:
    desk.expected("Frida Four", allergies="Penicillin")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", "/doctor/")

    reception.get_by_role("button", name="Check in Frida Four").click()
    expect(column(reception, "waiting")).to_contain_text("Frida Four")
    number = str(desk.visit_of("Frida Four").queue_number)
    patient = telephone(desk, desk.visit_of("Frida Four"))
    expect(patient.locator("main")).to_contain_text("You are next")
    expect(television.locator("main")).to_contain_text(number)
    expect(doctor.locator("[data-next]")).to_contain_text("Frida Four")

    press(reception, "Frida Four", "Call")
    expect(card(doctor, "Frida Four")).to_contain_text("Called")
    expect(television.locator("[data-announced-number]")).to_have_text(number)
    expect(television.locator(f'[data-called^="{number}@"]')).to_be_attached()
    expect(patient.locator("main")).to_contain_text("room 1")

    press(reception, "Frida Four", "To doctor")
    expect(column(reception, "with-doctor")).to_contain_text("Frida Four")
    expect(doctor.locator("[data-sheet]", has_text="Frida Four")).to_contain_text("Penicillin")
    expect(patient.locator("main")).to_contain_text("With the doctor")
    expect(television.locator(f'[data-called^="{number}@"]')).to_have_count(0)

    press(reception, "Frida Four", "Back to waiting")
    answer(reception, "Called by mistake")
    expect(column(reception, "waiting")).to_contain_text("Frida Four")
    expect(doctor.locator("[data-next]")).to_contain_text("Frida Four")
    expect(patient.locator("main")).to_contain_text("You are next")

    press(reception, "Frida Four", "To doctor")
    doctor.locator("[data-sheet]", has_text="Frida Four").get_by_role("link", name="Open").click()
    doctor.wait_for_url("**/doctor/consultations/*")
    doctor.get_by_role("textbox", name="Notes", exact=True).fill("All well.")
    doctor.get_by_role("button", name="Complete and sign").click()
    doctor.locator("#confirm [value=yes]").click()
    doctor.wait_for_url("**/doctor/today")
    expect(column(reception, "completed")).to_contain_text("Frida Four")
    expect(patient.locator("main")).to_contain_text("Your visit is over")
    expect(television.locator("main")).not_to_contain_text("Frida")
    for page in (television, patient):
        assert "Penicillin" not in page.content()
        assert "Four" not in page.content()
