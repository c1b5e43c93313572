"""What brings a page into a state worth seeing. Nothing of it changes a row, and none of it reads a language."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page

Step = Callable[[Page], object]


def press(selector: str, then: str, page: Page) -> None:
    """Click the first of these that shows, and wait until `then` shows."""
    page.locator(selector).locator("visible=true").first.click()
    page.locator(then).locator("visible=true").first.wait_for()


def submit(form: str, page: Page) -> None:
    """Send a form that the server refuses."""
    with page.expect_navigation():
        page.locator(f"{form} [type=submit]").locator("visible=true").first.click()


def type_into(selector: str, words: str, page: Page) -> None:
    """Type into a type-ahead, and wait for what it offers."""
    page.locator(selector).locator("visible=true").first.press_sequentially(words)
    page.locator("[role=listbox]:not([hidden]) > *").first.wait_for()


def sign_in_wrongly(page: Page) -> None:
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "guessed")
    submit("main form", page)


def find_nobody_in_walk_in(page: Page) -> None:
    walk_in(page)
    type_into("#walk-in-patient-search", "zzzz", page)


def refuse_walk_in(page: Page) -> None:
    walk_in(page)
    press("#walk-in [type=submit]", "#walk-in .invalid-feedback", page)


def cancel_with_reason(page: Page) -> None:
    press("[data-cancel]", "#cancel-dialog", page)


def open_figures(page: Page) -> None:
    """The tables behind the charts."""
    for summary in page.locator(".chart-figures summary").all():
        summary.click()


def another_medicine(page: Page) -> None:
    page.fill("#items-0-medicine", "Paracetamol")
    press(".sheet-buttons [value=more]", "#items-1-medicine", page)


def refuse_prescription(page: Page) -> None:
    page.fill("#items-0-dose", "1 tablet")
    press("[value=issue]", ".invalid-feedback", page)


def choose_row(page: Page) -> None:
    page.locator("[name=rowid]").first.check()
    page.locator("[data-bulk]").wait_for()


def add_filters(page: Page) -> None:
    """A row for each column that can be filtered by."""
    for column in range(page.locator("[data-add-filter]").count()):
        page.locator("[data-filters] [data-bs-toggle=dropdown]").click()
        page.locator("[data-add-filter]").nth(column).click()


def offer_times(page: Page) -> None:
    """Choose service and doctor on the booking form, and wait for what is free or why nothing is."""
    page.locator("select[name=service]").select_option(index=1)
    page.locator("select[name=doctor]").select_option(index=1)
    page.locator("[data-slots] button, [data-slots] p").first.wait_for()


def type_nonsense_into_draft(page: Page) -> None:
    page.fill("[name=lines-0-quantity]", "many")
    page.fill("[name=lines-0-unit_price]", "a lot")
    submit("main form", page)


def pay_too_much(page: Page) -> None:
    page.fill("[name=amount]", "99999999")
    submit("form[action$=payments]", page)


def move_nowhere(page: Page) -> None:
    page.fill("[name=starts_at]", "")
    submit("form.record-form", page)


def send_empty_account(page: Page) -> None:
    page.fill("[name=first_name]", "")
    submit("form.record-form", page)


def ask(act: str, page: Page) -> None:
    """Open the question of an act that stands in the menu of a card."""
    more_of_visit(page)
    press(f".visit-menu [data-ask={act}]", "dialog.ask", page)


def open_tab(number: int, page: Page) -> None:
    page.locator("[data-bs-toggle=tab]").nth(number).click()


walk_in = partial(press, "[data-open-dialog=walk-in]", "#walk-in")
send_back = partial(press, "[data-ask=back]", "dialog.ask")
hand_over_all = partial(press, "[data-ask=hand-over-all]", "dialog.ask")
keys_of_queue = partial(press, ".board-keys summary", ".board-keys .visit-menu")
confirm = partial(press, "[data-confirm]", "#confirm")
account_menu = partial(press, ".topbar-user", ".topbar-user + .dropdown-menu")
language_menu = partial(press, "[data-bs-toggle=dropdown]:not(.topbar-user)", ".topbar .dropdown-menu")
filter_menu = partial(press, "[data-filters] [data-bs-toggle=dropdown]", "[data-filters] .dropdown-menu")
sidebar = partial(press, ".navbar-toggler", "#sidebar-menu.show")
setup_menu = partial(press, ".nav-group summary", ".nav-group[open] .nav-link")
more_of_visit = partial(press, "[data-visit] .visit-more summary", ".visit-menu [data-ask]")
more_of_called = partial(press, ".is-called .visit-more summary", ".visit-menu [name=act]")


def make_feed(page: Page) -> None:
    """Have an address made, in place of the one before where there is one."""
    with page.expect_navigation():
        page.locator("form:has([name=act][value=make]) button").click()
        if page.locator("dialog[open]").count():
            page.locator("dialog[open] [value=yes]").click()


def announce(page: Page) -> None:
    """As while somebody is called."""
    page.locator("[data-announced-number]").evaluate("number => { number.textContent = '42' }")
    page.locator("[data-announced-where]").evaluate("place => { place.textContent = 'Room 2' }")
    words = "words => { words.innerHTML = '<p class=tv-announced-words>Number 42, please go to room 2.</p>' }"
    page.locator("[data-announced-words]").evaluate(words)
    page.locator("[data-announcement]").evaluate("box => { box.hidden = false }")


def plan_series(page: Page) -> None:
    """The dates of four weekly appointments, before any is booked."""
    page.locator("[name=times]").fill("4")
    submit("form.record-form", page)


def unfold_day(page: Page) -> None:
    """Who waits later, and who was seen."""
    for fold in page.locator(".next-done > summary").all():
        fold.click()


def mistype_a_sign(page: Page) -> None:
    page.fill("#pulse", "7")
    page.locator("#weight").focus()
    page.locator(".vital.is-wrong").wait_for()


def save_as_template(page: Page) -> None:
    template_menu(page)
    press("[data-save-template]", "#save-template", page)


def amend_nothing(page: Page) -> None:
    submit("form.amend", page)


template_menu = partial(press, "[data-bs-toggle=dropdown]:has(+ .template-menu)", ".template-menu")
complete_consultation = partial(press, "[value=complete]", "#confirm")
move_nobody = partial(submit, "form.leave-impact")
swagger = partial(press, ".opblock-summary-control", ".opblock-body")
send_record = partial(submit, "form.record-form")
