"""Loads a large clinic group, measures its screens and its desk, and tells the figures as JSON and as tables."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.kernel import clock
from config import ROOT, TestConfig
from tests.bench.boards import measured_board
from tests.bench.browser import Browser, Page, fields_of
from tests.bench.live import measure_live
from tests.bench.measure import CLIENTS, measured, measured_calendar, measured_pages, under_load
from tests.bench.population import CLINICS, ZONE, Scale
from tests.bench.report import defects, machine, markdown
from tests.bench.scheduling import Bookings, measure_scheduling
from tests.bench.screens import PORTAL, Screen, screens
from tests.bench.servers import Web, database, environment, run_measured, web_processes, workshop
from tests.bench.storms import measure_storms

REAL_FILE = ROOT.parent / "shared" / "data" / "no-show-appointments.csv.gz"
CALENDAR, SCHEDULING, BOARD, LIVE, DOCTOR = "calendar", "scheduling", "board", "live", "doctor's pages"
MEASURED_APART = (CALENDAR, SCHEDULING, BOARD, LIVE, DOCTOR)
SMALL = 1000  # rows of reference data
MAPPING = ROOT / "app" / "imports" / "mappings" / "medical-appointment-no-shows.toml"


def main() -> int:
    asked = arguments()
    scale = Scale().tenth() if asked.quick else Scale()
    results: dict[str, Any] = {"machine": machine(), "at": clock.now().isoformat(), "runs": []}
    for kind in asked.database:
        results["runs"].append(run(kind, scale, asked))
    results["defects"] = defects(results)
    asked.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(results["defects"], indent=1, ensure_ascii=False) if asked.brief else json.dumps(results))
    print(markdown(results), file=sys.stderr)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows and fewer repeats")
    parser.add_argument("--brief", action="store_true", help="print the defects alone; the file has everything")
    parser.add_argument("--database", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    parser.add_argument("--screens", nargs="*", help=f"these alone; also {', '.join(MEASURED_APART)}")
    parser.add_argument("--no-import", action="store_true", help="leave the import of the real file out")
    parser.add_argument("--output", type=Path, default=Path("bench-results.json"))
    return parser.parse_args()


def run(kind: str, scale: Scale, asked: argparse.Namespace) -> dict[str, Any]:
    """Everything on one database."""
    with workshop() as folder, database(kind, folder) as url:
        told(f"{kind}: loading")
        begun = time.perf_counter()
        seconds = load_into(url, folder, scale)
        result: dict[str, Any] = {"database": kind, "scale": asdict(scale), "load_seconds_by_table": seconds}
        result["loading_seconds"] = round(time.perf_counter() - begun, 1)
        if not asked.screens or LIVE in asked.screens:
            told("  live boards")
            result["live"] = measure_live(url, folder, scale.patients, quick=asked.quick)
        with web_processes(2 if kind == "postgresql" else 1, url, folder) as webs:
            chosen = [one for one in all_screens(scale) if not asked.screens or one.name in asked.screens]
            calendar = not asked.screens or CALENDAR in asked.screens
            if not asked.screens or SCHEDULING in asked.screens:  # first: the screens change how long services take
                result["scheduling"] = measure_desk(webs, url, scale, quick=asked.quick)
            repeats = 8 if asked.quick else 30
            result["screens"] = measure_screens(webs[0], chosen, calendar, repeats=repeats)
            if not asked.screens or DOCTOR in asked.screens:
                result["screens"][DOCTOR] = measure_portal(webs[0], repeats=repeats)
            if not asked.screens or BOARD in asked.screens:
                result["screens"][BOARD] = measure_board(webs[0], repeats=repeats)
            result["load"] = measure_load(webs, chosen, seconds=2.0 if asked.quick else 6.0) if chosen else {}
            result["peak_megabytes"] = [web.peak_megabytes() for web in webs]
    if not asked.no_import and REAL_FILE.exists():
        result["import"] = measure_import(kind)
    return result


def all_screens(scale: Scale) -> list[Screen]:
    return screens(scale, clock.clinic_day(clock.now(), ZONE))


def load_into(url: str, folder: Path, scale: Scale) -> dict[str, float]:
    """Migrate and load in a process of its own, whose memory is gone afterwards."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        with os.fdopen(reading) as answer:
            seconds: dict[str, float] = json.loads(answer.read() or "{}")
        if os.waitpid(child, 0)[1]:
            raise SystemExit("loading failed")
        return seconds
    from app import create_app
    from app.start import migrate_and_sync
    from tests.bench.loader import load

    with create_app(TestConfig(url, folder / "instance")).app_context():
        migrate_and_sync()
        os.write(writing, json.dumps(load(scale)).encode())
    os._exit(0)


