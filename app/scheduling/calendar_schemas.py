"""The calendar as a page asks for it and as its script reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from app.kernel.clock import clinic_day
from app.people.errors import NotADate
from app.people.fields import LARGEST_ID, Check, calendar_day, checked, one_of, whole_number
from app.scheduling.agenda import Agenda, Entry
from app.scheduling.shading import Shade, Why
from app.scheduling.states import AppointmentStatus

WORDS = {
    Why.OUTSIDE: _("Outside working hours"),
    Why.CLOSED: _("Closed"),
    Why.HOLIDAY: _("Holiday"),
    Why.LEAVE: _("On leave"),
    Why.ELSEWHERE: _("Busy elsewhere"),
    Why.HELD: _("Held for somebody"),
}
TOLD = frozenset({Why.CLOSED, Why.HOLIDAY, Why.LEAVE})  # worth a line in a list; the rest a list leaves out
STATES = list(AppointmentStatus)
OVERBOOKED, SECOND_TIME = 1, 2  # flags of an appointment: taken beside others; in the hour that comes twice
FIRST_YEAR, LAST_YEAR = 1900, 9000
NUMBERS: Mapping[str, Check] = dict.fromkeys(("clinic", "doctor"), whole_number(1, LARGEST_ID))


def day_near(raw: object) -> date:
    """A day whose neighbours a clock can name. Refuses: NotADate."""
    day = calendar_day(raw)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise NotADate
    return day


class Span(StrEnum):
    """How much a calendar shows at once."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuestion:
    """What a page's address names; None goes without saying."""

    clinic: int | None = None
    doctor: int | None = None
    day: date | None = None
    view: Span = Span.DAY


def page_question(arguments: Mapping[str, object]) -> PageQuestion:
    """Refuses: Invalid with every problem of every argument."""
    checks: dict[str, Check] = {**NUMBERS, "day": day_near, "view": one_of(list(Span))}
    asked = {name: value for name, value in checked(arguments, checks).items() if value is not None}
    return PageQuestion(**asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeQuestion:
    """Which days a script asks for, both included."""

    clinic: int
    from_day: date
    to_day: date
    doctor: int | None = None


def range_question(arguments: Mapping[str, object]) -> RangeQuestion:
    """Refuses: Invalid with every problem of every argument."""
    checks: dict[str, Check] = {**NUMBERS, "from": day_near, "to": day_near}
    asked = checked(arguments, checks, required=("clinic", "from", "to"))
    return RangeQuestion(from_day=asked.pop("from"), to_day=asked.pop("to"), **asked)


@dataclass(frozen=True, slots=True)
class Showing:
    """The days that a page shows around `day`, on a clinic whose wall shows `today`."""

    day: date
    today: date
    span: Span
    first_weekday: int

    @property
    def first(self) -> date:
        return self.day if self.span is Span.DAY else start_of_week(self.day, self.first_weekday)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.step - 1)

    @property
    def step(self) -> int:
        return 1 if self.span is Span.DAY else 7

    @property
    def week(self) -> list[date]:
        start = start_of_week(self.day, self.first_weekday)
        return [start + timedelta(days=n) for n in range(7)]

    def moved(self, steps: int) -> date:
        """The day around which as many pages further on are."""
        return self.day + timedelta(days=self.step * steps)


def showing(asked: PageQuestion, *, zone: str, now: datetime) -> Showing:
    """What a page that asks so shows; without a day it is around today."""
    today = clinic_day(now, zone)
    return Showing(asked.day or today, today, asked.view, page_locale().first_week_day)


def start_of_week(day: date, first_weekday: int) -> date:
    """The day on which the week of `day` begins; 0 is Monday."""
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def page_locale() -> Locale:
    return get_locale() or Locale("en")


def words_of(shade: Shade) -> str:
    """Why it is shaded, in the reader's language."""
    if shade.why is Why.HOLIDAY and shade.words:
        return shade.words
    return f"{WORDS[shade.why]}: {shade.words}" if shade.words else str(WORDS[shade.why])


def agenda_fields(agenda: Agenda, *, now: datetime) -> dict[str, Any]:
    """What the calendar's script reads, kept short: rows are lists, `columns` names their places.

    Appointments: id, doctor, start on the clinic's wall, minutes, state, patient, service, flags. Shades: doctor, day,
    from minute, to minute of the wall, reason. States and reasons are places in the lists of those names.
    """
    wall = ZoneInfo(agenda.clinic.timezone)
    reasons: dict[tuple[str, str], int] = {}
    shades = [
        [doctor_id, day.isoformat(), shade.start, shade.end, reasons.setdefault((shade.why, words), len(reasons))]
        for (doctor_id, day), found in agenda.shades.items()
        for shade in _within(found, agenda)
        if (words := words_of(shade))
    ]
    return {
        "clinic": agenda.clinic.id,
        "version": agenda.version,
        "zone": agenda.clinic.timezone,
        "offset": now.astimezone(wall).isoformat(timespec="minutes")[-6:],
        "from": agenda.days[0].isoformat(),
        "to": agenda.days[-1].isoformat(),
        "hours": agenda.hours,
        "grid": agenda.grid_minutes,
        "may_arrange": agenda.may_arrange,
        "doctors": agenda.doctors,
        "services": agenda.services,
        "states": [state.value for state in STATES],
        "reasons": list(reasons),
        "columns": ["id", "doctor", "start", "minutes", "state", "patient", "service", "flags"],
        "appointments": [_row(entry, wall) for entry in agenda.entries],
        "shades": shades,
    }


def _row(entry: Entry, wall: ZoneInfo) -> list[Any]:
    start = entry.starts_at.astimezone(wall)
    return [
        entry.id,
        entry.doctor_id,
        start.strftime("%Y-%m-%dT%H:%M"),
        (entry.ends_at - entry.starts_at) // timedelta(minutes=1),
        STATES.index(entry.status),
        entry.patient_name,
        entry.service_id,
        OVERBOOKED * entry.overbooked + SECOND_TIME * start.fold,
    ]


def _within(shades: Any, agenda: Agenda) -> list[Shade]:
    """The parts of the shades in the hours that are shown."""
    first, last = agenda.hours[0] * 60, agenda.hours[1] * 60
    cut = (shade._replace(start=max(shade.start, first), end=min(shade.end, last)) for shade in shades)
    return [shade for shade in cut if shade.start < shade.end]


@dataclass(frozen=True)
class DoctorDay:
    """One doctor's day as a list: what is entered about it, and the appointments in order."""

    id: int
    name: str
    notes: list[str]
    entries: list[Entry]


def doctor_days(agenda: Agenda) -> list[DoctorDay]:
    """The first of the agenda's days, doctor by doctor; that somebody is not there goes without saying."""
    day = agenda.days[0]
    return [
        DoctorDay(
            number,
            name,
            [words_of(shade) for shade in agenda.shades[number, day] if shade.why in TOLD],
            [entry for entry in agenda.entries if entry.doctor_id == number],
        )
        for number, name in agenda.doctors
    ]
