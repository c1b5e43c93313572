"""Who comes when: a doctor's working time filled with appointments, and how far each has got by now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from app.frontdesk.states import VisitStatus
from app.people.queries import ServiceTerms
from app.scheduling.states import AppointmentStatus

GRID: Final = timedelta(minutes=15)
MINUTE: Final = timedelta(minutes=1)
WALK_INS: Final = 0.12  # of the grid steps that nobody booked
REQUESTS: Final = 0.2  # of the appointments to come

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Offered:
    """A service at the terms of one doctor."""

    service_id: int
    name: str
    terms: ServiceTerms

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.terms.duration_minutes)

    @property
    def buffer_after(self) -> timedelta:
        return timedelta(minutes=self.terms.buffer_after_minutes)


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody is to come at `starts_at`, by appointment or not; no two of a doctor's appointments overlap."""

    offered: Offered
    starts_at: datetime
    walk_in: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.offered.duration


@dataclass(slots=True)
class Course:
    """What has happened by now: the appointment's state, and the visit's with its times where there is one."""

    coming: Coming
    status: AppointmentStatus
    visit: VisitStatus | None = None
    check_in: datetime | None = None
    called: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None


def fill(work: Iterable[Span], offers: Sequence[Offered], rng: Random, *, density: float) -> Iterator[Coming]:
    """Appointments on the slot grid of the working time, `density` of which is booked, and walk-ins between."""
    for start, end in work:
        moment = start
        while moment < end:
            coming = Coming(rng.choice(offers), moment)
            if rng.random() < density and coming.ends_at <= end:
                yield coming
                moment += -(-(coming.offered.duration + coming.offered.buffer_after) // GRID) * GRID
                continue
            if rng.random() < WALK_INS and coming.ends_at <= end:
                yield Coming(coming.offered, moment + rng.randrange(12) * MINUTE, walk_in=True)
            moment += GRID


def courses(day: Iterable[Coming], rng: Random, *, now: datetime) -> Iterator[Course]:
    """How one doctor's day has gone by `now`: one patient after the other, some late, some never."""
    free_at = datetime.min.replace(tzinfo=now.tzinfo)
    for coming in day:
        course = _absent(coming, rng, now=now) or _present(coming, free_at, rng)
        free_at = course.ended if course.ended and course.started else free_at
        seen = _seen_by(course, now=now, rng=rng)
        if seen is not None:
            yield seen


def _absent(coming: Coming, rng: Random, *, now: datetime) -> Course | None:
    """Cancelled before, gone before being called, or not there although it began long ago."""
    chance = rng.random()
    if coming.walk_in or chance > 0.19:
        return None
    if chance < 0.1:
        return Course(coming, AppointmentStatus.CANCELLED)
    if chance < 0.12:
        came = coming.starts_at - GRID
        return Course(coming, AppointmentStatus.CANCELLED, VisitStatus.LEFT, came, ended=came + 2 * GRID)
    return Course(coming, AppointmentStatus.NO_SHOW) if coming.starts_at < now - 2 * GRID else None


def _present(coming: Coming, free_at: datetime, rng: Random) -> Course:
    """The whole of a visit, as if it were over."""
    early = timedelta() if coming.walk_in else rng.randint(10, 75) * MINUTE
    check_in = coming.starts_at - early
    called = max(coming.starts_at + rng.randint(-4, 5) * MINUTE, free_at + MINUTE, check_in + 2 * MINUTE)
    started = called + rng.randint(1, 2) * MINUTE
    ended = started + max(coming.offered.duration * rng.randint(70, 110) // 100, 4 * MINUTE)
    status = AppointmentStatus.COMPLETED
    return Course(coming, status, VisitStatus.COMPLETED, check_in, called, started, ended)


def _seen_by(course: Course, *, now: datetime, rng: Random) -> Course | None:
    """The course cut off at `now`; None for a walk-in who has not come yet."""
    if course.visit is None or course.check_in is None:
        return course
    if course.ended is not None and course.ended <= now:
        return course
    course.ended, course.status = None, AppointmentStatus.CHECKED_IN
    if course.started is not None and course.started <= now:
        course.visit = VisitStatus.IN_PROGRESS
        return course
    course.started, course.visit = None, VisitStatus.CALLED
    if course.called is not None and course.called <= now:
        return course
    course.called, course.visit = None, VisitStatus.WAITING
    if course.check_in <= now:
        return course
    asked = rng.random() < REQUESTS
    status = AppointmentStatus.REQUESTED if asked else AppointmentStatus.CONFIRMED
    return None if course.coming.walk_in else Course(course.coming, status)
