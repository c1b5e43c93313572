"""The estimated waits of a board: its rows and what earlier days say of each doctor, given to the rules of `waiting`.

The same in every process: the estimate is as of the newest moment on the board's rows, and it is learned from days
before the board's, whose visits do not change any more. Those are read once a day for each doctor in a process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, union_all

from app.frontdesk.models import Visit
from app.frontdesk.pace import LEARNED_FROM, MOST_VISITS, Pace, Stay, pace_of
from app.frontdesk.queries import Entry
from app.frontdesk.states import Phase, Priority, VisitStatus, phase_of
from app.frontdesk.waiting import Scene, estimated_starts
from app.kernel.clock import day_bounds
from app.kernel.db import db, in_transaction
from app.scheduling.models import Appointment

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)

# By doctor and clinic; when the clinic was made tells it from one that had its id in a database that was replaced.
_known: dict[tuple[int, int, datetime], tuple[date, str, Pace]] = {}


def estimated_by_visit(
    entries: Sequence[Entry], *, clinic_id: int, clinic_created: datetime, day: date
) -> dict[int, datetime]:
    """When each who waits on the clinic's board of the day will probably begin, in whole minutes.

    As far as it could be said when somebody last came, went in or was seen. The moment of a call says nothing of how
    soon the others begin, and a call that is made again is no later one.
    """
    doctor_ids = {entry.doctor_id for entry in entries if phase_of(entry.status) is Phase.WAITING}
    if not doctor_ids:
        return {}
    zone, as_of = entries[0].zone, max(moment for entry in entries for moment in _moments(entry))
    paces = _paces(doctor_ids, clinic_id, clinic_created, day, zone)
    now = minute_of_day(as_of, day, zone)
    ids = {(entry.business_date, entry.queue_number): entry.id for entry in entries}
    estimates = {}
    for doctor_id in sorted(doctor_ids):
        stays = [_stay(entry, day) for entry in entries if entry.doctor_id == doctor_id and _has_its_times(entry)]
        for stay, start in estimated_starts(Scene(now, stays), paces[doctor_id]):
            estimates[ids[stay.day, stay.number]] = _whole_minute(as_of + timedelta(minutes=start - now))
    return estimates


def minute_of_day(moment: datetime, day: date, zone: str) -> float:
    """Minutes on the clinic's wall clock since the day began; negative on the days before."""
    midnight, next_midnight = _bounds(day, zone)
    if midnight <= moment < next_midnight and next_midnight - midnight == _DAY:
        return (moment - midnight) / _MINUTE
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (wall - datetime(day.year, day.month, day.day)) / _MINUTE  # noqa: DTZ001 - both as the wall shows them


_bounds = lru_cache(maxsize=512)(day_bounds)


def _whole_minute(moment: datetime) -> datetime:
    """The minute that begins at the moment, or the next one."""
    rest = timedelta(seconds=moment.second, microseconds=moment.microsecond)
    return moment if not rest else moment - rest + _MINUTE


def _moments(entry: Entry) -> Iterator[datetime]:
    for moment in (entry.check_in_time, entry.start_time, entry.end_time):
        if moment is not None:
            yield moment


def _has_its_times(entry: Entry) -> bool:
    """What was not written by the services of the desk may have none."""
    return entry.status is not VisitStatus.COMPLETED or None not in {entry.start_time, entry.end_time}


def _stay(entry: Entry, day: date) -> Stay:
    def minute(moment: datetime | None) -> float | None:
        return None if moment is None else minute_of_day(moment, day, entry.zone)

    return Stay(
        day=entry.business_date,
        number=entry.queue_number,
        service_id=entry.service_id,
        planned=entry.duration_minutes,
        check_in=minute_of_day(entry.check_in_time, day, entry.zone),
        appointment=minute(entry.appointment_time),
        urgent=entry.priority is Priority.URGENT,
        called=minute(entry.called_time),
        start=minute(entry.start_time),
        end=minute(entry.end_time),
    )


# -- what earlier days say -------------------------------------------------------------------------------------------


def _paces(
    doctor_ids: Collection[int], clinic_id: int, clinic_created: datetime, day: date, zone: str
) -> dict[int, Pace]:
    kept = {one: _known.get((one, clinic_id, clinic_created)) for one in doctor_ids}
    paces = {one: known[2] for one, known in kept.items() if known is not None and known[:2] == (day, zone)}
    missing = sorted(set(doctor_ids) - set(paces))
    for doctor_id, pace in _learned(missing, clinic_id, day, zone).items() if missing else ():
        paces[doctor_id] = pace
        if not in_transaction():
            _known[doctor_id, clinic_id, clinic_created] = day, zone, pace
    return paces


def _learned(doctor_ids: Sequence[int], clinic_id: int, day: date, zone: str) -> dict[int, Pace]:
    past: dict[int, list[Stay]] = defaultdict(list)
    newest = [_newest_completed(one, clinic_id, day, zone).subquery() for one in doctor_ids]
    for row in db.session.execute(union_all(*(select(each) for each in newest))):
        past[row.doctor_id].append(past_stay(row, zone))
    return {doctor_id: pace_of(past[doctor_id]) for doctor_id in doctor_ids}


PAST_COLUMNS = (
    Visit.doctor_id,
    Visit.business_date,
    Visit.queue_number,
    Visit.service_id,
    Visit.priority,
    Visit.check_in_time,
    Visit.called_time,
    Visit.start_time,
    Visit.end_time,
    Appointment.starts_at,
    Appointment.ends_at,
)


def _newest_completed(doctor_id: int, clinic_id: int, day: date, zone: str) -> Select[Any]:
    """At most MOST_VISITS; one of an earlier day that ended only today would change what others have learned by now."""
    midnight, _ = _bounds(day, zone)
    query: Any = select(*PAST_COLUMNS)
    limited: Select[Any] = (
        query.outerjoin(Appointment, Appointment.id == Visit.appointment_id)
        .where(
            Visit.doctor_id == doctor_id,
            Visit.business_date >= day - LEARNED_FROM,
            Visit.business_date < day,
            Visit.clinic_id == clinic_id,
            Visit.status == VisitStatus.COMPLETED,
            Visit.end_time < midnight,
        )
        .order_by(Visit.business_date.desc(), Visit.id.desc())
        .limit(MOST_VISITS)
    )
    return limited


def past_stay(row: Any, zone: str, *, planned: float | None = None) -> Stay:
    """A row of PAST_COLUMNS by its times; `planned` is what the service takes, where that matters."""
    day = row.business_date

    def minute(moment: datetime | None) -> float | None:
        return None if moment is None else minute_of_day(moment, day, zone)

    booked = None if row.starts_at is None else (row.ends_at - row.starts_at) / _MINUTE
    return Stay(
        day=day,
        number=row.queue_number,
        service_id=row.service_id,
        planned=planned or booked or 0.0,
        check_in=minute_of_day(row.check_in_time, day, zone),
        appointment=minute(row.starts_at),
        booked=booked,
        urgent=row.priority is Priority.URGENT,
        called=minute(row.called_time),
        start=minute(row.start_time),
        end=minute(row.end_time),
    )
