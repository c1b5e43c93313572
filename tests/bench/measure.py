"""Measures pages one after the other with one client, and a few of them with eight at once."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from statistics import median, quantiles
from typing import Any

from tests.bench.browser import Browser, Page, fields_of
from tests.bench.screens import Screen

CLIENTS = 8
REPORTED_STATEMENTS = 4


@dataclass(slots=True)
class Figures:
    """The times of one kind of page, with its weight and its statements."""

    times: list[float] = field(default_factory=list)
    bytes: int = 0
    statements: int = 0
    problem: str | None = None
    slowest: list[Any] = field(default_factory=list)

    def add(self, page: Page, wanted: int = 200) -> bool:
        """Whether it answered as it should."""
        if page.status != wanted:
            self.problem = f"{page.status}: {' '.join(complaints(page.body))[:300]}"
            return False
        self.times.append(page.milliseconds)
        self.bytes, self.statements = max(self.bytes, len(page.body.encode())), max(self.statements, page.statements)
        return True

    def as_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"n": len(self.times)}
        if self.times:
            shown |= spread_of(self.times)
            shown |= {"bytes": self.bytes, "statements": self.statements}
        return shown | ({"problem": self.problem} if self.problem else {}) | {"slowest_sql": self.slowest}


def spread_of(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of some times, at least one, in milliseconds."""
    late = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return {"median_ms": round(median(times), 1), "p95_ms": round(late, 1)}


def complaints(html: str) -> list[str]:
    """What a form says is wrong with its fields, else the page's own words."""
    found = re.findall(r'(?s)class="invalid-feedback" id="([^"]*)"[^>]*>(.*?)</div', html)
    return [f"{name}: {_words(text)}" for name, text in found if _words(text)] or [_words(html)[-300:]]


def _words(html: str) -> str:
    return " ".join(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", html).split())


def measured(browser: Browser, screen: Screen, repeats: int) -> dict[str, dict[str, Any]]:
    """Every kind of page of the screen; one that it does not have, or not for such rows, is left out."""
    base = f"/{screen.name}"
    taken: dict[str, Figures] = {}
    keys = [1 + index * 7919 % screen.rows for index in range(repeats)]
    pages: dict[str, Callable[[int], str]] = {
        "list": lambda _: f"{base}/list/",
        "second page": lambda _: f"{base}/list/?page_{screen.name.title()[:-1]}View=1",
        "list of 100": lambda _: f"{base}/list/?psize_{screen.name.title()[:-1]}View=100",
        "show": lambda index: f"{base}/show/{keys[index]}",
        "edit form": lambda index: f"{base}/edit/{keys[index]}",
        "add form": lambda _: f"{base}/add",
    }
    for q in screen.searches:
        pages[f"search {q}"] = lambda _, q=q: f"{base}/list/?q={_quoted(q)}"
    for name, path in pages.items():
        taken[name] = repeated(browser, path, repeats)
    if screen.edit:
        taken["save a change"] = _saved(browser, lambda n: f"{base}/edit/{keys[n]}", screen.edit, repeats)
    if screen.add:
        taken["save a new one"] = _saved(browser, lambda _: f"{base}/add", screen.add, repeats)
    return {name: figures.as_dict() for name, figures in taken.items() if not _absent(figures)}


def measured_calendar(browser: Browser, today: date, repeats: int) -> dict[str, dict[str, Any]]:
    """A clinic with ten doctors: what its calendar's script asks for, the page, and the list of a phone."""
    monday = today - timedelta(days=today.weekday())
    asked = f"/calendar/events?clinic=1&from={monday}&to="
    pages = {
        "week": asked + str(monday + timedelta(days=6)),
        "day": asked + str(monday),
        "page": f"/calendar/?clinic=1&day={monday}",
        "phone": f"/calendar/list?clinic=1&day={monday}",
    }
    return measured_pages(browser, pages, repeats)


def measured_pages(browser: Browser, pages: Mapping[str, str], repeats: int) -> dict[str, dict[str, Any]]:
    """Each page by its name."""
    return {name: repeated(browser, lambda _, path=path: path, repeats).as_dict() for name, path in pages.items()}


def _absent(figures: Figures) -> bool:
    return not figures.times and (figures.problem or "").startswith(("302", "404", "405"))


def _quoted(text: str) -> str:
    from urllib.parse import quote_plus

    return quote_plus(text)


def repeated(browser: Browser, path: Callable[[int], str], repeats: int) -> Figures:
    figures = Figures()
    for index in range(repeats):
        if not figures.add(browser.get(path(index))):
            return figures
    traced = browser.get(path(0), **{"X-Bench-Trace": "1"})
    figures.slowest = slowest(traced)
    return figures


def slowest(page: Page) -> list[Any]:
    statements = json.loads(page.headers.get("x-bench-trace", "[]"))
    return sorted(statements, reverse=True)[:REPORTED_STATEMENTS]


def _saved(
    browser: Browser, path: Callable[[int], str], values: Callable[[int], dict[str, str]], repeats: int
) -> Figures:
    """Fetch the form each time as people do; only the saving is measured."""
    figures = Figures()
    for index in range(repeats):
        n = next(_numbers)
        fields = fields_of(browser.get(path(index)).body) | values(n)
        if not figures.add(browser.post(path(index), fields), wanted=302):
            break
    return figures


_numbers = count()


# -- several at once ---------------------------------------------------------------------------------------------------


def under_load(
    browsers: Sequence[Browser],
    act: Callable[[Browser, int], Page],
    seconds: float,
    wanted: int,
    numbers: Iterator[int] = _numbers,
) -> dict[str, Any]:
    """Requests per second that the browsers got answered, each as fast as it can, and the times they saw.

    Each act gets one of `numbers`: those of the screens, whose new rows are made from them, unless it has its own.
    `client_ms` is what of each was this process at work, on the cores that the product has as well.
    """
    give_up = time.perf_counter() + seconds
    times: list[float] = []
    problems: list[str] = []

    def click(browser: Browser) -> None:
        while time.perf_counter() < give_up:
            page = act(browser, _next(numbers))
            if page.status == wanted:
                times.append(page.milliseconds)
            else:
                problems.append(f"{page.status}: {' '.join(complaints(page.body))[:200]}")

    threads = [threading.Thread(target=click, args=(browser,)) for browser in browsers]
    begun, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, own = time.perf_counter() - begun, 1000 * (time.process_time() - worked)
    found = {"requests_per_second": round(len(times) / took, 1), "problems": len(problems), "example": problems[:1]}
    return found | (spread_of(times) | {"client_ms": round(own / len(times), 2)} if times else {})


_lock = threading.Lock()


def _next(numbers: Iterator[int]) -> int:
    with _lock:
        return next(numbers)
