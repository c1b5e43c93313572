"""What must hold on any screen, as a list of what does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Self

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

from tests.screens.catalogue import Screen

KILOBYTE = 1024
HEAVIEST = 150 * KILOBYTE  # a page's HTML, and what is transferred of its styles and of its scripts
SWAGGER = "/swagger/"  # draws the interface with a bundle of Flask-AppBuilder's, for programmers only
NONCE = re.compile(r"script-src [^;]*'nonce-[\w-]{16,}'")
NOTED_BY_BROWSER = "Failed to load resource: the server responded with a status of {}"
TOO_WIDE = "can be scrolled sideways by {} pixels"


class Watch:
    """What a page does while it is watched: what it loads, and what goes wrong in it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self._own = page, (f"{url}/", f"{url.replace('http', 'ws')}/", "data:", "blob:")
        self.troubles: list[str] = []
        self.responses: list[Response] = []
        self._listeners = {
            "console": self._console,
            "pageerror": self._script_error,
            "request": self._request,
            "response": self._response,
        }

    def __enter__(self) -> Self:
        for event, listener in self._listeners.items():
            self.page.on(event, listener)
        return self

    def __exit__(self, *_error: object) -> None:
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.troubles.append(f"console: {message.text}")

    def _script_error(self, error: Error) -> None:
        self.troubles.append(f"script error: {error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self._own):
            self.troubles.append(f"leaves the clinic's server: {request.url}")

    def _response(self, response: Response) -> None:
        self.responses.append(response)

    @property
    def document(self) -> Response:
        """The answer that the page shows."""
        pages = [one for one in self.responses if one.request.is_navigation_request() and one.status // 100 != 3]
        return pages[-1]


def troubles_of(watch: Watch, screen: Screen) -> Iterator[str]:
    """What is wrong with the page as it is now, at this width."""
    if watch.document.status != screen.status:
        yield f"status {watch.document.status} instead of {screen.status}"
    noted = [NOTED_BY_BROWSER.format(status) for status in (screen.status, screen.refused) if status >= 400]
    yield from (one for one in watch.troubles if not any(note in one for note in noted))
    if " object at 0x" in watch.page.content():
        yield "shows an object that has no words"
    yield from policy_troubles(watch.document)
    yield from weight_troubles(watch, screen)
    yield from watch.page.evaluate("probes.axeViolations()")
    yield from layout_troubles(watch.page)


def policy_troubles(document: Response) -> Iterator[str]:
    policy = document.headers.get("content-security-policy", "")
    if not NONCE.search(policy):
        yield f"no nonce in the Content-Security-Policy: {policy!r}"
    if "unsafe-" in policy:
        yield f"unsafe Content-Security-Policy: {policy!r}"


def weight_troubles(watch: Watch, screen: Screen) -> Iterator[str]:
    for kind, weight in weights(watch).items():
        if weight > HEAVIEST and (kind == "document" or not screen.address.startswith(SWAGGER)):
            yield f"too heavy: {weight / KILOBYTE:.0f} KB of {kind}"


def weights(watch: Watch) -> dict[str, int]:
    """Bytes by kind; of styles and scripts as they were transferred, from the cache or not."""
    since = watch.responses.index(watch.document)
    loaded = {one.url: one for one in watch.responses[since:]}.values()
    transferred = {
        kind: sum(int(one.headers.get("content-length", 0)) for one in loaded if one.request.resource_type == kind)
        for kind in ("stylesheet", "script")
    }
    return {"document": len(watch.document.body())} | transferred


def contrast_troubles(page: Page) -> list[str]:
    """What cannot be read well enough in the colours that the page has now."""
    found: list[str] = page.evaluate("probes.axeViolations(['color-contrast'])")
    return found


def narrow_troubles(page: Page) -> Iterator[str]:
    """What is wrong with the page since it became narrow."""
    yield from layout_troubles(page)
    yield from page.evaluate("probes.axeViolations(['target-size', 'scrollable-region-focusable', 'label'])")


def layout_troubles(page: Page) -> Iterator[str]:
    wider = page.evaluate("probes.sideways()")
    if wider > 0:
        yield TOO_WIDE.format(wider)
    yield from page.evaluate("probes.clippedTexts()")
