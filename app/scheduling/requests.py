"""What may be asked of appointments and working hours: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, NoReturn

from app.people.fields import LARGEST_ID, Check, calendar_day, checked, line, one_of, paragraph, row_id, whole_number
from app.scheduling.errors import HasItsOwnAct, NeedsOffset, NotATime, NotAWholeMinute
from app.scheduling.states import AppointmentStatus, CancelledBy, DatedKind

LONGEST_NOTES: Final = 2000
LONGEST_TYPE: Final = 40
LONGEST_REASON: Final = 200
LONGEST_TIMESTAMP: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is said of an appointment beside who, what and when."""

    status: AppointmentStatus = AppointmentStatus.REQUESTED
    type: str | None = None
    notes: str | None = None
    source: str = "reception"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest(Terms):
    """An appointment as it is asked for; `starts_at` is aware.

    The patient is `patient_id`, else whoever has `patient_phone` at that clinic, else a new one of `patient_name`.
    A `hold_id` names the hold whose time it takes over.
    An `overbook_reason` counts where the time is outside the doctor's hours or taken, and is forgotten elsewhere.
    """

    clinic_id: int
    doctor_id: int
    service_id: int
    starts_at: datetime
    patient_id: int | None = None
    patient_name: str | None = None
    patient_phone: str | None = None
    overbook_reason: str | None = None
    hold_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """A time that is to be kept for somebody; `starts_at` is aware."""

    clinic_id: int
    doctor_id: int
    service_id: int
    starts_at: datetime


def hold_request(values: Mapping[str, object]) -> HoldRequest:
    """Refuses: Invalid with every problem of every field."""
    return HoldRequest(**checked(values, {name: _BOOKING[name] for name in _PLACE}, required=_PLACE))


