"""Two hundred clients want one time of a doctor at once: one gets it, all others are told what is free instead."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import aliased

from app.scheduling.models import Appointment
from app.scheduling.states import OCCUPYING
from tests.bench.browser import Browser, Page
from tests.bench.measure import spread_of
from tests.bench.population import BIG_CLINIC, DOCTORS, FUTURE_DAYS, LONG_SERVICE, clinics_of, own_clinic
from tests.bench.scheduling import APPOINTMENTS, moment
from tests.bench.servers import Web

CLIENTS = 200
Storm = Callable[[int, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one client was told; `next_free` is how many other times it was offered."""

    status: int
    milliseconds: float
    next_free: int


def measure_storms(webs: Sequence[Web], token: str, url: str, today: date, rounds: int) -> dict[str, Any]:
    """Of each kind of storm: the answers of all rounds, how long they took, and what was wrong."""
    browsers = [Browser(webs[index % len(webs)].port, token) for index in range(CLIENTS)]
    day = today + timedelta(days=FUTURE_DAYS - 1)
    kinds: dict[str, tuple[list[int], Storm]] = {
        "one slot": (list(range(1, DOCTORS + 1)), lambda doctor, n: _one_slot(doctor, n, day)),
        "overlapping slots of two lengths at two clinics": (
            [doctor for doctor in range(1, DOCTORS + 1) if len(clinics_of(doctor)) > 1],
            lambda doctor, n: _two_clinics(doctor, n, day),
        ),
    }
    return {
        name: _told([_round(browsers, storm, doctor, url) for doctor in doctors[:rounds]])
        for name, (doctors, storm) in kinds.items()
    }


def faults(answers: Sequence[Answer], overlapping: int) -> list[str]:
    """What is wrong with a round after which the doctor has so many pairs of overlapping appointments."""
    counted = Counter(answer.status for answer in answers)
    others = {status: number for status, number in counted.items() if status not in {201, 409}}
    unhelped = sum(answer.status == 409 and not answer.next_free for answer in answers)
    return [
        *([f"{counted[201]} bookings of one time"] if counted[201] != 1 else []),
        *(f"{number} answers {status}" for status, number in sorted(others.items())),
        *([f"{unhelped} refusals without the next free times"] if unhelped else []),
        *([f"{overlapping} pairs of overlapping appointments are stored"] if overlapping else []),
    ]


def _one_slot(doctor: int, n: int, day: date) -> dict[str, Any]:
    clinic = own_clinic(doctor)
    return _body(doctor, clinic, 2 * clinic - 1, n, moment(day, 16, 0))


def _two_clinics(doctor: int, n: int, day: date) -> dict[str, Any]:
    """Half of them half an hour here, half of them 45 minutes there: all have the minutes before 18:00 in common."""
    clinic, turn = own_clinic(doctor), n // 2
    if n % 2:
        return _body(doctor, BIG_CLINIC, LONG_SERVICE, n, moment(day, 17, 15 + turn % 9 * 5))
    return _body(doctor, clinic, 2 * clinic - 1, n, moment(day, 17, 30 + turn % 6 * 5))


def _body(doctor: int, clinic: int, service: int, n: int, starts_at: str) -> dict[str, Any]:
    place = {"clinic_id": clinic, "doctor_id": doctor, "service_id": service}
    return place | {"patient_id": clinic + 4 * n, "starts_at": starts_at, "status": "confirmed"}


def _round(browsers: Sequence[Browser], storm: Storm, doctor: int, url: str) -> tuple[list[Answer], list[str]]:
    before = _overlapping(url, doctor)
    answers = list(_at_once(browsers, [storm(doctor, n) for n in range(len(browsers))]))
    return answers, faults(answers, _overlapping(url, doctor) - before)


def _at_once(browsers: Sequence[Browser], bodies: Sequence[dict[str, Any]]) -> Iterator[Answer]:
    """Every client sends its booking at the same moment, over a connection that is open already."""
    start = threading.Barrier(len(browsers))
    pages: list[Page] = []

    def book(browser: Browser, body: dict[str, Any]) -> None:
        browser.get("/healthz")
        start.wait()
        pages.append(browser.post_json(APPOINTMENTS, body))

    threads = [threading.Thread(target=book, args=one) for one in zip(browsers, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for page in pages:
        answer = json.loads(page.body) if page.body.startswith("{") else {}
        yield Answer(page.status, page.milliseconds, len(answer.get("next_free", ())))


def _overlapping(url: str, doctor: int) -> int:
    """How many pairs of the doctor's appointments to come are at the same time, at whichever clinics."""
    one, other = aliased(Appointment), aliased(Appointment)
    engine = create_engine(url)
    pairs = select(func.count()).where(
        one.doctor_id == doctor,
        other.doctor_id == doctor,
        one.id < other.id,
        one.starts_at < other.ends_at,
        other.starts_at < one.ends_at,
        one.status.in_(OCCUPYING),
        other.status.in_(OCCUPYING),
    )
    with engine.connect() as connection:
        found = connection.execute(pairs).scalar_one()
    engine.dispose()
    return int(found)


def _told(rounds: Sequence[tuple[list[Answer], list[str]]]) -> dict[str, Any]:
    answers = [answer for round_ in rounds for answer in round_[0]]
    statuses = Counter(str(answer.status) for answer in answers)
    times = [answer.milliseconds for answer in answers]
    return {
        "rounds": len(rounds),
        "clients": CLIENTS,
        "answers": dict(sorted(statuses.items())),
        **spread_of(times),
        "longest_ms": round(max(times), 1),
        "problems": [f"round {number}: {what}" for number, (_, found) in enumerate(rounds, 1) for what in found],
    }
