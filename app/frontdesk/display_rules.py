"""What a waiting room may read of the board: whom it calls, who is next, and nothing that belongs to nobody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from app.people.settings import DisplayNames

MOST_CALLED: Final = 6  # at once
MOST_EARLIER: Final = 6
MOST_NEXT: Final = 4  # of one doctor
MOST_QUEUES: Final = 8
MOST_INITIALS: Final = 3

BoardVisit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is asked to go to a room. A visit that is called anew is another call: `key` tells them apart.

    `called_at` is ISO 8601; `name` only as far as the clinic shows it, else None.
    """

    key: str
    number: int
    room: str | None
    doctor: str
    name: str | None
    called_at: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class NextUp:
    """The numbers that one doctor calls next, in order; `more` wait behind them."""

    doctor: str
    room: str | None
    numbers: tuple[int, ...]
    more: int


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """What a screen shows: who is called now and who was before (the latest first), and who is next."""

    version: int
    called: tuple[Call, ...]
    earlier: tuple[Call, ...]
    queues: tuple[NextUp, ...]

    @property
    def calls(self) -> list[Call]:
        """All calls, the earliest first."""
        return sorted((*self.called, *self.earlier), key=_moment)


def shown_name(name: str, how: DisplayNames) -> str | None:
    """What may be read of a name by everybody; None is nothing.

    A name of one word may be all of it: it is shortened to its first letter even where first names are shown.
    """
    family, comma, given = name.partition(",")
    ordered = f"{given} {family}" if comma else name
    words = [word for word in ordered.split() if word[0].isalnum() and not word.endswith(".")]
    if how == DisplayNames.NUMBER or not words:
        return None
    if how == DisplayNames.FIRST_NAME and len(words) > 1:
        return words[0]
    return " ".join(f"{word[0].upper()}." for word in words[:MOST_INITIALS])


def waiting_room(board: Mapping[str, Any], *, rooms: Collection[str], names: DisplayNames) -> WaitingRoom:
    """The part of a clinic's whole board that a screen for these rooms (none: all) shows."""
    wanted = {room.strip().casefold() for room in rooms}
    phases = {
        name: [visit for visit in visits if not wanted or (visit["room"] or "").strip().casefold() in wanted]
        for name, visits in board["phases"].items()
    }
    shown = chain.from_iterable(phases.values())
    current = (visit for visit in shown if _is_current(visit, board["business_date"]))
    calls = sorted((_call(visit, names) for visit in current), key=_moment, reverse=True)
    called = [call for call in calls if call.is_open][:MOST_CALLED]
    earlier = [call for call in calls if call not in called][:MOST_EARLIER]
    return WaitingRoom(board["version"], tuple(called), tuple(earlier), tuple(_queues(phases["waiting"])))


def _is_current(visit: BoardVisit, day: str) -> bool:
    """Called and still awaited, or else called on this day, whenever the patient came."""
    called_time = visit["called_time"]
    return called_time is not None and (visit["status"] == "called" or called_time.startswith(day))


def _call(visit: BoardVisit, names: DisplayNames) -> Call:
    return Call(
        key=f"{visit['queue_number']}@{visit['called_time']}",
        number=visit["queue_number"],
        room=visit["room"],
        doctor=visit["doctor_name"],
        name=shown_name(visit["patient_name"], names),
        called_at=visit["called_time"],
        is_open=visit["status"] == "called",
    )


def _moment(call: Call) -> tuple[datetime, int]:
    return datetime.fromisoformat(call.called_at), call.number


def _queues(waiting: Iterable[BoardVisit]) -> list[NextUp]:
    by_doctor: dict[int, list[BoardVisit]] = {}
    for visit in waiting:
        if visit["status"] == "waiting":
            by_doctor.setdefault(visit["doctor_id"], []).append(visit)
    queues = [
        NextUp(
            doctor=visits[0]["doctor_name"],
            room=visits[0]["room"],
            numbers=tuple(visit["queue_number"] for visit in visits[:MOST_NEXT]),
            more=max(0, len(visits) - MOST_NEXT),
        )
        for visits in by_doctor.values()
    ]
    return sorted(queues, key=lambda queue: (queue.doctor, queue.room or ""))[:MOST_QUEUES]


def people_ahead(own: BoardVisit, waiting: Sequence[BoardVisit]) -> int:
    """How many go in to the same doctor before `own`: who is called, and who waits further up in `waiting`."""
    ahead = 0
    reached = False
    for visit in waiting:
        reached = reached or visit["id"] == own["id"]
        if visit["doctor_id"] == own["doctor_id"] and visit["id"] != own["id"]:
            ahead += visit["status"] == "called" or not reached
    return ahead


def about_minutes(estimated_start: str | None, now: datetime) -> int | None:
    """The estimated wait in minutes, to the next five; None where there is no estimate."""
    if estimated_start is None:
        return None
    minutes = max(0.0, (datetime.fromisoformat(estimated_start) - now).total_seconds() / 60)
    return 5 * -int(-minutes // 5)
