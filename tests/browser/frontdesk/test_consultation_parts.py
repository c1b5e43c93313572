"""Diagnoses, prescriptions and attachments in a real browser: nothing leaves the page, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.kernel import clock
from app.kernel.db import db
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_code, make_patient
from tests.integration.frontdesk.clinical import prescribe
from tests.integration.frontdesk.front import Front
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

Open = Callable[..., Page]
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR picture"
pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast(zone_at_noon())
        make_code("J06.9", "Acute infection of the upper airways")
        make_code("I10", "High blood pressure")
        db.session.remove()
    return cast


@dataclass
class Room:
    """A doctor's browser, and the patient who is there."""

    product: Product
    front: Front
    visit: Any
    open: Open

    def page(self, part: str, **options: Any) -> Page:
        page = self.open(**options)
        sign_in(page, self.product, self.front.cast.doctor)
        page.goto(f"{self.product.url}/doctor/consultations/{self.visit.id}/{part}")
        page.evaluate("document.body.dataset.same = 'yes'")
        return page


@pytest.fixture
def room(live_server: Product, cast: Cast, new_page: Open) -> Iterator[Room]:
    assert live_server.app is not None
    with live_server.app.app_context():
        front = Front(cast, now=clock.now() - timedelta(hours=1))
        patient = make_patient(cast.main_clinic, allergies="penicillin")
        yield Room(live_server, front, front.start(front.walk_in(patient_id=patient.id)), new_page)
        db.session.remove()


def expect_same_page(page: Page) -> None:
    expect(page.locator("body[data-same=yes]")).to_have_count(1)


def test_a_diagnosis_is_found_while_typing_and_added_by_the_keyboard(room: Room) -> None:
    page = room.page("diagnoses")
    page.locator("#diagnosis-code").press_sequentially("upper inf")
    page.get_by_role("option", name="J06.9").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator("[data-diagnosis]")).to_contain_text("Acute infection of the upper airways")
    expect(page.locator("#diagnosis-code")).to_be_focused()
    page.keyboard.type("i10")
    page.get_by_role("option", name="I10").click()
    expect(page.locator("[data-diagnosis]")).to_have_count(2)
    page.get_by_role("button", name="Make I10 the main diagnosis").click()
    expect(page.locator("[data-diagnosis]").first).to_contain_text("I10")
    page.get_by_role("button", name="Remove J06.9").click()
    expect(page.locator("[data-diagnosis]")).to_have_count(1)
    expect_same_page(page)


def test_what_another_tab_did_is_told_and_shown(room: Room) -> None:
    first, second = room.page("diagnoses"), room.page("diagnoses")
    for page in (first, second):
        page.fill("#diagnosis-code", "I10")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Add").click()
        expect(page.locator("[data-diagnosis]")).to_have_count(1)
    expect(second.get_by_role("alert")).to_contain_text("on the list already")


def test_a_prescription_is_written_row_by_row_and_a_cancelled_one_leaves_what_is_typed(room: Room) -> None:
    prescribe(room.front, room.visit, {"medicine": "Amoxicillin"})
    page = room.page("prescriptions")
    expect(page.get_by_role("note")).to_contain_text("penicillin")
    page.fill("#items-0-medicine", "Ibuprofen")
    page.keyboard.press("Enter")
    expect(page.locator("#items-1-medicine")).to_be_focused()
    page.keyboard.type("Tea")
    page.get_by_text("Cancel this prescription").click()
    page.get_by_label("Reason").fill("allergy")
    page.get_by_role("button", name="Cancel prescription").click()
    expect(page.locator(".prescription.is-cancelled")).to_contain_text("Amoxicillin")
    expect(page.locator("#items-1-medicine")).to_have_value("Tea")
    page.get_by_role("button", name="Issue prescription").click()
    expect(page.locator(".prescription")).to_have_count(2)
    expect(page.locator(".prescription").first).to_contain_text("Ibuprofen")
    expect(page.locator("#items-0-medicine")).to_have_value("")
    expect_same_page(page)


def test_a_refused_prescription_shows_what_is_missing_and_keeps_the_rest(room: Room) -> None:
    page = room.page("prescriptions", width=390)
    page.fill("#items-0-dose", "1 tablet")
    page.get_by_role("button", name="Issue prescription").click()
    expect(page.locator("#items-0-medicine")).to_be_focused()
    expect(page.locator("#items-0-dose")).to_have_value("1 tablet")
    page.keyboard.type("Ibuprofen")
    page.get_by_role("button", name="Issue prescription").click()
    expect(page.locator(".prescription")).to_contain_text("Ibuprofen")


def test_files_are_chosen_or_dropped_and_a_bad_one_does_not_keep_the_others_out(room: Room) -> None:
    page = room.page("attachments")
    expect(page.locator("[data-upload-button]")).to_be_hidden()
    page.set_input_files(
        "#attachment-files",
        [
            {"name": "bad.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"},
            {"name": "scan.png", "mimeType": "image/png", "buffer": PNG},
            {"name": "values.txt", "mimeType": "text/plain", "buffer": b"Hb 13.2"},
        ],
    )
    expect(page.locator("#toasts")).to_contain_text("bad.svg")  # first: it goes away by itself
    expect(page.locator("[data-attachment]")).to_have_count(2)
    drop = """node => {
        const data = new DataTransfer();
        data.items.add(new File(["%PDF-1.7 dropped"], "dropped.pdf"));
        for (const name of ["dragover", "drop"])
            node.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: data }));
    }"""
    page.locator("[data-upload]").evaluate(drop)
    expect(page.locator("[data-attachment]")).to_have_count(3)
    page.get_by_role("button", name="Remove values.txt").click()
    page.locator("#confirm [value=yes]").click()
    expect(page.locator("[data-attachment]")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="dropped.pdf").click()
    assert download.value.suggested_filename == "dropped.pdf"
    expect_same_page(page)


def test_a_file_that_is_too_large_is_told_before_it_is_sent(room: Room, tmp_path: Any) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.7" + b"x" * 10 * 1024 * 1024)
    page = room.page("attachments")
    page.set_input_files("#attachment-files", large)
    expect(page.locator("#toasts")).to_contain_text("large.pdf is too large")
    expect(page.locator("[data-attachment]")).to_have_count(0)
