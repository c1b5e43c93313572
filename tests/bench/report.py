"""What a run is told as: the machine's facts, JSON, and tables to paste into docs/performance.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import live

HEAVIEST_PAGE, HEAVIEST_WEEK, MOST_STATEMENTS = 150_000, 100_000, 20


def machine() -> dict[str, Any]:
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    memory = next((int(line.split()[1]) // 1024 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    packages = ("flask", "flask-appbuilder", "sqlalchemy", "psycopg", "gevent")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_megabytes": memory,
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "load_before": os.getloadavg()[0],
        "packages": {name: version(name) for name in packages},
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def markdown(results: dict[str, Any]) -> str:
    """One section for each database."""
    facts = results["machine"]
    head = f"{facts['cores']} × {facts['cpu']}, {facts['memory_megabytes']} MB, Python {facts['python']}"
    return "\n".join([head, "", *(line for run in results["runs"] for line in _section(run))])


def _section(run: dict[str, Any]) -> Iterator[str]:
    yield f"## {run['database']}, {run['scale']['patients']:,} patients, {run['scale']['appointments']:,} appointments"
    yield ""
    yield from _screens(run)
    yield from _scheduling(run["scheduling"]) if "scheduling" in run else ()
    yield from live.rows(run["live"]) if "live" in run else ()
    yield f"Peak memory of a web process: {max(run['peak_megabytes'])} MB. Loading: {run['loading_seconds']} s."
    if run.get("import"):
        yield f"Import of the real file: {run['import']['seconds']} s, {run['import']['peak_megabytes']} MB."
    yield ""


def _screens(run: dict[str, Any]) -> Iterator[str]:
    if not run["screens"]:
        return
    yield "| screen | page | median ms | p95 ms | KB | statements |"
    yield "|---|---|--:|--:|--:|--:|"
    for screen, pages in run["screens"].items():
        for page, one in pages.items():
            if "median_ms" in one:
                yield (
                    f"| {screen} | {page} | {one['median_ms']} | {one['p95_ms']} | {one['bytes'] / 1000:.1f} "
                    f"| {one['statements']} |"
                )
            else:
                yield f"| {screen} | {page} | failed: {one.get('problem')} | | | |"
    yield ""
    yield "| eight clients | requests per second | median ms |"
    yield "|---|--:|--:|"
    for name, one in run["load"].items():
        yield f"| {name} | {one['requests_per_second']} | {one.get('median_ms', '')} |"
    yield ""


def _scheduling(desk: dict[str, Any]) -> Iterator[str]:
    yield f"### Scheduling, {desk['web_processes']} web process{'es' if desk['web_processes'] > 1 else ''}"
    yield ""
    yield "| one client | median ms | p95 ms | KB | statements |"
    yield "|---|--:|--:|--:|--:|"
    for name, one in desk["pages"].items():
        if "median_ms" in one:
            size = f"{one['bytes'] / 1000:.1f}"
            yield f"| {name} | {one['median_ms']} | {one['p95_ms']} | {size} | {one['statements']} |"
        else:
            yield f"| {name} | failed: {one.get('problem')} | | | |"
    yield ""
    yield "| eight clients | a second | median ms | p95 ms | refused | ms of the client itself |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, one in desk["load"].items():
        times = [str(one.get(key, "")) for key in ("median_ms", "p95_ms", "problems", "client_ms")]
        yield f"| {name} | {one['requests_per_second']} | {' | '.join(times)} |"
    yield ""
    yield "| storm | rounds of clients | answers | median ms | p95 ms | longest ms | verdict |"
    yield "|---|--:|---|--:|--:|--:|---|"
    for name, one in desk["storms"].items():
        answers = ", ".join(f"{number} × {status}" for status, number in one["answers"].items())
        times = [str(one[key]) for key in ("median_ms", "p95_ms", "longest_ms")]
        verdict = "; ".join(one["problems"]) or "one winner each"
        yield f"| {name} | {one['rounds']} × {one['clients']} | {answers} | {' | '.join(times)} | {verdict} |"
    yield ""


def defects(results: dict[str, Any]) -> list[str]:
    """Pages that are too heavy, ask too much, ask more for more rows, or do not answer; bookings that went wrong."""
    return [
        f"{run['database']}: {what}"
        for run in results["runs"]
        for what in [*_of_screens(run), *_of_desk(run), *_of_live(run)]
    ]


def _of_screens(run: dict[str, Any]) -> Iterator[str]:
    for screen, pages in run["screens"].items():
        for page, one in pages.items():
            heaviest = HEAVIEST_WEEK if page == "week" else HEAVIEST_PAGE
            yield from _of_page(f"{screen}, {page}", one)
            if one.get("bytes", 0) > heaviest and page != "list of 100":
                yield f"{screen}, {page}: {one['bytes'] / 1000:.0f} KB"
        few, many = (pages.get(name, {}).get("statements", 0) for name in ("list", "list of 100"))
        if many > few:
            yield f"{screen}: {few} statements for a page of 25, {many} for 100"
    yield from _of_load(run["load"])


def _of_desk(run: dict[str, Any]) -> Iterator[str]:
    desk = run.get("scheduling", {"pages": {}, "load": {}, "storms": {}})
    for name, one in desk["pages"].items():
        yield from _of_page(name, one)
    yield from _of_load(desk["load"])
    for name, storm in desk["storms"].items():
        yield from (f"storm for {name}, {problem}" for problem in storm["problems"])


def _of_live(run: dict[str, Any]) -> Iterator[str]:
    for name, one in run.get("live", {}).items():
        yield from live.faults(name, one)


def _of_page(place: str, one: dict[str, Any]) -> Iterator[str]:
    if one.get("problem"):
        yield f"{place}: {one['problem']}"
    if one.get("statements", 0) > MOST_STATEMENTS:
        yield f"{place}: {one['statements']} statements"


def _of_load(load: dict[str, Any]) -> Iterator[str]:
    for name, one in load.items():
        if one["problems"]:
            yield f"eight clients, {name}: {one['problems']} answers such as {one['example'][0]}"
