"""Measures live boards: how long after a commit each of hundreds has heard of it, and how soon all are back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import ROOT
from tests.bench.browser import Browser
from tests.bench.measure import spread_of
from tests.bench.servers import Web, redis_server, web_processes

BOARDS = (300, 1000)
BEFORE, CHANGES, QUICK_CHANGES = 100, 60, 15
PAUSE = 0.25  # between two changes
SETTLE = 2.0
CLINIC, SERVICE, DOCTORS_THERE = 1, 1, (1, 5, 9)
TWICE_THE_FLOOR = {"median_ms": 40.0, "p95_ms": 82.0}  # bare Flask-SocketIO, 300 boards: 20 and 41 ms


@dataclass(slots=True)
class Boards:
    """The process with the boards."""

    process: subprocess.Popen[str]

    def ask(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        return told


@contextmanager
def boards(ports: Sequence[int], clients: int, token: str) -> Iterator[Boards]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.boards"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    shown = Boards(process)
    shown.ask(json.dumps({"ports": list(ports), "clients": clients, "token": token, "clinic_id": CLINIC}))
    try:
        yield shown
    finally:
        process.kill()
        process.communicate()


def measure_live(url: str, folder: Path, patients: int, *, quick: bool) -> dict[str, Any]:
    """With one web process by itself, and with two over Redis; for each number of boards."""
    found = {}
    for number in (1, 2):
        with redis_server(folder) as redis_url:
            for clients in BOARDS:
                name = f"{clients} boards, " + ("two web processes over Redis" if number == 2 else "one web process")
                visits = Visits(patients, len(found) * 1000)
                with web_processes(number, url, folder, REDIS_URL=redis_url if number == 2 else "") as webs:
                    found[name] = _measured(webs, clients, visits, QUICK_CHANGES if quick else CHANGES)
    return found


@dataclass(slots=True)
class Visits:
    """Walk-ins of the first clinic, each of another patient."""

    patients: int
    made: int

    def __next__(self) -> dict[str, Any]:
        self.made += 1
        patient_id = 1 + 4 * (self.made % (self.patients // 4))
        doctor_id = DOCTORS_THERE[self.made % len(DOCTORS_THERE)]
        return {"clinic_id": CLINIC, "doctor_id": doctor_id, "service_id": SERVICE, "patient_id": patient_id}


def _measured(webs: Sequence[Web], clients: int, visits: Visits, changes: int) -> dict[str, Any]:
    from tests.bench.loader import PASSWORD

    desks = [Browser(web.port) for web in webs]
    token = desks[0].take_token("admin", PASSWORD)
    desks = [Browser(web.port, token) for web in webs]
    for n in range(BEFORE):
        _walk_in(desks[n % len(desks)], visits)
    begun = time.time()
    with boards([web.port for web in webs], clients, token) as shown:
        connected = shown.answer()["ready"] - begun
        time.sleep(SETTLE)
        committed = dict(_changed(desks[n % len(desks)], visits) for n in range(changes))
        time.sleep(SETTLE)
        shown.ask("report")
        heard = {int(visit): times for visit, times in shown.answer()["heard"].items()}
        answer = _told(committed, heard, clients) | {"connected_seconds": round(connected, 2)}
        return answer | _restarted(webs, shown)


def _walk_in(desk: Browser, visits: Visits) -> tuple[int, float]:
    """The visit, and when it was committed."""
    page = desk.post_json("/api/v1/visits", next(visits))
    if page.status != 201:
        raise RuntimeError(f"no walk-in: {page.status} {page.body[:300]}")
    return json.loads(page.body)["result"]["id"], float(page.headers["x-bench-committed"])


def _changed(desk: Browser, visits: Visits) -> tuple[int, float]:
    time.sleep(PAUSE)
    return _walk_in(desk, visits)


def _told(committed: dict[int, float], heard: dict[int, list[float]], clients: int) -> dict[str, Any]:
    times = [1000 * (at - committed[visit]) for visit in committed for at in heard.get(visit, [])]
    last = [1000 * (max(heard[visit]) - committed[visit]) for visit in committed if heard.get(visit)]
    lost = clients * len(committed) - len(times)
    if not times:
        return {"changes": len(committed), "lost": lost}
    all_of_them = {f"all_{name}": value for name, value in spread_of(last).items()}
    return (
        {"changes": len(committed), "lost": lost, "longest_ms": round(max(times), 1)} | spread_of(times) | all_of_them
    )


def _restarted(webs: Sequence[Web], shown: Boards) -> dict[str, Any]:
    """End all web processes and start them again: seconds from the first answer until every board is back."""
    for web in webs:
        web.end()
    for web in webs:
        web.start()
    for web in webs:
        web.wait()
    answering = time.time()
    back = shown.answer()
    return {"back_seconds": round(back["ready"] - answering, 2), "boards_differ": len(back["versions"]) > 1}


def faults(name: str, one: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what was measured."""
    if one["lost"]:
        yield f"{name}: {one['lost']} events lost"
    if one["boards_differ"]:
        yield f"{name}: not all came back to the same board"
    if name.startswith(f"{BOARDS[0]} "):
        for figure, most in TWICE_THE_FLOOR.items():
            if one.get(figure, 0) > most:
                yield f"{name}: {figure} is {one[figure]}, more than {most}"


def rows(live: dict[str, Any]) -> Iterator[str]:
    """A table of what was measured."""
    yield "### Live boards"
    yield ""
    yield "| boards | median ms | p95 ms | longest ms | all, median ms | lost | connected s | back after a restart s |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for name, one in live.items():
        times = [str(one.get(key, "")) for key in ("median_ms", "p95_ms", "longest_ms", "all_median_ms", "lost")]
        yield f"| {name} | {' | '.join(times)} | {one['connected_seconds']} | {one['back_seconds']} |"
    yield ""