def booking_request(values: Mapping[str, object]) -> BookingRequest:
    """The request from fields as contract.md names them. Refuses: Invalid with every problem of every field."""
    cleaned = checked(values, _BOOKING, required=_PLACE)
    if cleaned.get("status") is None:
        cleaned.pop("status", None)
    return BookingRequest(**cleaned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where an appointment is to go; without a doctor it stays with its own, without an end it lasts as the service."""

    starts_at: datetime
    ends_at: datetime | None = None
    doctor_id: int | None = None
    overbook_reason: str | None = None


def move_request(values: Mapping[str, object]) -> Move:
    """Refuses: Invalid with every problem of every field."""
    checks = {name: _BOOKING[name] for name in ("starts_at", "doctor_id", "overbook_reason")}
    checks["ends_at"] = instant
    return Move(**checked(values, checks, required=("starts_at",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """`by` is None where it goes without saying: a doctor's own, else the clinic's."""

    reason: str
    by: CancelledBy | None = None


def cancellation_request(values: Mapping[str, object]) -> Cancellation:
    """Refuses: Invalid with every problem of every field."""
    by = one_of([CancelledBy.PATIENT, CancelledBy.CLINIC, CancelledBy.DOCTOR])
    return Cancellation(**checked(values, {"reason": line(LONGEST_REASON), "by": by}, required=("reason",)))


def appointment_changes(values: Mapping[str, object]) -> dict[str, Any]:
    """What may be written over in an appointment: notes and type. Refuses: Invalid with every problem."""
    fixed = dict.fromkeys(_FIXED, _fixed)
    return checked(values, {name: _BOOKING[name] for name in ("type", "notes")} | fixed, blank=fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuestion:
    """Which free times are asked for; the days are the clinic's, both included."""

    clinic_id: int
    service_id: int
    from_day: date
    to_day: date
    doctor_id: int | None = None


def slot_question(arguments: Mapping[str, object]) -> SlotQuestion:
    """The question from the arguments of an address. Refuses: Invalid with every problem of every argument."""
    asked = checked(arguments, _SLOTS, required=("clinic_id", "service_id", "from", "to"))
    return SlotQuestion(from_day=asked.pop("from"), to_day=asked.pop("to"), **asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeQuestion:
    """Which time is asked about; the clinic is the service's."""

    doctor_id: int
    service_id: int
    at: datetime
    clinic_id: int | None = None


def time_question(arguments: Mapping[str, object]) -> TimeQuestion:
    """The question from the arguments of an address. Refuses: Invalid with every problem of every argument."""
    return TimeQuestion(**checked(arguments, _TIME, required=("doctor_id", "service_id", "at")))


def weekly_hours(values: Mapping[str, object], *, complete: bool) -> dict[str, Any]:
    """Fields of a weekly rule; all but the validity are needed when `complete`. Refuses: Invalid."""
    needed = ("doctor_id", "clinic_id", "weekday", "start_time", "end_time") if complete else ()
    return checked(values, _WEEKLY, required=needed)


def dated_hours(values: Mapping[str, object], *, complete: bool) -> dict[str, Any]:
    """Fields of a dated rule; doctor, kind and day are needed when `complete`. Refuses: Invalid."""
    return checked(values, _DATED, required=("doctor_id", "kind", "day") if complete else ())


def leave_days(values: Mapping[str, object], *, complete: bool) -> dict[str, Any]:
    """Fields of a doctor's leave; whose it is is said once, when it is entered. Refuses: Invalid."""
    if complete:
        return checked(values, _LEAVE | {"doctor_id": row_id}, required=("doctor_id", "first_day", "last_day"))
    return checked(values, _LEAVE, required={"first_day", "last_day"} & values.keys())


def moment_of(raw: object) -> datetime:
    """An aware datetime, or its writing in ISO 8601 with an offset."""
    try:
        moment = datetime.fromisoformat(raw.strip()) if isinstance(raw, str) and len(raw) <= LONGEST_TIMESTAMP else raw
    except ValueError:
        raise NeedsOffset from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise NeedsOffset
    return moment


def instant(raw: object) -> datetime:
    """As `moment_of`; whole minutes."""
    moment = moment_of(raw)
    if moment.second or moment.microsecond:
        raise NotAWholeMinute
    return moment


def clock_time(raw: object) -> time:
    """A time of day without a zone, or its writing as HH:MM."""
    try:
        wall = time.fromisoformat(raw.strip()) if isinstance(raw, str) and len(raw.strip()) in {5, 8} else raw
    except ValueError:
        raise NotATime from None
    if not isinstance(wall, time) or wall.tzinfo is not None:
        raise NotATime
    return wall.replace(microsecond=0)


def _fixed(_raw: object = None) -> NoReturn:
    raise HasItsOwnAct


_PLACE: Final = ("clinic_id", "doctor_id", "service_id", "starts_at")
_BOOKING: Final[Mapping[str, Check]] = {
    "clinic_id": row_id,
    "doctor_id": row_id,
    "service_id": row_id,
    "starts_at": instant,
    "patient_id": row_id,
    "patient_name": line(160),
    "patient_phone": line(40),
    "status": one_of([AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED]),
    "type": line(LONGEST_TYPE),
    "notes": paragraph(LONGEST_NOTES),
    "overbook_reason": line(LONGEST_REASON),
    "hold_id": row_id,
}
_FIXED: Final = (
    "clinic_id",
    "doctor_id",
    "service_id",
    "patient_id",
    "starts_at",
    "ends_at",
    "status",
    "cancelled_by",
    "cancel_reason",
)
_SLOTS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("clinic_id", "service_id", "doctor_id"), whole_number(1, LARGEST_ID)),
    **dict.fromkeys(("from", "to"), calendar_day),
}
_TIME: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("clinic_id", "service_id", "doctor_id"), whole_number(1, LARGEST_ID)),
    "at": instant,
}
_WEEKLY: Final[Mapping[str, Check]] = {
    "doctor_id": row_id,
    "clinic_id": row_id,
    "weekday": whole_number(0, 6),
    "start_time": clock_time,
    "end_time": clock_time,
    "valid_from": calendar_day,
    "valid_to": calendar_day,
}
_DATED: Final[Mapping[str, Check]] = {
    "doctor_id": row_id,
    "clinic_id": row_id,
    "kind": one_of(list(DatedKind)),
    "day": calendar_day,
    "start_time": clock_time,
    "end_time": clock_time,
    "reason": line(160),
}
_LEAVE: Final[dict[str, Check]] = {"first_day": calendar_day, "last_day": calendar_day, "reason": line(160)}
