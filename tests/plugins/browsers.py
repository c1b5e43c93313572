"""A real Chromium: the machine's own, else the one that Playwright downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.kernel.actor import Actor
from tests.plugins.products import Product
from tests.plugins.sockets import session_cookie

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT_MS = 30_000  # nothing is expected to take that long: a busy machine fails no test
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=TIMEOUT_MS)


def installed_browser() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def launched_browser() -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed_browser(), args=[*sandbox, *QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched_browser() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser profile of its own: another person at another desk."""
    contexts = []

    def open_page(*, width: int = 1280, height: int = 800, **options: object) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        contexts[-1].set_default_timeout(TIMEOUT_MS)
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, product: Product, actor: Actor) -> None:
    """Give the browser of this page a session of this user.

    The form takes three pages, and refuses whoever signs in as often as the tests do.
    """
    assert product.app is not None
    assert actor.user_id is not None
    name, _, value = session_cookie(product.app, actor.user_id).partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": product.url}])
