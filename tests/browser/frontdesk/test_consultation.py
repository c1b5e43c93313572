"""A doctor writes in a browser: nothing of it is lost, whatever happens to the connection, the tab or the queue."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.frontdesk import queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from tests.browser.frontdesk.desks import Desk, answer, column, held, press
from tests.plugins.browsers import sign_in

pytestmark = pytest.mark.any_database  # what records are is tested on both
SAVED = re.compile(r"^Saved [0-9]")
DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('clinicdesk:record:')).length"


def begun(desk: Desk, name: str) -> Visit:
    visit = desk.walked_in(name)
    desk.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    return visit


def notes_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Notes", exact=True)


def state_of(page: Page) -> Locator:
    return page.locator("[data-save-state]")


def complete(page: Page) -> None:
    page.get_by_role("button", name="Complete and sign").click()
    page.locator("#confirm [value=yes]").click()


def desk_notes(desk: Desk, name: str) -> str | None:
    return desk.visit_of(name).notes


def test_what_is_written_is_saved_by_itself_and_signed_at_the_end(desk: Desk) -> None:
    visit = begun(desk, "Anna Autosave")
    page = desk.page("doctor", desk.address(visit))
    notes_of(page).fill("Rest for a week.")
    page.get_by_label("Pulse").fill("70")
    page.get_by_label("Weight").fill("72.5")
    page.get_by_label("Height").fill("180")
    expect(page.locator("[data-bmi-line]")).to_contain_text("22")
    expect(state_of(page)).to_have_text(SAVED)
    assert desk.visit_of("Anna Autosave").notes == "Rest for a week."
    assert page.evaluate(DRAFTS) == 0
    page.get_by_label("Private notes").fill("Mine alone")
    complete(page)
    page.wait_for_url("**/doctor/today")
    row = desk.visit_of("Anna Autosave")
    assert (row.status, row.private_notes, row.signed_by) == (VisitStatus.COMPLETED, "Mine alone", "Dr. Ada Main")
    page.goto(f"{desk.product.url}{desk.address(visit)}")
    expect(page.locator("main")).to_contain_text("Signed by Dr. Ada Main")
    expect(notes_of(page)).to_have_count(0)
    page.get_by_label("Add an amendment").fill("The laboratory called.")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".sheet-amendment")).to_contain_text("The laboratory called.")


def test_a_sign_out_of_range_is_marked_and_the_rest_is_saved(desk: Desk) -> None:
    page = desk.page("doctor", desk.address(begun(desk, "Rudi Range")))
    page.get_by_label("Pulse").fill("7")
    notes_of(page).fill("written all the same")
    expect(page.locator("[data-vital]", has_text="Pulse")).to_contain_text("Between 20 and 300 /min.")
    page.get_by_label("diastolic").fill("130")
    page.get_by_label("systolic").fill("120")
    page.get_by_label("Weight").focus()
    expect(page.locator("[data-vital]", has_text="diastolic")).to_contain_text("below the systolic one")
    expect(state_of(page)).to_contain_text("except what is marked")
    assert desk.visit_of("Rudi Range").notes == "written all the same"
    complete(page)
    expect(page.get_by_label("Pulse")).to_be_focused()
    assert desk.visit_of("Rudi Range").status is VisitStatus.IN_PROGRESS


def test_a_connection_that_is_cut_takes_nothing_away(desk: Desk) -> None:
    page = desk.page("doctor", desk.address(begun(desk, "Carla Cut")))
    notes_of(page).fill("before")
    expect(state_of(page)).to_have_text(SAVED)
    page.context.set_offline(True)
    notes_of(page).fill("before and after")
    expect(state_of(page)).to_contain_text("Not saved: no connection. Kept on this device.")
    assert page.evaluate(DRAFTS) == 1
    page.context.set_offline(False)
    expect(state_of(page)).to_have_text(SAVED)
    assert desk.visit_of("Carla Cut").notes == "before and after"
    assert page.evaluate(DRAFTS) == 0


def test_what_a_closed_tab_could_not_save_comes_back(desk: Desk) -> None:
    visit = begun(desk, "Rita Restored")
    page = desk.page("doctor", desk.address(visit))
    context = page.context
    context.set_offline(True)
    notes_of(page).fill("typed before the tab was closed")
    expect(state_of(page)).to_contain_text("Kept on this device")
    page.close()
    context.set_offline(False)
    assert desk_notes(desk, "Rita Restored") is None
    again = context.new_page()
    again.goto(f"{desk.product.url}{desk.address(visit)}")
    expect(notes_of(again)).to_have_value("typed before the tab was closed")
    expect(state_of(again)).to_have_text(SAVED)
    assert desk_notes(desk, "Rita Restored") == "typed before the tab was closed"
    assert again.evaluate(DRAFTS) == 0


def test_a_tab_that_is_closed_at_once_has_saved_what_was_typed(desk: Desk) -> None:
    visit = begun(desk, "Quentin Quick")
    page = desk.page("doctor", desk.address(visit))
    notes_of(page).fill("typed a moment ago")
    page.goto(f"{desk.product.url}/doctor/")
    page.goto(f"{desk.product.url}{desk.address(visit)}")
    expect(notes_of(page)).to_have_value("typed a moment ago")
    expect(state_of(page)).not_to_contain_text("Not saved")
    page.wait_for_function(f"() => {DRAFTS} === 0")
    assert desk_notes(desk, "Quentin Quick") == "typed a moment ago"


def test_two_tabs_of_one_browser_follow_each_other(desk: Desk) -> None:
    visit = begun(desk, "Tom Twotabs")
    first = desk.page("doctor", desk.address(visit))
    second = first.context.new_page()
    second.goto(first.url)
    notes_of(first).fill("from the first")
    expect(notes_of(second)).to_have_value("from the first")
    notes_of(second).fill("from the first and the second")
    expect(notes_of(first)).to_have_value("from the first and the second")
    first.get_by_label("Private notes").fill("another field")
    expect(second.get_by_label("Private notes")).to_have_value("another field")
    assert desk_notes(desk, "Tom Twotabs") == "from the first and the second"


@pytest.mark.parametrize(
    ("choice", "stands"),
    [("Keep both texts", "from here\n\nfrom there"), ("Keep mine", "from there"), ("Take the saved one", "from here")],
)
def test_two_computers_overwrite_nothing_in_silence(desk: Desk, choice: str, stands: str) -> None:
    visit = begun(desk, f"Two Computers {choice}")
    here, there = desk.page("doctor", desk.address(visit)), desk.page("doctor", desk.address(visit))
    notes_of(here).fill("from here")
    expect(state_of(here)).to_have_text(SAVED)
    notes_of(there).fill("from there")
    conflict = there.locator("[data-conflict]")
    expect(conflict.locator("[data-mine]")).to_have_text("from there")
    expect(conflict.locator("[data-theirs]")).to_have_text("from here")
    assert desk_notes(desk, f"Two Computers {choice}") == "from here"
    there.reload()  # the question stays until it is answered
    conflict.get_by_role("button", name=choice).click()
    expect(notes_of(there)).to_have_value(stands)
    there.wait_for_function(f"() => {DRAFTS} === 0")
    assert desk_notes(desk, f"Two Computers {choice}") == stands


def test_what_reception_does_takes_nothing_away(desk: Desk) -> None:
    visit = begun(desk, "Nora Notes")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", desk.address(visit))
    notes_of(doctor).fill("half a sentence")
    expect(state_of(doctor)).to_have_text(SAVED)
    press(reception, "Nora Notes", "Back to waiting")
    answer(reception, "Called by mistake")
    expect(doctor.locator("[data-moved]")).to_contain_text("no longer with you")
    notes_of(doctor).fill("half a sentence and more")
    expect(state_of(doctor)).to_contain_text("the patient is not with you")
    press(reception, "Nora Notes", "To doctor")
    expect(doctor.locator("[data-moved]")).to_be_hidden()
    expect(state_of(doctor)).to_have_text(SAVED)
    complete(doctor)
    expect(column(reception, "completed")).to_contain_text("Nora Notes")
    assert desk_notes(desk, "Nora Notes") == "half a sentence and more"


def test_who_completes_while_a_save_is_under_way_signs_all_that_is_written(desk: Desk) -> None:
    page = desk.page("doctor", desk.address(begun(desk, "Ulla Underway")))
    save = held(page, "**/api/v1/visits/*/record", lambda: notes_of(page).fill("the first words"))
    notes_of(page).fill("the first words and the last")
    complete(page)
    save.continue_()
    page.wait_for_url("**/doctor/today")
    row = desk.visit_of("Ulla Underway")
    assert (row.status, row.notes) == (VisitStatus.COMPLETED, "the first words and the last")


def test_a_session_that_has_ended_takes_nothing_away(desk: Desk) -> None:
    visit = begun(desk, "Simon Session")
    page = desk.page("doctor", desk.address(visit))
    page.context.clear_cookies()
    notes_of(page).fill("typed after the session ended")
    expect(state_of(page)).to_contain_text("please sign in again")
    page.reload()
    expect(page.locator("[name=password]")).to_be_visible()
    assert page.evaluate(DRAFTS) == 1
    sign_in(page, desk.product, desk.cast.doctor)
    page.goto(f"{desk.product.url}{desk.address(visit)}")
    expect(notes_of(page)).to_have_value("typed after the session ended")
    expect(state_of(page)).to_have_text(SAVED)
    assert desk_notes(desk, "Simon Session") == "typed after the session ended"


def test_signing_out_leaves_nothing_on_the_device(desk: Desk) -> None:
    page = desk.page("doctor", desk.address(begun(desk, "Olaf Out")))
    page.route("**/api/v1/visits/*/record", lambda route: route.abort())
    notes_of(page).fill("not for the next one at this computer")
    expect(state_of(page)).to_contain_text("Kept on this device")
    page.locator(".topbar-user").click()
    page.get_by_role("link", name="Sign out").click()
    expect(page.locator("#confirm")).to_contain_text("not saved yet")
    page.locator("#confirm [value=yes]").click()
    expect(page.locator("[name=password]")).to_be_visible()
    assert page.evaluate(DRAFTS) == 0


def test_text_that_came_too_late_for_the_signature_becomes_an_amendment(desk: Desk) -> None:
    visit = begun(desk, "Lara Late")
    here, there = desk.page("doctor", desk.address(visit)), desk.page("doctor", desk.address(visit))
    there.route("**/api/v1/visits/*/record", lambda route: route.abort())
    notes_of(there).fill("written on the other computer")
    expect(state_of(there)).to_contain_text("Kept on this device")
    notes_of(here).fill("signed here")
    complete(here)
    here.wait_for_url("**/doctor/today")
    expect(there.locator("[data-moved]")).to_contain_text("completed elsewhere")
    there.reload()
    expect(there.locator("[data-kept]")).to_contain_text("written on the other computer")
    expect(there.get_by_label("Add an amendment")).to_have_value("written on the other computer")
    there.get_by_role("button", name="Add", exact=True).click()
    expect(there.locator(".sheet-amendment")).to_contain_text("written on the other computer")
    assert there.evaluate(DRAFTS) == 0
    assert desk_notes(desk, "Lara Late") == "signed here"


def test_templates_are_put_where_the_cursor_stands(desk: Desk) -> None:
    page = desk.page("doctor", desk.address(begun(desk, "Tamara Template")))
    notes_of(page).fill("Runny nose.")
    page.get_by_role("button", name="Templates").click()
    page.get_by_role("button", name="Save as template").click()
    dialog = page.locator("#save-template")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".is-wrong")).to_contain_text("required")
    dialog.get_by_label("Name").fill("Cold")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    notes_of(page).fill("Seen: . Rest.")
    notes_of(page).evaluate("field => field.setSelectionRange(6, 6)")
    page.get_by_role("button", name="Templates").click()
    page.get_by_role("button", name="Cold").click()
    expect(notes_of(page)).to_have_value("Seen: Runny nose.. Rest.")
    expect(state_of(page)).to_have_text(SAVED)


# -- who is sent in


def test_who_is_sent_in_opens_by_itself_where_that_is_wanted(desk: Desk) -> None:
    desk.walked_in("Ole Open")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", "/doctor/")
    doctor.get_by_label("Open patients as soon as they are sent in").check()
    doctor.reload()
    expect(doctor.get_by_label("Open patients as soon as they are sent in")).to_be_checked()
    press(reception, "Ole Open", "To doctor")
    doctor.wait_for_url("**/doctor/consultations/*")
    expect(doctor.locator("h1")).to_contain_text("Ole Open")
    notes_of(doctor).fill("being written")
    expect(state_of(doctor)).to_have_text(SAVED)

    desk.walked_in("Nils Next")  # nobody is taken away from what they write
    reception.reload()
    press(reception, "Nils Next", "To doctor")
    toast = doctor.locator("#toasts")
    expect(toast).to_contain_text("Nils Next is with you now.")
    expect(doctor.locator("h1")).to_contain_text("Ole Open")
    toast.get_by_role("button", name="Open").click()
    expect(doctor.locator("h1")).to_contain_text("Nils Next")
    assert desk_notes(desk, "Ole Open") == "being written"


def test_who_else_is_sent_in_is_announced_whichever_way_the_page_hears_of_it(desk: Desk) -> None:
    begun(desk, "Alma Already")
    visit = begun(desk, "Wim Written")
    following, polling = desk.page("doctor", desk.address(visit)), desk.page("doctor", desk.address(visit))
    polling.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    polling.reload()
    following.context.set_offline(True)
    expect(following.locator(".stale-banner")).to_be_visible()
    begun(desk, "Sina Sent")
    expect(polling.locator("#toasts")).to_contain_text("Sina Sent is with you now.")
    following.context.set_offline(False)
    expect(following.locator("#toasts")).to_contain_text("Sina Sent is with you now.")
    assert "Alma Already" not in following.content()


@pytest.mark.any_database
def test_a_consultation_opens_by_itself_once(desk: Desk) -> None:
    desk.walked_in("Otis Once")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", "/doctor/")
    doctor.get_by_label("Open patients as soon as they are sent in").check()
    late = doctor.context.new_page()
    late.goto(f"{desk.product.url}/doctor/")
    late.route("**/doctor/now", lambda route: route.abort())
    press(reception, "Otis Once", "To doctor")
    doctor.wait_for_url("**/doctor/consultations/*")
    late.unroute_all()
    expect(late.locator("#toasts")).to_contain_text("Otis Once is with you now.")
    assert late.url.endswith("/doctor/")

    doctor.go_back()
    expect(doctor.locator("[data-sheet]", has_text="Otis Once")).to_be_visible()
    assert doctor.url.endswith("/doctor/")


def test_a_doctor_begins_and_sends_back_with_a_reason(desk: Desk) -> None:
    desk.walked_in("Bea Begin")
    reception, doctor = desk.page("reception", "/queue/"), desk.page("doctor", "/doctor/")
    fold = doctor.locator("details", has_text="Later")
    if fold.count():
        fold.first.locator("summary").first.click()
    press(doctor, "Bea Begin", "Begin")
    doctor.wait_for_url("**/doctor/consultations/*")
    expect(column(reception, "with-doctor")).to_contain_text("Bea Begin")
    doctor.get_by_role("link", name="Back to waiting").click()
    dialog = doctor.locator("dialog.ask")
    dialog.get_by_label("Reason", exact=True).fill("Blood test first")
    dialog.get_by_role("button", name="Back to waiting").click()
    doctor.wait_for_url("**/doctor/today")
    expect(column(reception, "waiting")).to_contain_text("Bea Begin")
    assert desk.visit_of("Bea Begin").status_reason == "Blood test first"
