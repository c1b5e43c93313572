"""What a run is told as: the machine's facts, JSON, and tables to paste into docs/performance.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
    yield f"Peak memory of a web process: {max(run['peak_megabytes'])} MB. Loading: {run['loading_seconds']} s."
    if run.get("import"):
        yield f"Import of the real file: {run['import']['seconds']} s, {run['import']['peak_megabytes']} MB."
    yield ""


def defects(results: dict[str, Any]) -> list[str]:
    """Pages that are too heavy, ask too much, ask more for more rows, or do not answer."""
    found = []
    for run in results["runs"]:
        for screen, pages in run["screens"].items():
            for page, one in pages.items():
                place = f"{run['database']}: {screen}, {page}"
                if one.get("problem"):
                    found.append(f"{place}: {one['problem']}")
                heaviest = HEAVIEST_WEEK if page == "week" else HEAVIEST_PAGE
                if one.get("bytes", 0) > heaviest and page != "list of 100":
                    found.append(f"{place}: {one['bytes'] / 1000:.0f} KB")
                if one.get("statements", 0) > MOST_STATEMENTS:
                    found.append(f"{place}: {one['statements']} statements")
            few, many = (pages.get(name, {}).get("statements", 0) for name in ("list", "list of 100"))
            if many > few:
                found.append(f"{run['database']}: {screen}: {few} statements for a page of 25, {many} for 100")
    return found
