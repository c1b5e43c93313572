"""Measures what a desk asks and does all day over the API: free times, bookings, a doctor's day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests.bench.browser import Browser, Page
from tests.bench.measure import CLIENTS, Figures, repeated, under_load
from tests.bench.population import BIG_CLINIC, DOCTORS, FUTURE_DAYS, ZONE, clinics_of, own_clinic
from tests.bench.servers import Web

APPOINTMENTS = "/api/v1/appointments"
FREE_FROM, FREE_A_DAY = 16, 8  # half-hours from 16:00 on are free in what is loaded
BOOKED_DAYS = FUTURE_DAYS - 2  # from tomorrow on; the last loaded day is left to the storms
DAYS_OF_ALL = 14


@dataclass(frozen=True, slots=True)
class Bookings:
    """Bookings that can all be had: other doctors first, then other times. `patients` are as many at each clinic."""

    today: date
    patients: int

    def __getitem__(self, n: int) -> dict[str, Any]:
        rest, doctor = divmod(n, DOCTORS)
        half_hour, day = divmod(rest, BOOKED_DAYS)
        if half_hour >= FREE_A_DAY:
            raise IndexError(n)
        clinic = own_clinic(doctor + 1)
        return {
            "clinic_id": clinic,
            "doctor_id": doctor + 1,
            "service_id": 2 * clinic - 1,
            "patient_id": clinic + 4 * (n % self.patients),
            "starts_at": moment(self.today + timedelta(days=1 + day), FREE_FROM, 30 * half_hour),
            "status": "confirmed",
        }


def moment(day: date, hour: int, minutes: int) -> str:
    """So many minutes after the full hour on the clinics' wall, as a program writes it."""
    return (datetime.combine(day, time(hour), ZoneInfo(ZONE)) + timedelta(minutes=minutes)).isoformat()


def measure_scheduling(webs: Sequence[Web], token: str, bookings: Bookings, *, repeats: int, seconds: float) -> Any:
    """One client after the other, then eight at once: figures by what is asked."""
    browser = Browser(webs[0].port, token)
    numbers = count()
    book = _booking(bookings, numbers)
    pages = {name: repeated(browser, path, repeats).as_dict() for name, path in _questions(bookings.today).items()}
    pages["book"] = _acted(browser, book, repeats).as_dict()
    browsers = [Browser(webs[index % len(webs)].port, token) for index in range(CLIENTS)]
    acts: dict[str, tuple[Any, int]] = {
        name: (lambda browser, n, path=path: browser.get(path(n)), 200)
        for name, path in _questions(bookings.today).items()
    }
    acts["book"] = (book, 201)
    acts["no work at all (/healthz)"] = (lambda browser, _: browser.get("/healthz"), 200)
    load = {name: under_load(browsers, act, seconds, wanted, count()) for name, (act, wanted) in acts.items()}
    return {"pages": pages, "load": load}


def _questions(today: date) -> dict[str, Callable[[int], str]]:
    """What is asked the n-th time."""
    doctors = [number for number in range(1, DOCTORS + 1) if BIG_CLINIC in clinics_of(number)]
    slots = f"/api/v1/availability/slots?clinic_id={BIG_CLINIC}&service_id={2 * BIG_CLINIC - 1}"
    first, last = today + timedelta(days=1), today + timedelta(days=DAYS_OF_ALL)

    def day(n: int) -> date:
        return first + timedelta(days=n % DAYS_OF_ALL)

    def doctor(n: int) -> int:
        return doctors[n % len(doctors)]

    return {
        "slots of a doctor's day": lambda n: f"{slots}&doctor_id={doctor(n)}&from={day(n)}&to={day(n)}",
        f"slots of {len(doctors)} doctors, {DAYS_OF_ALL} days": lambda _: f"{slots}&from={first}&to={last}",
        "a doctor's day, as a list": lambda n: f"{APPOINTMENTS}?doctor_id={doctor(n)}&from={day(n)}&to={day(n)}",
        "a doctor's day, in the calendar": lambda n: (
            f"/calendar/events?clinic={own_clinic(doctor(n))}&doctor={doctor(n)}&from={day(n)}&to={day(n)}"
        ),
    }


def _booking(bookings: Bookings, numbers: count[int]) -> Callable[[Browser, int], Page]:
    return lambda browser, _: browser.post_json(APPOINTMENTS, bookings[next(numbers)])


def _acted(browser: Browser, act: Callable[[Browser, int], Page], repeats: int) -> Figures:
    figures = Figures()
    for index in range(repeats):
        if not figures.add(act(browser, index), wanted=201):
            break
    return figures