def measure_screens(web: Web, chosen: list[Screen], calendar: bool, *, repeats: int) -> dict[str, Any]:
    from tests.bench.loader import PASSWORD

    found = {}
    for username in ("admin", "reception"):
        browser = Browser(web.port)
        browser.sign_in(username, PASSWORD)
        for screen in chosen:
            told(f"  {username}: {screen.name}")
            if username == "admin":
                found[screen.name] = measured(browser, screen, repeats)
            elif screen.rows > SMALL:
                # rows of the first clinic alone, looked at by somebody who may see no others
                of_clinic = Screen(screen.name, 1, screen.searches[:3])
                found[f"{screen.name} (reception)"] = measured(browser, of_clinic, repeats)
    if calendar:
        told(f"  {username}: {CALENDAR}")
        found[CALENDAR] = measured_calendar(browser, clock.clinic_day(clock.now(), ZONE), repeats)
    return found


def measure_board(web: Web, *, repeats: int) -> dict[str, Any]:
    from tests.bench.loader import PASSWORD

    told(f"  {BOARD}")
    reception = Browser(web.port)
    reception.sign_in("reception", PASSWORD)
    program, doctor = (Browser(web.port, reception.take_token(who, PASSWORD)) for who in ("reception", "doctor"))
    return measured_board(reception, program, doctor, repeats)


def measure_portal(web: Web, *, repeats: int) -> dict[str, Any]:
    """What a doctor sees of the own work, among everybody's."""
    from tests.bench.loader import PASSWORD

    told(f"  {DOCTOR}")
    browser = Browser(web.port)
    browser.sign_in("doctor", PASSWORD)
    own_patients = re.findall(r'href="(/doctor/patients/\d+)"', browser.get("/doctor/patients").body)
    return measured_pages(browser, PORTAL | {"one patient": own_patients[0]}, repeats)


def measure_load(webs: list[Web], chosen: list[Screen], *, seconds: float) -> dict[str, Any]:
    """The pages that the comparison names, with eight clients spread over the web processes."""
    from tests.bench.loader import PASSWORD

    browsers = [Browser(webs[index % len(webs)].port) for index in range(CLIENTS)]
    for browser in browsers:
        browser.sign_in("admin", PASSWORD)
    acts: dict[str, Any] = {}
    for screen in chosen:
        if screen.rows > SMALL:
            acts[f"{screen.name}: list"] = (getting(f"/{screen.name}/list/"), 200)
    names = {screen.name: screen for screen in chosen}
    if "patients" in names:
        acts["patients: search by part of a name"] = (getting("/patients/list/?q=olive"), 200)
        acts["patients: edit form"] = (lambda browser, n: browser.get(f"/patients/edit/{1 + n % 997}"), 200)
    if "appointments" in names and names["appointments"].add:
        acts["appointments: save a new one"] = (booking(browsers, names["appointments"]), 302)
    found = {}
    for name, (act, wanted) in acts.items():
        told(f"  eight clients: {name}")
        found[name] = under_load(browsers, act, seconds, wanted)
    return found


def measure_desk(webs: list[Web], url: str, scale: Scale, *, quick: bool) -> dict[str, Any]:
    """Free times, bookings and storms, asked for by programs with a token."""
    from tests.bench.loader import PASSWORD

    today = clock.clinic_day(clock.now(), ZONE)
    token = Browser(webs[0].port).take_token("admin", PASSWORD)
    told("  scheduling")
    bookings = Bookings(today, scale.patients // CLINICS)
    found = measure_scheduling(webs, token, bookings, repeats=8 if quick else 30, seconds=2.0 if quick else 6.0)
    told("  storms")
    found["storms"] = measure_storms(webs, token, url, today, rounds=2 if quick else 5)
    return found | {"web_processes": len(webs)}


def getting(path: str) -> Any:
    return lambda browser, _: browser.get(path)


def booking(browsers: list[Browser], screen: Screen) -> Any:
    """Each saves the form again and again with other values, as the comparison did."""
    forms = {id(browser): fields_of(browser.get(f"/{screen.name}/add").body) for browser in browsers}

    def save(browser: Browser, n: int) -> Page:
        values = screen.add(n) if screen.add else {}
        return browser.post(f"/{screen.name}/add", forms[id(browser)] | values)

    return save


def measure_import(kind: str) -> dict[str, Any]:
    told(f"{kind}: import of the real file")
    with workshop() as folder, database(kind, folder) as url:
        load_into(url, folder, Scale(patients=0, appointments=0, visits=0))
        command = [sys.executable, "-m", "flask", "--app", "app", "import", "appointments", str(REAL_FILE)]
        command += ["--clinic", "clinic-1", "--mapping", str(MAPPING), "--apply"]
        return run_measured(command, environment(url, folder))


def told(what: str) -> None:
    print(f"{clock.now():%H:%M:%S} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
