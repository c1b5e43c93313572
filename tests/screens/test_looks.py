"""Every screen of the catalogue in each of its looks, and what the sidebar leads to besides."""

from __future__ import annotations

import pytest

from tests.plugins.products import Product
from tests.screens.catalogue import ROLES, SCREENS, Screen
from tests.screens.looking import look_at
from tests.screens.menu import unlisted
from tests.screens.records import filled_in
from tests.screens.visitors import Visitors


@pytest.mark.parametrize("screen", SCREENS, ids=[screen.id for screen in SCREENS])
def test_a_screen_is_as_it_should_be(screen: Screen, demo: Product, visitors: Visitors) -> None:
    assert look_at(screen, filled_in(screen.address, demo.app), visitors) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_the_sidebar_leads_to_is_as_it_should_be(role: str, visitors: Visitors) -> None:
    troubles = {screen.address: look_at(screen, screen.address, visitors) for screen in unlisted(role, visitors)}
    assert {address: found for address, found in troubles.items() if found} == {}
