"""Draws screens, in several browsers at once, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.plugins.browsers import launched_browser
from tests.screens.catalogue import Screen
from tests.screens.looking import look_at
from tests.screens.visitors import Visitors

PROCESSES = 2
Shown = tuple[Screen, str]  # and the address that it has in this demo


def draw(shown: Sequence[Shown], into: Path, url: str, signed_in: dict[str, Any]) -> int:
    """Draw the screens; how many troubles they have."""
    shares = [shown[number::PROCESSES] for number in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        return sum(processes.map(partial(draw_share, into=into, url=url, signed_in=signed_in), shares))


def draw_share(shown: Sequence[Shown], *, into: Path, url: str, signed_in: dict[str, Any]) -> int:
    count = 0
    with launched_browser() as browser:
        visitors = Visitors(url, browser, signed_in)
        for screen, address in shown:
            for trouble in look_at(screen, address, visitors, partial(shoot, into=into, name=screen.id)):
                print(f"{screen.id}: {trouble}", flush=True)  # noqa: T201 - for a terminal
                count += 1
    return count


def shoot(page: Page, look: str, *, into: Path, name: str) -> None:
    """The whole page; only what is in sight where a dialog is open, which stays in sight."""
    whole = page.locator("dialog[open]").count() == 0
    page.screenshot(path=into / look / f"{name}.png", full_page=whole, animations="disabled")
