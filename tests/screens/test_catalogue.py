"""No page of the product is missing in the catalogue."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import HTTPException

from tests.plugins.products import Product
from tests.screens.catalogue import SCREENS
from tests.screens.records import filled_in

# Addresses that are no screens, by how they begin or end.
FOR_PROGRAMS = ("/api/", "/lookup/", "/healthz", "/readyz", "/metrics")
FILES = ("/static/", "/export.csv", "/pdf", ".pdf", "/ics", ".ics", "/content", "/preview")
PARTS_OF_A_SCREEN = (
    "/queue/columns",
    "/queue/expected",
    "/queue/display/<token>/now",
    "/t/<token>/now",
    "/doctor/now",
    "/doctor/schedule/rows",
    "/calendar/events",
    "/calendar/list",
    "/waitlist/offers",
)
LEADS_ON = ("/back", "/logout/", "/doctor/templates/", "/appointments/patients", "/customers")
NO_SCREENS = (*FOR_PROGRAMS, *FILES, *PARTS_OF_A_SCREEN, *LEADS_ON)


def is_screen(rule: str) -> bool:
    return not any(rule.startswith(one) or rule.endswith(one) for one in NO_SCREENS)


@pytest.fixture(scope="module")
def rules(demo: Product) -> dict[str, str]:
    """The addresses that answer GET, with their endpoints."""
    assert demo.app is not None
    return {rule.rule: rule.endpoint for rule in demo.app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def test_every_address_that_answers_is_a_screen_of_the_catalogue_or_known_to_be_none(
    demo: Product, rules: dict[str, str]
) -> None:
    assert demo.app is not None
    addresses = demo.app.url_map.bind("localhost")
    seen = set()
    for screen in SCREENS:
        try:
            seen.add(addresses.match(filled_in(screen.address, demo.app).partition("?")[0])[0])
        except HTTPException:
            assert screen.status == 404, f"{screen.id} has no route"
    assert {rule for rule, endpoint in rules.items() if is_screen(rule) and endpoint not in seen} == set()


@pytest.mark.parametrize("exception", NO_SCREENS)
def test_no_exception_has_outlived_its_route(exception: str, rules: dict[str, str]) -> None:
    assert any(rule.startswith(exception) or rule.endswith(exception) for rule in rules)


def test_screens_have_names_of_their_own() -> None:
    names = [screen.id for screen in SCREENS]
    assert sorted(names) == sorted(set(names))
