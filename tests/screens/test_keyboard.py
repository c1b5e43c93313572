"""Whoever has only a keyboard gets everywhere and sees where they are; whoever bears no motion sees none."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.plugins.products import Product
from tests.screens.catalogue import SCREENS, Screen
from tests.screens.looking import WIDE
from tests.screens.records import filled_in
from tests.screens.visitors import Visitors

MOST_STOPS = 400
SLOWEST_SECONDS = 0.2
BY_ID = {screen.id: screen for screen in SCREENS}
FRAMED = (
    "reception-queue",
    "reception-patients",
    "reception-patients-show",
    "reception-appointments-add",
    "reception-invoices-draft",
    "doctor-today",
    "admin-doctors-show",
)
BEGIN_IN_A_FIELD = {"reception-appointments-add"}  # the focus is past the menu already
WALKED = ("sign-in", "reception-invoices-edit", "reception-appointments-refused", "admin-users-add", *FRAMED)


def opened(screen: Screen, demo: Product, page: Page) -> Page:
    page.set_viewport_size(WIDE)
    page.goto(f"{demo.url}{filled_in(screen.address, demo.app)}")
    if screen.step:
        screen.step(page)
    return page


@pytest.mark.parametrize("name", WALKED)
def test_the_focus_is_seen_wherever_tab_leads(name: str, demo: Product, visitors: Visitors) -> None:
    screen = BY_ID[name]
    page = opened(screen, demo, visitors.page(screen.role))
    page.evaluate("document.activeElement.blur(), probes.rememberUnfocused()")
    stops = list(stops_of_tab(page))
    assert len(stops) > 1
    stops = [stop for stop in stops if not stop["isPart"]]
    assert [stop["name"] for stop in stops if not stop["isSeen"]] == [], "something covers it"
    assert [stop["name"] for stop in stops if not stop["isMarked"]] == [], "it looks as before"


def stops_of_tab(page: Page) -> list[dict[str, Any]]:
    """What Tab leads to, in order, until it leaves the page or begins anew."""
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate("probes.focused()")
        if stop is None or (stops and stop["isSkipLink"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never leaves the page; it was last at {stops[-1]['name']}")


@pytest.mark.parametrize("name", [name for name in FRAMED if name not in BEGIN_IN_A_FIELD])
def test_the_skip_link_leads_past_the_menu(name: str, demo: Product, visitors: Visitors) -> None:
    screen = BY_ID[name]
    page = opened(screen, demo, visitors.page(screen.role))
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect(page.locator(".skip-link")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_escape_closes_a_dialog_and_gives_the_focus_back(demo: Product, visitors: Visitors) -> None:
    page = opened(BY_ID["reception-queue"], demo, visitors.page("reception"))
    opener = page.locator("[data-open-dialog=walk-in]")
    opener.press("Enter")
    expect(page.locator("#walk-in :focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#walk-in")).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("name", FRAMED)
def test_nothing_moves_where_no_motion_is_wanted(name: str, demo: Product, visitors: Visitors) -> None:
    screen = BY_ID[name]
    page = opened(screen, demo, visitors.page(screen.role))
    assert page.evaluate("probes.movingLonger(0)") == []


@pytest.mark.parametrize("name", FRAMED)
def test_what_moves_does_so_quickly(name: str, demo: Product, visitors: Visitors) -> None:
    screen = BY_ID[name]
    page = opened(screen, demo, visitors.new_page(screen.role, reduced_motion="no-preference"))
    assert page.evaluate("seconds => probes.movingLonger(seconds)", SLOWEST_SECONDS) == []
    page.context.close()
