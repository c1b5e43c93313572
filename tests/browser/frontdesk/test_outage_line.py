"""What says that there is no live connection covers nothing that people press or read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from app.frontdesk import displays, queue
from app.frontdesk.states import Phase
from app.kernel import clock
from app.kernel.db import transaction
from tests.browser.frontdesk.desks import Desk

pytestmark = pytest.mark.any_database


def blocked(page: Page) -> None:
    """Nothing live comes through, as in many hospitals; the page asks by itself."""
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.reload()
    expect(page.locator(".stale-banner")).to_contain_text("updated every five seconds")


def edges(place: Locator) -> tuple[float, float]:
    """Upper and lower edge."""
    box = place.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_consultation_is_completed_above_the_line_and_below_what_is_told(desk: Desk, width: int) -> None:
    visit = desk.walked_in(f"Bella Blocked {width}")
    desk.act(queue.move, visit.id, Phase.WITH_DOCTOR)
    page = desk.page("doctor", desk.address(visit), width=width)
    blocked(page)
    button = page.get_by_role("button", name="Complete and sign")
    button.scroll_into_view_if_needed()
    page.get_by_label("Medicine", exact=True).fill("Ibuprofen")
    button.click()  # which tells that it is not issued yet
    told = page.locator("#toasts .alert")
    expect(told).to_have_count(1)
    told.hover()  # it stays while it is pointed at
    upper, lower = edges(button)
    assert lower <= edges(page.locator(".stale-banner"))[0]
    assert edges(told)[1] <= upper


def test_the_screen_of_a_waiting_room_ends_above_the_line(desk: Desk) -> None:
    cast = desk.cast
    with transaction(cast.admin):
        values = {"clinic_id": cast.main_id, "name": "Blocked"}
        made = displays.create_display(values, offered=["en"], actor=cast.admin, now=clock.now())
        token = displays.make_address(made.id, actor=cast.admin, now=clock.now())
    page = desk.open(height=720)
    page.goto(f"{desk.product.url}/queue/display/{token}")
    blocked(page)
    assert edges(page.locator(".tv-earlier"))[1] <= edges(page.locator(".stale-banner"))[0]
