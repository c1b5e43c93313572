"""`python -m tests.screens` draws every screen of the running demo into a folder, with a contact sheet."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests.plugins.browsers import launched_browser
from tests.plugins.products import Product
from tests.screens.catalogue import ROLES, SCREENS
from tests.screens.contact_sheet import LOOKS, write_contact_sheet
from tests.screens.drawing import Shown, draw
from tests.screens.menu import unlisted
from tests.screens.records import filled_in
from tests.screens.visitors import Visitors, running_demo


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", default="screenshots", help="the folder")
    arguments.add_argument("--only", default="", help="only screens with this in their name, like reception-queue")
    chosen = arguments.parse_args()
    into = Path(chosen.into or "screenshots").resolve()
    for look in LOOKS:
        shutil.rmtree(into / look, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        with launched_browser() as browser:
            visitors = Visitors(demo.url, browser)
            shown = list(shown_in(demo, visitors, chosen.only))
        troubles = draw(shown, into, demo.url, visitors.signed_in)
    write_contact_sheet(into, [screen.id for screen, _address in shown])
    print(f"{len(shown)} screens in {into}/index.html, {troubles} troubles.")  # noqa: T201 - for a terminal
    return 0


def shown_in(demo: Product, visitors: Visitors, part: str) -> Iterator[Shown]:
    """The catalogue and the rest of the sidebars, as far as `part` stands in their names."""
    sidebars = chain.from_iterable(unlisted(role, visitors) for role in ROLES)
    for screen in chain(SCREENS, sidebars):
        if part in screen.id:
            yield screen, filled_in(screen.address, demo.app)


if __name__ == "__main__":
    sys.exit(main())
