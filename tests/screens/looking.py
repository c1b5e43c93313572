"""Looks at one screen: wide and narrow, light and dark, in English and in a language written from right to left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Error, Page

from tests.screens.catalogue import Screen
from tests.screens.checks import Watch, contrast_troubles, narrow_troubles, troubles_of
from tests.screens.visitors import Visitors

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

Shoot = Callable[[Page, str], object]


def no_picture(_page: Page, _look: str) -> None:
    """For whoever only wants to know what is wrong."""


def look_at(screen: Screen, address: str, visitors: Visitors, shoot: Shoot = no_picture) -> list[str]:
    """What is wrong with the screen in any of its looks, of each of which `shoot` may take a picture."""
    troubles = []
    for language, looks in (("en", english_looks), ("ar", arabic_looks)):
        page = visitors.page(screen.role, language)
        with Watch(page, visitors.url) as watch:
            try:
                page.set_viewport_size(NARROW if screen.on_phone else WIDE)
                page.goto(f"{visitors.url}{address}")
                if screen.step:
                    screen.step(page)
                troubles += looks(watch, screen, shoot)
            except Error as error:
                troubles.append(f"{language}: cannot be looked at: {error.message.splitlines()[0]}")
    return troubles


def english_looks(watch: Watch, screen: Screen, shoot: Shoot) -> Iterator[str]:
    page = watch.page
    yield from _found("wide, light", troubles_of(watch, screen))
    shoot(page, "1280-light")
    set_theme(page, "dark")
    yield from _found("wide, dark", contrast_troubles(page))
    shoot(page, "1280-dark")
    page.set_viewport_size(NARROW)
    shoot(page, "390-dark")
    set_theme(page, "light")
    yield from _found("narrow", narrow_troubles(page))
    shoot(page, "390-light")


def arabic_looks(watch: Watch, screen: Screen, shoot: Shoot) -> Iterator[str]:
    page = watch.page
    root = page.locator("html")
    written = f"{root.get_attribute('lang')} {root.get_attribute('dir')}"
    is_arabic = written.startswith("ar") and written.endswith("rtl")
    if not is_arabic and not screen.own_language:
        yield f"Arabic: the page is written in {written}"
    yield from _found("Arabic, wide", troubles_of(watch, screen))
    shoot(page, "1280-arabic")
    page.set_viewport_size(NARROW)
    yield from _found("Arabic, narrow", narrow_troubles(page))
    shoot(page, "390-arabic")


def set_theme(page: Page, theme: str) -> None:
    page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)


def _found(look: str, troubles: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"{look}: {trouble}" for trouble in troubles)
