"""Visits on the board are moved by hand and by key, with a reason where it takes one, and put back if refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.frontdesk import queue
from app.frontdesk.states import Priority, VisitStatus
from app.kernel import clock, live
from app.kernel.db import db
from tests.browser.frontdesk.desks import Desk, answer, card, column, held, middle, press

pytestmark = pytest.mark.any_database

LONG_AGO, JUST_NOW = re.compile(r"Called · 2\d min"), re.compile(r"Called · \d min")
HELD_CARD = "document.activeElement.matches('[data-visit]') && document.activeElement.textContent.includes('{}')"


def waiting(desk: Desk, name: str, minutes: int = 1, **options: Any) -> Page:
    """Reception's page with somebody who waits."""
    desk.expected(name, minutes=minutes)
    page = desk.page("reception", "/queue/", height=2000, **options)
    page.get_by_role("button", name=f"Check in {name}").click()
    expect(column(page, "waiting")).to_contain_text(name)
    return page


def settle(desk: Desk, page: Page) -> None:
    """Wait until the page shows the board as it is."""
    db.session.rollback()
    version = str(live.board_version(desk.cast.main_id))
    expect(page.locator("[data-board-part]")).to_have_attribute("data-version", version)


def draw(desk: Desk, page: Page, name: str, target: str, *, settled: bool = True) -> None:
    """Draw a card to another column with the mouse."""
    if settled:
        settle(desk, page)
    card(page, name).locator("b").hover()  # waits until it stands still
    page.mouse.down()
    x, y = middle(column(page, target))
    page.mouse.move(x - 20, y, steps=5)
    page.mouse.move(x, y, steps=3)
    page.mouse.up()


def test_a_card_is_drawn_in_to_the_doctor_and_back_with_a_reason(desk: Desk) -> None:
    page = waiting(desk, "Dora Drawn")
    draw(desk, page, "Dora Drawn", "with-doctor")
    expect(page.locator("[data-board-says]")).to_have_text("Dora Drawn: With doctor")
    expect(column(page, "with-doctor")).to_contain_text("Dora Drawn")
    assert desk.visit_of("Dora Drawn").status is VisitStatus.IN_PROGRESS

    draw(desk, page, "Dora Drawn", "waiting")
    answer(page, "Cancel")
    expect(column(page, "with-doctor")).to_contain_text("Dora Drawn")
    draw(desk, page, "Dora Drawn", "waiting")
    page.locator("dialog.ask").get_by_label("Reason", exact=True).fill("wrong room")
    page.keyboard.press("Enter")
    expect(page.locator("[data-board-says]")).to_have_text("Dora Drawn: Waiting")
    expect(column(page, "waiting")).to_contain_text("Dora Drawn")
    visit = desk.visit_of("Dora Drawn")
    assert (visit.status, visit.status_reason) == (VisitStatus.WAITING, "wrong room")


def test_a_card_drawn_where_it_may_not_go_comes_back_and_says_why(desk: Desk) -> None:
    page = waiting(desk, "Rita Refused", minutes=2)
    draw(desk, page, "Rita Refused", "completed")
    expect(page.locator("#toasts")).to_contain_text("Only the treating doctor completes a consultation.")
    expect(column(page, "waiting")).to_contain_text("Rita Refused")
    assert desk.visit_of("Rita Refused").status is VisitStatus.WAITING


def test_a_move_shows_at_once_and_is_taken_back_when_somebody_was_quicker(desk: Desk) -> None:
    page = waiting(desk, "Petra Pending", minutes=3)
    other = desk.page("admin", "/queue/")
    expect(card(other, "Petra Pending")).to_be_visible()
    page.route("**/queue/columns*", lambda route: route.abort())  # this page sees nothing of what the other does
    press(other, "Petra Pending", "Call")
    expect(card(other, "Petra Pending")).to_contain_text("Called")
    move = held(page, "**/queue/act", lambda: draw(desk, page, "Petra Pending", "with-doctor", settled=False))
    expect(column(page, "with-doctor").locator("[aria-busy]")).to_contain_text("Petra Pending")
    move.continue_()
    expect(page.locator("#toasts")).to_contain_text("Somebody else has moved this patient meanwhile.")
    expect(column(page, "waiting")).to_contain_text("Petra Pending")
    page.unroute("**/queue/columns*")
    expect(card(page, "Petra Pending")).to_contain_text("Called")


