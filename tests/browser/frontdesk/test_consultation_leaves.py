"""A consultation's page whose patient goes to somebody else, and what has been typed on one that is left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.frontdesk import handover, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from tests.browser.frontdesk.desks import Desk

pytestmark = pytest.mark.any_database


def opened(desk: Desk, name: str) -> tuple[Visit, Page]:
    """A consultation under way, and its page."""
    visit = desk.walked_in(name)
    desk.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    return visit, desk.page("doctor", desk.address(visit))


def sent_back(desk: Desk, visit: Visit, page: Page) -> None:
    desk.act(queue.move, visit.id, Phase.WAITING, reason="by mistake")
    expect(page.locator("[data-moved]")).to_contain_text("no longer with you")


def given_away(desk: Desk, visit: Visit) -> None:
    desk.act(handover.hand_over, visit.id, desk.cast.doctor2_id)


def complete(page: Page) -> None:
    page.get_by_role("button", name="Complete and sign").click()
    page.locator("#confirm [value=yes]").click()


def test_the_page_of_who_was_handed_over_is_put_away(desk: Desk) -> None:
    visit, page = opened(desk, "Gerd Given")
    sent_back(desk, visit, page)
    given_away(desk, visit)
    page.wait_for_url("**/doctor/today")
    expect(page.locator("[data-next]")).not_to_contain_text("Gerd Given")


def test_what_was_written_on_who_was_handed_over_stays_to_be_copied_and_is_said_not_to_be_saved(desk: Desk) -> None:
    visit, page = opened(desk, "Greta Given")
    sent_back(desk, visit, page)
    notes, state = page.get_by_role("textbox", name="Notes", exact=True), page.locator("[data-save-state]")
    notes.fill("Too late")
    expect(state).to_contain_text("the patient is not with you")
    complete(page)
    expect(page.locator("#toasts")).to_contain_text("Not saved: the patient is not with you.")
    given_away(desk, visit)
    expect(page.locator("[data-moved]")).to_contain_text("with another doctor now")
    notes.fill("Too late by far")
    expect(state).to_contain_text("no longer yours")
    expect(notes).to_have_value("Too late by far")


def test_nothing_ends_while_a_prescription_is_typed_and_not_issued(desk: Desk) -> None:
    _, page = opened(desk, "Pablo Prescribed")
    medicine = page.get_by_label("Medicine", exact=True)
    medicine.fill("Ibuprofen")
    page.get_by_role("button", name="Complete and sign").click()
    expect(page.locator("#toasts")).to_contain_text("not issued or added yet")
    expect(page.locator("#confirm")).to_be_hidden()
    expect(medicine).to_be_focused()
    page.get_by_role("link", name="Back to waiting").click()
    expect(page.locator("dialog.ask")).to_have_count(0)
    page.get_by_role("button", name="Issue prescription").click()
    expect(page.locator(".prescription")).to_contain_text("Ibuprofen")

    page.locator("#diagnosis-code").fill("cough")
    page.get_by_role("button", name="Complete and sign").click()
    expect(page.locator("#confirm")).to_be_hidden()
    page.locator("#diagnosis-code").fill("")
    complete(page)
    page.wait_for_url("**/doctor/today")
    assert desk.visit_of("Pablo Prescribed").status is VisitStatus.COMPLETED


def test_whoever_leaves_a_typed_prescription_is_asked(desk: Desk) -> None:
    visit, page = opened(desk, "Lothar Leaves")
    page.on("dialog", lambda dialog: dialog.dismiss())
    medicine = page.get_by_label("Medicine", exact=True)
    medicine.fill("Ibuprofen")
    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="Schedule").click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(medicine).to_have_value("Ibuprofen")
    assert page.url.endswith(desk.address(visit))
