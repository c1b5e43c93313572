"""The entries of the sidebar that the catalogue does not name."""

from __future__ import annotations

from collections.abc import Iterator

from tests.screens.catalogue import SCREENS, Screen
from tests.screens.visitors import Visitors


def unlisted(role: str, visitors: Visitors) -> Iterator[Screen]:
    """Screens for the links of this user's sidebar, as far as SCREENS has none at that address."""
    listed = {screen.address for screen in SCREENS if screen.role == role}
    for address in visitors.menu_of(role):
        if address not in listed:
            yield Screen(role, "menu-" + address.partition("?")[0].strip("/").replace("/", "-"), address)