def test_a_card_is_drawn_with_a_finger_after_resting_on_it(desk: Desk) -> None:
    page = waiting(desk, "Tina Touch", minutes=4, has_touch=True)
    settle(desk, page)
    start, end = middle(card(page, "Tina Touch").locator("b")), middle(column(page, "with-doctor"))
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start)
    expect(page.locator(".is-dragged")).to_be_visible()
    for step in range(1, 6):
        part = step / 5
        touch("touchMove", (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
    touch("touchEnd")
    expect(page.locator("[data-board-says]")).to_have_text("Tina Touch: With doctor")
    expect(column(page, "with-doctor")).to_contain_text("Tina Touch")
    assert desk.visit_of("Tina Touch").status is VisitStatus.IN_PROGRESS


def test_the_board_is_worked_by_key_alone(desk: Desk) -> None:
    page = waiting(desk, "Karla Keys", minutes=5)
    page.locator("main").click(position={"x": 2, "y": 2})
    page.keyboard.press("q")
    while not page.evaluate(HELD_CARD.format("Karla Keys")):
        before = page.evaluate("document.activeElement.dataset.visit")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.dataset.visit") != before, "Karla Keys is on no card"
    page.keyboard.press("a")
    expect(card(page, "Karla Keys")).to_contain_text("Called")
    page.wait_for_function("() => " + HELD_CARD.format("Karla Keys"))
    page.keyboard.press("Shift+ArrowRight")
    expect(column(page, "with-doctor")).to_contain_text("Karla Keys")
    expect(page.locator("[data-board-says]")).to_have_text("Karla Keys: With doctor")
    page.wait_for_function("() => " + HELD_CARD.format("Karla Keys"))
    expect(card(page, "Karla Keys")).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press("w")
    expect(page.locator("dialog.ask")).to_be_visible()
    page.keyboard.press("Enter")  # the first suggestion has the focus
    expect(column(page, "waiting")).to_contain_text("Karla Keys")
    expect(card(page, "Karla Keys").get_by_role("button", name="Call", exact=True)).to_be_visible()
    visit = desk.visit_of("Karla Keys")
    assert (visit.status, visit.status_reason) == (VisitStatus.WAITING, "Called by mistake")


def test_the_key_that_calls_calls_again(desk: Desk) -> None:
    visit = desk.walked_in("Ada Again")
    with clock.freeze(clock.now() - timedelta(minutes=20)):
        desk.act(queue.call, visit.id)
    page = desk.page("reception", "/queue/", height=2000)
    expect(card(page, "Ada Again")).to_contain_text(LONG_AGO)
    card(page, "Ada Again").focus()
    page.keyboard.press("a")
    expect(card(page, "Ada Again")).to_contain_text(JUST_NOW)
    page.wait_for_function("() => " + HELD_CARD.format("Ada Again"))


def test_a_doctor_calls_again_and_reception_sees_it(desk: Desk) -> None:
    visit = desk.walked_in("Dina Doctor")
    with clock.freeze(clock.now() - timedelta(minutes=20)):
        desk.act(queue.call, visit.id)
    page, doctor = desk.page("reception", "/queue/", height=2000), desk.page("doctor", "/doctor/")
    expect(card(page, "Dina Doctor")).to_contain_text(LONG_AGO)
    press(doctor, "Dina Doctor", "Call again")
    for each in (doctor, page):
        expect(card(each, "Dina Doctor")).to_contain_text(JUST_NOW)


def test_the_keys_are_told_on_the_page(desk: Desk) -> None:
    page = desk.page("reception", "/queue/")
    page.locator(".board-keys summary").click()
    expect(page.locator(".board-keys dl")).to_contain_text("Move the patient to the column beside")
    page.keyboard.press("Escape")
    expect(page.locator(".board-keys dl")).to_be_hidden()


def test_who_is_urgent_stands_first_with_the_reason(desk: Desk) -> None:
    desk.expected("Fritz First", minutes=6)
    page = waiting(desk, "Ursula Urgent", minutes=7)
    page.get_by_role("button", name="Check in Fritz First").click()
    expect(column(page, "waiting")).to_contain_text("Fritz First")
    settle(desk, page)
    card(page, "Ursula Urgent").locator("summary").click()
    press(page, "Ursula Urgent", "Urgent")
    page.locator("dialog.ask").get_by_label("Reason", exact=True).fill("short of breath")
    answer(page, "Urgent")
    expect(column(page, "waiting").locator("[data-visit]").first).to_contain_text("short of breath")
    visit = desk.visit_of("Ursula Urgent")
    assert (visit.priority, visit.priority_reason) == (Priority.URGENT, "short of breath")
    card(page, "Ursula Urgent").locator("summary").click()
    press(page, "Ursula Urgent", "No longer urgent")
    answer(page, "Feels better")
    expect(card(page, "Ursula Urgent")).not_to_contain_text("short of breath")


def test_a_patient_who_is_handed_over_leaves_one_doctors_page_for_the_others(desk: Desk) -> None:
    page = waiting(desk, "Hans Handed", minutes=8)
    first, other = desk.page("doctor", "/doctor/"), desk.page("doctor2", "/doctor/")
    expect(first.locator("[data-next]")).to_contain_text("Hans Handed")
    card(page, "Hans Handed").locator("summary").click()
    press(page, "Hans Handed", "Hand over")
    page.locator("dialog.ask").get_by_label("Doctor").select_option(label="Dr. Ben Both")
    answer(page, "Shorter wait")
    expect(card(page, "Hans Handed")).to_contain_text("Dr. Ben Both")
    expect(other.locator("[data-next]")).to_contain_text("Hans Handed")
    expect(first.locator("[data-next]")).not_to_contain_text("Hans Handed")
    assert desk.visit_of("Hans Handed").status_reason == "Shorter wait"


def test_all_who_wait_for_a_doctor_are_handed_over(desk: Desk) -> None:
    page = waiting(desk, "Alma All", minutes=9)
    page.locator(f'a[data-doctor="{desk.cast.doctor_id}"]').click()
    page.get_by_role("link", name="Hand over all").click()
    page.locator("dialog.ask").get_by_label("Doctor").select_option(label="Dr. Ben Both")
    answer(page, "The doctor has to leave")
    expect(page.locator("#toasts")).to_contain_text("handed over")
    page.get_by_role("link", name="All doctors").click()
    expect(card(page, "Alma All")).to_contain_text("Dr. Ben Both")


def test_a_question_is_asked_without_a_script_too(desk: Desk) -> None:
    waiting(desk, "Nina Noscript", minutes=10)
    page = desk.page("reception", "/queue/", java_script_enabled=False)
    press(page, "Nina Noscript", "More")
    page.get_by_role("link", name="Undo check-in").click()
    page.get_by_role("button", name="Checked in by mistake").click()
    expect(column(page, "waiting")).not_to_contain_text("Nina Noscript")
    expect(page.locator("[data-expected-part]")).to_contain_text("Nina Noscript")


def test_waiting_times_survive_a_wrong_clock(desk: Desk) -> None:
    """Of the computer: set forward an hour while the page is open, it changes nothing."""
    page = waiting(desk, "Wilma Wrong", minutes=11)
    page.evaluate("Date.now = ((now) => () => now.call(Date) + 3_600_000)(Date.now)")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(card(page, "Wilma Wrong").locator("[data-since]")).to_have_text(re.compile(r"^\d min$"))


def test_what_is_being_pressed_is_not_drawn_anew_meanwhile(desk: Desk) -> None:
    page = waiting(desk, "Paul Pressed", minutes=13)
    settle(desk, page)
    news = held(page, "**/queue/columns*", lambda: desk.walked_in("Nele News"))
    card(page, "Paul Pressed").get_by_role("button", name="Call", exact=True).hover()
    page.mouse.down()
    with page.expect_response("**/queue/columns*"):
        news.continue_()
    page.mouse.up()
    expect(card(page, "Paul Pressed")).to_contain_text("Called")
    expect(card(page, "Nele News")).to_be_visible()


def test_one_patient_is_called_while_the_call_of_another_is_under_way(desk: Desk) -> None:
    desk.walked_in("Fanny Fast")
    page = waiting(desk, "Sven Slow", minutes=14)
    expect(card(page, "Fanny Fast")).to_be_visible()
    call = held(page, "**/queue/act", lambda: press(page, "Sven Slow", "Call"))
    press(page, "Fanny Fast", "Call")
    expect(card(page, "Fanny Fast")).to_contain_text("Called")
    call.continue_()
    expect(card(page, "Sven Slow")).to_contain_text("Called")


def test_an_open_board_turns_over_at_midnight(desk: Desk) -> None:
    page = waiting(desk, "Mona Midnight", minutes=12)
    settle(desk, page)
    over = "document.querySelector('[data-board-part]').dataset.dayEnds = '2020-01-01T00:00:00+00:00'"
    with page.expect_response("**/queue/columns*"):
        page.evaluate(f"() => {{ {over}; document.dispatchEvent(new Event('visibilitychange')) }}")
    expect(page.locator("[data-board-part]")).not_to_have_attribute("data-day-ends", "2020-01-01T00:00:00+00:00")
