"""Reception and a doctor at work in two browsers: what one does, the other sees without reloading."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.billing.models import Invoice
from app.frontdesk.states import VisitStatus
from app.kernel.db import db
from app.people.patient_models import Patient
from tests.browser.frontdesk.desks import Desk, answer, card, column, held, press
from tests.factories import make_patient


def test_a_patient_goes_through_the_day_in_two_browsers(desk: Desk) -> None:
    desk.expected("Eva Example", allergies="Penicillin", medical_history="Asthma")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", "/doctor/")
    marked = "document.body.dataset.same = 'yes'"
    reception.evaluate(marked)
    doctor.evaluate(marked)

    reception.get_by_role("button", name="Check in Eva Example").click()
    expect(doctor.locator("#toasts")).to_contain_text("Eva Example has arrived.")  # first: it goes away by itself
    expect(doctor.locator("[data-next]")).to_contain_text("Eva Example")
    expect(column(reception, "waiting")).to_contain_text("Eva Example")
    expect(reception.locator("[data-expected-part]")).not_to_contain_text("Eva Example")
    assert "Penicillin" not in doctor.content()

    doctor.get_by_role("button", name="Call next").click()
    expect(card(reception, "Eva Example")).to_contain_text("Called")
    press(reception, "Eva Example", "To doctor")
    expect(doctor.locator("#toasts")).to_contain_text("Eva Example is with you now.")
    expect(column(reception, "with-doctor")).to_contain_text("Eva Example")
    expect(doctor.locator("[data-sheet]", has_text="Eva Example")).to_contain_text("Penicillin")
    assert doctor.evaluate("document.body.dataset.same") == "yes"  # nothing was reloaded

    doctor.locator("[data-sheet]", has_text="Eva Example").get_by_role("link", name="Open").click()
    doctor.wait_for_url("**/doctor/consultations/*")
    for words in ("Penicillin", "Asthma", "This is the first visit."):
        expect(doctor.locator(".patient-panel")).to_contain_text(words)
    doctor.get_by_role("textbox", name="Notes", exact=True).fill("Inhaler twice a day.")
    doctor.get_by_role("button", name="Complete and sign").click()
    expect(doctor.locator("#confirm")).to_contain_text("no longer changes")
    doctor.locator("#confirm [value=yes]").click()
    doctor.wait_for_url("**/doctor/today")
    expect(doctor.locator("[data-nobody]")).to_be_visible()
    expect(column(reception, "completed")).to_contain_text("Eva Example")
    visit = desk.visit_of("Eva Example")
    assert (visit.notes, visit.signed_by) == ("Inhaler twice a day.", "Dr. Ada Main")
    assert reception.evaluate("document.body.dataset.same") == "yes"

    reception.get_by_role("link", name="Invoice of Eva Example").click()
    reception.wait_for_url("**/invoices/show/*")
    expect(reception.locator("main")).to_contain_text("Consultation")
    assert len(db.session.scalars(select(Invoice)).all()) == 1


@pytest.mark.any_database
def test_who_is_archived_while_expected_is_marked_on_an_open_board_and_checked_in_once_restored(desk: Desk) -> None:
    desk.expected("Arno Archived", minutes=6)
    patient_id = db.session.scalars(select(Patient.id).where(Patient.name == "Arno Archived")).one()
    page, other = desk.page("reception", "/queue/"), desk.page("admin", f"/patients/show/{patient_id}")
    button = page.get_by_role("button", name="Check in Arno Archived")
    expect(button).to_be_visible()
    other.get_by_role("button", name="Delete").click()
    other.locator("#confirm [value=yes]").click()
    expect(page.get_by_role("link", name="Record of Arno Archived")).to_be_visible()
    expect(button).to_have_count(0)
    other.wait_for_url("**/patients/list/**")
    other.goto(f"{desk.product.url}/patients/show/{patient_id}")
    other.get_by_role("button", name="Restore").click()
    button.click()
    expect(column(page, "waiting")).to_contain_text("Arno Archived")


def test_a_walk_in_gets_a_number_and_problems_stand_beside_their_fields(desk: Desk) -> None:
    make_patient(desk.cast.main_clinic, name="Walter Walkin")
    page = desk.page("reception", "/queue/")
    page.get_by_role("link", name="Walk-in").click()
    dialog = page.locator("#walk-in")
    dialog.get_by_role("button", name="Give a number").click()
    expect(dialog.locator(".form-field").first).to_contain_text("required")
    page.locator("#walk-in").get_by_role("combobox", name="Patient").fill("walter")
    page.get_by_role("option", name="Walter Walkin").click()
    dialog.get_by_label("Doctor").select_option(str(desk.cast.doctor2_id))
    expect(dialog.get_by_label("Reason")).not_to_be_visible()
    dialog.get_by_label("Urgent").check()
    dialog.get_by_role("button", name="Give a number").click()
    expect(dialog.locator(".walk-in-why")).to_contain_text("Please give a reason.")
    dialog.get_by_label("Reason").fill("In pain")
    dialog.get_by_role("button", name="Give a number").click()
    expect(page.locator("#toasts")).to_contain_text("Walter Walkin has number")
    expect(card(page, "Walter Walkin")).to_contain_text("Urgent")
    expect(dialog).not_to_be_visible()


@pytest.mark.any_database
def test_a_search_that_is_under_way_opens_no_list_once_somebody_is_chosen(desk: Desk) -> None:
    make_patient(desk.cast.main_clinic, name="Clara Chosen")
    page = desk.page("reception", "/queue/")
    page.get_by_role("link", name="Walk-in").click()
    patient = page.locator("#walk-in").get_by_role("combobox", name="Patient")
    patient.fill("clara")
    page.get_by_role("option", name="Clara Chosen").wait_for()
    held(page, "**/lookup/patients*", lambda: patient.press_sequentially(" c"))
    with page.expect_event("requestfailed"):
        page.get_by_role("option", name="Clara Chosen").click()
    expect(patient).to_have_value(re.compile("^Clara Chosen"))
    expect(page.get_by_role("option", name="Clara Chosen")).to_be_hidden()


@pytest.mark.any_database
def test_the_board_is_worked_with_the_keyboard(desk: Desk) -> None:
    desk.expected("Karl Keyboard", minutes=2)
    page = desk.page("reception", "/queue/")
    page.keyboard.press("c")
    page.keyboard.type("karl")
    expect(page.locator("[data-expected-part] button")).to_have_count(1)
    page.get_by_role("button", name="Check in Karl Keyboard").focus()
    page.keyboard.press("Enter")
    call = card(page, "Karl Keyboard").get_by_role("button", name="Call")
    call.focus()
    page.keyboard.press("Enter")
    expect(card(page, "Karl Keyboard")).to_contain_text("Called")
    inside = "document.activeElement.closest('[data-visit]')?.textContent.includes('Karl')"
    page.wait_for_function(f"() => {inside}")


def test_leaving_asks_first_and_says_what_it_means(desk: Desk) -> None:
    desk.expected("Lea Leaver", minutes=3)
    page = desk.page("reception", "/queue/")
    page.get_by_role("button", name="Check in Lea Leaver").click()
    card(page, "Lea Leaver").locator("summary").click()
    press(page, "Lea Leaver", "Left without being seen")
    expect(page.locator("dialog.ask")).to_contain_text("The visit ends, and so does the appointment.")
    answer(page, "Cancel")
    expect(card(page, "Lea Leaver")).to_be_visible()
    press(page, "Lea Leaver", "Left without being seen")
    answer(page, "Could not wait any longer")
    expect(card(page, "Lea Leaver")).to_have_count(0)
    visit = desk.visit_of("Lea Leaver")
    assert (visit.status, visit.status_reason) == (VisitStatus.LEFT, "Could not wait any longer")


def test_of_two_desks_the_second_is_told_and_sees_the_present_state(desk: Desk) -> None:
    desk.expected("Sam Second", minutes=4)
    first, second = desk.page("reception", "/queue/"), desk.page("admin", "/queue/")
    first.get_by_role("button", name="Check in Sam Second").click()
    expect(card(second, "Sam Second")).to_be_visible()
    second.route("**/queue/columns*", lambda route: route.abort())  # it does not see what the first does
    press(first, "Sam Second", "To doctor")
    expect(column(first, "with-doctor")).to_contain_text("Sam Second")
    press(second, "Sam Second", "Call")
    expect(second.locator("#toasts")).to_contain_text("Somebody else has moved this patient meanwhile.")
    second.unroute("**/queue/columns*")
    expect(column(second, "with-doctor")).to_contain_text("Sam Second")


@pytest.mark.any_database
def test_a_page_without_a_connection_says_so_and_heals_by_itself(desk: Desk) -> None:
    page = desk.page("reception", "/queue/")
    banner = page.locator(".stale-banner")
    expect(banner).to_be_hidden()
    page.context.set_offline(True)
    expect(banner).to_contain_text("Not connected: this page shows the state of")
    desk.expected("Hanna Healed", minutes=7)
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(page.locator("[data-expected-part]")).to_contain_text("Hanna Healed")


@pytest.mark.any_database
def test_where_websocket_is_blocked_the_page_polls(desk: Desk) -> None:
    page = desk.page("reception", "/queue/")
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.reload()
    expect(page.locator(".stale-banner")).to_contain_text("updated every five seconds")
    desk.expected("Paula Polled", minutes=8)
    expect(page.locator("[data-expected-part]")).to_contain_text("Paula Polled")
    other = desk.page("reception", "/queue/")
    other.get_by_role("button", name="Check in Paula Polled").click()
    expect(card(page, "Paula Polled")).to_be_visible()


@pytest.mark.any_database
def test_what_is_told_stays_while_it_is_pointed_at(desk: Desk) -> None:
    page = desk.page("doctor", "/doctor/")
    page.clock.install()
    page.reload()
    desk.expected("Hector Hover", minutes=5)
    reception = desk.page("reception", "/queue/")
    reception.get_by_role("button", name="Check in Hector Hover").click()
    told = page.locator("#toasts .alert", has_text="Hector Hover has arrived.")
    told.hover()
    page.clock.run_for(20_000)
    expect(told).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(20_000)
    expect(told).to_have_count(0)


@pytest.mark.any_database
def test_a_doctor_is_told_whichever_way_the_page_hears_of_it(desk: Desk) -> None:
    following, polling = desk.page("doctor", "/doctor/"), desk.page("doctor2", "/doctor/")
    polling.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    polling.reload()
    following.context.set_offline(True)
    expect(following.locator(".stale-banner")).to_be_visible()
    for name, doctor_id in (("Oda Offline", desk.cast.doctor_id), ("Otto Offline", desk.cast.doctor_id)):
        desk.walked_in(name, doctor_id=doctor_id)
    desk.walked_in("Pia Polled", doctor_id=desk.cast.doctor2_id)
    expect(polling.locator("#toasts")).to_contain_text("Pia Polled has arrived.")
    following.context.set_offline(False)
    expect(following.locator("#toasts")).to_contain_text("Arrived: Oda Offline and Otto Offline.")

    press(desk.page("reception", "/queue/"), "Pia Polled", "To doctor")
    expect(polling.locator("#toasts")).to_contain_text("Pia Polled is with you now.")


def test_the_board_works_without_a_script(desk: Desk) -> None:
    desk.expected("Wanda Without", minutes=9)
    page = desk.page("reception", "/queue/", java_script_enabled=False)
    page.get_by_role("button", name="Check in Wanda Without").click()
    expect(column(page, "waiting")).to_contain_text("Wanda Without")
    press(page, "Wanda Without", "To doctor")
    expect(column(page, "with-doctor")).to_contain_text("Wanda Without")
    doctor = desk.page("doctor", "/doctor/", java_script_enabled=False)
    doctor.locator("[data-sheet]", has_text="Wanda Without").get_by_role("link", name="Open").click()
    doctor.get_by_role("textbox", name="Notes", exact=True).fill("without a")
    with doctor.expect_navigation():
        doctor.get_by_role("button", name="Save", exact=True).click()
    expect(doctor.get_by_role("textbox", name="Notes", exact=True)).to_have_value("without a")
    doctor.get_by_role("textbox", name="Notes", exact=True).fill("without a script")
    doctor.get_by_role("button", name="Complete and sign").click()
    expect(doctor.locator("[data-sheet]", has_text="Wanda Without")).to_have_count(0)
    assert desk.visit_of("Wanda Without").notes == "without a script"


@pytest.mark.any_database
@pytest.mark.parametrize("path", ["/queue/", "/calendar/"])
def test_another_clinic_is_shown_as_soon_as_it_is_chosen(desk: Desk, path: str) -> None:
    page = desk.page("admin", path)
    chooser = page.locator("#page-clinic")
    for clinic_id in (desk.cast.riverside_id, desk.cast.main_id):
        chooser.select_option(str(clinic_id))
        page.wait_for_url(f"**{path}?clinic={clinic_id}")
        expect(chooser).to_have_value(str(clinic_id))
