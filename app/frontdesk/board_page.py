"""The board as a page shows it: the doctors with their queues, and the visits of one of them or of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.frontdesk.states import Phase

MOST_COMPLETED = 20  # on the page; the newest, the others are among the visits
LONG_WAIT_MINUTES = 30
TOO_LONG_MINUTES = 60
SOON_MINUTES = 5


@dataclass
class DoctorQueue:
    """One doctor's part of the board; `next_id` is the visit that is called next."""

    id: int
    name: str
    room: str | None
    waiting: int = 0
    next_id: int | None = None
    inside: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class BoardPage:
    """`columns` hold the visits of the chosen doctor (None: of all) as `visit_fields` makes them.

    `places` say where each of those who wait stands in the queue of their doctor, by the visit's id.
    """

    board: dict[str, Any]
    doctors: list[DoctorQueue]
    chosen: int | None
    columns: dict[Phase, list[dict[str, Any]]]
    places: dict[int, int]

    @property
    def completed_shown(self) -> list[dict[str, Any]]:
        return self.columns[Phase.COMPLETED][:MOST_COMPLETED]


def board_page(board: dict[str, Any], doctor_id: int | None = None) -> BoardPage:
    """The page of a board; a doctor who has nobody on it is no choice."""
    doctors = _doctors(board["phases"])
    chosen = doctor_id if doctor_id in {doctor.id for doctor in doctors} else None
    columns = {phase: [visit for visit in board["phases"][phase] if _of(visit, chosen)] for phase in Phase}
    return BoardPage(board, doctors, chosen, columns, places_of(board["phases"][Phase.WAITING]))


def places_of(waiting: Iterable[dict[str, Any]]) -> dict[int, int]:
    """The place of each who is not called yet, by the visit's id; who is called goes in to that doctor before them."""
    waiting = list(waiting)
    taken = Counter(visit["doctor_id"] for visit in waiting if visit["status"] == "called")
    places = {}
    for visit in waiting:
        if visit["status"] == "waiting":
            taken[visit["doctor_id"]] += 1
            places[visit["id"]] = taken[visit["doctor_id"]]
    return places


def _of(visit: dict[str, Any], doctor_id: int | None) -> bool:
    return doctor_id is None or visit["doctor_id"] == doctor_id


def _doctors(phases: dict[str, list[dict[str, Any]]]) -> list[DoctorQueue]:
    found: dict[int, DoctorQueue] = {}
    for visits in phases.values():
        for visit in visits:
            queue = found.setdefault(
                visit["doctor_id"], DoctorQueue(visit["doctor_id"], visit["doctor_name"], visit["room"])
            )
            queue.waiting += visit["phase"] == Phase.WAITING
            if visit["status"] == "waiting" and queue.next_id is None:
                queue.next_id = visit["id"]
            if visit["phase"] == Phase.WITH_DOCTOR:
                queue.inside.append(visit)
    return sorted(found.values(), key=lambda queue: (queue.name, queue.id))


def unix_time(moment: str) -> int:
    """A time of the board in seconds since 1970, in which scripts count on."""
    return int(datetime.fromisoformat(moment).timestamp())


def minutes_since(moment: str, now: datetime) -> int:
    """Whole minutes from a time of the board to now, never less than none."""
    return max(0, int((now - datetime.fromisoformat(moment)).total_seconds() // 60))


def about_minutes(moment: str, now: datetime) -> int:
    """How long until a time of the board, no more exact than it is known: to five minutes, past an hour to ten.

    0 is any moment now.
    """
    left = (datetime.fromisoformat(moment) - now).total_seconds() / 60
    step = SOON_MINUTES if left < TOO_LONG_MINUTES else 2 * SOON_MINUTES
    return max(0, step * int(left / step + 0.5))


def wait_class(minutes: int) -> str:
    """How a waiting time looks."""
    if minutes >= TOO_LONG_MINUTES:
        return "wait-too-long"
    return "wait-long" if minutes >= LONG_WAIT_MINUTES else ""


def age_in_years(born: str | None, day: str) -> int | None:
    """The age on a day; both are ISO dates."""
    if born is None:
        return None
    years = int(day[:4]) - int(born[:4])
    return years - (day[5:] < born[5:])


IN_TEMPLATES: dict[str, Callable[..., Any]] = {
    "unix_time": unix_time,
    "minutes_since": minutes_since,
    "wait_class": wait_class,
    "about_minutes": about_minutes,
    "age_in_years": age_in_years,
    "as_moment": datetime.fromisoformat,
    "as_day": date.fromisoformat,
}
