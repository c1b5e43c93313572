"""One press is one act: double clicks, keys that are held down, and presses that come faster than the answers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.frontdesk.states import VisitStatus
from tests.browser.frontdesk.desks import Desk, card, column, middle
from tests.factories import make_patient

pytestmark = pytest.mark.any_database


COUNTED = "window.sent = 0; document.addEventListener('submit', () => (window.sent += 1), true)"


def click_at(page: Page, place: tuple[float, float], *, count: int) -> None:
    """The first click of several at the same place, or a further one."""
    page.mouse.move(*place)
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)


def test_the_second_click_of_a_double_one_checks_nobody_else_in(desk: Desk) -> None:
    for minutes, name in enumerate(("Dina Double", "Doro Double", "Dirk Double"), start=1):
        desk.expected(name, minutes=minutes)
    page = desk.page("reception", "/queue/")
    page.evaluate(COUNTED)
    place = middle(page.get_by_role("button", name="Check in Dina Double"))
    for count, checked_in in ((1, 1), (2, 1), (1, 2)):  # the last one is meant again
        click_at(page, place, count=count)
        assert page.evaluate("window.sent") == checked_in
        expect(column(page, "waiting").locator("[data-visit]", has_text="Double")).to_have_count(checked_in)
        expect(page.locator("[data-expected-part] li", has_text="Double")).to_have_count(3 - checked_in)


def test_the_second_click_of_a_double_one_calls_nobody_else(desk: Desk) -> None:
    for name in ("Nils Next", "Nora Next"):
        desk.walked_in(name, doctor_id=desk.cast.doctor2_id)
    page = desk.page("doctor2", "/doctor/")
    page.evaluate(COUNTED)
    place = middle(page.get_by_role("button", name="Call next").first)
    click_at(page, place, count=1)
    expect(page.locator("[data-state=called]")).to_have_count(1)
    click_at(page, place, count=2)
    assert page.evaluate("window.sent") == 1
    click_at(page, place, count=1)
    assert page.evaluate("window.sent") == 2
    expect(page.locator("[data-state=called]")).to_have_count(2)


def test_a_key_that_is_held_down_acts_once(desk: Desk) -> None:
    desk.walked_in("Heidi Held")
    page = desk.page("reception", "/queue/")
    card(page, "Heidi Held").focus()
    page.keyboard.down("Enter")  # its first button: "Call", and then "To doctor"
    expect(card(page, "Heidi Held")).to_contain_text("Called")
    for _ in range(5):
        page.keyboard.down("Enter")
    card(page, "Heidi Held").get_by_role("button", name="To doctor").focus()
    for _ in range(5):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    page.reload()
    expect(card(page, "Heidi Held")).to_contain_text("Called")
    assert desk.visit_of("Heidi Held").status is VisitStatus.CALLED


def test_presses_that_come_faster_than_the_answers_all_count_and_each_once(desk: Desk) -> None:
    names = ("Sina Slow", "Sven Slow", "Susi Slow")
    for minutes, name in enumerate(names, start=1):
        desk.expected(name, minutes=minutes)
    page = desk.page("reception", "/queue/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/queue/act", hold)
    for name in (*names, *names):
        page.get_by_role("button", name=f"Check in {name}").dispatch_event("click")  # also where a spinner turns
    while len(held) < len(names):
        page.wait_for_timeout(50)
    assert len(held) == len(names)
    for route in held:
        route.continue_()
    for name in names:
        expect(column(page, "waiting")).to_contain_text(name)
    expect(page.locator("#toasts .alert")).to_have_count(0)


def test_a_walk_in_begins_anew_for_the_doctor_who_is_shown_and_is_given_one_number(desk: Desk) -> None:
    for name in ("Wilma Wrong", "Rita Right"):
        make_patient(desk.cast.main_clinic, name=name)
    desk.walked_in("Dieter Done", doctor_id=desk.cast.doctor2_id)
    page = desk.page("reception", "/queue/")
    dialog = page.locator("#walk-in")
    patient = dialog.get_by_role("combobox", name="Patient")

    def begin(name: str) -> None:
        page.get_by_role("link", name="Walk-in").click()
        expect(patient).to_have_value("")
        patient.fill(name)
        page.get_by_role("option", name=name).click()

    begin("Wilma Wrong")
    dialog.get_by_label("Urgent").check()
    dialog.get_by_role("button", name="Cancel").click()
    page.locator("a[data-doctor]", has_text=desk.cast.doctor2_row.name).click()
    expect(page.locator(".doctor-queue.is-chosen")).to_contain_text(desk.cast.doctor2_row.name)
    begin("Rita Right")
    expect(dialog.get_by_label("Urgent")).not_to_be_checked()
    dialog.get_by_role("button", name="Give a number").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(card(page, "Rita Right")).to_have_count(1)
    expect(page.locator("#toasts .alert")).to_have_count(1)
    assert desk.visit_of("Rita Right").doctor_id == desk.cast.doctor2_id


def test_enter_takes_nobody_who_was_found_for_other_words(desk: Desk) -> None:
    for name in ("Antje Asked", "Berta Asked"):
        make_patient(desk.cast.main_clinic, name=name)
    page = desk.page("reception", "/queue/")
    page.get_by_role("link", name="Walk-in").click()
    patient = page.locator("#walk-in").get_by_role("combobox", name="Patient")
    patient.fill("antje")
    expect(page.get_by_role("option", name="Antje Asked")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/lookup/patients**", hold)
    patient.fill("berta")
    page.keyboard.press("Enter")
    expect(patient).to_have_value("berta")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.get_by_role("option", name="Berta Asked")).to_be_visible()
    page.keyboard.press("Enter")
    expect(patient).to_have_value(re.compile("Berta Asked"))
