"""The running demo, and its users in their browsers, each signed in once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from app.people.user_rules import DEMO_PASSWORD
from config import ROOT, DevConfig
from tests.plugins.browsers import TIMEOUT_MS
from tests.plugins.products import Product, start_product
from tests.screens.arrangement import arrange

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PROBES = Path(__file__).with_name("probes.js")
HREFS = "links => links.map((link) => link.getAttribute('href'))"
LOCALES = {"en": "en-GB", "ar": "ar"}


@contextmanager
def running_demo(folder: Path) -> Iterator[Product]:
    """The demo as `make run` starts it, with what the catalogue wants to show."""
    from app import create_app

    product = start_product(folder, "--demo")
    try:
        product.wait_until_it_answers()
        product.app = create_app(DevConfig({"CLINICDESK_INSTANCE": str(folder / "instance"), "CLINICDESK_DEMO": "1"}))
        arrange(product.app)
        yield product
        assert product.process.poll() is None, f"the demo ended by itself:\n{product.log}"
    finally:
        product.stop()


class Visitors:
    """The pages that the users of the demo have open."""

    def __init__(self, url: str, browser: Browser, signed_in: Mapping[str, Any] | None = None) -> None:
        self.url, self._browser = url, browser
        self.signed_in: dict[str, Any] = dict(signed_in or {})
        self._pages: dict[tuple[str, str], Page] = {}

    def page(self, role: str, language: str = "en") -> Page:
        """The page of the browser in which `role` is signed in, nobody where it is empty; the same one every time."""
        if (role, language) not in self._pages:
            self._pages[role, language] = self.new_page(role, language)
        return self._pages[role, language]

    def new_page(self, role: str, language: str = "en", **look: Any) -> Page:
        """A page of another browser of the same user."""
        state = self._state(role) if role else None
        usual = {"locale": LOCALES[language], "color_scheme": "light", "reduced_motion": "reduce"}
        context = self._browser.new_context(storage_state=state, **usual | look)
        context.set_default_timeout(TIMEOUT_MS)
        context.add_init_script(path=AXE)
        context.add_init_script(path=PROBES)
        return context.new_page()

    def _state(self, role: str) -> Any:
        if role not in self.signed_in:
            context = self._browser.new_context()
            page = context.new_page()
            page.goto(f"{self.url}/login/")
            page.fill("[name=username]", role)
            page.fill("[name=password]", DEMO_PASSWORD)
            with page.expect_navigation():
                page.press("[name=password]", "Enter")
            self.signed_in[role] = context.storage_state()
            context.close()
        return self.signed_in[role]

    def menu_of(self, role: str) -> list[str]:
        """The addresses to which the sidebar leads this user."""
        page = self.page(role)
        page.goto(f"{self.url}/")
        links: list[str] = page.locator("#sidebar-menu a[href]").evaluate_all(HREFS)
        return links
