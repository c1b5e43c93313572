"""Who is told when an appointment has changed: the screens of its clinic and doctor, and the patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Protocol

from app.kernel import live, outbox
from app.kernel.db import db
from app.people.rooms import clinic_room, doctor_room
from app.scheduling.models import Appointment
from app.scheduling.queries import find_visit_ids
from app.scheduling.shapes import appointment_fields

TIME_FREED = "scheduling.time_freed"


class HasDoctor(Protocol):
    """What takes a doctor's time at a clinic."""

    clinic_id: Any
    doctor_id: Any


def appointment_created(appointment: Appointment) -> None:
    _announce("appointment_created", appointment, lambda: appointment_fields(appointment, visit_id=None))


def appointment_updated(appointment: Appointment) -> None:
    _announce("appointment_updated", appointment)


def appointment_cancelled(appointment: Appointment) -> None:
    _announce("appointment_cancelled", appointment)


def appointment_left_doctor(appointment: Appointment, doctor_id: int) -> None:
    """Tell the doctor who no longer has the appointment just that: the rest is no longer theirs to read."""
    live.announce(
        "appointment_updated",
        clinic_id=appointment.clinic_id,
        rooms=[doctor_room(doctor_id)],
        payload=lambda: {"id": appointment.id, "doctor_id": appointment.doctor_id},
    )


def appointments_handed_over(appointments: Sequence[Appointment], from_doctor_id: int) -> None:
    """Another doctor sees the patients, who are there; nothing is sent to them."""
    visits = cache(lambda: find_visit_ids([one.id for one in appointments]))
    for one in appointments:
        _announce("appointment_updated", one, partial(_handed_over, one, visits))
        appointment_left_doctor(one, from_doctor_id)


def _handed_over(appointment: Appointment, visits: Callable[[], dict[int, int]]) -> dict[str, Any]:
    return appointment_fields(appointment, visit_id=visits().get(appointment.id))


def appointment_confirmed(appointment: Appointment) -> None:
    """Tell the patient, once for each time that is confirmed."""
    key = f"appointment.confirmed:{appointment.id}:{appointment.starts_at:%Y%m%dT%H%MZ}"
    outbox.post("appointment.confirmed", key, {"appointment_id": appointment.id})


def series_confirmed(appointments: Sequence[Appointment]) -> None:
    """Tell the patient of all that were confirmed together in one message; of a single one as of any other."""
    first, *more = appointments
    if not more:
        appointment_confirmed(first)
        return
    outbox.post("series.confirmed", f"series.confirmed:{first.series_id}", {"series_id": first.series_id})


def time_freed(appointment: Appointment, *, since: datetime | None = None) -> None:
    """Have the time that an appointment is about to give back offered to those who wait; the part `since` then.

    To be called before the appointment is changed.
    """
    cause = f"appointment:{appointment.id}:{appointment.revision}"
    post_freed_time(cause, appointment, since or appointment.starts_at, appointment.ends_at)


def post_freed_time(cause: str, place: HasDoctor, start: datetime, end: datetime) -> None:
    """Have a doctor's time at a clinic, [start, end) aware, offered to those who wait, once for each `cause`."""
    freed = {"clinic_id": place.clinic_id, "doctor_id": place.doctor_id}
    times = {"start": start.isoformat(), "end": end.isoformat()}
    outbox.post(TIME_FREED, f"{TIME_FREED}:{cause}", freed | times)


def appointment_moved(appointment: Appointment, was: tuple[datetime, int], *, doctor_away: bool = False) -> None:
    """Tell the patient, once for each move, from which time and doctor to which; of none that left both as they were.

    `doctor_away` says that the appointment was moved because its doctor is not there.
    """
    if was == (appointment.starts_at, appointment.doctor_id):
        return
    db.session.flush()  # the revision that comes of it tells this move from the next one to the same time
    payload = {
        "appointment_id": appointment.id,
        "revision": appointment.revision,
        "from_time": was[0].isoformat(),
        "from_doctor_id": was[1],
        "to_time": appointment.starts_at.isoformat(),
        "to_doctor_id": appointment.doctor_id,
        "doctor_away": doctor_away,
    }
    outbox.post("appointment.moved", f"appointment.moved:{appointment.id}:{appointment.revision}", payload)


def _announce(event: str, appointment: Appointment, fields: Callable[[], dict[str, Any]] | None = None) -> None:
    live.announce(
        event,
        clinic_id=appointment.clinic_id,
        rooms=[clinic_room(appointment.clinic_id), doctor_room(appointment.doctor_id)],
        payload=fields or (lambda: _fields(appointment)),
    )


def _fields(appointment: Appointment) -> dict[str, Any]:
    return appointment_fields(appointment, visit_id=find_visit_ids([appointment.id]).get(appointment.id))
